"""Simulates articles: the public entry of the room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pydantic import BaseModel, ConfigDict, Field, model_validator

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.composing import AnnotatedText
from goldbrief.simulator.drawing import draw_world
from goldbrief.simulator.facts import Currency, Fact, Partition, World
from goldbrief.simulator.formats import Locale
from goldbrief.simulator.lexicon import DEFAULT_FOLDER, PERSONAS, load_lexicon
from goldbrief.simulator.summaries import STYLES, ReferenceSummary, SummaryStyle, write_summary
from goldbrief.simulator.writing import GENRES, Genre, write_article


class SimulationSettings(BaseModel):
    """What to simulate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int = Field(100, ge=1)
    """How many articles."""
    seed: str = "0"
    """Article i follows from the seed and i alone, whatever `count` and `start` are."""
    start: int = Field(0, ge=0)
    """Index of the first article, to resume or to share the work."""
    genres: tuple[Genre, ...] = Field(GENRES, min_length=1)
    """Genres to draw from."""
    min_words: int = Field(600, ge=400, le=4000)
    """Length of the shortest article, in words; lengths are met roughly."""
    max_words: int = Field(1300, ge=400, le=4000)
    """Length of the longest article, in words."""
    personas: tuple[str, ...] = Field(("CFO", "CEO"), min_length=1)
    """Whom reference summaries are written for, one each."""
    style: SummaryStyle = "standard"
    """Layout of the reference summaries."""
    partition: Partition = "development"
    """Half of the lexicon; `final` is kept for the last measurement."""
    locale: Locale = "en"
    """`de` writes figures as 1.234,5."""
    currency: Currency | None = None
    """Of all companies; None draws one for each, of `de` the euro."""
    lexicon: Path = DEFAULT_FOLDER
    """Folder of the lexicon's files."""

    @model_validator(mode="after")
    def _check(self) -> SimulationSettings:
        if self.min_words > self.max_words:
            raise ValueError(f"{self.min_words} words at least, {self.max_words} at most")
        unknown = set(self.personas) - set(PERSONAS)
        if unknown:
            raise ValueError(f"unknown persona {min(unknown)}; use {', '.join(PERSONAS)}")
        return self


@dataclass(frozen=True, slots=True)
class SimulatedArticle:
    """An article, its truth and its reference summaries."""

    index: int
    genre: Genre
    title: str
    content: AnnotatedText
    world: World
    summaries: tuple[ReferenceSummary, ...]

    @property
    def facts_told(self) -> tuple[Fact, ...]:
        """The facts of which the article gives a figure, most salient first."""
        told = {figure.fact_id for figure in self.content.figures}
        facts = (fact for fact in self.world.facts if fact.id in told)
        return tuple(sorted(facts, key=lambda fact: -fact.salience))


def simulate(settings: SimulationSettings) -> Iterator[SimulatedArticle]:
    """Simulate articles one by one; memory does not grow with their number.

    Args:
        settings: What to simulate.

    Yields:
        The articles from `start` on.

    Raises:
        InvalidInputError: The lexicon is broken, or lacks what the settings ask for.
    """
    for index in range(settings.start, settings.start + settings.count):
        yield simulate_one(settings, index)


def simulate_one(settings: SimulationSettings, index: int) -> SimulatedArticle:
    """Simulate the article of an index.

    Args:
        settings: What to simulate.
        index: Which article; with the seed it decides everything.

    Returns:
        The article.

    Raises:
        InvalidInputError: The index is negative, or the lexicon is broken.
    """
    if index < 0:
        raise InvalidInputError(f"The index {index} is negative.", remedy="Count from 0.")
    lexicon = load_lexicon(settings.partition, settings.lexicon)
    seed = f"{settings.partition}:{settings.seed}:{index}"
    rng = Random(f"article plan:{seed}")
    genre = rng.choice(settings.genres)
    words = rng.randint(settings.min_words, settings.max_words)
    world = draw_world(
        seed, lexicon, num_words=words, locale=settings.locale, currency=settings.currency
    )
    title, content = write_article(world, lexicon, genre, words=words, locale=settings.locale)
    summaries = tuple(
        write_summary(world, lexicon, content, persona, settings.style)
        for persona in settings.personas
    )
    return SimulatedArticle(index, genre, title, content, world, summaries)


__all__ = ["STYLES", "SimulatedArticle", "SimulationSettings", "simulate", "simulate_one"]

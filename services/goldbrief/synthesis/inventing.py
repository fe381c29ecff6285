"""Synthetic articles, for where real ones are too few: invented by the teacher from a topic.

They are marked by their source, never held out, and at most a share of a dataset version's rows
(see `datasets.synthetic`).
"""

from __future__ import annotations

import re
from random import Random

from goldbrief.core.documents import SYNTHETIC, Article
from goldbrief.core.hashing import sha256_text
from goldbrief.core.plans import SynthesisPlan
from goldbrief.synthesis.teachers import ArticleSeed, BadDraftError
from goldbrief.text.figures import extract_figures
from goldbrief.text.normalization import normalize
from goldbrief.text.sentences import words

_GENRES = (
    "a company's earnings release",
    "a trade paper's feature",
    "a wire agency's report",
    "an internal memo to the board",
    "the prepared remarks of an earnings call",
    "the management discussion of an annual report",
)
WORDS = (450, 900)
"""Length asked for: as short as trade news, as long as fits small models' rooms."""
_SHORTEST = 0.5
"""Share of the words asked for below which an article was not written."""
_FEWEST_FIGURES = 5
_COMPANY = re.compile(r"\**Company:\**\s*(?P<name>[^\n*]{2,60}?)\**\s*\n+(?P<text>.*)", re.DOTALL)


def seed_of(plan: SynthesisPlan, number: int) -> ArticleSeed:
    """The seed of one synthetic article, which follows from the plan and its number alone."""
    draw = Random(f"{plan.seed}:{number}")
    topics, personas = plan.topics, plan.personas
    return ArticleSeed(
        topic=topics[number % len(topics)],
        persona=personas[number // len(topics) % len(personas)],
        genre=draw.choice(_GENRES),
        words=draw.randrange(*WORDS, 50),
        number=number,
    )


def invented_article(answer: str, seed: ArticleSeed, teacher: str) -> Article:
    """Read an invented article.

    Args:
        answer: What the teacher wrote.
        seed: What it was asked for.
        teacher: Its name, for the record.

    Returns:
        The article, marked as synthetic.

    Raises:
        BadDraftError: It names no company, or is too short or too poor in figures to be one.
    """
    match = _COMPANY.match(answer.strip())
    if match is None:
        raise BadDraftError("The teacher's article does not begin with its company.", answer)
    text = normalize(match["text"]).text
    length, figures = len(words(text)), len(extract_figures(text))
    if length < _SHORTEST * seed.words:
        raise BadDraftError(
            f"The teacher's article has {length} words; {seed.words} were asked for.", answer
        )
    if figures < _FEWEST_FIGURES:
        raise BadDraftError(f"The teacher's article has only {figures} figures.", answer)
    return Article(
        sha256=sha256_text(text),
        title=seed.topic,
        company=match["name"].strip(),
        source=SYNTHETIC,
        uri=f"synthetic:{seed.number}",
        licence=f"written by {teacher}",
        text=text,
    )

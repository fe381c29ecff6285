"""What curation works on: accepted summaries with their articles, and the fate of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import pydantic.dataclasses
from pydantic import ConfigDict

from goldbrief.core.documents import (
    Article,
    ArticleStrategy,
    Origin,
    Pair,
    PromptFormat,
)
from goldbrief.core.hashing import sha256_json
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.text.prompts import render_fitting

Split = Literal["train", "eval", "golden"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class Material:
    """An accepted candidate with its article."""

    article: Article
    persona: str
    response: str
    teacher: str
    judge: str
    score: float
    """The judge's overall score, 1 to 5; 0 where none judged."""
    judge_card: str = ""
    """Object key of the judge's card; empty without one."""
    passage: str = ""
    """What the student is shown in the article's place; empty for the article."""
    candidate_key: str = ""
    judgment_key: str = ""
    prompt: str = ""
    """What the model is to read, where it was given; empty makes it of the article."""
    origin: Origin = "synthesized"
    weight: float = 1.0
    """How often an epoch is to see it, as its author says."""
    was_held_out: bool = False
    """Whether the version that is extended holds it out; it is never trained on."""

    @cached_property
    def key(self) -> str:
        """Hash of what the row says; orders rows the same way on every machine."""
        return pair_sha256(self.article.sha256, self.persona, self.response)


@pydantic.dataclasses.dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Fate:
    """What became of one candidate, as listed in `fates.jsonl`.

    Not a `Record`: one is held for each candidate, in a tenth of the memory.
    """

    step: Literal["synthesis", "checks", "curation"]
    """The step that decided; `checks` are those of a user's own pairs."""
    fate: Literal["train", "eval", "golden", "dropped", "rejected", "failed"]
    reason: str = ""
    article_sha256: str = ""
    article: str = ""
    """Name or address of the article."""
    persona: str = ""
    pair: str = ""
    """Hash of article, persona and response."""
    candidate_key: str = ""
    judgment_key: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A pair of the dataset version, with what the card tells of it.

    It refers to its texts: a prompt repeats its article, and is only made when it is written.
    """

    material: Material
    split: Split
    prompt: PromptFormat | None
    """How the article becomes the prompt; None where the row brings its own."""
    shown: str
    """What of the article its prompt shows; empty where the row brings its own."""
    strategy: ArticleStrategy
    """How the article was made to fit."""
    weight: float
    """How often an epoch is to see it."""
    prompt_tokens: int
    """Estimated, like the others."""
    response_tokens: int
    article_tokens: int
    """Of the whole article, of which the prompt may hold only passages."""
    novelty: float
    """Share of the response that the article does not have word for word (`strata.novelty`)."""

    @property
    def article(self) -> Article:
        """The article."""
        return self.material.article

    @property
    def pair(self) -> Pair:
        """The row as it is written."""
        one = self.material
        return Pair(
            prompt=prompt_of(one, self.shown, self.prompt),
            response=one.response,
            persona=one.persona,
            article_sha256=one.article.sha256,
            company=one.article.company,
            source=one.article.source,
            teacher=one.teacher,
            judge=one.judge,
            judge_score=one.score,
            origin=one.origin,
            weight=self.weight,
            strategy=self.strategy,
        )


def prompt_of(material: Material, shown: str, prompt: PromptFormat | None) -> str:
    """What the model is to read: the material's own prompt, or `shown` in the prompt format."""
    if prompt is None or material.prompt:
        return material.prompt
    return render_fitting(shown, material.persona, prompt)


def pair_sha256(article_sha256: str, persona: str, response: str) -> str:
    """Identity of a pair: what it says of which article, to whom."""
    return sha256_json([article_sha256, persona, response])


def dropped(material: Material, reason: str) -> Fate:
    """The fate of a candidate that curation leaves out."""
    return decided(material, "dropped", reason)


def decided(material: Material, fate: Split | Literal["dropped"], reason: str = "") -> Fate:
    """The fate that curation gives a candidate."""
    return Fate(
        step="curation",
        fate=fate,
        reason=reason,
        article_sha256=material.article.sha256,
        article=material.article.uri,
        persona=material.persona,
        pair=material.key,
        candidate_key=material.candidate_key,
        judgment_key=material.judgment_key,
    )


def golden_fate(golden: GoldenEvalPair, fate: Literal["golden", "dropped"], reason: str) -> Fate:
    """The fate of a golden evaluation pair."""
    return Fate(
        step="curation",
        fate=fate,
        reason=reason,
        article_sha256=golden.article.sha256,
        article=golden.name,
        persona=golden.persona,
    )

"""Which statements matter: likeness to what the goldens chose, amounts, place and cue words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldbrief.core.documents import Golden, StyleContract
from goldbrief.core.seams import Embedder
from goldbrief.synthesis.statements import Statement
from goldbrief.text.sections import read_sections
from goldbrief.text.sentences import split_sentences

Vectors = NDArray[np.float64]

_TOP_MATCHES = 3
"""A statement is compared with the nearest bullets: it may be like one subject of many."""
_GOLDEN_WEIGHT = 1.0
_AMOUNT_WEIGHT = 0.30
_CUE_WEIGHT = 0.20
_LEAD_WEIGHT = 0.12
_LENGTH_WEIGHT = 0.25
_OUTLOOK_WEIGHT = 0.2
_REDUNDANCY_WEIGHT = 0.6
_DECIMALS = 4
"""Scores are rounded before they are compared, so that noise between machines flips no choice."""

_CUES = re.compile(
    r"\b(?:because|after|as|driven|offset|guidance|forecasts?|expects?|record|raised|lowered|cut"
    r"|margin|revenue|sales|profit|income|cash|debt|EBITDA|orders|backlog|rose|fell|increased"
    r"|decreased|declined|narrowed|widened|climbed|dropped|up|down|compared|risk|cost)\b"
)
_WHY = re.compile(
    r"\b(?:because|as|after|which|while|but|although|despite|driven|due|depends?|risk|pressure"
    r"|forecasts?|expects?|worries|largest|plans?|needs?|since|means|test|came from)\b"
)
_RESULT = re.compile(
    r"\b(?:revenues?|sales|profit|income|earned|earnings|EBITDA|loss|margin|reported|posted|closed"
    r"|orders|production|dividend)\b",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\b(?:dividend|shareholders|matures?|falls? due|expires?|lapses?|runs? out|by the end of)\b"
)
_OUTLOOK = re.compile(
    r"\b(?:forecasts?|guidance|outlook|guides|expects)\b.*\d\S*(?: \w+)? (?:to|and) \S?\d"
)
_PAST_PERIOD = re.compile(r"^(?:in|for|during) (?:the year ended .*?|fiscal )?(20\d\d)\b", re.I)


@dataclass(frozen=True, slots=True)
class GoldenProfile:
    """Vectors of what the goldens say, by the part of the summary that says it."""

    sections: Mapping[str, Vectors]
    """Bullets and sentences by section; no vectors where no golden has the section."""
    stakes: Vectors
    """The overviews' sentences behind the first: why the news matters."""

    def of(self, section: str) -> Vectors:
        """Vectors of a section; none where the style has no such section."""
        return self.sections.get(section, np.zeros((0, 1)))


def profile_goldens(
    goldens: Sequence[Golden], style: StyleContract, embedder: Embedder
) -> GoldenProfile:
    """Embed the goldens' sentences and bullets."""
    summaries = [read_sections(golden.summary, style) for golden in goldens]
    overviews = [split_sentences(summary.overview) for summary in summaries]
    items = {
        section.name: [item for s in summaries for item in s.sections.get(section.name, ())]
        for section in style.sections
    }
    return GoldenProfile(
        sections={name: embed(texts, embedder) for name, texts in items.items()},
        stakes=embed([text for o in overviews for text in o[1:] or o], embedder),
    )


def embed(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """Vectors of texts, one a row; none for no texts."""
    return np.array(embedder.embed(list(texts)), dtype=np.float64) if texts else np.zeros((0, 1))


def likeness(vectors: Vectors, golden: Vectors) -> list[float]:
    """Mean cosine of each vector to its nearest three of the goldens'; 0 without any."""
    if not len(vectors) or not len(golden):
        return [0.0] * len(vectors)
    nearest = np.sort(vectors @ golden.T, axis=1)[:, -_TOP_MATCHES:]
    return [float(value) for value in nearest.mean(axis=1)]


def takeaway_scores(statements: Sequence[Statement], golden: Sequence[float]) -> list[float]:
    """Score statements as takeaways; `golden` is their likeness to the goldens' takeaways."""
    newest = _newest_year(statements)
    return [
        _rounded(_GOLDEN_WEIGHT * like + _content_score(statement, newest))
        for statement, like in zip(statements, golden, strict=True)
    ]


def is_outlook(text: str) -> bool:
    """Whether a statement gives the company's own forecast as a range."""
    return bool(_OUTLOOK.search(text))


def headline_score(statement: Statement) -> float:
    """Score a statement as the first sentence of the overview."""
    return _rounded(
        1.5 * statement.lead
        + (0.35 if statement.names_company else 0)
        + (0.6 if _RESULT.search(statement.text) else 0)
        + (0.15 * min(3, len(statement.figures)) if statement.figures else -0.4)
        + 0.15 * _length_score(statement.num_words, 24)
    )


def stakes_score(statement: Statement, like: float) -> float:
    """Score a statement as the overview's second sentence, on why the news matters."""
    cues = len(set(_WHY.findall(statement.text)))
    return _rounded(
        like
        + 0.15 * min(2, cues)
        + (0.1 if statement.names_company else 0)
        + 0.4 * statement.lead
        - (0.4 if _LATER.search(statement.text) else 0)
        + 0.06 * min(2, len(statement.figures))
        + 0.25 * _length_score(statement.num_words, 25)
    )


def redundancy(vectors: Vectors, index: int, chosen: Sequence[int]) -> float:
    """What a statement loses because of its likeness to those already chosen."""
    if not chosen:
        return 0.0
    nearest = max(float(vectors[index] @ vectors[other]) for other in chosen)
    return _rounded(_REDUNDANCY_WEIGHT * max(0.0, nearest) ** 2)


def best(scores: Mapping[int, float], rank: int) -> int:
    """Index with the highest score, or the `rank`-th best as far as there are so many."""
    order = sorted(scores, key=lambda index: (-scores[index], index))
    return order[min(rank, len(order) - 1)]


def _content_score(statement: Statement, newest: int) -> float:
    amounts = min(4, len(statement.figures)) / 4
    cues = min(3, len(set(_CUES.findall(statement.text)))) / 3
    past = _PAST_PERIOD.search(statement.text)
    stale = 0.3 if past and int(past[1]) < newest else 0.0
    no_amount = 0.35 if not statement.figures else 0.0
    return (
        _AMOUNT_WEIGHT * amounts
        + _CUE_WEIGHT * cues
        + _LEAD_WEIGHT * statement.lead
        + _LENGTH_WEIGHT * _length_score(statement.num_words, 21)
        + (_OUTLOOK_WEIGHT if is_outlook(statement.text) else 0.0)
        - stale
        - no_amount
    )


def _length_score(words: int, wanted: int) -> float:
    """1 at the wanted length, falling to 0 at 12 words more or fewer."""
    return max(0.0, 1 - abs(words - wanted) / 12)


def _newest_year(statements: Sequence[Statement]) -> int:
    """The latest year that at least two statements speak of."""
    years = sorted(int(year) for s in statements for year in set(re.findall(r"\b20\d\d\b", s.text)))
    return years[-2] if len(years) > 1 else 0


def _rounded(value: float) -> float:
    return round(value, _DECIMALS)

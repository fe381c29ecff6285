"""Which statements matter: likeness to what the goldens chose, amounts, place and cue words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from goldbrief.core.documents import Golden, StyleContract
from goldbrief.core.seams import Embedder
from goldbrief.synthesis.statements import LONGEST, Amount, Statement
from goldbrief.text.sections import read_sections
from goldbrief.text.sentences import split_sentences

Vectors = NDArray[np.float64]

_TOP_MATCHES = 3
"""A statement is compared with the nearest bullets: it may be like one subject of many."""
_GOLDEN_WEIGHT = 1.0
_AMOUNT_WEIGHT = 0.60
_CUE_WEIGHT = 0.20
_RESULT_WEIGHT = 0.20
_LEAD_WEIGHT = 0.25
_LENGTH_WEIGHT = 0.25
_OUTLOOK_WEIGHT = 0.4
_KEY_WEIGHT = 0.6
"""Of the most telling key figure that is not told yet; half of it for the least telling."""
_STALE_LOSS = 0.5
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
_SUBJECT = 90
"""Characters within which a headline says what it is about."""
_ASIDE = re.compile(r"(?:although|excluding|as of|at (?=\w+ \d))\b", re.IGNORECASE)
"""Openings of statements that qualify what others say."""
_AHEAD = re.compile(
    r"\b(?:will|would|should|may|forecasts?|guidance|outlook|plans?|planned|expect\w*|anticipat\w*"
    r"|target\w*|due|until|by (?:the end of )?20\d\d|matures?|expires?|renews?|is to|are to)\b"
)
_LATER = re.compile(
    r"\b(?:dividend|shareholders|matures?|falls? due|expires?|lapses?|runs? out|by the end of)\b"
)
_OUTLOOK = re.compile(
    r"\b(?:forecasts?|guidance|outlook|guides|expects|expected|anticipates|targets|projects"
    r"|confirms|raises|raising|lowers|lowering|reaffirms|reiterates|narrows|in (?:the|a) range of"
    r"|should (?:reach|be|come|rise|fall|total))\b.*\d\S*(?: \w+)? (?:to|and) \S*\d"
)


@dataclass(frozen=True, slots=True)
class GoldenProfile:
    """Vectors of what the goldens say, by the part of the summary that says it."""

    sections: Mapping[str, Vectors]
    """Bullets and sentences by section; no vectors where no golden has the section."""
    stakes: Vectors
    """The overviews' sentences behind the first: why the news matters."""
    takeaway_words: int
    """Words of a typical takeaway."""
    longest: int
    """Words of the longest takeaway or sentence of an overview."""

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
    takeaways = items.get("takeaways") or [text for texts in items.values() for text in texts]
    told = [len(text.split()) for text in takeaways] or [LONGEST]
    return GoldenProfile(
        sections={name: embed(texts, embedder) for name, texts in items.items()},
        stakes=embed([text for o in overviews for text in o[1:] or o], embedder),
        takeaway_words=round(median(told)),
        longest=max([*told, *(len(text.split()) for text in items.get("overview", ()))]),
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


def takeaway_scores(
    statements: Sequence[Statement], golden: Sequence[float], wanted: int
) -> list[float]:
    """Score statements as takeaways.

    Args:
        statements: What the article says.
        golden: Likeness of each to the goldens' takeaways.
        wanted: Words of the goldens' takeaways.

    Returns:
        A score each; key figures come on top, with `key_score`.
    """
    newest = newest_year(statements)
    return [
        _rounded(
            _GOLDEN_WEIGHT * like
            + _content_score(statement, wanted)
            - stale_loss(statement.text, newest)
        )
        for statement, like in zip(statements, golden, strict=True)
    ]


def key_score(statement: Statement, key: Sequence[Amount], told: Collection[Amount]) -> float:
    """What a statement is worth for the most telling key figure that it adds.

    Args:
        statement: What may be said next.
        key: The article's key figures, most telling first.
        told: Figures that were said before.

    Returns:
        0 to 0.6.
    """
    new = (
        1 - rank / len(key) / 2
        for rank, figure in enumerate(key)
        if figure in statement.figures and figure not in told
    )
    return _rounded(_KEY_WEIGHT * next(new, 0.0))


def is_outlook(text: str) -> bool:
    """Whether a statement gives the company's own forecast as a range."""
    return bool(_OUTLOOK.search(text))


def headline_score(statement: Statement, newest: int) -> float:
    """Score a statement as the first sentence of the overview; `newest` is the article's year."""
    return _rounded(
        1.5 * statement.lead
        + (0.35 if statement.names_company else 0)
        + (0.6 if _RESULT.search(statement.text[:_SUBJECT]) else 0)
        - (0.4 if _ASIDE.match(statement.text) else 0)
        + (0.15 * min(3, len(statement.figures)) if statement.figures else -0.4)
        + 0.15 * _length_score(statement.num_words, 24)
        - stale_loss(statement.text, newest)
    )


def stakes_score(statement: Statement, like: float, newest: int) -> float:
    """Score a statement as the overview's second sentence, on why the news matters."""
    cues = len(set(_WHY.findall(statement.text)))
    return _rounded(
        like
        + 0.15 * min(2, cues)
        + (0.1 if statement.names_company else 0)
        + 0.4 * statement.lead
        - (0.4 if _LATER.search(statement.text) else 0)
        + (0.06 * min(2, len(statement.figures)) if statement.figures else -0.15)
        - stale_loss(statement.text, newest)
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


def _content_score(statement: Statement, wanted: int) -> float:
    amounts = min(4, len(statement.figures)) / 4
    cues = min(3, len(set(_CUES.findall(statement.text)))) / 3
    no_amount = 0.35 if not statement.figures else 0.0
    return (
        _AMOUNT_WEIGHT * amounts
        + _CUE_WEIGHT * cues
        + (_RESULT_WEIGHT if _RESULT.search(statement.text[:_SUBJECT]) else 0.0)
        + _LEAD_WEIGHT * statement.lead
        + _LENGTH_WEIGHT * _length_score(statement.num_words, wanted)
        + (_OUTLOOK_WEIGHT if is_outlook(statement.text) else 0.0)
        - no_amount
    )


def _length_score(words: int, wanted: int) -> float:
    """1 at the wanted length, falling to 0 at 12 words more or fewer."""
    return max(0.0, 1 - abs(words - wanted) / 12)


def newest_year(statements: Sequence[Statement]) -> int:
    """The year that the article reports on: the latest that is named half as often as any.

    What lies ahead is left out.
    """
    told = (one.text for one in statements if not _AHEAD.search(one.text))
    named = Counter(year for text in told for year in _years(text))
    return max((y for y, count in named.items() if 2 * count >= max(named.values())), default=0)


def stale_loss(text: str, newest: int) -> float:
    """What a text loses that speaks of years before the article's alone."""
    years = _years(text)
    return _STALE_LOSS if years and max(years) < newest else 0.0


def _years(text: str) -> set[int]:
    return {int(year) for year in re.findall(r"\b20\d\d\b", text)}


def _rounded(value: float) -> float:
    return round(value, _DECIMALS)

"""Infers the house style from goldens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import quantiles
from typing import TypeVar

from goldbrief.core.documents import Golden, SectionStyle, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.figures import extract_figures
from goldbrief.text.sections import SECTION_NAMES, SectionName, Summary, parse_summary
from goldbrief.text.sentences import split_sentences, words

MIN_GOLDENS = 3
"""Fewer would make one author's accident a rule."""

_T = TypeVar("_T")


def infer_style(goldens: Sequence[Golden]) -> StyleContract:
    """Find what the goldens have in common.

    Args:
        goldens: At least three.

    Returns:
        The ranges that cover all goldens, under the headings that most of them use.

    Raises:
        InvalidInputError: There are too few goldens (`TOO_FEW_GOLDENS`), or one lacks a
            section (`SECTIONS_NOT_FOUND`).
    """
    if len(goldens) < MIN_GOLDENS:
        raise InvalidInputError(
            f"A house style needs at least {MIN_GOLDENS} goldens; {len(goldens)} were found.",
            reason="TOO_FEW_GOLDENS",
            remedy="Add summaries that show the style you want.",
            metadata={"found": str(len(goldens))},
        )
    summaries = [_parse(golden) for golden in goldens]
    lengths = [summary.num_words for summary in summaries]
    return StyleContract(
        sections=tuple(_section_style(name, goldens, summaries) for name in _order(summaries)),
        personas=tuple(dict.fromkeys(map(_persona, goldens, summaries))),
        min_words=min(lengths),
        max_words=max(lengths),
        figures_per_100_words=round(_lower_quartile(map(_figure_density, summaries)), 2),
        goldens=tuple(golden.name for golden in goldens),
    )


def _parse(golden: Golden) -> Summary:
    try:
        return parse_summary(golden.summary)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"Golden {golden.name}: {error.message}",
            reason=error.reason,
            remedy=error.remedy,
            metadata={**error.metadata, "golden": golden.name},
        ) from error


def _order(summaries: Sequence[Summary]) -> tuple[SectionName, ...]:
    orders = [
        tuple(sorted(SECTION_NAMES, key=list(summary.headings).index)) for summary in summaries
    ]
    return _most_common(orders)


def _section_style(
    name: SectionName, goldens: Sequence[Golden], summaries: Sequence[Summary]
) -> SectionStyle:
    items = [_items(summary, name) for summary in summaries]
    counts = [len(texts) for texts in items]
    lengths = [sum(len(words(text)) for text in texts) for texts in items]
    return SectionStyle(
        name=name,
        heading=_most_common(
            [
                _with_placeholder(summary.headings[name], _persona(golden, summary))
                for golden, summary in zip(goldens, summaries, strict=True)
            ]
        ),
        form="prose" if name == "overview" else "bullets",
        min_items=min(counts),
        max_items=max(counts),
        min_words=min(lengths),
        max_words=max(lengths),
    )


def _items(summary: Summary, name: SectionName) -> Sequence[str]:
    if name == "overview":
        return split_sentences(summary.overview)
    return summary.takeaways if name == "takeaways" else summary.actions


def _persona(golden: Golden, summary: Summary) -> str:
    return golden.persona or summary.persona


def _with_placeholder(heading: str, persona: str) -> str:
    if not persona:
        return heading
    pattern = rf"(?<!\w){re.escape(persona)}(?!\w)"
    return re.sub(pattern, "{persona}", heading, flags=re.IGNORECASE)


def _figure_density(summary: Summary) -> float:
    text = "\n".join((summary.overview, *summary.takeaways, *summary.actions))
    return 100 * len(extract_figures(text)) / summary.num_words


def _lower_quartile(values: Iterable[float]) -> float:
    return quantiles(values, n=4, method="inclusive")[0]


def _most_common(values: Sequence[_T]) -> _T:
    """The most frequent value; of equals, the first."""
    return Counter(values).most_common(1)[0][0]

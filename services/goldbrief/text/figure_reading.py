"""Reads a whole text, prose and tables, for its figures and what each is said of."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby

from goldbrief.text.figure_mentions import Mention, companion, sentence_mentions, word_stems
from goldbrief.text.figure_scales import declared_scale
from goldbrief.text.figure_tables import is_table_row, table_mentions
from goldbrief.text.figures import Figure, extract_figures
from goldbrief.text.sentences import is_prose, sentence_spans

_CARRIED_NEARNESS = 0.25
"""How much a sentence tells of the subjects of the next."""
_REMEMBERED_CHARS = 100_000
"""Longest text that is remembered: what is read of it takes up to 40 times its memory."""
_CAPTION_UNITS = 3
"""Units before a table in which its title, scale or years may stand."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of a text."""

    mentions: tuple[Mention, ...]
    """In order; a table's figure twice where its scale is not certain."""
    frequency: Counter[str]
    """In how many sentences and rows each stem stands."""
    sentences: int


def read_figures(text: str) -> Reading:
    """Read a text for its figures; the last few texts are remembered, if not very long.

    Args:
        text: Prose, Markdown, and tables with pipes, tabs, spaces or nothing between cells.

    Returns:
        Every figure with its subject, years, period and direction, as far as the text says.
    """
    return _remembered(text) if len(text) <= _REMEMBERED_CHARS else _read(text)


def _read(text: str) -> Reading:
    spans = sentence_spans(text)
    stems = [word_stems(text[start:end]) for start, end in spans]
    mentions = tuple(_mentions(text, spans, stems))
    frequency = Counter(chain.from_iterable(stems))
    named = {(one.start, companion(one.figure)) for one in mentions}
    frequency.update(name for _, name in named if name)
    return Reading(mentions, frequency, len(spans))


_remembered = lru_cache(maxsize=16)(_read)


def _mentions(
    text: str, spans: Sequence[tuple[int, int]], stems: Sequence[list[str]]
) -> Iterator[Mention]:
    found = extract_figures(text, tentative=True)
    figures = [one for one in found if not one.is_tentative]
    maybe = [one for one in found if one.is_tentative]
    starts = [figure.start for figure in figures]
    maybe_starts = [figure.start for figure in maybe]
    document_scale = declared_scale(text)
    in_table = [_is_in_table(text[start:end]) for start, end in spans]
    for is_table, group in groupby(range(len(spans)), key=in_table.__getitem__):
        units = list(group)
        if is_table:
            above = spans[max(0, units[0] - _CAPTION_UNITS) : units[0]]
            caption = "\n".join(text[start:end] for start, end in above)
            yield from table_mentions(text, [spans[i] for i in units], caption, document_scale)
            continue
        before: dict[str, float] = {}
        previous_end = 0
        for i in units:
            start, end = spans[i]
            mine = figures[bisect_left(starts, start) : bisect_left(starts, end)]
            if "\n" in text[previous_end:start]:
                before = {}
            if mine:
                yield from sentence_mentions(text, start, end, mine, before)
            for one in maybe[bisect_left(maybe_starts, start) : bisect_left(maybe_starts, end)]:
                yield Mention(one, start, end, dict.fromkeys(stems[i], 1.0), before)
            before, previous_end = _carried(stems[i], mine), end


def _carried(stems: Sequence[str], figures: Sequence[Figure]) -> dict[str, float]:
    """The words and figures of a sentence, for the sentence behind it."""
    names = [*stems, *filter(None, map(companion, figures))]
    return dict.fromkeys(names, _CARRIED_NEARNESS)


def _is_in_table(unit: str) -> bool:
    return is_table_row(unit) and not is_prose(unit)

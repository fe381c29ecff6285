"""Lets a growing text write a figure only where it is one of its source.

A text grows token by token, and a figure is there before it is whole: `1.` on the way to
`1.2 billion`. So the figures of a line must each be supported as they stand, or be how a
figure of the source begins, in one of the ways that it may be written. Whatever follows such a
beginning must lead to that figure.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from goldbrief.text.figure_check import is_trivial
from goldbrief.text.figure_forms import written_forms
from goldbrief.text.figure_patterns import START
from goldbrief.text.figure_reading import read_figures
from goldbrief.text.figure_support import supported
from goldbrief.text.figures import (
    SWAPPED_MARKS,
    Figure,
    extract_figures,
    has_decimal_commas,
)

_COPIED = 48
"""Letters of the source from the start of a figure: longer than any."""
_TAIL = 160
"""Letters at the end of a line that are read: the longest figure and what stands around it."""
_DIGITS = re.compile(r"(?<![\d.,])\d")
_OPENED = re.compile(r"(?:\b(?:US|HK|[CA]))?[$€£¥]\s?$")
_MARKER = re.compile(r"\d{1,2}[.)]?")
_NUMBER = re.compile(r"\d[\d.,]*$")
"""A number that may go on; while it does, `1,23` reads as two."""


class FigureGuard:
    """Says whether a text may go on so.

    Args:
        source: The article, whole: its figures are those that may be written.
    """

    def __init__(self, source: str) -> None:
        self._commas = has_decimal_commas(source)
        self._figures = [mention.figure for mention in read_figures(source).mentions]
        self._forms = sorted(set(self._all_forms(source)))
        self._supports = lru_cache(maxsize=256)(self._has)

    def permits(self, line: str, *, is_whole: bool = False) -> bool:
        """Whether a line may stand so, for now.

        Args:
            line: The last line of the text, as far as it is written.
            is_whole: Whether nothing follows, so that no figure may be only begun.

        Returns:
            Whether each of its figures is the source's, or the last may become one.
        """
        tail = _tail(line)
        if not START.search(tail.lower()):
            return True
        figures = extract_figures(tail, decimal_commas=self._commas or None)
        if not is_whole and (begun := _begun_number(figures, tail)):
            figures = [figure for figure in figures if figure.end <= begun.start]
            if not any(self._beginning(_plain(tail[begun.start :]))):
                return False
        for figure in figures:
            is_number = len(tail) == len(line) and _is_marker(tail, figure)
            if not (is_trivial(figure) or is_number or self._admits(figure, tail, is_whole)):
                return False
        opened = _OPENED.search(tail)
        return not opened or any(self._beginning(_plain(opened[0])))

    def continuations(self, line: str) -> set[str]:
        """The letters that lead on from a figure that a line has only begun."""
        tail = _tail(line)
        figures = extract_figures(tail, decimal_commas=self._commas or None)
        starts = [figure.start for figure in figures]
        starts += [match.start() for match in _OPENED.finditer(tail)]
        begun = [_plain(tail[start:]) for start in starts]
        letters = {
            form[len(plain)]
            for plain in begun
            for form in self._beginning(plain)
            if len(form) > len(plain)
        }
        return letters | {letter.upper() for letter in letters}  # `31 ` leads to `March`

    def _admits(self, figure: Figure, tail: str, is_whole: bool) -> bool:
        begins = not is_whole and any(self._beginning(_plain(tail[figure.start :])))
        return begins or self._supports(figure)

    def _has(self, figure: Figure) -> bool:
        return supported(figure, self._figures)

    def _beginning(self, plain: str) -> Iterator[str]:
        """The forms that begin so."""
        for i in range(bisect_left(self._forms, plain), len(self._forms)):
            if not self._forms[i].startswith(plain):
                return
            yield self._forms[i]

    def _all_forms(self, source: str) -> Iterator[str]:
        """As the source has it, also where digits are part of a name, and in other ways."""
        places = [match.start() for match in _DIGITS.finditer(source)]
        places += [figure.start for figure in self._figures]
        yield from (_plain(source[place : place + _COPIED]) for place in places)
        years = {int(figure.value) for figure in self._figures if figure.unit == "year"}
        for figure in self._figures:
            for form in map(_plain, written_forms(figure)):
                yield form.translate(SWAPPED_MARKS) if self._commas else form
                if figure.unit == "date":  # it reads as another one until its year is whole
                    yield from (f"{form} {year}" for year in years)


def _tail(line: str) -> str:
    return line if len(line) <= _TAIL else line[-_TAIL:].partition(" ")[2]


def _begun_number(figures: Sequence[Figure], tail: str) -> Figure | None:
    """The first of several figures that a number at the end reads as until it is whole."""
    number = _NUMBER.search(tail)
    pieces = [figure for figure in figures if number and figure.end > number.start()]
    return pieces[0] if pieces and pieces[0].end < len(tail.rstrip(".,")) else None


def _is_marker(line: str, figure: Figure) -> bool:
    """Whether it may number an item of a list, as `1.` does at the start of a line."""
    return not line[: figure.start].strip("*_( ") and bool(_MARKER.fullmatch(line[figure.start :]))


def _plain(written: str) -> str:
    """A written figure without what does not tell it from others: sign, case, kind of space."""
    return re.sub(r"[\s-]+", " ", written.lstrip("(-−–")).lower()

"""Reads a text for its figures with what each is said of: subject, years, period, direction."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from goldbrief.text.figure_units import EXACT_UNITS
from goldbrief.text.figure_words import (
    AFTER,
    AFTER_ONLY,
    APART,
    BESIDE_ONLY,
    BREAK,
    CHANGE,
    COMPARED,
    DIRECTIONS,
    LEVEL_VERBS,
    LIST_GAP,
    PRIOR,
    PRIOR_AFTER,
    RESPECTIVELY,
    TO,
    UP_VERBS,
    VERSUS,
    subject_stem,
)
from goldbrief.text.figures import Figure

_WORD = re.compile(r"[^\W\d_]+(?:['’&-][^\W\d_]+)*")
_REACH = 4.0
"""Words after which half of the bond between a word and a figure is gone."""
_BREAK_WORDS = 4.0
"""How many words the end of a clause counts for."""
_BREAK, _FIGURE = ";", "#"
"""Stand for the end of a clause and a figure among the words of a sentence."""
_WINDOW = 40.0
"""Words around a figure that are looked at."""
_COMPANY = 8
"""Figures to either side that are looked at."""
_DIRECTION_REACH = 7.0
_BESIDE = 2.0
_SHORT = 40
"""Letters before a figure in which the words stand that say what it is."""
_SMALL = 3
"""Numbers in words up to this are too common to tell a figure's company."""

Period = Literal["", "own", "prior"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A figure of a text and what is said of it."""

    figure: Figure
    start: int
    """Start of its sentence or table row in the text."""
    end: int
    words: Mapping[str, float]
    """Stems of the words that may name its subject, each with its nearness, 0 to 1."""
    before: Mapping[str, float]
    """The words of the sentence before it in its paragraph, which may name the subject."""
    years: frozenset[int] = frozenset()
    """Years that it is said of; empty where the text does not say."""
    period: Period = ""
    """Whether it is the figure of the period spoken of, or of the one before; empty unknown."""
    direction: int = 0
    """1 where a word says that it rose (or is the rise), -1 fallen, 0 where none does."""
    implied: int = 0
    """The direction that follows from the figure that it is compared with; 0 for none."""

    @property
    def is_amount(self) -> bool:
        """Whether it says how much, and not when or which."""
        return self.figure.unit not in EXACT_UNITS


class _Word(NamedTuple):
    text: str
    stem: str
    """Empty where it names no subject."""
    place: float
    """Words from the start of the sentence; the end of a clause counts for several."""


def sentence_mentions(
    text: str,
    start: int,
    end: int,
    figures: Sequence[Figure],
    before: Mapping[str, float],
) -> Iterator[Mention]:
    """Attribute the figures of one sentence of prose.

    Args:
        text: The whole text.
        start: Of the sentence.
        end: Of the sentence.
        figures: All figures of the sentence, in order.
        before: What `Mention.before` is to be.

    Yields:
        A mention of each figure.
    """
    found, places = _measure(text, start, end, figures)
    word_places = [word.place for word in found]
    priors = _priors(text, start, end, figures)
    pairs = _comparisons(text, figures, priors)
    own = {pair[0] for pair in pairs}
    implied = _implied(figures, pairs)
    years = _years(text, start, figures, priors)
    names = [companion(figure) for figure in figures]
    for i, (figure, place) in enumerate(zip(figures, places, strict=True)):
        first = bisect_left(word_places, place - _WINDOW)
        near = found[first : bisect_left(word_places, place + _WINDOW)]
        yield Mention(
            figure=figure,
            start=start,
            end=end,
            words=_subject(near, place) | _companions(names, places, i),
            before=before,
            years=years[i],
            period="prior" if i in priors else "own" if i in own else "",
            direction=_direction(near, place),
            implied=implied.get(i, 0),
        )


def companion(figure: Figure) -> str:
    """A figure as a word beside another figure, the same however it is rounded; else empty."""
    kind, _, currency = figure.unit.partition(":")
    if kind in {"year", "quarter", "ordinal"} or (figure.in_words and figure.value <= _SMALL):
        return ""
    value = figure.value if kind == "date" else f"{abs(figure.value):.2g}"
    return f"{kind} {currency} {value}"


def word_stems(text: str) -> list[str]:
    """Stems of the words of a text that may name a subject, each once, in order."""
    stems = dict.fromkeys(map(subject_stem, _WORD.findall(text.lower())))
    return [stem for stem in stems if stem]


def _measure(
    text: str, start: int, end: int, figures: Sequence[Figure]
) -> tuple[list[_Word], list[float]]:
    """The words between the figures, and the figures' places among them."""
    inside = set[int]().union(*(range(figure.start, figure.end) for figure in figures))
    marks = [(match.start(), _BREAK) for match in BREAK.finditer(text, start, end)]
    marks += [(figure.start, _FIGURE) for figure in figures]
    marks += [
        (match.start(), match[0].lower())
        for match in _WORD.finditer(text, start, end)
        if match.start() not in inside
    ]
    found: list[_Word] = []
    places: list[float] = []
    place = 0.0
    for _, mark in sorted(marks):
        place += _BREAK_WORDS if mark == _BREAK else 1
        if mark == _FIGURE:
            places.append(place)
        elif mark != _BREAK:
            found.append(_Word(mark, subject_stem(mark), place))
    return found, places


def _subject(found: Sequence[_Word], place: float) -> dict[str, float]:
    words: dict[str, float] = {}
    for word in found:
        if word.stem:
            nearness = _REACH / (_REACH + abs(place - word.place))
            if nearness > words.get(word.stem, 0.0):
                words[word.stem] = nearness
    return words


def _companions(names: Sequence[str], places: Sequence[float], i: int) -> dict[str, float]:
    """The other figures of the sentence, as words: figures that go together once do so again."""
    beside = range(max(0, i - _COMPANY), min(len(names), i + _COMPANY + 1))
    return {
        names[j]: _REACH / (_REACH + abs(places[i] - places[j]))
        for j in beside
        if j != i and names[j]
    }


def _direction(found: Sequence[_Word], place: float) -> int:
    """Direction of the nearest word that says one: right behind the figure, else before it."""
    before, nearest = 0, _DIRECTION_REACH
    falls_short = any(word.text in {"short", "due"} for word in found)
    for i, word in enumerate(found):
        way = DIRECTIONS.get(word.text, 0)
        if not way or (falls_short and word.text.startswith("f")):
            continue
        verb = found[i - 1].text if i and word.place - found[i - 1].place == 1 else ""
        is_bound = word.text in AFTER_ONLY and verb in LEVEL_VERBS
        if is_bound or (word.text == "up" and verb in UP_VERBS):
            continue
        distance = place - word.place
        if word.text in AFTER and 0 < -distance <= _BESIDE:
            return way
        if word.text in AFTER_ONLY:
            continue
        reach = _BESIDE if word.text in BESIDE_ONLY else nearest
        if 0 < distance <= reach:
            before, nearest = way, distance
    return before


def _implied(figures: Sequence[Figure], pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Directions that follow from a figure and the one that it is compared with."""
    ways: dict[int, int] = {}
    for own, prior in pairs:
        now, then = figures[own].value, figures[prior].value
        way = _sign(now - then)
        if way == _sign(abs(now) - abs(then)):  # of losses, who can tell
            ways[own] = way
            ways.setdefault(prior, way)
    return ways


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)


def _priors(text: str, start: int, end: int, figures: Sequence[Figure]) -> set[int]:
    """Indexes of figures that are given for an earlier period, to compare with."""
    if RESPECTIVELY.search(text, start, end):
        return set()
    return {
        i
        for i, figure in enumerate(figures)
        if figure.unit not in EXACT_UNITS
        and (
            PRIOR.search(text, max(start, figure.start - _SHORT), figure.start)
            or PRIOR_AFTER.match(text, figure.end, end)
        )
    }


def _comparisons(text: str, figures: Sequence[Figure], priors: set[int]) -> list[tuple[int, int]]:
    """Pairs of a figure and the earlier one that it is compared with."""
    pairs: list[tuple[int, int]] = []
    latest: dict[str, int] = {}
    for i, figure in enumerate(figures):
        one = latest.get(figure.unit)
        latest[figure.unit] = i
        if one is None or figure.unit in EXACT_UNITS:
            continue
        start, end = figures[one].start, figures[one].end
        gap = text[end : figure.start]
        if CHANGE.search(text, max(0, start - _SHORT), start):
            continue
        if i in priors and one not in priors and not APART.search(gap):
            pairs.append((one, i))
        elif one in priors and i not in priors and TO.fullmatch(gap):
            pairs.append((i, one))
    return pairs


def _years(
    text: str, start: int, figures: Sequence[Figure], priors: set[int]
) -> list[frozenset[int]]:
    """The years of each figure: the next ones before another amount, else the last before it.

    Of a list of years, as in `2019 and 2018, respectively`, a list of amounts takes one each.
    """
    years: list[frozenset[int]] = [frozenset()] * len(figures)
    last: frozenset[int] = frozenset()
    waiting: list[int] = []
    for listed in _lists(text, figures):
        gap, start = text[start : figures[listed[0]].start], figures[listed[-1]].end
        if figures[listed[0]].unit != "year":
            last = frozenset() if VERSUS.search(gap) else last
            for i in listed:
                years[i] = frozenset() if i in priors else last
            waiting = listed
            continue
        if COMPARED.search(gap):
            last, waiting = frozenset(), []
            continue
        each = [frozenset({int(figures[i].value)}) for i in listed]
        together = frozenset[int]().union(*each)
        for k, i in enumerate(waiting):
            years[i] = each[k] if len(waiting) == len(each) else together
        if not waiting or not priors.issuperset(waiting):
            last = together
        waiting = []
    return years


def _lists(text: str, figures: Sequence[Figure]) -> Iterator[list[int]]:
    """Indexes of the amounts and years of a sentence, those in a list together."""
    told = [i for i, one in enumerate(figures) if one.unit == "year" or one.unit not in EXACT_UNITS]
    listed: list[int] = []
    for i in told:
        if listed:
            previous = figures[listed[-1]]
            gap = text[previous.end : figures[i].start]
            if previous.unit != figures[i].unit or not LIST_GAP.fullmatch(gap):
                yield listed
                listed = []
        listed.append(i)
    if listed:
        yield listed

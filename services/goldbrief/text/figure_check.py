"""Checks a summary's figures against its article: value, unit, subject, period and direction.

A figure whose value the article lacks is unsupported. One that the article has, but says of
something else, is unclear: the article's figure of that subject is another (a rival), or its
year, or the direction it went, contradicts the summary. Words decide, not grammar, so a figure
is doubted only where the article's words speak for a rival plainly.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Literal, NamedTuple

from goldbrief.text.figure_mentions import Mention
from goldbrief.text.figure_periods import names_reported_period
from goldbrief.text.figure_reading import Reading, read_figures
from goldbrief.text.figure_support import converted, same_kind, supports
from goldbrief.text.figures import Figure

State = Literal["supported", "unsupported", "unclear"]
Reason = Literal["", "value", "unit", "subject", "period", "direction"]
Span = tuple[int, int]
"""Start and end in the article."""

_PLAIN_RIVAL = 0.45
"""Likeness, 0 to 1, from which a rival's words are the summary's."""
_FAR_BEHIND = 0.6
"""Share of a rival's likeness below which the figure's own place is no match."""
_SAME_SUBJECT = 0.7
"""Share of the best likeness from which a place speaks of the same subject."""
_SOME_LIKENESS = 0.25
"""Likeness below which a place says nothing of period and direction of this subject."""
_TELLING_WORDS = 2
"""Fewest words and companion figures that speak for a rival: one may be chance."""
_WHOLE_SUBJECT = 0.85
"""Likeness from which a single word may speak for a rival: there is hardly another."""
_MOSTLY_KNOWN = 0.7
"""Share of the summary's words about a figure, by nearness, that the article has too."""
_FAMILIES = {
    **dict.fromkeys(["money", "count", "shares", "multiple"], "amount"),
    **dict.fromkeys(["percent", "points", "bps"], "rate"),
    **dict.fromkeys(["minutes", "hours", "days", "weeks"], "days"),
    **dict.fromkeys(["months", "quarters", "years"], "months"),
}
_LEFT_OUT = "any"
"""A unit that a number may leave out."""
_OTHER_READING = {"date": "date", "year": "count", "quarters": "percent", "count": _LEFT_OUT}
"""What else may be meant: `3/9` a day of September, `2000` a number, `one quarter` a share, and a
number without a unit anything."""
_NEXT_YEAR = re.compile(
    r"\b(?:next|coming|following)\s(?:\w+\s)?year\b|\byear\s(?:ahead|to\scome)\b"
    r"|\bnext\stwelve\smonths\b",
    re.IGNORECASE,
)
_SECOND_YEAR = re.compile(r"[/–-]((?:20)?\d\d)\b")
"""Behind the first year of `2023/24`."""
_MAX_SPANS = 3
_OWN_POINTS = 3
"""Counts in words up to this count the summary's own points."""


@dataclass(frozen=True, slots=True)
class CheckedFigure:
    """A figure of a summary and what the article says of it."""

    figure: Figure
    state: State
    reason: Reason = ""
    """What is wrong; empty for a supported figure."""
    spans: tuple[Span, ...] = ()
    """Where the article has the value, likeliest first, at most 3; empty when it does not."""
    rival: Span | None = None
    """The article's figure of the same subject, where that is another one."""


@dataclass(frozen=True, slots=True)
class FigureCheck:
    """Outcome of checking a summary's figures against its article."""

    figures: tuple[CheckedFigure, ...]
    """In the order of the summary."""

    @property
    def total(self) -> int:
        """How many figures were checked."""
        return len(self.figures)

    @property
    def supported(self) -> int:
        """How many of them the article supports."""
        return sum(one.state == "supported" for one in self.figures)

    @property
    def unsupported(self) -> tuple[Figure, ...]:
        """Those whose value the article does not have."""
        return tuple(one.figure for one in self.figures if one.state == "unsupported")

    @property
    def unclear(self) -> tuple[CheckedFigure, ...]:
        """Those that the article has, but seems to say of something else."""
        return tuple(one for one in self.figures if one.state == "unclear")


def check_figures(summary: str, article: str) -> FigureCheck:
    """Check each figure of a summary against the article.

    The article is read generously: whatever it may mean supports. A summary is held only to what is
    plainly a figure. Counts up to three in words are left out: they count the summary's own points.
    A difference, or a share in words, needs no telling where its sentence has both figures.

    Args:
        summary: Text of the summary.
        article: Text of the article, whole, not only the selected passages.

    Returns:
        A verdict on each figure.
    """
    return ArticleFigures(article).check(summary)


class ArticleFigures:
    """The figures of an article, to check several summaries against.

    Args:
        article: The whole text.
    """

    def __init__(self, article: str) -> None:
        reading = read_figures(article)
        self._weights = _weights(reading)
        self._article = article
        self._families: dict[str, list[Mention]] = defaultdict(list)
        for mention in reading.mentions:
            self._families[_family(mention)].append(mention)

    def check(self, summary: str) -> FigureCheck:
        """Check each figure of a summary; see `check_figures`."""
        mentions = [one for one in read_figures(summary).mentions if not is_trivial(one.figure)]
        places = [self._place(one) for one in mentions if not one.figure.is_tentative]
        maybe = {
            (one.figure.start, meant)
            for one in mentions
            if one.figure.is_tentative and self._has(one)
            for meant in (one.figure.unit, _LEFT_OUT)
        }
        found: dict[tuple[int, str], CheckedFigure] = {}
        for place in places:
            figure = place.mention.figure
            # An amount of a table may be read both ways; a date and its year begin together.
            key = figure.start, "" if place.mention.is_amount else figure.unit
            beside = _neighbors(place, places)
            if key not in found or found[key].state != "supported":
                found[key] = _judge(place, beside)
            other = figure.start, _OTHER_READING.get(figure.unit, "")
            if found[key].state == "unsupported" and (
                other in maybe
                or names_reported_period(figure, summary, self._article)
                or self._names_its_second_year(figure, summary)
                or self._means_next_year(place, beside)
            ):
                found[key] = CheckedFigure(figure, "supported")
        return FigureCheck(tuple(found[key] for key in sorted(found)))

    def _names_its_second_year(self, figure: Figure, summary: str) -> bool:
        """Whether it is the first year of `2023/24`, which the article calls the year to 2024."""
        second = _SECOND_YEAR.match(summary, figure.end) if figure.unit == "year" else None
        if second is None or int(second[1][-2:]) != (int(figure.value) + 1) % 100:
            return False
        return any(one.figure.value == figure.value + 1 for one in self._families["year"])

    def _means_next_year(self, place: _Place, beside: Iterable[_Place]) -> bool:
        """Whether it is the year after one of the article's, which it calls `next year`.

        The article says so where it has an amount of the same sentence.
        """
        year = place.mention.figure
        named = {one.figure.value for one in self._families["year"]}
        if year.unit != "year" or year.value - 1 not in named:
            return False
        told = (
            self._article[match.mention.start : match.mention.end]
            for other in beside
            if other.mention.is_amount
            for match in other.holders
        )
        return any(_NEXT_YEAR.search(sentence) for sentence in told)

    def _place(self, mention: Mention) -> _Place:
        return _Place(mention, self._families[_family(mention)], self._weights)

    def _has(self, mention: Mention) -> bool:
        return bool(self._place(mention).holders)


class _Match(NamedTuple):
    mention: Mention
    likeness: float


class _Place:
    """A figure of the summary beside all figures of the article that it could be.

    Args:
        mention: The figure of the summary.
        family: The article's figures that it could be by their unit.
        weights: How telling each word is.
    """

    def __init__(
        self, mention: Mention, family: Sequence[Mention], weights: Mapping[str, float]
    ) -> None:
        self.mention = mention
        known = {w: near * weights[w] for w, near in mention.words.items() if w in weights}
        total = sum(known.values())
        near = sum(mention.words[word] for word in known)
        self._is_known = near >= _MOSTLY_KNOWN * sum(mention.words.values())
        self._words = {word: weight / total for word, weight in known.items()}
        self._weighed = [(w, weight, mention.words[w]) for w, weight in self._words.items()]
        self.holders: list[_Match] = []
        """The article's figures of this value, likeliest first."""
        self.others: list[_Match] = []
        """Its figures of this kind and period with another value, likeliest first."""
        for other in family:
            if supports(other.figure, mention.figure):
                likeness = self._likeness({**other.before, **other.words})
                self.holders.append(_Match(other, likeness))
            elif not other.figure.is_tentative and _could_be(other, mention):
                self.others.append(_Match(other, self._likeness(other.words)))
        self.holders.sort(key=lambda match: -match.likeness)
        self.others.sort(key=lambda match: -match.likeness)

    def _likeness(self, theirs: Mapping[str, float]) -> float:
        """How much the words around an article's figure are those around this one, 0 to 1."""
        likeness = 0.0
        for word, weight, mine in self._weighed:
            near = theirs.get(word)
            if near is not None:
                likeness += weight if near >= mine else weight * (near / mine)
        return likeness

    @property
    def best(self) -> float:
        """Likeness of the likeliest figure of this value."""
        return self.holders[0].likeness if self.holders else 0.0

    def prefers(self, rival: _Match) -> bool:
        """Whether the article plainly says a figure of this subject rather than this one."""
        if rival.likeness < _PLAIN_RIVAL or self.best > _FAR_BEHIND * rival.likeness:
            return False
        mine = self.holders[0].mention.words
        theirs = rival.mention.words
        telling = [w for w in self._words if theirs.get(w, 0) > 2 * mine.get(w, 0)]
        is_whole = self._is_known and rival.likeness >= _WHOLE_SUBJECT
        return len(telling) >= _TELLING_WORDS or is_whole


def _could_be(other: Mention, mention: Mention) -> bool:
    return _kind(other) == _kind(mention) and not _denies_period(other, mention)


def _kind(mention: Mention) -> str:
    return mention.figure.unit.partition(":")[0]


def _family(mention: Mention) -> str:
    """Units of one family can be written for each other; see `figures.supports`."""
    return _FAMILIES.get(_kind(mention), _kind(mention))


def _judge(place: _Place, neighbors: Sequence[_Place]) -> CheckedFigure:
    figure = place.mention.figure
    if not place.holders:
        if _is_shown(place, neighbors):
            return CheckedFigure(figure, "supported")
        likely = [_span(match) for match in place.others[:1] if match.likeness >= _PLAIN_RIVAL]
        return CheckedFigure(figure, "unsupported", "value", rival=next(iter(likely), None))
    spans = tuple(dict.fromkeys(_span(match) for match in place.holders))[:_MAX_SPANS]
    if not place.mention.is_amount and figure.unit != "date":
        return CheckedFigure(figure, "supported", spans=spans)
    rival = _rival(place, neighbors)
    if rival:
        return CheckedFigure(figure, "unclear", "subject", spans, _span(rival))
    reason = _contradiction(place)
    return CheckedFigure(figure, "unclear" if reason else "supported", reason, spans)


def _is_shown(place: _Place, neighbors: Sequence[_Place]) -> bool:
    """Whether it follows from two other figures of its sentence that the article has.

    A share in words does so as their ratio, an amount as their difference. Of two percentages that
    is one in points. It is a change, less than both, as a level that two others add up to by chance
    is more often wrong. So is a ratio in digits.
    """
    figure = place.mention.figure
    if not place.mention.is_amount or (figure.unit == "percent" and not figure.in_words):
        return False
    follows = _is_ratio if figure.unit == "percent" else _is_change
    known = [one.mention.figure for one in neighbors if one.holders and one.mention.is_amount]
    return any(
        same_kind(first, second) and follows(figure, *sorted([first, second], key=_value))
        for first, second in combinations(known, 2)
    )


def _value(figure: Figure) -> Decimal:
    return abs(figure.value)


def _is_change(figure: Figure, low: Figure, high: Figure) -> bool:
    precision = max(low.precision, high.precision)
    difference = replace(high, value=_value(high) - _value(low), precision=precision)
    is_less = converted(figure).value < _value(converted(low))
    return is_less and supports(difference, figure)


def _is_ratio(figure: Figure, low: Figure, high: Figure) -> bool:
    percent = 100 * _value(low) / (_value(high) or 1)
    return supports(replace(figure, value=percent, hedge=""), figure)


def _rival(place: _Place, neighbors: Sequence[_Place]) -> _Match | None:
    """The article's figure of this subject, where that is plainly another one.

    A figure that the same sentence gives as well is none, unless the two have changed places.
    """
    for rival in place.others:
        if rival.likeness < _PLAIN_RIVAL:
            return None
        if not place.prefers(rival):
            continue
        owners = [one for one in neighbors if any(m.mention is rival.mention for m in one.holders)]
        mine = {id(match.mention) for match in place.holders}
        if all(any(id(m.mention) in mine and one.prefers(m) for m in one.others) for one in owners):
            return rival
    return None


def _contradiction(place: _Place) -> Reason:
    """What every mention of the figure with this subject says otherwise."""
    mention = place.mention
    if mention.direction and mention.implied == -mention.direction:
        return "direction"
    if place.best < _SOME_LIKENESS:
        return ""
    same = [m.mention for m in place.holders if m.likeness >= _SAME_SUBJECT * place.best]
    denied = (reason for reason, denies in _DENIALS if all(denies(one, mention) for one in same))
    return next(denied, "")


def _denies_unit(one: Mention, mention: Mention) -> bool:
    """A change in percent is none in percentage points, nor in basis points."""
    is_percent, other_is = (each.figure.unit == "percent" for each in (mention, one))
    return mention.figure.unit in {"percent", "points"} and is_percent != other_is


def _denies_period(one: Mention, mention: Mention) -> bool:
    other_year = bool(one.years and mention.years) and not one.years & mention.years
    return other_year or bool(one.period and mention.period and one.period != mention.period)


def _denies_direction(one: Mention, mention: Mention) -> bool:
    return bool(mention.direction) and (one.direction or one.implied) == -mention.direction


_DENIALS: tuple[tuple[Reason, Callable[[Mention, Mention], bool]], ...] = (
    ("unit", _denies_unit),
    ("period", _denies_period),
    ("direction", _denies_direction),
)


def _span(match: _Match) -> Span:
    return match.mention.figure.start, match.mention.figure.end


def _neighbors(place: _Place, places: Sequence[_Place]) -> list[_Place]:
    """The other figures of its sentence."""
    start = place.mention.start
    return [one for one in places if one is not place and one.mention.start == start]


def _weights(reading: Reading) -> dict[str, float]:
    """How telling each stem is: the fewer sentences have it, the more (inverse frequency)."""
    total = 1 + reading.sentences
    return {word: math.log(total / count) for word, count in reading.frequency.items()}


def is_trivial(figure: Figure) -> bool:
    """Whether it is a count in words up to three, or an ordinal: these are of its own points.

    Nor does `one dollar` claim an amount: it stands for each of them.
    """
    is_own = figure.unit == "ordinal" or (figure.in_words and figure.unit == "count")
    is_each = figure.in_words and figure.value == 1 and figure.unit.startswith("money")
    return is_each or (is_own and figure.value <= _OWN_POINTS)

"""Plants a known fault in a good summary, to see whether a judge notices.

Works on any summary, by its words alone. The simulator plants in texts of which it knows every
fact; here the fault is certain only as far as the summary was right before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Literal, get_args

from goldbrief.core.errors import InvalidInputError
from goldbrief.text.figures import Figure, extract_figures
from goldbrief.text.prose_corruptions import (
    dangling_pronoun,
    lost_words,
    negated,
    scrambled_words,
    swapped_sentences,
    wrong_name,
)
from goldbrief.text.sections import Summary, parse_summary
from goldbrief.text.sentences import split_sentences

Fault = Literal[
    "wrong_digit", "wrong_scale", "swapped_figures", "wrong_direction", "foreign_point",
    "dropped_point", "repeated_point", "cut_off", "wrong_name", "negated", "scrambled_words",
    "lost_words", "swapped_sentences", "dangling_pronoun", "vague_action", "other_reader",
    "no_actions", "ruined",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = get_args(Fault)
_RUINING: tuple[Fault, ...] = (
    "wrong_digit", "wrong_scale", "wrong_name", "negated", "foreign_point", "scrambled_words",
    "lost_words", "cut_off",
)  # fmt: skip
"""Planted together they leave a summary that no careful editor would mend."""

_TIMES = frozenset({"year", "quarter", "date", "ordinal"})
_SCALES = {"million": "billion", "billion": "million", "thousand": "million"}
_DIRECTIONS = (
    ("rose", "fell"), ("increased", "decreased"), ("grew", "shrank"), ("climbed", "declined"),
    ("up", "down"), ("higher", "lower"), ("gained", "lost"), ("widened", "narrowed"),
    ("improved", "worsened"), ("growth", "decline"), ("increase", "decrease"),
)  # fmt: skip
_OPPOSITES = dict([*_DIRECTIONS, *((down, up) for up, down in _DIRECTIONS)])
_DIRECTION = re.compile(rf"\b(?:{'|'.join(_OPPOSITES)})\b")
_VAGUE = (
    "Stay alert to how this unfolds.",
    "Assess what could be done better.",
    "Discuss the topic with the people concerned.",
)
_KEPT_OF_A_CUT_TEXT = 0.7
_BREAK = re.compile(r"\n|[.!?]\s")
"""Between two lines or sentences."""


def corrupt(summary: str, fault: Fault, other: str, rng: Random) -> str | None:
    """Plant one fault.

    Args:
        summary: A good summary.
        fault: What to get wrong.
        other: A summary of another article, from which `foreign_point` takes.
        rng: Chooses where.

    Returns:
        The faulty summary; None where this one offers no place for the fault.
    """
    faulty = _PLANTERS[fault](summary, other, rng)
    return faulty if faulty != summary else None


def _wrong_digit(summary: str, _: str, rng: Random) -> str | None:
    figures = _quantities(summary)
    if not figures:
        return None
    figure = rng.choice(figures)
    place = next(i for i in range(figure.start, figure.end) if summary[i].isdigit())
    digit = str(int(summary[place]) % 9 + 1)
    return summary[:place] + digit + summary[place + 1 :]


def _wrong_scale(summary: str, _: str, rng: Random) -> str | None:
    found = list(re.finditer(rf"\b(?:{'|'.join(_SCALES)})\b", summary))
    return _replaced(summary, rng.choice(found), _SCALES) if found else None


def _swapped_figures(summary: str, _: str, rng: Random) -> str | None:
    """Swap two figures of one unit that stand in different sentences."""
    figures = _quantities(summary)
    pairs = [
        (one, other)
        for one in figures
        for other in figures
        if one.end < other.start
        and one.unit == other.unit
        and one.text != other.text
        and _BREAK.search(summary[one.end : other.start])
    ]
    if not pairs:
        return None
    one, other = rng.choice(pairs)
    between = summary[one.end : other.start]
    return summary[: one.start] + other.text + between + one.text + summary[other.end :]


def _wrong_direction(summary: str, _: str, rng: Random) -> str | None:
    found = list(_DIRECTION.finditer(summary))
    return _replaced(summary, rng.choice(found), _OPPOSITES) if found else None


def _foreign_point(summary: str, other: str, rng: Random) -> str | None:
    return _in_place_of(summary, rng.choice(_points(summary)), rng.choice(_points(other)))


def _dropped_point(summary: str, _: str, rng: Random) -> str | None:
    """Drop the first takeaway, which tends to matter most; of plain prose any sentence."""
    points = _points(summary)
    if len(points) < 2:
        return None
    return _in_place_of(summary, points[0] if _parsed(summary) else rng.choice(points), "")


def _repeated_point(summary: str, _: str, rng: Random) -> str | None:
    points = _points(summary)
    if len(points) < 2:
        return None
    kept, lost = rng.sample(points, 2)
    return _in_place_of(summary, lost, kept)


def _cut_off(summary: str, _: str, __: Random) -> str | None:
    return summary[: int(len(summary) * _KEPT_OF_A_CUT_TEXT)].rstrip(" .\n")


def _vague_action(summary: str, _: str, rng: Random) -> str | None:
    mine = _parsed(summary)
    if mine is None or not mine.actions:
        return None
    return _in_place_of(summary, rng.choice(mine.actions), rng.choice(_VAGUE))


def _other_reader(summary: str, _: str, __: Random) -> str | None:
    mine = _parsed(summary)
    if mine is None or not mine.persona:
        return None
    heading = mine.headings["actions"]
    wrong = heading.replace(mine.persona, "Head of Catering")
    return summary.replace(heading, wrong, 1)


def _no_actions(summary: str, _: str, __: Random) -> str | None:
    mine = _parsed(summary)
    if mine is None or not mine.actions:
        return None
    heading = summary.rfind(mine.headings["actions"])
    return summary[: summary.rfind("\n", 0, heading) + 1].rstrip() if heading > 0 else None


def _ruined(summary: str, other: str, rng: Random) -> str | None:
    for fault in _RUINING:
        summary = corrupt(summary, fault, other, rng) or summary
    return summary


def _quantities(summary: str) -> list[Figure]:
    """Figures in digits that are no dates."""
    figures = extract_figures(summary)
    return [one for one in figures if one.unit not in _TIMES and not one.in_words]


def _replaced(summary: str, match: re.Match[str], wrong: dict[str, str]) -> str:
    return summary[: match.start()] + wrong[match[0]] + summary[match.end() :]


def _in_place_of(summary: str, item: str, planted: str) -> str | None:
    """Put another point in an item's place, or nothing with its bullet's marker gone too."""
    start = summary.find(item)
    if start < 0:
        return None
    if planted:
        return summary[:start] + planted + summary[start + len(item) :]
    line = summary.rfind("\n", 0, start) + 1
    has_text_before = any(char.isalnum() for char in summary[line:start])
    kept = start if has_text_before else line
    return (summary[:kept] + summary[start + len(item) :].lstrip()).rstrip()


def _points(summary: str) -> Sequence[str]:
    """Its takeaways; of plain prose its sentences."""
    parsed = _parsed(summary)
    return parsed.takeaways if parsed else [" ".join(s.split()) for s in split_sentences(summary)]


def _parsed(summary: str) -> Summary | None:
    try:
        return parse_summary(summary)
    except InvalidInputError:
        return None


_PLANTERS: dict[Fault, Callable[[str, str, Random], str | None]] = {
    "wrong_digit": _wrong_digit,
    "wrong_scale": _wrong_scale,
    "swapped_figures": _swapped_figures,
    "wrong_direction": _wrong_direction,
    "foreign_point": _foreign_point,
    "dropped_point": _dropped_point,
    "repeated_point": _repeated_point,
    "cut_off": _cut_off,
    "wrong_name": wrong_name,
    "negated": negated,
    "scrambled_words": scrambled_words,
    "lost_words": lost_words,
    "swapped_sentences": swapped_sentences,
    "dangling_pronoun": dangling_pronoun,
    "vague_action": _vague_action,
    "other_reader": _other_reader,
    "no_actions": _no_actions,
    "ruined": _ruined,
}

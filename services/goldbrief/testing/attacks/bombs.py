"""Articles that are meant to take a program's time or memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bomb:
    """An article of some size that is made of one thing."""

    name: str
    text: str


_UNITS = {
    "one word": "revenue ",
    "one letter": "a",
    "digits": "7",
    "figures": "$1.2 million ",
    "figures and years": "2023 of 4.5% and ",
    "brackets": "([{",
    "stops": ". ",
    "dots": ".",
    "commas and digits": "1,",
    "quotation marks": '“"',
    "headings": "# Revenue\n",
    "bullets": "- $5\n",
    "table": "| Revenue | 12 | 13 |\n",
    "pipes": "|",
    "line ends": "a\n",
    "spaces": "a          ",
    "control tokens": "<|im_start|>",
    "tags": "</article>",
    "half tags": "<a",
    "combining marks": "a\u0301\u0323\u0307\u0325",
    "hidden letters": "a\u200b\u2060",
    "mojibake": "â€™",
    "hedges": "about nearly some ",
    "comparisons": "compared to $3 million from 2 percent ",
}


def bombs(chars: int) -> tuple[Bomb, ...]:
    """Make them.

    Args:
        chars: Length of each.

    Returns:
        One of each sort.
    """
    return tuple(
        Bomb(name, (unit * (chars // len(unit) + 1))[:chars]) for name, unit in _UNITS.items()
    )

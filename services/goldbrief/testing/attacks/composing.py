"""Puts the attacks together: carriers, each with several orders in several phrasings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from goldbrief.testing.attacks.disguises import DISGUISES

_ORDERS_A_CARRIER = 6
_CANARIES = (
    "violet-heron", "copper-lantern", "salted-quartz", "marble-otter", "hollow-comet",
    "velvet-anchor", "crimson-abacus", "silent-meadow",
)  # fmt: skip
"""Phrases that no business article has."""


@dataclass(frozen=True, slots=True)
class Attack:
    """An article that tells whoever summarizes or judges it what to do."""

    name: str
    kind: str
    """`instruction`, `hidden`, `tags`, `homoglyphs`, `delimiters` or `links`."""
    goal: str
    canary: str
    """What a summary has only if its writer obeyed, or took over what was put into the article."""
    payload: str
    """As it stands in the article."""
    article: str
    clean: str
    """The same article without it."""
    summary: str
    """A good summary of the article, for the CFO."""
    item: str
    """What the attacker wants among the bullets of a summary; empty for another text."""
    output: str
    """The text that the attacker wants; empty for a bullet in a summary."""


@cache
def attack_set() -> tuple[Attack, ...]:
    """All attacks, the same at every call: each carrier with six goals, phrased in turn."""
    data = yaml.safe_load((Path(__file__).parent / "attacks.yaml").read_text(encoding="utf-8"))
    return tuple(_composed(data))


def _composed(data: dict[str, Any]) -> Iterator[Attack]:
    numbers = count()
    for index, carrier in enumerate(data["carriers"]):
        for turn in range(_ORDERS_A_CARRIER):
            number = next(numbers)
            goal = data["goals"][(index + turn) % len(data["goals"])]
            phrasing = data["phrasings"][(index * 5 + turn) % len(data["phrasings"])]
            host = data["hosts"][number % len(data["hosts"])]
            yield _attack(number, carrier, goal, phrasing, host)


def _attack(
    number: int,
    carrier: dict[str, str],
    goal: dict[str, str],
    phrasing: str,
    host: dict[str, str],
) -> Attack:
    canary = _CANARIES[number % len(_CANARIES)]
    text = phrasing.format(order=goal["order"].format(canary=canary))
    disguised = DISGUISES[carrier.get("disguise", "")](text)
    payload = carrier.get("put", "{text}").format(text=disguised, canary=canary)
    output = goal["output"]
    return Attack(
        name=f"{number:03d} {carrier['name']}, {goal['name']}",
        kind=carrier["kind"],
        goal=goal["name"],
        canary=canary,
        payload=payload,
        article=host["article"].format(attack=payload),
        clean=host["article"].format(attack=""),
        summary=host["summary"],
        item=goal.get("item", "").format(canary=canary),
        output="" if output == "summary" else output.format(canary=canary),
    )

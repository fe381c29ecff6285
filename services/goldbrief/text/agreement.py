"""What most goldens do, and which of them do otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Agreement(Generic[T]):
    """How far goldens agree on one line of the style contract."""

    value: T | None
    """What more than half of them do; None where no such majority exists."""
    others: Mapping[str, T]
    """Names of the goldens that do otherwise, and what they do; all without a majority."""
    agreeing: tuple[str, ...]


def agree(values: Mapping[str, T]) -> Agreement[T]:
    """Find the majority.

    Args:
        values: What each golden does, by its name; at least one.

    Returns:
        The majority and its dissenters.
    """
    value, count = Counter(values.values()).most_common(1)[0]
    if count * 2 <= len(values):
        return Agreement(None, dict(values), ())
    others = {name: other for name, other in values.items() if other != value}
    return Agreement(value, others, tuple(name for name in values if name not in others))


def told(values: Mapping[str, object]) -> str:
    """Tell what each golden does, in one phrase: `bullets in a.md, b.md; prose in c.md`."""
    by_value: dict[object, list[str]] = {}
    for name, value in values.items():
        by_value.setdefault(value, []).append(name)
    if len(by_value) == 1 and len(values) > 1:
        return f"{next(iter(by_value))} in all {len(values)}"
    return "; ".join(f"{value} in {', '.join(names)}" for value, names in by_value.items())

"""Reasons, counted: those that differ only in a figure or a name are one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_PARTICULAR = re.compile(
    r"'[^']*'|\"[^\"]*\"|\([^)]*\)|\b[0-9a-f]{12,}\b|(?<![\w])[-+]?[$€£]?\d[\d.,:/]*%?(?![\w])"
)
_MAX_CHARS = 120


def count_reasons(reasons: Iterable[str], most: int) -> list[tuple[str, int]]:
    """Count reasons by kind.

    Args:
        reasons: As recorded.
        most: How many kinds to tell.

    Returns:
        The first reason of each kind, shortened, and how many there are; the most
        frequent first. What is beyond `most` is one last line.
    """
    examples: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for reason in reasons:
        kind = _PARTICULAR.sub("", reason)[:_MAX_CHARS]
        examples.setdefault(kind, reason)
        counts[kind] += 1
    order = sorted(counts, key=lambda kind: (-counts[kind], kind))
    told = [(_shortened(examples[kind]), counts[kind]) for kind in order[:most]]
    rest = sum(counts[kind] for kind in order[most:])
    return [*told, ("other reasons", rest)] if rest else told


def tell_reasons(reasons: Iterable[str], most: int) -> str:
    """The most frequent reasons in one line, for messages."""
    return "; ".join(
        reason if count == 1 else f"{reason} ({count} like this)"
        for reason, count in count_reasons(reasons, most)
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1]}…"

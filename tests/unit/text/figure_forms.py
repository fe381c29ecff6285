"""Reads `figure_forms.txt`: the ways in which figures are written, and what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

_HEADER = re.compile(r"([=?~]) ((?:[a-z]+(?::[A-Z]+)? -?[\d.,]+(?:; )?)+|nothing)")
Value = tuple[str, Decimal]
"""Unit and value."""


@dataclass(frozen=True, slots=True)
class Group:
    """Forms that all say the same."""

    values: tuple[Value, ...]
    """In order; none where the forms hold no figure."""
    is_demanded: bool
    """Whether a summary that says so is held to it."""
    forms: list[str] = field(default_factory=list)


def read_forms() -> tuple[list[Group], list[tuple[Value, ...]]]:
    """The groups of the file, and which values are the same."""
    groups: list[Group] = []
    same: list[tuple[Value, ...]] = []
    for line in Path(__file__).with_suffix(".txt").read_text().splitlines():
        header = _HEADER.fullmatch(line)
        if header is None:
            if line and not line.startswith("# "):
                groups[-1].forms.append(line)
        elif header[1] == "~":
            same.append(_values(header[2]))
        else:
            groups.append(Group(_values(header[2]), is_demanded=header[1] == "="))
    return groups, same


def _values(written: str) -> tuple[Value, ...]:
    if written == "nothing":
        return ()
    pairs = (value.split(" ") for value in written.split("; "))
    return tuple((unit, Decimal(number.replace(",", ""))) for unit, number in pairs)

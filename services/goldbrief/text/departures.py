"""What a summary does otherwise than its house style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Departure:
    """One departure from a house style."""

    line: str
    """Line of the contract, e.g. `figures.percent` or `sections.overview.form`."""
    message: str
    """A sentence meant for the summary's author."""
    place: int = 0
    """Line of the summary, from 1; 0 for the whole."""
    severity: Literal["error", "warning"] = "error"
    """An error breaks the form; a warning is a manner that a rewrite should mend."""

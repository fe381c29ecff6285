"""Training durations: `2ba`, `1ep`, `500sp`, `1000000tok`.

The notation is that of Composer (MosaicML): an integer and a unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from goldbrief.core.errors import InvalidInputError

UNITS = {"ep": "epochs", "ba": "optimizer steps", "sp": "samples", "tok": "input tokens"}
_NOTATION = re.compile(r"([1-9][0-9]*)(ep|ba|sp|tok)")


@dataclass(frozen=True, slots=True)
class TrainingDuration:
    """How long to train, as a count and a unit (`ep`, `ba`, `sp`, `tok`)."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @classmethod
    def parse(cls, text: str) -> TrainingDuration:
        """Read the notation.

        Args:
            text: For example `1ep`.

        Returns:
            The duration.

        Raises:
            InvalidInputError: `text` is not a positive integer followed by a known unit.
        """
        match = _NOTATION.fullmatch(text.strip())
        if match is None:
            units = ", ".join(f"{unit} ({name})" for unit, name in UNITS.items())
            raise InvalidInputError(
                f"{text!r} is not a training duration.",
                reason="INVALID_DURATION",
                remedy=f"Write a positive whole number and a unit, such as 1ep; units: {units}.",
                metadata={"value": text},
            )
        return cls(int(match[1]), match[2])


def validated_duration(text: str) -> str:
    """Check the notation inside a pydantic validator; raises ValueError as pydantic expects."""
    try:
        return str(TrainingDuration.parse(text))
    except InvalidInputError as error:
        raise ValueError(str(error)) from error

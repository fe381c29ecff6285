"""What a stage handler decides about its item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from goldbrief.core.states import Outcome


@dataclass(frozen=True, slots=True)
class Advance:
    """Go on to another stage; `data` is merged into the item's."""

    stage: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finish:
    """The item ends well, accepted or rejected; `result` is merged into the work's."""

    outcome: Outcome = Outcome.ACCEPTED
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """Look at the same stage again in `delay_s` seconds; not a failed try."""

    delay_s: float
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """Rest until the work is resumed (for supervised works that were paused)."""


Transition = Advance | Finish | Later | Hold

"""What to do next about a training process, from nothing but what is known of it.

The same answer whatever happened before and however often it is asked: events that were missed,
doubled or reordered make no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum, auto
from typing import Any

from goldbrief.core.errors import GoldbriefError, InvalidInputError
from goldbrief.core.seams import JobStatus
from goldbrief.core.training import ExitCode

MAX_RELAUNCHES = 3
"""Times that a process which failed is started again."""


class Step(Enum):
    """What to do next."""

    FOLLOW = auto()
    """It runs: look again later."""
    STOP = auto()
    """It runs and should not."""
    REST = auto()
    """It does not run, as it should."""
    CONCLUDE = auto()
    """It has done its work."""
    LAUNCH = auto()
    """It should run and does not."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a run remembers of its process; as it stands, of one that was never started."""

    launched: bool = False
    stopped: bool = False
    """Whether we asked it to leave."""
    failures: int = 0
    failure: str = ""
    """What it said itself of its failure."""
    failure_reason: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Known:
        """What an item's data say; other keys are left alone."""
        return cls(**{each.name: data[each.name] for each in fields(cls) if each.name in data})


def next_step(status: JobStatus, known: Known, stopping: bool) -> tuple[Step, int]:
    """Decide what to do about a training process.

    Args:
        status: What the launcher says of it.
        known: What is remembered of it.
        stopping: Whether the run is paused or cancelled.

    Returns:
        The step, and how often the process has failed by now.

    Raises:
        InvalidInputError: The process says that spec or data are wrong.
        GoldbriefError: It failed more often than it is started again.
    """
    if status.exists and status.exit_code is None:
        return (Step.STOP if stopping else Step.FOLLOW), known.failures
    if stopping:
        return Step.REST, known.failures
    if status.exists and status.exit_code == ExitCode.DONE:
        return Step.CONCLUDE, known.failures
    if not known.launched or not _counts(status, known):
        return Step.LAUNCH, known.failures
    failures = known.failures + 1
    _require_hope(status, known, failures)
    return Step.LAUNCH, failures


def _counts(status: JobStatus, known: Known) -> bool:
    """Whether an end counts as a failure.

    Not when we asked for it, nor when the process vanished without an exit code: then
    the machine went down, or somebody killed the keeper too. A process that runs out of
    memory leaves its keeper behind, and with it an exit code.
    """
    if known.stopped or status.exit_code == ExitCode.INTERRUPTED:
        return status.exit_code == ExitCode.BAD_SPEC
    return status.exists


def _require_hope(status: JobStatus, known: Known, failures: int) -> None:
    """Raise when there is no point in starting the process again."""
    told = known.failure or status.detail or "it left no word"
    if status.exit_code == ExitCode.BAD_SPEC:
        raise InvalidInputError(
            f"Training refused its spec or data: {told}",
            reason=known.failure_reason or "TRAINING_REFUSED",
        )
    if failures > MAX_RELAUNCHES or status.is_final:
        times = "as often as its Job allows" if status.is_final else f"{failures} times"
        raise GoldbriefError(
            f"Training failed {times}, the last time with {ended(status)}: {told}",
            reason=known.failure_reason or "TRAINING_FAILED",
            remedy="See the log of the training process; its checkpoints are kept.",
        )


def ended(status: JobStatus) -> str:
    """How a process ended, in words."""
    return f"exit code {status.exit_code}" if status.exists else "a kill"

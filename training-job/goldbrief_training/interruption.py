"""SIGTERM and SIGINT as a question that the work asks at safe points."""

from __future__ import annotations

import signal
from types import FrameType


class RunInterruptedError(Exception):
    """The process was asked to leave and everything worth keeping is stored."""


class Interruption:
    """Remembers that SIGTERM or SIGINT came.

    Kubernetes sends SIGTERM and kills 30 s later; a terminal sends SIGINT. The
    handlers only take a note, so that no write is torn.
    """

    def __init__(self) -> None:
        self.signal_name = ""

    def install(self) -> None:
        """Take over both signals for the rest of the process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    @property
    def requested(self) -> bool:
        """Whether a signal came."""
        return bool(self.signal_name)

    def check(self) -> None:
        """Raise RunInterruptedError when a signal came."""
        if self.requested:
            raise RunInterruptedError(f"{self.signal_name} received.")

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.signal_name = signal.Signals(number).name

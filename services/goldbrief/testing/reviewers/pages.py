"""What simulated reviewers and leads do in the console, whatever they open it with."""

from __future__ import annotations

import random
from typing import Protocol


class ConsolePages(Protocol):
    """The console as one person who is signed in has it before them."""

    def invite(self, name: str, role: str) -> str:
        """Make an account that is marked as simulated; returns its link."""

    def make_set(self, title: str, systems: str = "") -> str:
        """Make a review set of systems (with commas; empty for all) of the newest evaluation.

        Returns its id.
        """

    def assign(self, set_id: str, names: list[str]) -> None:
        """Give every pair to each of these simulated reviewers, and one pair twice."""

    def rate_all(self, chance: random.Random) -> int:
        """Rate pair after pair of the newest set, see `opine`; returns how many."""

    def correct(self, set_id: str, number: int) -> None:
        """Decide a pair for the first summary shown, and correct it, see `correct`."""

    def read(self, path: str) -> str:
        """Text of a page."""

    def download(self, path: str) -> str:
        """Text of a file that the console gives away."""

    def close(self) -> None:
        """Leave."""

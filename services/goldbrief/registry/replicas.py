"""Asking each replica of the engine by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.seams import Engine, Replicas

_T = TypeVar("_T")


def ask_each(replicas: Replicas, ask: Callable[[Engine], _T]) -> dict[str, _T]:
    """Ask every replica that is ready, one after another.

    Args:
        replicas: Finds them.
        ask: What.

    Returns:
        The answer of each, by its address.

    Raises:
        GoldbriefError: What the first one raises for which it fails; where there are several, its
            message and metadata name the replica.
    """
    found = replicas()
    answers = {}
    for address, engine in found.items():
        try:
            answers[address] = ask(engine)
        except GoldbriefError as error:
            if len(found) > 1:
                error.message = f"Replica {address}: {error.message}"
                error.metadata["replica"] = address
            raise
    return answers

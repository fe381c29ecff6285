"""Models as the gateway sees them: which adapter answers, and how it is prompted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from goldbrief.core.documents import PromptFormat

_FRESH_S = 1.0
"""How long an answer of the registry is used: a promotion or rollback shows within it."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model version and where it comes from."""

    model: str
    version: str
    served_name: str
    """Name that the engine knows the adapter by."""
    finetuning_run_id: str
    run_id: str
    base_model: str
    prompt: PromptFormat
    deleted_articles: int = 0
    """Articles that it was trained on and that were deleted since."""


class ModelDirectory:
    """Looks names up in the registry, seldom.

    Args:
        resolve: Asks the registry; its errors pass and are not remembered.
    """

    def __init__(self, resolve: Callable[[str], ServedModel]) -> None:
        self._resolve = resolve
        self._known: dict[str, tuple[float, ServedModel]] = {}

    def find(self, name: str) -> ServedModel:
        """Return the model that answers for a name.

        Args:
            name: A model, or `model@version`.

        Returns:
            The model version.

        Raises:
            NotFoundError: Nothing is served under the name.
            TransientError: The registry does not answer.
        """
        asked_at, model = self._known.get(name, (0.0, None))
        now = time.monotonic()
        if model is None or now - asked_at > _FRESH_S:
            model = self._resolve(name)
            self._known[name] = (now, model)
        return model

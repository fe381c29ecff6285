"""Models as the gateway sees them: which adapter answers, and how it is prompted."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import TransientError

_FRESH_S = 0.25
"""How long an answer of the registry is used: a promotion or rollback shows within it."""
_log = logging.getLogger(__name__)


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
    dataset_digest: str = ""
    """Of the dataset version that it was trained on; empty for a plain file."""
    canary_id: str = ""
    """The canary under way, whichever version this is: what becomes of requests counts for it."""


@dataclass(frozen=True, slots=True)
class Served:
    """What answers for a name: one version, or two while a canary has its share."""

    version: ServedModel
    canary: ServedModel | None = None
    canary_percent: int = 0

    def of(self, request: str) -> ServedModel:
        """The version that answers a request: the same one whenever it comes during a canary."""
        if self.canary is None:
            return self.version
        digest = hashlib.sha256(f"{self.canary.canary_id}\n{request}".encode()).digest()
        place = int.from_bytes(digest[:8]) * 100 >> 64
        return self.canary if place < self.canary_percent else self.version


class ModelDirectory:
    """Looks names up in the registry, seldom.

    Args:
        resolve: Asks the registry; its errors pass and are not remembered. While it does not
            answer, what it said last still holds.
    """

    def __init__(self, resolve: Callable[[str], Served]) -> None:
        self._resolve = resolve
        self._known: dict[str, tuple[float, Served]] = {}

    def find(self, name: str, request: str = "") -> ServedModel:
        """Return the model that answers a request.

        Args:
            name: A model, or `model@version`.
            request: All that tells one request from another.

        Returns:
            The model version.

        Raises:
            NotFoundError: Nothing is served under the name.
            TransientError: The registry does not answer, and has not told yet.
        """
        asked_at, served = self._known.get(name, (0.0, None))
        if served is None or time.monotonic() - asked_at > _FRESH_S:
            served = self._ask(name, served)
            self._known[name] = (time.monotonic(), served)
        return served.of(request)

    def _ask(self, name: str, last: Served | None) -> Served:
        try:
            return self._resolve(name)
        except TransientError as error:
            if last is None:
                raise
            _log.warning("%s stays version %s: %s", name, last.version.version, error)
            return last

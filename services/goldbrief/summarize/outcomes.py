"""What becomes of requests during a canary: counted here, told to the registry now and then."""

from __future__ import annotations

import logging
import math
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from goldbrief.core.errors import GoldbriefError
from goldbrief.summarize.models import ServedModel

_TELL_S = 1.0
"""From an outcome until it is told, with all that came meanwhile."""
_SHORTEST_S = 0.001
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counted:
    """What was seen of one version since the canary began; see `Outcomes` of the registry's API."""

    requests: int = 0
    errors: int = 0
    unsupported: int = 0
    log_seconds: float = 0.0
    log_seconds_squared: float = 0.0


Tell = Callable[[str, str, Mapping[str, Counted]], None]
"""Gets the canary, the name of this process, and what was counted by version."""


class OutcomeCounter:
    """Counts outcomes by canary and version; safe to use from several threads.

    Args:
        tell: Takes all that was counted; what it cannot take now, it gets with the next outcome.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._reporter = secrets.token_hex(8)
        self._canary_id = ""
        self._counted: dict[str, Counted] = {}
        self._lock = threading.Lock()
        self._is_waiting = False

    def answered(self, model: ServedModel, seconds: float, *, is_supported: bool) -> None:
        """Count an answer that the engine wrote.

        Args:
            model: Who wrote it.
            seconds: How long that took.
            is_supported: Whether the article supports all its figures.
        """
        logarithm = math.log(max(seconds, _SHORTEST_S))
        self._add(model, Counted(1, 0, not is_supported, logarithm, logarithm * logarithm))

    def failed(self, model: ServedModel) -> None:
        """Count a request that the engine failed."""
        self._add(model, Counted(1, 1))

    def _add(self, model: ServedModel, one: Counted) -> None:
        if not model.canary_id:
            return
        with self._lock:
            if model.canary_id != self._canary_id:  # the one before has ended
                self._canary_id, self._counted = model.canary_id, {}
            counted = self._counted.setdefault(model.version, Counted())
            for name in Counted.__slots__:
                setattr(counted, name, getattr(counted, name) + getattr(one, name))
            if self._is_waiting:
                return
            self._is_waiting = True
        timer = threading.Timer(_TELL_S, self._tell_all)
        timer.daemon = True
        timer.start()

    def _tell_all(self) -> None:
        with self._lock:
            self._is_waiting = False
            canary_id = self._canary_id
            counted = {
                version: Counted(*(getattr(one, name) for name in Counted.__slots__))
                for version, one in self._counted.items()
            }
        try:
            self._tell(canary_id, self._reporter, counted)
        except GoldbriefError as error:
            _log.warning("the registry does not hear of the canary %s: %s", canary_id, error)

"""Running one stage of one item: claim, work, move on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.states import State
from goldbrief.platform.ledger import Claim, EffectUsage, Ledger, Transition
from goldbrief.platform.ledger.items import LeaseLostError
from goldbrief.platform.metrics.instruments import TASK_SECONDS

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StageContext:
    """What a stage handler gets to work with."""

    claim: Claim
    ledger: Ledger

    @property
    def data(self) -> dict[str, Any]:
        """The item's ids, keys and small results so far."""
        return self.claim.item.data

    @property
    def index(self) -> int:
        """Position of the item in its work."""
        return self.claim.item.index

    @property
    def spec(self) -> dict[str, Any]:
        """What the work was asked for."""
        return self.claim.work.spec

    @property
    def work_id(self) -> str:
        """Id of the work."""
        return self.claim.work.id

    @property
    def work_state(self) -> State:
        """State of the work when the item was handed out."""
        return self.claim.work_state

    def once(self, name: str, identity: Any, call: Callable[[], tuple[Any, EffectUsage]]) -> Any:
        """Make a call whose result is recorded once; see `Effects.once`."""
        return self.ledger.effects.once(self.claim.work, name, identity, call)


StageHandler = Callable[[StageContext], Transition]


class LeaseKeeper:
    """Renews the leases of all claims in work, from one thread a process.

    Args:
        ledger: Where the leases are.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
        self._thread.start()

    def hold(self, claim: Claim) -> None:
        """Begin to renew a claim's lease."""
        with self._lock:
            self._held.add(claim.token)

    def release(self, claim: Claim) -> None:
        """Renew it no more."""
        with self._lock:
            self._held.discard(claim.token)

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._ledger.items.lease_s / 3):
            with self._lock:
                held = list(self._held)
            try:
                if held:
                    self._ledger.items.renew(held)
            except GoldbriefError:  # the next round tries again, within the lease
                _log.warning("leases could not be renewed", exc_info=True)


def run_stage(ledger: Ledger, keeper: LeaseKeeper, handler: StageHandler, item_id: int) -> None:
    """Claim an item, let the handler decide, and carry the decision out.

    Args:
        ledger: Where the item is.
        keeper: Renews the lease meanwhile.
        handler: Does the stage.
        item_id: From the message; stale and doubled messages end here.
    """
    claim = ledger.items.claim(item_id)
    if claim is None:
        return
    keeper.hold(claim)
    started, outcome = time.monotonic(), "failed"
    try:
        outcome = _handle(ledger, handler, claim)
    except LeaseLostError:
        outcome = "taken over"
        _log.warning("item %s of %s was taken over", item_id, claim.work.id)
    finally:
        keeper.release(claim)
        task = f"{claim.work.kind}.{claim.item.stage}"
        TASK_SECONDS.labels(task, outcome).observe(time.monotonic() - started)


def _handle(ledger: Ledger, handler: StageHandler, claim: Claim) -> str:
    """Carry out what the handler decides; returns `ok` or `failed`, for the metrics."""
    try:
        transition = handler(StageContext(claim, ledger))
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001 - every failure becomes the item's cause
        level = logging.WARNING if isinstance(error, GoldbriefError) else logging.ERROR
        _log.log(
            level,
            "%s item %s failed in %s: %s",
            claim.work.kind,
            claim.item.index,
            claim.item.stage,
            error,
            exc_info=level == logging.ERROR,
        )
        ledger.items.fail(claim, error)
        return "failed"
    ledger.items.move(claim, transition)
    return "ok"

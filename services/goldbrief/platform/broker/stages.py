"""Running one stage of one item: claim, work, move on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opentelemetry.trace import SpanKind, get_current_span

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.states import State
from goldbrief.platform import logs
from goldbrief.platform.ledger import Claim, EffectUsage, Hold, Later, Ledger, Transition
from goldbrief.platform.ledger.items import LeaseLostError
from goldbrief.platform.metrics.instruments import TASK_SECONDS
from goldbrief.platform.tracing.spans import ATTEMPT, IDLE, ITEM, ids_of, note_failure, span
from goldbrief.platform.tracing.works import work_context

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
    task = f"{claim.work.kind}.{claim.item.stage}"
    keeper.hold(claim)
    started, outcome = time.monotonic(), "failed"
    try:
        with _told(task, claim):
            outcome = _handle(ledger, handler, claim)
    except LeaseLostError:
        outcome = "taken over"
        _log.warning("item %s of %s was taken over", item_id, claim.work.id)
    finally:
        keeper.release(claim)
        TASK_SECONDS.labels(task, outcome).observe(time.monotonic() - started)


@contextmanager
def _told(task: str, claim: Claim) -> Iterator[None]:
    """Have spans and logs tell what is worked on."""
    work, item = claim.work, claim.item
    attributes = {**ids_of(work.id, work.group_id), ITEM: item.index, ATTEMPT: item.attempt}
    place = work_context(work.id, work.group_id)
    with (
        logs.about(run=work.group_id, work=work.id, item=item.index),
        span(task, attributes, kind=SpanKind.CONSUMER, parent=place),
    ):
        yield


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
        note_failure(get_current_span(), error)
        ledger.items.fail(claim, error)
        return "failed"
    if isinstance(transition, Later | Hold):
        get_current_span().set_attribute(IDLE, value=True)
    ledger.items.move(claim, transition)
    return "ok"

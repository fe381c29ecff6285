"""Has adapters brought to every replica of the engine, and waits until each answers for them."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from goldbrief.core.errors import (
    FailedPreconditionError,
    GoldbriefError,
    NotFoundError,
    TransientError,
)
from goldbrief.core.seams import Engine, ObjectStore, Replicas
from goldbrief.registry.orders import Order, is_ordered, put_order
from goldbrief.registry.replicas import ask_each
from goldbrief.registry.signatures import ManifestTrust
from goldbrief.registry.tables import ModelVersion

RESTARTS = "ENGINE_RESTARTS"
"""Reason of a delivery that waits for pods to be replaced; it may take as long as TGI's start."""
_LOOK_INTERVAL_S = 0.2
_KEEP_S = 10.0
"""Between two looks for replicas that came up."""
_log = logging.getLogger(__name__)


class Rollout(Protocol):
    """Starts an engine anew with another list of adapters."""

    def bring(self, adapter: str, base_model: str, keep: Collection[str]) -> None:
        """Have every pod started with an adapter of a base model, and with those to keep.

        Raises TransientError (ENGINE_RESTARTS) while pods are being replaced.
        """


class Delivery:
    """Orders adapters for every engine; syncers beside the engines fetch them.

    Args:
        store: Holds the adapters and the orders.
        replicas: Each lists what its syncer brought.
        trust: Says whose versions may be ordered.
        rollout: Starts an engine anew that loads no adapter while it runs; None where it does.
        served: Gives the names that every engine must have: served, previous and canary versions.
        wait_s: How long syncer and engine may take over a new adapter.
    """

    def __init__(
        self,
        store: ObjectStore,
        replicas: Replicas,
        trust: ManifestTrust,
        rollout: Rollout | None = None,
        served: Callable[[], Collection[str]] = tuple,
        wait_s: float = 20.0,
    ) -> None:
        self._store = store
        self._replicas = replicas
        self._trust = trust
        self._rollout = rollout
        self._served = served
        self._wait_s = wait_s

    def deliver(self, version: ModelVersion) -> None:
        """Order a version and wait until every replica that is ready lists it.

        Args:
            version: What to deliver.

        Raises:
            NotFoundError: Its files are gone from the store.
            DataCorruptionError: They do not match the manifest, or it its signature.
            FailedPreconditionError: No trusted key vouches for it, or the engine asks for adapters
                of another base model (OTHER_BASE_MODEL).
            TransientError: A replica does not list it yet, is being started anew with it, or does
                not answer.
            InvalidInputError: A replica cannot load it.
        """
        self.order(version)
        name, base_model = version.served_name, version.base_model.partition("@")[0]
        if self._rollout is None:
            ask_each(
                self._replicas,
                lambda engine: _require_base(engine.required_base(), name, base_model),
            )
        else:
            self._rollout.bring(name, base_model, self._served())
        deadline = time.monotonic() + self._wait_s
        while lacking := self._lacking(name, deadline):
            if time.monotonic() > deadline:
                raise TransientError(
                    f"The engine at {' and '.join(lacking)} does not list {name} after"
                    f" {self._wait_s:g} s.",
                    reason="ENGINE_LACKS_ADAPTER",
                    remedy="See the log of the adapter syncer beside the engine"
                    " (python -m goldbrief.registry.syncer). TGI must be started with the adapter.",
                )
            time.sleep(_LOOK_INTERVAL_S)

    def keep(self, stop: threading.Event) -> None:
        """Load what is served on replicas that came up since, again and again until `stop`.

        Their syncers bring it; vLLM would have the first request wait until it is loaded.

        Args:
            stop: Ends it.
        """
        while not stop.wait(_KEEP_S):
            try:
                self.load_served()
            except GoldbriefError as error:
                _log.warning("the replicas of the engine are not looked after: %s", error)

    def load_served(self) -> None:
        """Have every replica load what is served; one that fails is logged, and passed over.

        Raises:
            TransientError: No replica is found.
        """
        served = self._served()
        for address, engine in self._replicas().items():
            for name in served:
                try:
                    _load(engine, name, time.monotonic() + self._wait_s)
                except GoldbriefError as error:
                    _log.warning("%s is not loaded by replica %s: %s", name, address, error)

    def _lacking(self, served_name: str, deadline: float) -> list[str]:
        """Addresses of the replicas that do not list an adapter."""
        listed = ask_each(self._replicas, lambda engine: _load(engine, served_name, deadline))
        return [address for address, has_it in listed.items() if not has_it]

    def order(self, version: ModelVersion) -> None:
        """Let engines fetch a version, without waiting for them; raises as `deliver`.

        The files are read whole before the first order, so that damage is reported to who
        asked for the delivery and not to a log beside an engine.
        """
        if is_ordered(self._store, version.served_name):
            return
        order = Order(prefix=version.prefix, manifest_sha256=version.manifest_sha256)
        with tempfile.TemporaryDirectory() as folder:
            self._trust.fetch(self._store, order, version.served_name, Path(folder))
        put_order(self._store, version.served_name, order)


def _require_base(required: str | None, served_name: str, base_model: str) -> None:
    if required is not None and required != base_model:
        raise FailedPreconditionError(
            f"{served_name} is an adapter of {base_model}, and the engine serves {required}.",
            reason="OTHER_BASE_MODEL",
            remedy="Train on the model that is served, by the same name, or serve the one that it"
            " was trained on: names are compared letter for letter.",
        )


def _load(engine: Engine, served_name: str, deadline: float) -> bool:
    """Whether an engine lists an adapter.

    One that does not is asked for it, which has vLLM load it. The answer proves nothing, since TGI
    answers for names that it does not know.
    """
    if served_name in engine.adapters():
        return True
    left_s = max(1.0, deadline - time.monotonic())
    with contextlib.suppress(NotFoundError):  # its syncer is not done yet
        engine.complete("x", adapter=served_name, max_tokens=1, timeout_s=left_s)
    return served_name in engine.adapters()

"""Has adapters brought to the engine, and waits until it answers for them."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from goldbrief.core.errors import FailedPreconditionError, NotFoundError, TransientError
from goldbrief.core.seams import Engine, ObjectStore
from goldbrief.registry.orders import Order, is_ordered, put_order
from goldbrief.registry.signatures import ManifestTrust
from goldbrief.registry.tables import ModelVersion

RESTARTS = "ENGINE_RESTARTS"
"""Reason of a delivery that waits for pods to be replaced; it may take as long as TGI's start."""
_LOOK_INTERVAL_S = 0.2


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
        engine: Lists what its syncer brought.
        trust: Says whose versions may be ordered.
        rollout: Starts an engine anew that loads no adapter while it runs; None where it does.
        served: Gives the names that such an engine must keep.
        wait_s: How long syncer and engine may take over a new adapter.
    """

    def __init__(
        self,
        store: ObjectStore,
        engine: Engine,
        trust: ManifestTrust,
        rollout: Rollout | None = None,
        served: Callable[[], Collection[str]] = tuple,
        wait_s: float = 20.0,
    ) -> None:
        self._store = store
        self._engine = engine
        self._trust = trust
        self._rollout = rollout
        self._served = served
        self._wait_s = wait_s

    def deliver(self, version: ModelVersion) -> None:
        """Order a version and wait until the engine knows it.

        Args:
            version: What to deliver.

        Raises:
            NotFoundError: Its files are gone from the store.
            DataCorruptionError: They do not match the manifest, or it its signature.
            FailedPreconditionError: No trusted key vouches for it, or the engine asks for adapters
                of another base model (OTHER_BASE_MODEL).
            TransientError: The engine does not list it yet, is being started anew with it, or does
                not answer.
            InvalidInputError: The engine cannot load it.
        """
        self.order(version)
        base_model = version.base_model.partition("@")[0]
        _require_base(self._engine.required_base(), version.served_name, base_model)
        if self._rollout is not None:
            self._rollout.bring(version.served_name, base_model, self._served())
        deadline = time.monotonic() + self._wait_s
        while version.served_name not in self._engine.adapters():
            if time.monotonic() > deadline:
                raise TransientError(
                    f"The engine does not list {version.served_name} after {self._wait_s:g} s.",
                    reason="ENGINE_LACKS_ADAPTER",
                    remedy="See the log of the adapter syncer beside the engine"
                    " (python -m goldbrief.registry.syncer). TGI must be started with the adapter.",
                )
            self._ask_for(version.served_name, deadline)
            time.sleep(_LOOK_INTERVAL_S)

    def _ask_for(self, served_name: str, deadline: float) -> None:
        """Have an engine load what it loads only when it is asked for it, as vLLM does.

        The answer proves nothing, since TGI answers for names that it does not know.
        """
        left_s = max(1.0, deadline - time.monotonic())
        with contextlib.suppress(NotFoundError):  # its syncer is not done yet
            self._engine.complete("x", adapter=served_name, max_tokens=1, timeout_s=left_s)

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

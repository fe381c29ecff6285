"""Has TGI started anew with the adapters that are to be served, one pod after another.

TGI learns of adapters at its start alone. So the list is patched into its Deployment, whose pods
are then replaced: the init container of each brings the adapters, the Deployment waits until it is
ready before the next one goes, and those that still have the old list answer for it. A version
is delivered when every pod that is there was started with it.

The chart leaves this variable alone, so that an upgrade of the release keeps the list.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from typing import Any

from goldbrief.core.errors import FailedPreconditionError, GoldbriefError, TransientError
from goldbrief.platform.kubernetes.api import KubernetesApi
from goldbrief.platform.llm.tgi import adapter_names
from goldbrief.platform.llm.tgi_adapters import StoredAdapters
from goldbrief.registry.delivery import RESTARTS

_CONTAINER = "engine"
_MODEL = "--model-id="
_VARIABLE = "LORA_ADAPTERS"
_FOLDER = "/var/lib/goldbrief/served"
_SPARE = 4
"""Adapters kept that are not served: those of promotions under way, and what was tried of late."""

_LOOK_S = 10.0
_log = logging.getLogger(__name__)

Object = dict[str, Any]


class TgiRollout:
    """Keeps the list of adapters of TGI's Deployment.

    Args:
        api: Of the cluster.
        deployment: Its name.
        loaded: Where all services read what every pod has.
    """

    def __init__(self, api: KubernetesApi, deployment: str, loaded: StoredAdapters) -> None:
        self._api = api
        self._deployment = deployment
        self._loaded = loaded

    def bring(self, adapter: str, base_model: str, keep: Collection[str]) -> None:
        """Have every pod started with an adapter.

        Args:
            adapter: Its name; its order must be there, since init containers fetch by that.
            base_model: What it was trained on: TGI does not start with an adapter of another.
            keep: Those that no pod may lose: served, previous and canary versions.

        Raises:
            TransientError: Pods are being replaced (ENGINE_RESTARTS): ask again; or the cluster
                does not answer.
            FailedPreconditionError: TGI has another base model (OTHER_BASE_MODEL), or the new pods
                do not become ready (ENGINE_DOES_NOT_START) and the former list is given back.
            NotFoundError: There is no such Deployment.
        """
        found = self._api.deployment(self._deployment)
        _require_base(found, adapter, base_model)
        listed = _listed(found)
        if adapter not in listed:
            self._list(found, _kept(listed, adapter, keep))
            raise self._waits(adapter, "its pods are about to be replaced")
        if _has_failed(found):
            self._list(found, [name for name in listed if name in self._loaded])
            raise FailedPreconditionError(
                f"The pods of {self._deployment} do not become ready with the adapter {adapter}.",
                reason="ENGINE_DOES_NOT_START",
                remedy="See their log and events (`goldbrief doctor --namespace ...`), then promote"
                " again.",
            )
        if (waits := _waits_for(found)) is not None:
            raise self._waits(adapter, waits)
        self._loaded.replace(frozenset(listed))

    def keep(self, served: Callable[[], Collection[str]], stop: threading.Event) -> None:
        """See to it, again and again, that TGI has what is served, until `stop`.

        A release that was installed anew has a Deployment without a list, and would answer for
        served versions from its base.

        Args:
            served: Gives the names of served, previous and canary versions.
            stop: Ends it.
        """
        while True:
            try:
                self.reconcile(served())
            except GoldbriefError as error:
                _log.warning("the adapters of %s are not looked after: %s", self._deployment, error)
            if stop.wait(_LOOK_S):
                return

    def reconcile(self, served: Collection[str]) -> None:
        """Have TGI started with what is served if it is not; raises as `bring`, but waits for none.

        Args:
            served: Names of served, previous and canary versions.
        """
        found = self._api.deployment(self._deployment)
        listed = _listed(found)
        if not {*served} <= {*listed}:
            self._list(found, sorted({*listed, *served}, key=_age))
        elif _waits_for(found) is None:
            self._loaded.replace(frozenset(listed))

    def _list(self, found: Object, adapters: Collection[str]) -> None:
        # none may be asked for that a pod is about to lose, or never had
        had = frozenset(self._loaded) & frozenset(_listed(found))
        self._loaded.replace(had & frozenset(adapters))
        value = ",".join(f"{name}={_FOLDER}/{name}" for name in adapters)
        container = {"name": _CONTAINER, "env": [{"name": _VARIABLE, "value": value}]}
        self._api.patch_deployment(
            self._deployment,
            {
                "metadata": {"resourceVersion": found["metadata"]["resourceVersion"]},
                "spec": {"template": {"spec": {"containers": [container]}}},
            },
        )

    def _waits(self, adapter: str, waits: str) -> TransientError:
        return TransientError(
            f"{self._deployment} is started anew with the adapter {adapter}: {waits}.",
            reason=RESTARTS,
            remedy="`kubectl get pods` tells how far it is.",
        )


def _kept(listed: Collection[str], adapter: str, keep: Collection[str]) -> list[str]:
    others = sorted({*listed} - {*keep}, key=_age, reverse=True)
    return sorted({adapter, *keep, *others[:_SPARE]}, key=_age)


def _require_base(deployment: Object, adapter: str, base_model: str) -> None:
    arguments = _engine(deployment).get("args", ())
    served = [each.removeprefix(_MODEL) for each in arguments if each.startswith(_MODEL)]
    if served and served[0] != base_model:
        raise FailedPreconditionError(
            f"{adapter} is an adapter of {base_model}, and TGI serves {served[0]}.",
            reason="OTHER_BASE_MODEL",
            remedy="Train on the model that is served, by the same name (engine.model), or serve"
            " the one that it was trained on.",
        )


def _engine(deployment: Object) -> Object:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return next(each for each in containers if each["name"] == _CONTAINER)


def _listed(deployment: Object) -> list[str]:
    values = [each for each in _engine(deployment).get("env", ()) if each["name"] == _VARIABLE]
    return adapter_names(values[0].get("value", "")) if values else []


def _waits_for(deployment: Object) -> str | None:
    """What a rollout waits for; None when every pod is new and ready."""
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return "the cluster has not taken it up yet"
    there, new = status.get("replicas", 0), status.get("updatedReplicas", 0)
    ready = status.get("availableReplicas", 0)
    if wanted == there == new == ready and wanted > 0:
        return None
    return f"{new} of {wanted} pods are new, {ready} of {there} are ready"


def _has_failed(deployment: Object) -> bool:
    status = deployment.get("status", {})
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return False  # what it says is of the list before
    return any(
        each["type"] == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded"
        for each in status.get("conditions", ())
    )


def _age(adapter: str) -> tuple[int, str]:
    """Later versions are greater."""
    _, _, version = adapter.rpartition("--")
    return (int(version) if version.isdecimal() else 0, adapter)

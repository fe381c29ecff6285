"""`goldbrief doctor --namespace`: what pods of an installation wait for, in the cluster's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from goldbrief.app.checks import Check
from goldbrief.core.errors import GoldbriefError
from goldbrief.finetuning.kubernetes_status import (
    condition_of,
    container_problems,
    last_warning,
    pod_waits_for,
)
from goldbrief.platform.kubernetes.api import KubernetesApi, connect

Object = dict[str, Any]

_OURS = "app.kubernetes.io/part-of=goldbrief"
_COMPONENT = "app.kubernetes.io/component"
_HOOKS = ("migration", "test")
"""Components whose pods belong to nothing that stays. Training is looked after by its run."""
_FULL = "No space left on device"
_CLUES = (re.compile(_FULL), re.compile(r"error|fatal|panic|fail|refuse", re.IGNORECASE))
"""What the lines of a log that tell most have in them, the surest first."""


def diagnose_cluster(namespace: str) -> Iterator[Check]:
    """Look at every Deployment and StatefulSet of Goldbrief, and at the pods of Helm's hooks.

    Args:
        namespace: Of the cluster that the kubeconfig file names.

    Yields:
        One result each; where the cluster cannot be asked, that alone.
    """
    try:
        yield from _look(connect(namespace))
    except GoldbriefError as error:
        yield Check("cluster", False, error.message, error.remedy)


def _look(api: KubernetesApi) -> Iterator[Check]:
    pods = [pod for pod in api.listed("pods", _OURS)[0] if _is_live(pod)]
    workloads = [*api.listed("deployments", _OURS)[0], *api.listed("statefulsets", _OURS)[0]]
    if not workloads and not pods:
        yield Check(
            "installation", False, f"there is none in the namespace {api.namespace}",
            "`helm list --all-namespaces` tells where one is.",
        )  # fmt: skip
    for workload in sorted(workloads, key=_name):
        yield _workload(api, workload, [pod for pod in pods if _belongs(pod, workload)])
    for pod in pods:
        if pod["metadata"]["labels"].get(_COMPONENT) in _HOOKS and not condition_of(pod, "Ready"):
            yield _unready(api, _name(pod), pod)


def _workload(api: KubernetesApi, workload: Object, pods: Sequence[Object]) -> Check:
    name = _name(workload)
    for pod in pods:
        if not condition_of(pod, "Ready"):
            return _unready(api, name, pod)
    wanted = workload["spec"].get("replicas", 1)
    if len(pods) >= wanted:
        return Check(name, True, f"{len(pods)} of {wanted} pods ready")
    refused = condition_of(workload, "ReplicaFailure") or {}
    cause = refused.get("message") or last_warning(api.events(workload["metadata"]["uid"]))
    return Check(
        name, False, f"{len(pods)} of {wanted} pods are there. {cause}".strip(),
        f"More: kubectl -n {api.namespace} get events",
    )  # fmt: skip


def _unready(api: KubernetesApi, name: str, pod: Object) -> Check:
    waits = (
        pod_waits_for(pod, api.events)
        or next(container_problems(pod), "")
        or f"it is not ready: {last_warning(api.events(pod['metadata']['uid'])) or 'it starts'}"
    )
    log = _telling(api.log_tail(_name(pod), _unready_container(pod)))
    detail = f"{waits.rstrip('.')}. Its log: {log}" if log else waits
    remedy = f"More: kubectl -n {api.namespace} describe pod {_name(pod)}"
    if _FULL in detail:
        remedy = (
            f"Its volume is full. Enlarge the claim: kubectl -n {api.namespace} edit pvc {name}"
        )
    return Check(name, False, detail, remedy)


def _telling(log: str) -> str:
    """The last line that speaks of an error, else the last."""
    lines = log.splitlines()[::-1] or [""]
    found = (line for clue in _CLUES for line in lines if clue.search(line))
    return next(found, lines[0])


def _unready_container(pod: Object) -> str:
    """The container that the pod waits for: the first that neither is ready nor ended well."""
    status = pod.get("status", {})
    for container in (
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ):
        ended = container.get("state", {}).get("terminated") or {}
        if not container.get("ready") and ended.get("exitCode") != 0:
            return str(container["name"])
    return str(pod["spec"]["containers"][0]["name"])


def _is_live(pod: Object) -> bool:
    """Whether it has neither ended nor is on its way out."""
    is_leaving = "deletionTimestamp" in pod["metadata"]
    return not is_leaving and pod.get("status", {}).get("phase") in ("Pending", "Running")


def _belongs(pod: Object, workload: Object) -> bool:
    selected = workload["spec"]["selector"]["matchLabels"].items()
    return bool(selected <= pod["metadata"]["labels"].items())


def _name(item: Object) -> str:
    return str(item["metadata"]["name"])

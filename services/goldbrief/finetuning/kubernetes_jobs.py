"""Training Jobs: made from a template, and read back in words. Nothing here calls a server."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.seams import JobStatus, TrainingJob
from goldbrief.core.training import ExitCode, JobResources
from goldbrief.finetuning.launchers import job_arguments

Object = dict[str, Any]
EventsOf = Callable[[str], Sequence[Object]]
"""Gives the events of the object with that uid."""

CONTAINER = "training"
RUN_LABEL = "goldbrief/run"
ATTEMPT_LABEL = "goldbrief/attempt"
PURPOSE_LABEL = "goldbrief/purpose"
"""`train`, or `check` for a Job that only checks the data."""
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
_GPU = "nvidia.com/gpu"
_CHECK_RESOURCES = {
    "requests": {"cpu": "500m", "memory": "1Gi"},
    "limits": {"memory": "8Gi"},
}
"""5,000 rows of 4,000 tokens take 2 GiB, PyTorch included."""

_DEFAULT_NAME = "goldbrief-training"
_MAX_NAME = 63
"""Longest name of a Job; its pods' names are made from it."""
_KILLED = 137
_IMAGE_PROBLEMS = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName")
_STILL_STARTING = ("ContainerCreating", "PodInitializing")


def read_template(path: Path) -> Object:
    """Read the template of training Jobs.

    Args:
        path: A YAML file.

    Returns:
        The Job.

    Raises:
        FailedPreconditionError: It is not there, or is not a Job with a container `training`.
    """
    try:
        template = yaml.safe_load(path.read_text(encoding="utf-8"))
        kind, names = template["kind"], [part["name"] for part in _containers(template)]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise _bad_template(path, f"cannot be read as a Job: {error!r}") from error
    if kind != "Job" or CONTAINER not in names:
        raise _bad_template(path, f"is a {kind} with containers {names}")
    return dict(template)


def make_job(template: Object, job: TrainingJob, attempt: int) -> Object:
    """Fill a template in for one attempt at a job.

    Args:
        template: From `read_template`.
        job: What to start.
        attempt: Counts from 1.

    Returns:
        A Job whose name follows from the job and the attempt, so that it cannot exist twice.
    """
    made = copy.deepcopy(template)
    _name(made, job, attempt)
    pod = made["spec"]["template"]["spec"]
    container = next(part for part in _containers(made) if part["name"] == CONTAINER)
    container["args"] = [*container.get("args", ()), *job_arguments(job)]
    if job.checks_only:
        _ask_for_little(made, pod, container)
    else:
        _ask_for(made, pod, container, job.resources)
    if job.max_seconds:
        made["spec"]["activeDeadlineSeconds"] = math.ceil(job.max_seconds)
    return made


def _name(made: Object, job: TrainingJob, attempt: int) -> None:
    metadata = made.setdefault("metadata", {})
    suffix = f"-{job.id}-{attempt}"
    prefix = metadata.get("name", _DEFAULT_NAME)[: _MAX_NAME - len(suffix)].rstrip("-.")
    metadata["name"] = prefix + suffix
    for owner in (metadata, made["spec"]["template"].setdefault("metadata", {})):
        labels = {
            RUN_LABEL: job.id,
            ATTEMPT_LABEL: str(attempt),
            PURPOSE_LABEL: "check" if job.checks_only else "train",
        }
        owner["labels"] = {**(owner.get("labels") or {}), **labels}


def _ask_for(made: Object, pod: Object, container: Object, asked: JobResources) -> None:
    if asked.gpus is not None:
        _set_resource(container, _GPU, str(asked.gpus))
    if asked.memory:
        _set_resource(container, "memory", asked.memory)
    if asked.priority_class:
        pod["priorityClassName"] = asked.priority_class
    if asked.node_selector:
        pod["nodeSelector"] = {**(pod.get("nodeSelector") or {}), **asked.node_selector}
    if asked.queue:
        made["metadata"]["labels"][QUEUE_LABEL] = asked.queue
        made["spec"]["suspend"] = True  # until Kueue admits it


def _ask_for_little(made: Object, pod: Object, container: Object) -> None:
    """A check reads and tokenizes: it waits for no GPU, no queue and no node of its own."""
    made["metadata"]["labels"].pop(QUEUE_LABEL, None)
    made["spec"].pop("suspend", None)
    for name in ("nodeSelector", "runtimeClassName"):
        pod.pop(name, None)
    container["resources"] = copy.deepcopy(_CHECK_RESOURCES)


def _set_resource(container: Object, name: str, quantity: str) -> None:
    for kind in ("requests", "limits"):
        container.setdefault("resources", {}).setdefault(kind, {})[name] = quantity


def newest(objects: Sequence[Object]) -> Object | None:
    """The newest attempt, or the pod that was created last."""
    return max(objects, key=_age_key, default=None)


def attempt_of(job: Object) -> int:
    """Which attempt a Job is."""
    return int(job["metadata"]["labels"].get(ATTEMPT_LABEL, 0))


def is_being_deleted(job: Object) -> bool:
    """Whether somebody removes it; its pods may still be writing a checkpoint."""
    return "deletionTimestamp" in job["metadata"]


def ending(job: Object) -> Object | None:
    """The condition that ended a Job, `Complete` or `Failed`; None while it goes on."""
    for condition in job.get("status", {}).get("conditions") or ():
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return dict(condition)
    return None


def failed_pod(pods: Sequence[Object]) -> Object | None:
    """The pod that shows best why a Job failed: the newest whose training process has ended."""
    return newest([pod for pod in pods if _terminated(pod)]) or newest(pods)


def failure(job: Object, pod: Object | None, log: str) -> JobStatus:
    """Tell how a failed Job ended.

    Args:
        job: With a condition `Failed`.
        pod: From `failed_pod`.
        log: End of the training process's log.

    Returns:
        Its exit code; final, since the Job has replaced failed pods as its template says.
        `exists` is False when the pod was taken away by its node's end, a preemption or an
        eviction: then the machine failed, not the training.
    """
    condition = ending(job) or {}
    ended = _terminated(pod) if pod else None
    said = f"{condition.get('reason', '')}: {condition.get('message', '')}".strip(": ")
    if condition.get("reason") == "DeadlineExceeded":
        return _failed(_KILLED, "It ran longer than activeDeadlineSeconds of the Job allows.")
    if ended is None and pod and _condition(pod, "DisruptionTarget"):
        return JobStatus(exists=False, exit_code=None, detail=said)
    if ended is None:  # it never began: its node's kubelet may have said why it rejects it
        rejection = str((pod or {}).get("status", {}).get("message", ""))
        return _failed(_KILLED, f"{rejection} ({said})" if rejection else said)
    if ended.get("reason") == "OOMKilled":
        return _failed(
            _KILLED,
            "It ran out of memory: raise the memory limit of the training pod, or lower"
            " micro_batch_size.",
        )
    return _failed(int(ended["exitCode"]), log or said)


def _failed(exit_code: int, detail: str) -> JobStatus:
    is_final = exit_code != ExitCode.INTERRUPTED
    return JobStatus(exists=True, exit_code=exit_code, detail=detail, is_final=is_final)


def waiting(job: Object, pods: Sequence[Object], events_of: EventsOf) -> str:
    """Tell what a Job that has not ended waits for.

    Args:
        job: Without an ending.
        pods: Its pods.
        events_of: Asked only where the objects themselves do not tell.

    Returns:
        One line with the cause in the cluster's words and what to do; empty while it trains.
    """
    if job["spec"].get("suspend"):
        queue = job["metadata"].get("labels", {}).get(QUEUE_LABEL)
        return f"waits in the queue {queue}" if queue else "the Job is suspended"
    live = [pod for pod in pods if pod.get("status", {}).get("phase") in ("Pending", "Running")]
    pod = newest(live)
    if pod is None:
        cause = _last_warning(events_of(job["metadata"]["uid"]))
        return f"its pod cannot be created: {cause}" if cause else ""
    if pod["status"]["phase"] == "Running":
        return ""
    unscheduled = _condition(pod, "PodScheduled", "False")
    if unscheduled is not None:
        return _without_node(unscheduled.get("message", ""))
    return next(_container_problems(pod), "") or _starting(pod, events_of)


def _without_node(message: str) -> str:
    text = f"no node takes the training pod: {message}"
    if "/gpu" in message:
        text += " Add a node with a free GPU, or ask for none in the training values of the chart."
    return text


def _container_problems(pod: Object) -> Iterator[str]:
    status = pod["status"]
    for container in (
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ):
        problem = container.get("state", {}).get("waiting") or {}
        reason, message = problem.get("reason", ""), problem.get("message", "")
        if reason in _IMAGE_PROBLEMS:
            yield (
                f"its image {container.get('image', '')} cannot be pulled: {message or reason}."
                " Correct the image or the pull secret in the training values of the chart."
            )
        elif reason == "CreateContainerConfigError":
            yield f"its container cannot be configured: {message}. Create what it names."
        elif reason and reason not in _STILL_STARTING:
            yield f"its container does not start: {reason} {message}".strip()


def _starting(pod: Object, events_of: EventsOf) -> str:
    cause = _last_warning(events_of(pod["metadata"]["uid"]))
    return f"its pod does not start: {cause}" if cause else "its pod starts"


def _last_warning(events: Sequence[Object]) -> str:
    warnings = [event for event in events if event.get("type") == "Warning"]
    last = max(warnings, key=_event_time, default=None)
    return str(last.get("message", "")) if last else ""


def _event_time(event: Object) -> str:
    series = event.get("series") or {}
    times = (
        series.get("lastObservedTime"),
        event.get("lastTimestamp"),
        event.get("eventTime"),
        event["metadata"].get("creationTimestamp"),
    )
    return next((time for time in times if time), "")


def _terminated(pod: Object) -> Object | None:
    for container in pod.get("status", {}).get("containerStatuses") or ():
        if container["name"] == CONTAINER:
            state: Object | None = container.get("state", {}).get("terminated")
            return state
    return None


def _condition(pod: Object, kind: str, status: str = "True") -> Object | None:
    conditions: Sequence[Object] = pod.get("status", {}).get("conditions") or ()
    return next((c for c in conditions if c["type"] == kind and c["status"] == status), None)


def _containers(job: Object) -> list[Object]:
    containers: list[Object] = job["spec"]["template"]["spec"]["containers"]
    return containers


def _age_key(item: Object) -> tuple[int, str]:
    metadata = item["metadata"]
    attempt = int((metadata.get("labels") or {}).get(ATTEMPT_LABEL, 0))
    return (attempt, metadata.get("creationTimestamp", ""))


def _bad_template(path: Path, problem: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The template of training Jobs {path} {problem}.",
        reason="BAD_JOB_TEMPLATE",
        remedy=f"Give a YAML file of one Job (batch/v1) with a container named {CONTAINER} in"
        " GOLDBRIEF_TRAINING_JOB_TEMPLATE.",
    )

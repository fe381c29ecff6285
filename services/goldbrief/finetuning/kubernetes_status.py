"""What became of training Jobs and their pods, in words. Nothing here calls a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from goldbrief.core.seams import JobStatus
from goldbrief.core.training import ExitCode
from goldbrief.finetuning.kubernetes_jobs import ATTEMPT_LABEL, CONTAINER, QUEUE_LABEL

Object = dict[str, Any]
EventsOf = Callable[[str], Sequence[Object]]
"""Gives the events of the object with that uid."""

_KILLED = 137
_IMAGE_PROBLEMS = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName")
_STILL_STARTING = ("ContainerCreating", "PodInitializing")


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
    """The pod that shows best why a Job failed.

    Args:
        pods: All of the Job, also those that were replaced.

    Returns:
        The newest whose training process refused its spec, which fails a Job at once; else the
        newest that failed: the others were interrupted because of it; else the newest that ended.
    """
    ended = [pod for pod in pods if _terminated(pod)]
    refused = [pod for pod in ended if _exit_code(pod) == ExitCode.BAD_SPEC]
    failed = [pod for pod in ended if _exit_code(pod) not in tuple(ExitCode)]
    return newest(refused) or newest(failed) or newest(ended) or newest(pods)


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
    if ended is None and pod and condition_of(pod, "DisruptionTarget"):
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
    """Tell what a Job that has not ended waits for; with several pods, what one of them does.

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
    causes = filter(None, (pod_waits_for(pod, events_of) for pod in live))
    return next(causes, "") or _lacks_pods(job, pods, len(live), events_of)


def _lacks_pods(job: Object, pods: Sequence[Object], live: int, events_of: EventsOf) -> str:
    done = job.get("status", {}).get("succeeded", 0)
    if live + done >= job["spec"].get("parallelism", 1):
        return ""
    if cause := last_warning(events_of(job["metadata"]["uid"])):
        return f"its pod cannot be created: {cause}"
    has_lost = any(pod.get("status", {}).get("phase") == "Failed" for pod in pods)
    return "its pod is to be replaced, after ten minutes at most" if has_lost else ""


def pod_waits_for(pod: Object, events_of: EventsOf) -> str:
    """Tell what a pod waits for before it runs.

    Args:
        pod: As the cluster gives it.
        events_of: Asked only where the pod itself does not tell.

    Returns:
        One line with the cause in the cluster's words and what to do; empty when it runs.
    """
    if pod["status"]["phase"] == "Running":
        return ""
    unscheduled = condition_of(pod, "PodScheduled", "False")
    if unscheduled is not None:
        return _without_node(unscheduled.get("message", ""))
    return next(container_problems(pod), "") or _starting(pod, events_of)


def _without_node(message: str) -> str:
    text = f"no node takes its pod: {message}"
    if "/gpu" in message:
        text += " Add a node with a free GPU, or ask for none in the training values of the chart."
    return text


def container_problems(pod: Object) -> Iterator[str]:
    """Why containers of a pod do not start, a line each."""
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
                " Correct image.registry, image.tag or image.pullSecrets of the chart."
            )
        elif reason == "CreateContainerConfigError":
            yield f"its container cannot be configured: {message}. Create what it names."
        elif reason and reason not in _STILL_STARTING:
            yield f"its container does not start: {reason} {message}".strip()


def _starting(pod: Object, events_of: EventsOf) -> str:
    cause = last_warning(events_of(pod["metadata"]["uid"]))
    return f"its pod does not start: {cause}" if cause else "its pod starts"


def last_warning(events: Sequence[Object]) -> str:
    """The message of the newest warning; empty when there is none."""
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


def _exit_code(pod: Object) -> int:
    return int((_terminated(pod) or {}).get("exitCode", 0))


def _terminated(pod: Object) -> Object | None:
    for container in pod.get("status", {}).get("containerStatuses") or ():
        if container["name"] == CONTAINER:
            state: Object | None = container.get("state", {}).get("terminated")
            return state
    return None


def condition_of(item: Object, kind: str, status: str = "True") -> Object | None:
    """The condition of that kind of an object, where it has that status."""
    conditions: Sequence[Object] = item.get("status", {}).get("conditions") or ()
    return next((c for c in conditions if c["type"] == kind and c["status"] == status), None)


def _age_key(item: Object) -> tuple[int, str]:
    metadata = item["metadata"]
    attempt = int((metadata.get("labels") or {}).get(ATTEMPT_LABEL, 0))
    return (attempt, metadata.get("creationTimestamp", ""))

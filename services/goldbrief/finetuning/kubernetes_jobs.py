"""Training Jobs, made from a template. Nothing here calls a server."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.seams import TrainingJob
from goldbrief.core.training import JobResources
from goldbrief.finetuning.launchers import job_arguments

Object = dict[str, Any]

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

_GPUS_PER_NODE = "goldbrief/gpus-per-node"
"""Annotation of the template: more GPUs than this take several pods; 8 without it."""
_MASTER_PORT = "29500"
"""Where the first pod waits for the others; torch.distributed's own default."""
_BACKOFF_LIMIT = 6
"""Failures that a Job forgives where its template does not say; Kubernetes' own default."""
DEFAULT_NAME = "goldbrief-training"
_MAX_NAME = 59
"""Longest name of a Job: with a dash and a pod's index it is a host name, of 63 at most."""


def read_template(path: Path) -> Object:
    """Read the template of training Jobs.

    Args:
        path: A YAML file.

    Returns:
        The Job.

    Raises:
        FailedPreconditionError: It is not there, is not a Job with a container `training`, or its
            annotation `goldbrief/gpus-per-node` is no number above 0.
    """
    try:
        template = yaml.safe_load(path.read_text(encoding="utf-8"))
        kind, names = template["kind"], [part["name"] for part in _containers(template)]
        gpus_per_node = _gpus_per_node(template)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise _bad_template(path, f"cannot be read as a Job: {error!r}") from error
    if kind != "Job" or CONTAINER not in names:
        raise _bad_template(path, f"is a {kind} with containers {names}")
    if gpus_per_node < 1:
        raise _bad_template(path, f"says {_GPUS_PER_NODE}: {gpus_per_node}")
    return dict(template)


def make_job(template: Object, job: TrainingJob, attempt: int) -> Object:
    """Fill a template in for one attempt at a job.

    Args:
        template: From `read_template`.
        job: What to start.
        attempt: Counts from 1.

    Returns:
        An Indexed Job whose name follows from the job and the attempt, so that it cannot exist
        twice; with as many pods as the GPUs asked for take nodes.

    Raises:
        InvalidInputError: The GPUs asked for do not make whole nodes.
        FailedPreconditionError: They take several pods, which the template does not let find
            each other.
    """
    made = copy.deepcopy(template)
    _name(made, job, attempt)
    pods = _number_of_pods(made, job.resources)
    pod = made["spec"]["template"]["spec"]
    container = next(part for part in _containers(made) if part["name"] == CONTAINER)
    container["args"] = [*container.get("args", ()), *job_arguments(job)]
    _add_variables(container, job.environment)
    if job.checks_only:
        _ask_for_little(made, pod, container)
        pods = 1
    else:
        _ask_for(made, pod, container, job.resources, pods)
    made["spec"].update(completionMode="Indexed", completions=pods, parallelism=pods)
    if pods > 1:
        _join(made, pod, container, pods)
    if job.max_seconds:
        made["spec"]["activeDeadlineSeconds"] = math.ceil(job.max_seconds)
    return made


def _name(made: Object, job: TrainingJob, attempt: int) -> None:
    metadata = made.setdefault("metadata", {})
    suffix = f"-{job.id}-{attempt}"
    prefix = metadata.get("name", DEFAULT_NAME)[: _MAX_NAME - len(suffix)].rstrip("-.")
    metadata["name"] = prefix + suffix
    for owner in (metadata, made["spec"]["template"].setdefault("metadata", {})):
        labels = {
            RUN_LABEL: job.id,
            ATTEMPT_LABEL: str(attempt),
            PURPOSE_LABEL: "check" if job.checks_only else "train",
        }
        owner["labels"] = {**(owner.get("labels") or {}), **labels}


def _number_of_pods(template: Object, asked: JobResources) -> int:
    """How many pods the GPUs take; for a check too, so that what cannot train is not checked."""
    gpus, on_a_node = asked.gpus or 0, _gpus_per_node(template)
    if gpus <= on_a_node:
        return 1
    if gpus % on_a_node:
        raise InvalidInputError(
            f"{gpus} GPUs are more than one node's {on_a_node}, and not a multiple of it.",
            reason="GPUS_NOT_WHOLE_NODES",
            remedy=f"Ask for at most {on_a_node}, or for a multiple of it. What a node has is"
            " training.gpusPerNode of the chart.",
        )
    if "subdomain" not in template["spec"]["template"]["spec"]:
        raise FailedPreconditionError(
            "Training on several nodes needs a headless Service, and the template names none.",
            reason="BAD_JOB_TEMPLATE",
            remedy="Name it as `subdomain` of the pod in GOLDBRIEF_TRAINING_JOB_TEMPLATE.",
        )
    return gpus // on_a_node


def _gpus_per_node(template: Object) -> int:
    annotations = template.get("metadata", {}).get("annotations") or {}
    return int(annotations.get(_GPUS_PER_NODE, 8))


def _join(made: Object, pod: Object, container: Object, pods: int) -> None:
    """Let the pods find the first one, which alone writes: the Job is done when it is.

    Failures are counted for each pod by itself. Counted together, those that leave because of
    one that is lost double the time until the Job replaces them, each: with eight to ten minutes.
    """
    made["spec"]["successPolicy"] = {"rules": [{"succeededIndexes": "0"}]}
    made["spec"]["backoffLimitPerIndex"] = made["spec"].pop("backoffLimit", _BACKOFF_LIMIT)
    made["spec"]["maxFailedIndexes"] = 0
    variables = {
        "GOLDBRIEF_NODES": str(pods),
        "MASTER_ADDR": f"{made['metadata']['name']}-0.{pod['subdomain']}",
        "MASTER_PORT": _MASTER_PORT,
    }
    _add_variables(container, variables)


def _add_variables(container: Object, variables: Mapping[str, str]) -> None:
    if variables:
        ours = [{"name": name, "value": value} for name, value in variables.items()]
        container["env"] = [*(container.get("env") or ()), *ours]


def _ask_for(made: Object, pod: Object, container: Object, asked: JobResources, pods: int) -> None:
    if asked.gpus is not None:
        _set_resource(container, _GPU, str(asked.gpus // pods))
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


def _containers(job: Object) -> list[Object]:
    containers: list[Object] = job["spec"]["template"]["spec"]["containers"]
    return containers


def _bad_template(path: Path, problem: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The template of training Jobs {path} {problem}.",
        reason="BAD_JOB_TEMPLATE",
        remedy=f"Give a YAML file of one Job (batch/v1) with a container named {CONTAINER} in"
        " GOLDBRIEF_TRAINING_JOB_TEMPLATE.",
    )

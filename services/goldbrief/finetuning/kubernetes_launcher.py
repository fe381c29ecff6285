"""Training as Kubernetes Jobs, one an attempt; behind `core.seams.JobLauncher`."""

from __future__ import annotations

import logging
from typing import Any

from goldbrief.core.errors import AlreadyExistsError, FailedPreconditionError
from goldbrief.core.seams import JobStatus, TrainingJob
from goldbrief.finetuning.kubernetes_jobs import (
    ATTEMPT_LABEL,
    CONTAINER,
    DEFAULT_NAME,
    RUN_LABEL,
    make_job,
)
from goldbrief.finetuning.kubernetes_status import (
    attempt_of,
    ending,
    failed_pod,
    failure,
    is_being_deleted,
    newest,
    waiting,
)
from goldbrief.platform.kubernetes.api import KubernetesApi

_log = logging.getLogger(__name__)


class KubernetesLauncher:
    """Creates, reads and deletes Jobs; keeps nothing, so any replica may answer.

    A Job is named after its id and attempt. Pods that fail or are taken away are replaced
    by the Job itself, as its template says; once a Job has failed, the next launch is the
    next attempt. Jobs that have ended are left to their time to live, to be looked at.

    Args:
        api: The cluster.
        template: See `kubernetes_jobs.read_template`.
    """

    def __init__(self, api: KubernetesApi, template: dict[str, Any]) -> None:
        self._api = api
        self._template = template

    @property
    def checks_apart(self) -> bool:
        """See JobLauncher.checks_apart: a check needs no GPU."""
        return True

    @property
    def poll_s(self) -> float:
        """See JobLauncher.poll_s; what becomes of Jobs is told by `job_watch`, usually sooner."""
        return 3.0

    def launch(self, job: TrainingJob) -> None:
        """See JobLauncher.launch."""
        last = newest(self._api.jobs(_selector(job.id)))
        if last is not None and ending(last) is None:
            return
        attempt = 1 if last is None else attempt_of(last) + 1
        try:
            self._api.create_job(make_job(self._template, job, attempt))
        except AlreadyExistsError as error:
            if not self._api.jobs(_selector(job.id)):
                raise FailedPreconditionError(
                    f"The name of the training Job is taken by another: {error}",
                    reason="JOB_NAME_TAKEN",
                    remedy="Delete that Job, or give the Job template another name.",
                ) from error
            _log.info("%s was launched by another process", job.id)

    def status(self, job_id: str) -> JobStatus:
        """See JobLauncher.status; `detail` tells what a Job waits for, or why it failed."""
        job = newest(self._api.jobs(_selector(job_id)))
        if job is None:
            return JobStatus(exists=False, exit_code=None)
        if is_being_deleted(job):
            return JobStatus(exists=True, exit_code=None, detail="the Job is being stopped")
        end = ending(job)
        if end is not None and end["type"] == "Complete":
            return JobStatus(exists=True, exit_code=0)
        pods = self._api.pods(f"{_selector(job_id)},{ATTEMPT_LABEL}={attempt_of(job)}")
        if end is None:
            detail = waiting(job, pods, self._api.events)
            return JobStatus(exists=True, exit_code=None, detail=detail)
        pod = failed_pod(pods)
        log = self._api.log_tail(pod["metadata"]["name"], CONTAINER) if pod else ""
        return failure(job, pod, log)

    def stop(self, job_id: str) -> None:
        """See JobLauncher.stop; the Job goes once its pods have ended, within their grace."""
        for job in self._api.jobs(_selector(job_id)):
            if ending(job) is None and not is_being_deleted(job):
                self._api.delete_job(job["metadata"]["name"])


def lease_name(template: dict[str, Any]) -> str:
    """The Lease of those who watch the Jobs of a template; each installation has its own."""
    return str(template.get("metadata", {}).get("name", DEFAULT_NAME))


def _selector(job_id: str) -> str:
    return f"{RUN_LABEL}={job_id}"

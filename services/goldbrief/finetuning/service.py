"""Wiring of the finetuning service."""

from __future__ import annotations

from pathlib import Path

from goldbrief.api.finetuning.v1.finetuning_pb2_grpc import add_FinetuningServiceServicer_to_server
from goldbrief.api.judge.v1.judge_pb2_grpc import JudgeServiceStub
from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from goldbrief.core.seams import JobLauncher
from goldbrief.finetuning import tasks
from goldbrief.finetuning.launchers import SubprocessLauncher, training_environment
from goldbrief.finetuning.reconciler import Adapter, Reconciler, run_of
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.server import FinetuningServicer
from goldbrief.finetuning.sweeps.service import build_sweeps
from goldbrief.finetuning.training_requests import RequestResolver
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import Service


def build(resources: Resources) -> Service:
    """Make the service from the process's resources and register its tasks."""
    settings, works = resources.settings, resources.ledger.works
    launcher = _launcher(resources)

    def register_adapter(adapter: Adapter) -> str:
        request = registry_pb2.RegisterModelVersionRequest(
            model=adapter.model,
            finetuning_run_id=adapter.finetuning_run_id,
            run_id=adapter.run_id,
            dataset_digest=adapter.dataset_digest,
        )
        stub = RegistryServiceStub(resources.channel("registry"))
        version: str = stub.RegisterModelVersion(request).model_version.version
        return version

    tasks.register(resources.broker, Reconciler(resources.store, launcher, register_adapter))
    resolver = RequestResolver(resources.store, settings.models_dir, settings.resolved_objects)
    runs = FinetuningRuns(works, resolver, resources.store)
    judge = JudgeServiceStub(resources.channel("judge"))
    sweeps = build_sweeps(resources, resolver, runs, register_adapter, judge)
    servicer = FinetuningServicer(runs, works, settings, sweeps)
    return Service(
        name="goldbrief.api.finetuning.v1.FinetuningService",
        register=lambda server: add_FinetuningServiceServicer_to_server(servicer, server),
    )


def _launcher(resources: Resources) -> JobLauncher:
    settings, works = resources.settings, resources.ledger.works
    if settings.training_launcher == "subprocess":
        jobs = settings.home.absolute() / "jobs"
        return SubprocessLauncher(jobs, training_environment(settings))
    # a laptop needs neither the client nor a cluster
    from goldbrief.finetuning.job_watch import JobWatch  # noqa: PLC0415
    from goldbrief.finetuning.kubernetes_jobs import read_template  # noqa: PLC0415
    from goldbrief.finetuning.kubernetes_launcher import (  # noqa: PLC0415
        KubernetesLauncher,
        lease_name,
    )
    from goldbrief.finetuning.leader_lease import LeaderLease  # noqa: PLC0415
    from goldbrief.platform.kubernetes.api import connect  # noqa: PLC0415

    template = read_template(Path(settings.training_job_template))
    namespace = template.get("metadata", {}).get("namespace", "")
    api = connect(namespace)
    lease = LeaderLease(api, lease_name(template))
    watch = JobWatch(api, lease, lambda job_id: works.wake(run_of(job_id)))
    resources.in_background("job-watch", watch.run)
    return KubernetesLauncher(api, template)

"""Wiring of the registry service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goldbrief.api.registry.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm.tgi_adapters import StoredAdapters
from goldbrief.platform.rpc.server import Service
from goldbrief.registry import tasks
from goldbrief.registry.registry import Registry
from goldbrief.registry.server import RegistryServicer
from goldbrief.registry.signatures import ManifestTrust, open_signer

if TYPE_CHECKING:
    from goldbrief.registry.tgi_rollout import TgiRollout


def build(resources: Resources) -> Service:
    """Make the service from the process's resources and register its tasks."""
    settings = resources.settings
    rollout = _tgi_rollout(resources) if settings.tgi_deployment else None
    registry = Registry(
        resources.ledger,
        resources.store,
        resources.engine_replicas,
        open_signer(settings),
        ManifestTrust.of(settings),
        rollout=rollout,
    )
    if rollout is not None:
        served = registry.aliases.served_names
        resources.in_background("tgi-rollout", lambda stop: rollout.keep(served, stop))
    elif settings.inference_replicas_url:
        resources.in_background("engine-replicas", registry.delivery.keep)
    tasks.register(resources.broker, registry.stages)
    servicer = RegistryServicer(registry)
    return Service(
        name="goldbrief.api.registry.v1.RegistryService",
        register=lambda server: add_RegistryServiceServicer_to_server(servicer, server),
    )


def _tgi_rollout(resources: Resources) -> TgiRollout:
    # a laptop needs neither the client nor a cluster
    from goldbrief.platform.kubernetes.api import connect  # noqa: PLC0415
    from goldbrief.registry.tgi_rollout import TgiRollout  # noqa: PLC0415

    deployment = resources.settings.tgi_deployment
    return TgiRollout(connect(), deployment, StoredAdapters(resources.store))

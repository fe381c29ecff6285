"""Wiring of the registry service."""

from __future__ import annotations

from goldbrief.api.registry.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import Service
from goldbrief.registry import tasks
from goldbrief.registry.registry import Registry
from goldbrief.registry.server import RegistryServicer
from goldbrief.registry.signatures import ManifestTrust, open_signer


def build(resources: Resources) -> Service:
    """Make the service from the process's resources and register its tasks."""
    settings = resources.settings
    registry = Registry(
        resources.ledger,
        resources.store,
        resources.engine,
        open_signer(settings),
        ManifestTrust.of(settings),
    )
    tasks.register(resources.broker, registry.stages)
    servicer = RegistryServicer(registry)
    return Service(
        name="goldbrief.api.registry.v1.RegistryService",
        register=lambda server: add_RegistryServiceServicer_to_server(servicer, server),
    )

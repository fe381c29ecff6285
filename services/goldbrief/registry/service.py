"""Wiring of the registry service."""

from __future__ import annotations

from goldbrief.api.registry.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import Service
from goldbrief.registry import tasks
from goldbrief.registry.delivery import Delivery
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.promotions import Promotions, PromotionStages
from goldbrief.registry.server import RegistryServicer


def build(resources: Resources) -> Service:
    """Make the service from the process's resources and register its tasks."""
    store, engine, works = resources.store, resources.engine, resources.ledger.works
    versions = ModelVersions(resources.database, store)
    delivery = Delivery(store, engine)
    tasks.register(resources.broker, PromotionStages(versions, delivery, store, engine))
    servicer = RegistryServicer(versions, delivery, Promotions(works, versions), works)
    return Service(
        name="goldbrief.api.registry.v1.RegistryService",
        register=lambda server: add_RegistryServiceServicer_to_server(servicer, server),
    )

"""Wiring of the datasets service."""

from __future__ import annotations

from goldbrief.api.datasets.v1 import datasets_pb2, datasets_pb2_grpc
from goldbrief.datasets import tasks
from goldbrief.datasets.imports import MAX_BYTES, Imports
from goldbrief.datasets.server import DatasetsServicer
from goldbrief.datasets.sources import Sources
from goldbrief.datasets.versions import DatasetVersions
from goldbrief.platform.fetching import Fetcher
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import Service
from goldbrief.platform.storage import Buckets


def build(resources: Resources) -> Service:
    """Register the tasks and return the RPCs."""
    fetcher = Fetcher(allows_http=resources.settings.fetch_http)
    sources = Sources(fetcher, Buckets(resources.settings), MAX_BYTES)
    imports = Imports(resources.ledger, resources.store, sources)
    versions = DatasetVersions(resources.ledger, resources.store, resources.embedder)
    tasks.register(resources.broker, imports, versions)
    servicer = DatasetsServicer(imports, versions, resources.ledger, resources.store)
    return Service(
        datasets_pb2.DESCRIPTOR.services_by_name["DatasetsService"].full_name,
        lambda server: datasets_pb2_grpc.add_DatasetsServiceServicer_to_server(servicer, server),
    )

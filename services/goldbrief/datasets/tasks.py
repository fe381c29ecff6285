"""Binds the task names of this room to their handlers."""

from __future__ import annotations

from goldbrief.datasets.imports import Imports, policy_of
from goldbrief.datasets.versions import DatasetVersions
from goldbrief.platform.broker import Broker


def register(broker: Broker, imports: Imports, versions: DatasetVersions) -> None:
    """Register the stages that this service does."""
    broker.on_stage(
        "datasets.ingest_file",
        lambda context: imports.ingest(
            context.work_id, context.index, context.data, policy_of(context.spec)
        ),
    )
    broker.on_stage("datasets.deduplicate", lambda context: imports.deduplicate(context.work_id))
    broker.on_stage("datasets.curate", lambda context: versions.curate(context.spec))
    broker.on_stage("datasets.import_pairs", lambda context: versions.import_pairs(context.spec))

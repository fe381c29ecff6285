"""Lineage as OpenLineage run events, which Marquez, DataHub and others read.

Shapes as https://openlineage.io/spec/2-0-2/OpenLineage.json has them: each process that made
something is a run of a job with inputs and outputs. Ids are derived from ours, so that exporting
twice tells the same runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import goldbrief
from goldbrief.sdk.lineage.graph import Lineage, Node

SCHEMA_URL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_PRODUCER = f"urn:goldbrief:{goldbrief.__version__}"
_NAMESPACE = "goldbrief"
_IDS = uuid.UUID("3f0d2c54-3a0e-5d36-9f2c-6a5b3e0c8a11")
"""Any constant: what our ids are hashed with."""


def openlineage_events(lineage: Lineage) -> Iterator[dict[str, Any]]:
    """Yield an event for each process that the lineage knows and that has ended.

    Args:
        lineage: From `trace`.

    Yields:
        A RunEvent of the type COMPLETE, as JSON.
    """
    for node in lineage.nodes():
        made_by = node.made_by
        if made_by is None or not made_by.ended:
            continue
        run: dict[str, Any] = {"runId": str(uuid.uuid5(_IDS, made_by.id))}
        if made_by.run_id:
            run["facets"] = {"parent": _parent(made_by.run_id)}
        yield {
            "eventType": "COMPLETE",
            "eventTime": datetime.fromtimestamp(made_by.ended, UTC).isoformat(),
            "producer": _PRODUCER,
            "schemaURL": SCHEMA_URL,
            "run": run,
            "job": {"namespace": _NAMESPACE, "name": f"{made_by.kind}/{made_by.id}"},
            "inputs": [_dataset(source) for source in _inputs(lineage, node)],
            "outputs": [_dataset(node)],
        }


def _inputs(lineage: Lineage, node: Node) -> Iterator[Node]:
    """What a process read: a pair is part of the dataset, so its article stands for it."""
    seen = set()
    for source in lineage.sources(node):
        for one in lineage.sources(source) if source.kind == "pair" else [source]:
            if one.key not in seen:
                seen.add(one.key)
                yield one


def _dataset(node: Node) -> dict[str, Any]:
    return {"namespace": _NAMESPACE, "name": f"{node.kind}/{node.id}"}


def _parent(run_id: str) -> dict[str, Any]:
    return {
        "_producer": _PRODUCER,
        "_schemaURL": "https://openlineage.io/spec/facets/1-0-1/ParentRunFacet.json",
        "run": {"runId": str(uuid.uuid5(_IDS, run_id))},
        "job": {"namespace": _NAMESPACE, "name": f"run/{run_id}"},
    }

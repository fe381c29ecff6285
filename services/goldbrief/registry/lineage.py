"""Where a version comes from, and what is known of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import AdapterManifest
from goldbrief.registry.adapters import MANIFEST
from goldbrief.registry.decisions import RecordedDecision
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.tables import ModelVersion


@dataclass(frozen=True, slots=True)
class Lineage:
    """See the message of the API."""

    code_version: str
    base_revision: str
    prompt_template: str
    prompt_sha256: str
    train_data: tuple[str, ...]
    form: Literal["adapter", "merged", "whole"]
    manifest_sha256: str
    evaluation_ids: list[str]
    judges: list[str]
    judge_cards: list[str]


def lineage_of(
    store: ObjectStore,
    versions: ModelVersions,
    version: ModelVersion,
    decisions: Iterable[RecordedDecision],
) -> Lineage:
    """Gather what the manifest and the decisions on a version say.

    Args:
        store: Holds the manifest.
        versions: Knows what files there are.
        version: The version.
        decisions: On its model; those on other versions are passed over.

    Returns:
        The lineage.

    Raises:
        NotFoundError: The version's files are gone.
    """
    manifest = AdapterManifest.model_validate_json(store.get(version.prefix + MANIFEST))
    evidence = [
        one.statement.get("evidence", {})
        for one in decisions
        if one.statement.get("version") == version.version
    ]
    results = [one.get("results") or {} for one in evidence]
    form: Literal["adapter", "merged"] = "merged" if versions.has_merged(version) else "adapter"
    return Lineage(
        code_version=manifest.code_version,
        base_revision=manifest.base_revision,
        prompt_template=_template(version),
        prompt_sha256=manifest.prompt_sha256,
        train_data=manifest.train_data,
        form="whole" if manifest.lora is None else form,
        manifest_sha256=version.manifest_sha256,
        evaluation_ids=_values(evidence, "evaluation_id"),
        judges=_values(results, "judge"),
        judge_cards=sorted({card for one in results for card in one.get("judge_cards", ())}),
    )


def _template(version: ModelVersion) -> str:
    return str(json.loads(version.prompt_json or "{}").get("template", ""))


def _values(records: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    return sorted({str(one[name]) for one in records if one.get(name)})

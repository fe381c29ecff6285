"""What the gateway asks of the registry, and tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.summarize.models import Served, ServedModel
from goldbrief.summarize.outcomes import Counted

_TIMEOUT_S = 5.0


def resolve(registry: Any, name: str) -> Served:
    """Ask what answers for a name.

    Args:
        registry: The stub.
        name: A model, or `model@version`.

    Returns:
        The served version and its canary, or the version that was named.

    Raises:
        NotFoundError: Nothing is served under the name.
        FailedPreconditionError: What is served has no prompt format.
        TransientError: The registry does not answer.
    """
    found = registry.ResolveModel(pb.ResolveModelRequest(model=name), timeout=_TIMEOUT_S)
    version = _served_model(found.model_version, found.canary_id)
    if not found.canary_id:
        return Served(version)
    canary = _served_model(found.canary_version, found.canary_id)
    return Served(version, canary, found.canary_percent)


def tell_outcomes(
    registry: Any, canary_id: str, reporter: str, seen: Mapping[str, Counted]
) -> None:
    """Tell what was counted of each version during a canary; raises TransientError."""
    counted = [
        pb.VersionOutcomes(version=version, outcomes=pb.Outcomes(**asdict(one)))
        for version, one in seen.items()
    ]
    request = pb.ReportOutcomesRequest(canary_id=canary_id, reporter=reporter, seen=counted)
    registry.ReportOutcomes(request, timeout=_TIMEOUT_S)


def _served_model(version: pb.ModelVersion, canary_id: str) -> ServedModel:
    return ServedModel(
        model=version.model,
        version=version.version,
        served_name=version.served_name,
        finetuning_run_id=version.finetuning_run_id,
        run_id=version.run_id,
        base_model=version.base_model,
        deleted_articles=version.deleted_articles,
        dataset_digest=version.dataset_digest,
        prompt=_prompt(version),
        canary_id=canary_id,
    )


def _prompt(version: pb.ModelVersion) -> PromptFormat:
    if not version.prompt_json:
        raise FailedPreconditionError(
            f"{version.model}@{version.version} was tuned without a prompt format, so nothing says"
            " how an article becomes its prompt.",
            reason="NO_PROMPT_FORMAT",
            remedy="Tune it on a dataset version, or pass prompt_json to the fine-tuning run.",
        )
    return PromptFormat.model_validate_json(version.prompt_json)

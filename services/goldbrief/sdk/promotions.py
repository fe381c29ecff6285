"""Asks for a version to be served, by the gate of its own run and what people said since."""

from __future__ import annotations

import json

from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.reviews.v1 import reviews_pb2
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.sdk.client import Client
from goldbrief.sdk.reviews import measures_of_people

_HUMAN = "human/"


def promote_version(
    client: Client, model: str, version: str, request_id: str
) -> registry_pb2.Promotion:
    """Let the gate of a version's run decide whether it is served.

    Args:
        client: Of the server.
        model: Model name.
        version: Its version.
        request_id: Makes the call idempotent.

    Returns:
        The promotion, perhaps still being decided. To the results of the run's evaluation are
        added those of the newest review set that people have rated, as metrics `human/overall`,
        `human/coherence` and so on: a gate may ask for them.

    Raises:
        NotFoundError: There is no such version.
        FailedPreconditionError: No run has evaluated it.
    """
    wanted = registry_pb2.GetModelVersionRequest(model=model, version=version)
    run_id = client.registry.GetModelVersion(wanted).model_version.run_id
    run = client.get_run(run_id) if run_id else None
    phases = {phase.name: phase.resource_id for phase in run.phases} if run else {}
    evaluation_id = phases.get("evaluate", "")
    results = client.evaluation_results(evaluation_id) if evaluation_id else {}
    if run is None or not results:
        raise FailedPreconditionError(
            f"No run has evaluated {model}@{version}, so that no gate can decide.",
            reason="NOT_EVALUATED",
            remedy="Evaluate it, then call `registry.CreatePromotion` with results and gate.",
        )
    _add_human_metrics(client, evaluation_id, results)
    request = registry_pb2.CreatePromotionRequest(
        request_id=request_id, model=model, version=version, evaluation_id=evaluation_id,
        results_json=json.dumps(results), gate_json=json.dumps(json.loads(run.recipe_json)["gate"]),
    )  # fmt: skip
    promotion: registry_pb2.Promotion = client.registry.CreatePromotion(request).promotion
    return promotion


def _add_human_metrics(client: Client, evaluation_id: str, results: dict[str, object]) -> None:
    systems = results["systems"]
    assert isinstance(systems, dict)  # noqa: S101 - for the type checker
    sets = client.reviews.ListReviewSets(reviews_pb2.ListReviewSetsRequest()).review_sets
    for one in sets:
        if one.evaluation_id != evaluation_id:
            continue
        human = measures_of_people(client, one.id)
        for system, metrics in human.items():
            measured = {f"{_HUMAN}{name}": value for name, value in metrics.items()}
            systems[system] = systems.get(system, {}) | measured
        if human:
            return

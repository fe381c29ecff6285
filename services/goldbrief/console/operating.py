"""Pages of operators: runs, datasets, models, and where a summary comes from."""

from __future__ import annotations

import uuid
from collections import Counter
from itertools import islice
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.console.visits import Visit, for_role
from goldbrief.core.errors import GoldbriefError, NotFoundError
from goldbrief.sdk.datasets import (
    get_dataset_version,
    list_dataset_versions,
    read_rejected_candidates,
)
from goldbrief.sdk.models import PromotionOptions, start_promotion

_LAST_EVENTS = 40
_MOST_REJECTED = 200


@for_role("operator")
def home(visit: Visit) -> Response:
    """Where operators start."""
    return RedirectResponse("/operator/runs", 303)


@for_role("operator")
def runs(visit: Visit) -> Response:
    """All runs, and what they cost."""
    found = visit.client.runs.ListRuns(runs_pb2.ListRunsRequest()).runs
    return visit.page("runs", runs=[(run, _spent(run)) for run in found])


@for_role("operator")
def run(visit: Visit) -> Response:
    """One run; a script brings the part that changes again and again."""
    return visit.page("run", **_run(visit))


@for_role("operator")
def run_live(visit: Visit) -> Response:
    """The part of a run's page that changes."""
    return visit.page("run_live", **_run(visit))


@for_role("operator")
def hold(visit: Visit) -> Response:
    """Pause or cancel a run."""
    act = visit.client.cancel_run if visit.text("action") == "cancel" else visit.client.pause_run
    act(visit.path("id"))
    return RedirectResponse(f"/operator/runs/{visit.path('id')}", 303)


@for_role("operator")
def datasets(visit: Visit) -> Response:
    """All dataset versions."""
    return visit.page("datasets", versions=list_dataset_versions(visit.client))


@for_role("operator")
def dataset(visit: Visit) -> Response:
    """One dataset version: its card, and what is not in it and why."""
    version = get_dataset_version(visit.client, visit.path("reference"))
    is_built = bool(version.manifest_json)
    rejected = list(read_rejected_candidates(visit.client, version.digest)) if is_built else []
    return visit.page(
        "dataset", version=version, files=_rejected_files(visit, version.work.run_id),
        reasons=Counter((one.fate, one.reason) for one in rejected).most_common(),
        rejected=rejected[:_MOST_REJECTED], rejected_count=len(rejected),
    )  # fmt: skip


@for_role("operator")
def models(visit: Visit) -> Response:
    """All model versions, which are served, and forms to change that."""
    return _models_page(visit)


@for_role("operator")
def promote(visit: Visit) -> Response:
    """Ask the gate of a version's run to let it be served."""
    request_id = f"console-{visit.text('request_id')}"
    try:
        reference = f"{visit.text('model')}@{visit.text('version')}"
        options = PromotionOptions(request_id=request_id)
        promotion = start_promotion(visit.client, reference, options)
    except GoldbriefError as error:
        return _models_page(visit, str(error))
    return RedirectResponse(f"/operator/promotions/{promotion.work.id}", 303)


@for_role("operator")
def promotion(visit: Visit) -> Response:
    """What a gate said."""
    request = registry_pb2.GetPromotionRequest(id=visit.path("id"))
    found = visit.client.registry.GetPromotion(request).promotion
    return visit.page("promotion", promotion=found)


@for_role("operator")
def roll_back(visit: Visit) -> Response:
    """Serve the version before."""
    try:
        visit.client.roll_back(visit.text("model"))
    except GoldbriefError as error:
        return _models_page(visit, str(error))
    return RedirectResponse("/operator/models", 303)


@for_role("operator")
def lineage(visit: Visit) -> Response:
    """Where the summaries of a model version come from."""
    model, version = visit.path("model"), visit.path("version")
    request = registry_pb2.GetModelVersionRequest(model=model, version=version)
    found = visit.client.registry.GetModelVersion(request).model_version
    return visit.page(
        "lineage", version=found, run=_run_of(visit, found), dataset=_dataset_of(visit, found)
    )


ROUTES = [
    Route("/operator", home),
    Route("/operator/runs", runs),
    Route("/operator/runs/{id}", run),
    Route("/operator/runs/{id}", hold, methods=["POST"]),
    Route("/operator/runs/{id}/live", run_live),
    Route("/operator/datasets", datasets),
    Route("/operator/datasets/{reference}", dataset),
    Route("/operator/models", models),
    Route("/operator/models/promote", promote, methods=["POST"]),
    Route("/operator/models/rollback", roll_back, methods=["POST"]),
    Route("/operator/promotions/{id}", promotion),
    Route("/operator/lineage/{model}/{version}", lineage),
]


def _run(visit: Visit) -> dict[str, Any]:
    found = visit.client.get_run(visit.path("id"))
    finetuning = next(phase for phase in found.phases if phase.name == "finetune").resource_id
    events = visit.client.training_events(finetuning) if finetuning else []
    return {
        "run": found,
        "spent": _spent(found),
        "events": events[: -_LAST_EVENTS - 1 : -1],
        "rejected": _rejected_files(visit, found.id),
    }


def _spent(run: runs_pb2.Run) -> dict[str, float]:
    """Calls, tokens and cost of all phases."""
    usages = [phase.usage for phase in run.phases]
    return {
        "calls": sum(one.calls for one in usages),
        "tokens": sum(one.prompt_tokens + one.completion_tokens for one in usages),
        "cost": sum(one.cost for one in usages),
    }


def _rejected_files(visit: Visit, run_id: str) -> list[Any]:
    """Files that the import of a run did not take."""
    if not run_id:
        return []
    phases = {phase.name: phase.resource_id for phase in visit.client.get_run(run_id).phases}
    if not phases.get("ingest"):
        return []
    files = visit.client.list_imported_files(phases["ingest"])
    return list(islice((one for one in files if one.fate == "REJECTED"), _MOST_REJECTED))


def _models_page(visit: Visit, problem: str = "") -> Response:
    listed = visit.client.registry.ListModelVersions(registry_pb2.ListModelVersionsRequest())
    versions = list(listed.model_versions)
    served = {}
    for name in dict.fromkeys(version.model for version in versions):
        try:
            served[name] = visit.client.resolve_model(name).version
        except NotFoundError:
            served[name] = ""
    return visit.page(
        "models", 409 if problem else 200, versions=versions, served=served, problem=problem,
        request_id=uuid.uuid4().hex,
    )  # fmt: skip


def _run_of(visit: Visit, version: registry_pb2.ModelVersion) -> runs_pb2.Run | None:
    return visit.client.get_run(version.run_id) if version.run_id else None


def _dataset_of(visit: Visit, version: registry_pb2.ModelVersion) -> Any:
    if not version.dataset_digest:
        return None
    return get_dataset_version(visit.client, version.dataset_digest)

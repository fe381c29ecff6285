"""Model versions: found, verified, exported, promoted and rolled back."""

from __future__ import annotations

import getpass
import hashlib
import json
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    InvalidInputError,
)
from goldbrief.core.plans import Gate
from goldbrief.core.recipe import DEFAULT_GATE, Recipe
from goldbrief.sdk.answers import WATCH_S
from goldbrief.sdk.client import Client
from goldbrief.sdk.folders import new_folder

_LOOK_S = 0.5
_DOWNLOAD_S = 6 * 3600.0
"""For 250 GB, as DBRX has, at 12 MB a second."""


@dataclass(frozen=True, slots=True)
class PromotionOptions:
    """How a version is promoted."""

    gate: Gate | None = None
    """What decides; None takes that of the recipe whose run made the version, or the default."""
    evaluation_id: str = ""
    """Evaluation whose results decide; empty takes that of the run that made the version."""
    human_results: str = ""
    """What people said, as JSON: system, metric, then mean, low, high and n; empty takes the newest
    review set of the evaluation that people have rated."""
    with_simulated: bool = False
    """Whether what simulated reviewers said counts for people's word where no person has rated; the
    promotion is labelled a demonstration then."""
    canary_percent: int = 0
    """Share of the requests that it answers first; 0 gives it all at once."""
    canary_requests: int = 0
    """So many of them it must answer; 0 leaves that to the server."""
    force: bool = False
    """Whether it is promoted though the gate says no."""
    reason: str = ""
    """Why; needed with force."""
    request_id: str = ""
    """Makes the call idempotent; empty makes one up."""


def split_reference(reference: str) -> tuple[str, str]:
    """Model and version of `model@version`; the version is empty where only the model is named."""
    model, _, version = reference.partition("@")
    return model, version


def list_model_versions(client: Client, model: str = "") -> list[pb.ModelVersion]:
    """List the versions of a model, or of all when it is empty, the newest first."""
    request = pb.ListModelVersionsRequest(model=model)
    return list(client.registry.ListModelVersions(request).model_versions)


def get_model_version(client: Client, reference: str) -> pb.GetModelVersionResponse:
    """Return a version and its lineage.

    Args:
        client: Of the server.
        reference: `model@version`, or a model for its newest version.

    Returns:
        The version and where it comes from.

    Raises:
        NotFoundError: There is none.
    """
    model, version = split_reference(reference)
    request = pb.GetModelVersionRequest(model=model, version=version)
    found: pb.GetModelVersionResponse = client.registry.GetModelVersion(request)
    return found


def list_decisions(client: Client, model: str) -> list[pb.Decision]:
    """List what was decided about which version of a model is served, the latest first."""
    request = pb.ListDecisionsRequest(model=model)
    return list(client.registry.ListDecisions(request).decisions)


def verify_model_version(client: Client, reference: str) -> pb.VerifyModelVersionResponse:
    """Have every file, manifest and signature of a version looked at; raises NotFoundError."""
    model, version = split_reference(reference)
    request = pb.VerifyModelVersionRequest(model=model, version=version)
    found: pb.VerifyModelVersionResponse = client.registry.VerifyModelVersion(
        request, timeout=WATCH_S
    )
    return found


def sign_model_version(client: Client, reference: str) -> pb.SignModelVersionResponse:
    """Have the registry vouch for a version.

    Args:
        client: Of the server.
        reference: `model@version`.

    Returns:
        The version, and the id of the key.

    Raises:
        NotFoundError: There is none.
        DataCorruptionError: Its files are not what was registered.
    """
    model, version = split_reference(reference)
    request = pb.SignModelVersionRequest(model=model, version=version)
    signed: pb.SignModelVersionResponse = client.registry.SignModelVersion(request, timeout=WATCH_S)
    return signed


def export_model_version(
    client: Client, reference: str, folder: Path, *, merged: bool = False
) -> list[str]:
    """Write a version to a folder of this machine, each file with its hash checked.

    Args:
        client: Of the server.
        reference: See `get_model_version`.
        folder: Does not exist yet, or is empty; it appears when all is written.
        merged: Whether the base with the adapter merged in is wanted: a plain Hugging Face folder.

    Returns:
        Names of the files.

    Raises:
        AlreadyExistsError: The folder holds something.
        NotFoundError: There is no such version.
        FailedPreconditionError: Merged weights are wanted, and there are none.
        DataCorruptionError: The stored files, or what came of them, are not what was registered.
    """
    model, version = split_reference(reference)
    request = pb.DownloadModelVersionRequest(model=model, version=version, merged=merged)
    with new_folder(folder) as part:
        return _write(client.registry.DownloadModelVersion(request, timeout=_DOWNLOAD_S), part)


def start_promotion(client: Client, reference: str, options: PromotionOptions) -> pb.Promotion:
    """Ask for a promotion, without waiting for its end.

    Args:
        client: Of the server.
        reference: See `get_model_version`.
        options: How.

    Returns:
        The promotion.

    Raises:
        NotFoundError: There is no such version, run or evaluation.
        FailedPreconditionError: No evaluation is known of it, or no engine can be given it.
        InvalidInputError: See `Promotions.create`.
    """
    version = get_model_version(client, reference).model_version
    evaluation_id = options.evaluation_id or _evaluation_of(client, version)
    if not evaluation_id and not options.force:
        raise FailedPreconditionError(
            f"No evaluation of {version.model}@{version.version} is known, so that nothing can be"
            " held against the gate.",
            reason="NO_EVALUATION",
            remedy="Name one with --evaluation, or pass over the gate with --force --reason.",
        )
    gate = options.gate or _gate_of(client, version)
    request = pb.CreatePromotionRequest(
        request_id=options.request_id or f"promote-{secrets.token_hex(8)}",
        model=version.model,
        version=version.version,
        evaluation_id=evaluation_id,
        results_json=_results(client, evaluation_id, options) if evaluation_id else "",
        gate_json=gate.model_dump_json(),
        asked_by=caller(),
        canary_percent=options.canary_percent,
        canary_requests=options.canary_requests,
        force=options.force,
        reason=options.reason,
    )
    promotion: pb.Promotion = client.registry.CreatePromotion(request).promotion
    return promotion


def watch_promotion(client: Client, promotion_id: str) -> Iterator[pb.Promotion]:
    """Yield a promotion whenever it was looked at, until it has ended."""
    request = pb.GetPromotionRequest(id=promotion_id)
    while True:
        promotion = client.registry.GetPromotion(request).promotion
        yield promotion
        if promotion.work.HasField("end_time"):
            return
        time.sleep(_LOOK_S)


def running_canary(client: Client, model: str) -> pb.Canary:
    """The canary that has a share of a model's requests; one without an id where there is none."""
    resolved = client.registry.ResolveModel(pb.ResolveModelRequest(model=model))
    if not resolved.canary_id:
        return pb.Canary()
    request = pb.GetPromotionRequest(id=resolved.canary_id)
    canary: pb.Canary = client.registry.GetPromotion(request).promotion.canary
    return canary


def caller() -> str:
    """Who asks, for the record: the user of this machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def _write(pieces: Iterator[pb.DownloadModelVersionResponse], folder: Path) -> list[str]:
    names: list[str] = []
    file: BinaryIO | None = None
    digest, expected = hashlib.sha256(), ""
    try:
        for piece in pieces:
            if not names or piece.file != names[-1]:
                _finish(file, names, digest.hexdigest(), expected)
                names.append(_safe_name(piece.file))
                file = (folder / piece.file).open("wb")
                digest, expected = hashlib.sha256(), piece.sha256
            assert file is not None  # noqa: S101 - opened with the first piece
            file.write(piece.chunk)
            digest.update(piece.chunk)
    finally:
        if file is not None:
            file.close()
    _finish(file, names, digest.hexdigest(), expected)
    return names


def _finish(file: BinaryIO | None, names: list[str], found: str, expected: str) -> None:
    if file is None:
        return
    file.close()
    if expected and found != expected:
        raise DataCorruptionError(
            f"{names[-1]} arrived with SHA-256 {found}, its manifest says {expected}.",
            reason="ADAPTER_CORRUPT",
            remedy="Export it again.",
        )


def _safe_name(name: str) -> str:
    if Path(name).name != name:
        raise DataCorruptionError(f"The server names a file {name!r}.", reason="ADAPTER_CORRUPT")
    return name


def _evaluation_of(client: Client, version: pb.ModelVersion) -> str:
    if not version.run_id:
        return ""
    phases = client.get_run(version.run_id).phases
    return next((phase.resource_id for phase in phases if phase.name == "evaluate"), "")


def _gate_of(client: Client, version: pb.ModelVersion) -> Gate:
    if not version.run_id:
        return DEFAULT_GATE
    return Recipe.model_validate_json(client.get_run(version.run_id).recipe_json).gate


def _results(client: Client, evaluation_id: str, options: PromotionOptions) -> str:
    results = client.evaluation_results(evaluation_id)
    if not results:
        raise FailedPreconditionError(
            f"The evaluation {evaluation_id} has no results yet.",
            reason="NO_EVALUATION",
            remedy="Wait for its end: `goldbrief watch`.",
        )
    if not options.human_results:
        return json.dumps(results | (_said_by_programs(results) if options.with_simulated else {}))
    try:
        said = {"human": json.loads(options.human_results), "human_paired": {}}
        return json.dumps(results | said)
    except ValueError as error:
        raise InvalidInputError(
            f"What people said is no JSON: {error}.", reason="INVALID_RESULTS"
        ) from error


def _said_by_programs(results: dict[str, Any]) -> dict[str, Any]:
    """What programs said, as people's word; empty where people have rated, or nobody has."""
    said = results.get("reviews", {})
    if not said.get("simulated"):
        return {}
    return {"human": said["systems"], "human_paired": said["paired"], "human_simulated": True}

"""Promotions as a resource: what can be asked for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.plans import Gate
from goldbrief.platform.ledger import NewWork, Work, Works
from goldbrief.registry.canaries import FIRST_LOOK
from goldbrief.registry.gates import parse_gate, parse_results
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.tables import ModelVersion

KIND = "promotion"
STAGES = {
    "gate": "registry.gate",
    "deliver": "registry.deliver",
    "check": "registry.check_parity",
    "canary": "registry.watch_canary",
    "flip": "registry.flip",
}

MAX_CANARY_PERCENT = 50
CANARY_REQUESTS = 200
"""Requests that a canary must answer where the caller does not say."""


@dataclass(frozen=True, slots=True)
class PromotionRequest:
    """What a caller asks for; the fields are those of CreatePromotionRequest."""

    request_id: str
    run_id: str
    model: str
    version: str
    evaluation_id: str
    results_json: str
    gate_json: str
    asked_by: str = ""
    """Who asks, as the caller says."""
    canary_percent: int = 0
    """Share of the requests that the version answers first; 0 gives it all at once."""
    canary_requests: int = 0
    """So many it must have answered; 0 is CANARY_REQUESTS."""
    force: bool = False
    """Whether the gate's no is passed over."""
    reason: str = ""
    """Why; needed to force."""


class Promotions:
    """Promotions as a resource.

    Args:
        works: Where they are recorded.
        versions: What can be promoted.
    """

    def __init__(self, works: Works, versions: ModelVersions) -> None:
        self._works = works
        self._versions = versions

    def create(self, request: PromotionRequest) -> Work:
        """Start a promotion.

        Args:
            request: What the caller asks for.

        Returns:
            The promotion; the one it started when the same request came before.

        Raises:
            InvalidInputError: The request id or version is empty, gate or results are not what
                they should be, the canary's share is no share, or force has no reason.
            NotFoundError: There is no such version.
            FailedPreconditionError: It is a whole model, which engines are not given at runtime,
                or has no prompt format, which a canary needs.
            AlreadyExistsError: The request id was used for another request.
        """
        _check_request(request)
        version = self._versions.get(request.model, request.version)
        self._versions.require_adapter(version)
        if request.canary_percent and not version.prompt_json:
            raise _no_prompt(version)
        no_results = request.force and not request.results_json
        spec = {
            "model": request.model,
            "version": request.version,
            "evaluation_id": request.evaluation_id,
            "results": (
                None if no_results else parse_results(request.results_json).model_dump(mode="json")
            ),
            "gate": (
                Gate(conditions=())
                if no_results and not request.gate_json
                else parse_gate(request.gate_json)
            ).model_dump(mode="json"),
            "asked_by": request.asked_by or request.run_id,
            "canary_percent": request.canary_percent,
            "canary_requests": request.canary_requests or CANARY_REQUESTS,
            "force": request.force,
            "reason": request.reason,
        }
        return self._works.create(
            NewWork(
                kind=KIND,
                request_id=request.request_id,
                spec=spec,
                stages=STAGES,
                items=[{}],
                group_id=request.run_id,
            )
        )

    def get(self, promotion_id: str) -> Work:
        """Return a promotion; raises NotFoundError."""
        return self._works.get(promotion_id, KIND)


def _check_request(request: PromotionRequest) -> None:
    for field in ("request_id", "version"):
        if not getattr(request, field):
            raise _invalid(field, f"{field} is empty.")
    if not 0 <= request.canary_percent <= MAX_CANARY_PERCENT:
        raise _invalid(
            "canary_percent",
            f"A canary of {request.canary_percent} % is none.",
            f"Give it 1 to {MAX_CANARY_PERCENT} % of the requests: the rest is what it is compared"
            " with.",
        )
    if request.canary_requests and request.canary_requests < FIRST_LOOK:
        raise _invalid(
            "canary_requests",
            f"{request.canary_requests} requests tell too little of a canary.",
            f"Let it answer {FIRST_LOOK} or more.",
        )
    if request.force and not request.reason.strip():
        raise _invalid(
            "reason",
            "Passing over the gate needs a reason.",
            "Say why: it is recorded with the promotion.",
        )


def _no_prompt(version: ModelVersion) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"{version.model}@{version.version} has no prompt format, so no summary can be asked of it"
        " that it could be compared by.",
        reason="NO_PROMPT_FORMAT",
        remedy="Promote it without a canary.",
    )


def _invalid(field: str, message: str, remedy: str = "") -> InvalidInputError:
    return InvalidInputError(
        message, reason="INVALID_FIELD", remedy=remedy, metadata={"field": field}
    )

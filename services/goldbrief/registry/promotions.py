"""Promotions: gate, delivery, parity check, and the flip of the alias."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from goldbrief.core.errors import InvalidInputError, TransientError
from goldbrief.core.plans import Gate
from goldbrief.core.seams import Engine, ObjectStore
from goldbrief.core.states import Outcome
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Finish, Later, NewWork, Transition, Work, Works
from goldbrief.registry.delivery import Delivery
from goldbrief.registry.gates import (
    Results,
    check_gate,
    parse_gate,
    parse_results,
    verdict_label,
)
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.parity import check_parity, read_canaries
from goldbrief.registry.tables import ModelVersion

KIND = "promotion"
STAGES = {
    "gate": "registry.gate",
    "deliver": "registry.deliver",
    "check": "registry.check_parity",
    "flip": "registry.flip",
}

MAX_LOOKS = 60
"""Times that an engine which does not answer or lacks the adapter is looked at again."""
_LOOK_S = 5.0


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
            InvalidInputError: The request id or version is empty, or gate or results are
                not what they should be.
            NotFoundError: There is no such version.
            FailedPreconditionError: It is a whole model, which engines are not given at runtime.
            AlreadyExistsError: The request id was used for another request.
        """
        for field in ("request_id", "version"):
            if not getattr(request, field):
                raise InvalidInputError(
                    f"{field} is empty.", reason="INVALID_FIELD", metadata={"field": field}
                )
        self._versions.require_adapter(self._versions.get(request.model, request.version))
        spec = {
            "model": request.model,
            "version": request.version,
            "evaluation_id": request.evaluation_id,
            "results": parse_results(request.results_json).model_dump(mode="json"),
            "gate": parse_gate(request.gate_json).model_dump(mode="json"),
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


class PromotionStages:
    """What is done in each stage of a promotion.

    Args:
        versions: Finds the version and moves the alias.
        delivery: Brings the version to the engine.
        store: Holds the canaries.
        engine: Serves the adapter.
    """

    def __init__(
        self, versions: ModelVersions, delivery: Delivery, store: ObjectStore, engine: Engine
    ) -> None:
        self._versions = versions
        self._delivery = delivery
        self._store = store
        self._engine = engine

    def gate(self, context: StageContext) -> Transition:
        """Hold the results against the gate; a version that fails it is rejected."""
        gate = Gate.model_validate(context.spec["gate"])
        results = Results.model_validate(context.spec["results"])
        checks = check_gate(gate, results)
        verdict = {
            "promoted": False,
            "checks": [asdict(check) for check in checks],
            "label": verdict_label(gate, results),
        }
        failed = [check.condition for check in checks if not check.passed]
        if failed:
            reason = f"The gate says no; it does not hold that {'; '.join(failed)}."
            return Finish(Outcome.REJECTED, reason=reason, result=verdict)
        context.ledger.works.set_result(context.work_id, verdict)
        return Advance("deliver")

    def deliver(self, context: StageContext) -> Transition:
        """Bring the version to the engine, still without a pointer to it."""
        try:
            self._delivery.deliver(self._version(context))
        except TransientError:
            # an engine that starts or restarts needs minutes, more than the ledger's retries
            looks = context.data.get("looks", 0) + 1
            if looks > MAX_LOOKS:
                raise
            return Later(_LOOK_S, {"looks": looks})
        return Advance("check")

    def check(self, context: StageContext) -> Transition:
        """Compare what the engine answers with what the trained model answered."""
        version = self._version(context)
        canaries = read_canaries(self._store, version.finetuning_run_id)
        check_parity(self._engine, version.served_name, canaries)
        return Advance("flip")

    def flip(self, context: StageContext) -> Transition:
        """Let the version answer for the model's name."""
        self._versions.serve(self._version(context))
        return Finish(result={"promoted": True})

    def _version(self, context: StageContext) -> ModelVersion:
        return self._versions.get(context.spec["model"], context.spec["version"])

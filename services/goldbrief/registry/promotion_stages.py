"""What is done in each stage of a promotion: gate, delivery, parity check, canary, flip."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from goldbrief.core.errors import TransientError
from goldbrief.core.plans import Gate
from goldbrief.core.seams import ObjectStore, Replicas
from goldbrief.core.states import Outcome
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Finish, Later, Transition
from goldbrief.registry.aliases import Aliases
from goldbrief.registry.canary_watch import CanaryWatch
from goldbrief.registry.decisions import Grounds
from goldbrief.registry.delivery import RESTARTS, Delivery
from goldbrief.registry.gates import Results, check_gate, evidence_of, verdict_label
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.parity import check_parity, read_canaries
from goldbrief.registry.replicas import ask_each
from goldbrief.registry.tables import ModelVersion

MAX_LOOKS = 60
"""Times that an engine which does not answer or lacks the adapter is looked at again."""
_LOOK_S = 5.0
_CANARY_LOOK_S = 1.0


class PromotionStages:
    """What is done in each stage of a promotion.

    Args:
        versions: Finds the version.
        aliases: Moves the alias.
        delivery: Brings the version to every replica of the engine.
        watch: Compares a canary with the served version.
        store: Holds the canaries' answers of training.
        replicas: Each serves the adapter.
    """

    def __init__(
        self,
        versions: ModelVersions,
        aliases: Aliases,
        delivery: Delivery,
        watch: CanaryWatch,
        store: ObjectStore,
        replicas: Replicas,
    ) -> None:
        self._versions = versions
        self._aliases = aliases
        self._delivery = delivery
        self._watch = watch
        self._store = store
        self._replicas = replicas

    def gate(self, context: StageContext) -> Transition:
        """Hold the results against the gate; a version that fails it is rejected, unless forced."""
        verdict = _verdict(context.spec)
        context.ledger.works.set_result(context.work_id, verdict)
        failed = [check["condition"] for check in verdict["checks"] if not check["passed"]]
        if failed and not context.spec.get("force"):
            reason = f"The gate says no; it does not hold that {'; '.join(failed)}."
            grounds = self._grounds(context, reason, verdict)
            self._aliases.hold_back(self._version(context), grounds)
            return Finish(Outcome.REJECTED, reason=reason)
        return Advance("deliver")

    def deliver(self, context: StageContext) -> Transition:
        """Bring the version to the engine, still without a pointer to it."""
        try:
            self._delivery.deliver(self._version(context))
        except TransientError as error:
            # an engine that starts or restarts needs minutes, more than the ledger's retries; one
            # that we have started anew, as long as its Deployment gives it
            looks = context.data.get("looks", 0) + (error.reason != RESTARTS)
            if looks > MAX_LOOKS:
                raise
            return Later(_LOOK_S, {"looks": looks})
        return Advance("check")

    def check(self, context: StageContext) -> Transition:
        """Compare what every replica answers with what the trained model answered."""
        version = self._version(context)
        canaries = read_canaries(self._store, version.finetuning_run_id)
        ask_each(self._replicas, lambda engine: check_parity(engine, version.served_name, canaries))
        return Advance("canary" if context.spec.get("canary_percent") else "flip")

    def canary(self, context: StageContext) -> Transition:
        """Let the version answer a share of the requests, and look at how it does."""
        spec, version = context.spec, self._version(context)
        canary = self._aliases.begin_canary(
            version,
            spec["canary_percent"],
            spec["canary_requests"],
            self._grounds(context, spec["reason"], _verdict(spec)),
        )
        if canary is None:  # nothing is served that it could be compared with
            return Advance("flip")
        if canary.state != "RUNNING":
            return _ended(canary.state, canary.reason)
        verdict = self._watch.look(canary)
        if verdict.action == "wait":
            return Later(_CANARY_LOOK_S)
        if verdict.action == "promote":
            return Advance("flip", {"canary": verdict.reason})
        evidence = self._watch.evidence(canary)
        reason = f"The canary is rolled back: {verdict.reason}."
        self._aliases.end_canary(canary.id, self._grounds(context, reason, evidence))
        return _ended("ROLLED_BACK", reason)

    def flip(self, context: StageContext) -> Transition:
        """Let the version answer for the model's name."""
        reason = context.data.get("canary") or context.spec.get("reason", "")
        grounds = self._grounds(context, reason, _verdict(context.spec))
        self._aliases.serve(self._version(context), grounds)
        return Finish(result={"promoted": True})

    def _version(self, context: StageContext) -> ModelVersion:
        return self._versions.get(context.spec["model"], context.spec["version"])

    def _grounds(self, context: StageContext, reason: str, verdict: dict[str, Any]) -> Grounds:
        spec = context.spec
        evidence = {
            **verdict,
            "gate": spec["gate"],
            "results": spec["results"],
            "evaluation_id": spec["evaluation_id"],
            "forced": bool(spec.get("force")),
            "manifest_sha256": self._version(context).manifest_sha256,
        }
        return Grounds(context.work_id, spec.get("asked_by", ""), reason, evidence)


def _verdict(spec: dict[str, Any]) -> dict[str, Any]:
    """What the gate says: `checks`, `label` and `rests_on`."""
    gate = Gate.model_validate(spec["gate"])
    results = Results.model_validate(spec["results"] or {"systems": {}})
    return {
        "checks": [asdict(check) for check in check_gate(gate, results)],
        "label": verdict_label(gate, results),
        "rests_on": evidence_of(results),
    }


def _ended(state: str, reason: str) -> Transition:
    promoted = state == "PROMOTED"
    outcome = Outcome.ACCEPTED if promoted else Outcome.REJECTED
    return Finish(outcome, reason=reason, result={"promoted": promoted})

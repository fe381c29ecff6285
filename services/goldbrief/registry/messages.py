"""Between the messages of the API and what the registry works with."""

from __future__ import annotations

from dataclasses import asdict

from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.platform.ledger import Work
from goldbrief.platform.ledger.works import Counts
from goldbrief.platform.rpc.work_messages import timestamp, work_message
from goldbrief.registry.aliases import Resolved
from goldbrief.registry.canaries import Outcomes
from goldbrief.registry.canary_watch import Comparison
from goldbrief.registry.decisions import RecordedDecision
from goldbrief.registry.tables import ModelVersion


def version_message(version: ModelVersion, stage: str = "") -> pb.ModelVersion:
    """A version as the API has it; `stage` as its field of that name."""
    return pb.ModelVersion(
        model=version.model,
        version=str(version.version),
        served_name=version.served_name,
        prefix=version.prefix,
        finetuning_run_id=version.finetuning_run_id,
        run_id=version.run_id,
        base_model=version.base_model,
        dataset_digest=version.dataset_digest,
        prompt_json=version.prompt_json,
        create_time=timestamp(version.created_at),
        stage=stage,
    )


def resolved_message(resolved: Resolved) -> pb.ResolveModelResponse:
    """What answers for a name, as the API has it."""
    answer = pb.ResolveModelResponse(model_version=version_message(resolved.version, "SERVED"))
    if resolved.canary is not None and resolved.canary_version is not None:
        answer.canary_id = resolved.canary.id
        answer.canary_percent = resolved.canary.percent
        answer.canary_version.CopyFrom(version_message(resolved.canary_version, "CANARY"))
    return answer


def promotion_message(work: Work, counts: Counts, found: Comparison | None) -> pb.Promotion:
    """A promotion as the API has it, with its canary if that has begun."""
    return pb.Promotion(
        work=work_message(work, counts),
        promoted=work.result.get("promoted", False),
        checks=[pb.GateCheck(**check) for check in work.result.get("checks", ())],
        label=work.result.get("label", ""),
        model=work.spec["model"],
        version=work.spec["version"],
        canary=None if found is None else _canary(found),
        rests_on=work.result.get("rests_on", {}),
    )


def decision_message(decision: RecordedDecision) -> pb.Decision:
    """A decision as the API has it."""
    said = decision.statement
    return pb.Decision(
        decision=said["decision"],
        version=str(said["version"]),
        time=said.get("time", ""),
        asked_by=said.get("asked_by", ""),
        reason=said.get("reason", ""),
        envelope_json=decision.envelope,
        problem=decision.problem,
    )


def outcomes_of(message: pb.Outcomes) -> Outcomes:
    """What a gateway counted."""
    return Outcomes(*(getattr(message, name) for name in Outcomes.__slots__))


def _canary(found: Comparison) -> pb.Canary:
    canary = found.canary
    return pb.Canary(
        id=canary.id,
        model=canary.model,
        version=str(canary.version),
        percent=canary.percent,
        requests=canary.requests,
        state=canary.state,
        reason=canary.reason,
        tried=pb.Outcomes(**asdict(found.tried)),
        served=pb.Outcomes(**asdict(found.served)),
    )

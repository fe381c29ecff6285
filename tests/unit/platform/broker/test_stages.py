"""Stages through the real Celery, in one process."""

from pathlib import Path

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.states import Outcome, State
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, EffectUsage, Finish, NewWork, Transition
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end


def test_items_travel_through_rooms_to_the_finalizing_stage(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    broker = make_broker(tmp_path, ledger)

    def write(stage: StageContext) -> Transition:
        said = stage.once("teacher", [stage.index], lambda: ({"n": stage.index}, EffectUsage(1, 1)))
        return Advance("judge", said)

    def judge(stage: StageContext) -> Transition:
        if stage.data["n"] == 3:
            raise InvalidInputError("cannot be judged", reason="BAD")
        return Finish(Outcome.ACCEPTED if stage.data["n"] % 2 else Outcome.REJECTED)

    def total(stage: StageContext) -> Transition:
        counts = ledger.works.counts(stage.work_id)
        return Finish(result={"accepted": counts.accepted, "failed": counts.failed})

    broker.on_stage("synthesis.write", write)
    broker.on_stage("judge.judge", judge)
    broker.on_stage("synthesis.total", total)
    work = ledger.works.create(
        NewWork(
            kind="test", request_id="r", spec={}, finalize="total", items=[{} for _ in range(10)],
            stages={"write": "synthesis.write", "judge": "judge.judge", "total": "synthesis.total"},
        )
    )  # fmt: skip
    work = run_to_end(broker, work.id)
    assert work.state == State.SUCCEEDED
    assert work.result == {"accepted": 4, "failed": 1}
    failed = [item for item in ledger.works.items(work.id) if item.state == State.FAILED]
    assert failed[0].cause == {"reason": "BAD", "message": "cannot be judged", "remedy": ""}

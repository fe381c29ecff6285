"""What the ledger promises of items: one worker at a time, and nothing lost."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from goldbrief.core.errors import AlreadyExistsError, InvalidInputError, TransientError
from goldbrief.core.states import Outcome, State
from goldbrief.platform.ledger import (
    Advance,
    Base,
    Database,
    EffectUsage,
    Finish,
    Hold,
    Later,
    Ledger,
    NewWork,
    Work,
)
from goldbrief.platform.ledger.item_statements import MAX_ATTEMPTS
from goldbrief.platform.ledger.items import LeaseLostError
from goldbrief.testing.ledgers import make_ledger

ENDED = -1.0
"""Length of a lease that is over when it begins."""
STAGES = {"first": "room.first", "second": "other.second", "last": "room.last"}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return make_ledger(tmp_path)


def create(ledger: Ledger, items: int = 1, **fields: object) -> Work:
    spec: Mapping[str, object] = {"n": items}
    return ledger.works.create(
        NewWork(
            kind="test", request_id="r", spec=spec, stages=STAGES,
            items=[{} for _ in range(items)], group_id="g", **fields,  # type: ignore[arg-type]
        )
    )  # fmt: skip


def item_ids(ledger: Ledger, work: Work) -> list[int]:
    return [item.id for item in ledger.works.items(work.id)]


def test_creating_again_with_the_same_request_id_finds_the_work(ledger: Ledger) -> None:
    assert create(ledger, 2).id == create(ledger, 2).id
    with pytest.raises(AlreadyExistsError):
        create(ledger, 3)


def test_an_item_is_handed_out_once_even_to_many_threads(ledger: Ledger) -> None:
    (item_id,) = item_ids(ledger, create(ledger))
    claims = []

    def take() -> None:
        claims.append(ledger.items.claim(item_id))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim is not None for claim in claims) == 1


def test_a_worker_that_lost_its_lease_cannot_move_the_item(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path, lease_s=ENDED)
    (item_id,) = item_ids(ledger, create(ledger))
    slow = ledger.items.claim(item_id)
    fast = ledger.items.claim(item_id)
    assert slow is not None
    assert fast is not None
    with pytest.raises(LeaseLostError):
        ledger.items.move(slow, Finish())
    ledger.items.move(fast, Finish())
    assert ledger.works.counts(fast.work.id).accepted == 1


def test_an_item_that_kills_its_workers_ends_as_failed(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path, lease_s=ENDED)
    work = create(ledger)
    (item_id,) = item_ids(ledger, work)
    for _ in range(MAX_ATTEMPTS + 1):
        ledger.items.claim(item_id)
    work = ledger.works.get(work.id)
    assert work.state == State.FAILED
    assert work.cause is not None
    assert work.cause["reason"] == "WORKER_LOST"


def test_a_passing_failure_is_tried_again_and_a_lasting_one_is_not(ledger: Ledger) -> None:
    work = create(ledger, 2)
    passing, lasting = item_ids(ledger, work)
    for attempt in range(MAX_ATTEMPTS):
        claim = ledger.items.claim(passing)
        assert claim is not None, f"attempt {attempt}"
        ledger.items.fail(claim, TransientError("busy"))
    claim = ledger.items.claim(lasting)
    assert claim is not None
    ledger.items.fail(claim, InvalidInputError("never"))
    states = [(item.state, item.attempt) for item in ledger.works.items(work.id)]
    assert states == [(State.FAILED, MAX_ATTEMPTS), (State.FAILED, 1)]


def test_the_last_item_adds_the_finalizing_one_and_that_ends_the_work(ledger: Ledger) -> None:
    work = create(ledger, 2, finalize="last")
    for item_id in item_ids(ledger, work):
        claim = ledger.items.claim(item_id)
        assert claim is not None
        ledger.items.move(claim, Finish(Outcome.REJECTED, "no"))
    sent: list[tuple[str, str]] = []
    ledger.outbox.publish(lambda task, ids: sent.append((task, *ids)))
    task, argument = sent[-1]
    assert task == "room.last"
    claim = ledger.items.claim(int(argument))
    assert claim is not None
    ledger.items.move(claim, Finish(result={"made": 1}))
    work = ledger.works.get(work.id)
    assert (work.state, work.result) == (State.SUCCEEDED, {"made": 1})
    assert ledger.works.counts(work.id).rejected == 2


def test_a_paused_work_hands_nothing_out_until_it_is_resumed(ledger: Ledger) -> None:
    work = create(ledger)
    (item_id,) = item_ids(ledger, work)
    ledger.works.pause("g")
    assert ledger.items.claim(item_id) is None
    ledger.works.resume("g")
    assert ledger.items.claim(item_id) is not None


def test_cancelling_ends_waiting_items_at_once_and_others_when_they_come_back(
    ledger: Ledger,
) -> None:
    work = create(ledger, 2)
    claim = ledger.items.claim(item_ids(ledger, work)[0])
    assert claim is not None
    ledger.works.cancel("g")
    assert ledger.works.get(work.id).state == State.CANCELLING
    ledger.items.move(claim, Advance("second"))
    assert ledger.works.get(work.id).state == State.CANCELLED
    assert ledger.works.counts(work.id).cancelled == 2


def test_a_cancelled_work_ends_though_a_worker_fell_silent_with_an_item(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path, lease_s=0.2)
    work = create(ledger, 2)
    assert ledger.items.claim(item_ids(ledger, work)[0]) is not None
    ledger.works.cancel("g")
    ledger.outbox.sweep()
    assert ledger.works.get(work.id).state == State.CANCELLING
    time.sleep(0.3)
    ledger.outbox.sweep()
    assert ledger.works.get(work.id).state == State.CANCELLED


def test_a_stage_takes_few_statements_and_reads_no_spec_again(ledger: Ledger) -> None:
    work = create(ledger, 2)
    first, second = item_ids(ledger, work)

    def run(item_id: int) -> None:
        claim = ledger.items.claim(item_id)
        assert claim is not None
        assert claim.work.spec == {"n": 2}
        ledger.effects.once(claim.work, "teacher", item_id, lambda: ("said", EffectUsage()))
        ledger.items.move(claim, Advance("second"))

    run(first)
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(ledger.database.engine, "before_cursor_execute", note)
    run(second)
    sent = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(sent) <= 5, sent  # claim, begin and record the effect, move, announce
    assert not any("spec" in statement for statement in sent)


def test_a_supervised_work_is_looked_after_while_paused(ledger: Ledger) -> None:
    work = create(ledger, supervised=True)
    (item_id,) = item_ids(ledger, work)
    ledger.works.pause("g")
    claim = ledger.items.claim(item_id)
    assert claim is not None
    ledger.items.move(claim, Hold())
    ledger.works.resume("g")
    claim = ledger.items.claim(item_id)
    assert claim is not None
    ledger.items.move(claim, Later(0.0))
    ledger.works.cancel("g")
    claim = ledger.items.claim(item_id)
    assert claim is not None
    ledger.items.move(claim, Hold())
    assert ledger.works.get(work.id).state == State.CANCELLED


def test_a_failed_work_can_be_retried_and_keeps_what_succeeded(ledger: Ledger) -> None:
    work = create(ledger, finalize="last")
    (item_id,) = item_ids(ledger, work)
    claim = ledger.items.claim(item_id)
    assert claim is not None
    ledger.items.fail(claim, InvalidInputError("not yet"))
    assert ledger.works.get(work.id).state == State.FAILED
    ledger.works.retry("g")
    claim = ledger.items.claim(item_id)
    assert claim is not None
    ledger.items.move(claim, Finish())
    assert ledger.works.get(work.id).state == State.RUNNING


def test_an_effect_is_recorded_once_and_its_repeats_are_counted(ledger: Ledger) -> None:
    work = create(ledger)
    calls = []

    def call() -> tuple[object, EffectUsage]:
        calls.append(1)
        if len(calls) == 1:
            raise TransientError("lost answer")
        return {"said": len(calls)}, EffectUsage(10, 2)

    with pytest.raises(TransientError):
        ledger.effects.once(work, "teacher", [1], call)
    assert ledger.effects.once(work, "teacher", [1], call) == {"said": 2}
    assert ledger.effects.once(work, "teacher", [1], call) == {"said": 2}
    counts = ledger.works.counts(work.id)
    assert (counts.calls, counts.repeated_calls, counts.prompt_tokens) == (1, 1, 10)


def test_lost_messages_are_announced_again(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path, lease_s=ENDED)
    work = create(ledger, 3)
    ledger.outbox.publish(lambda *_: None)  # the broker loses them
    assert not ledger.outbox.has_due()
    ledger.outbox.sweep()
    sent: list[str] = []
    ledger.outbox.publish(lambda _, ids: sent.extend(ids))
    assert sorted(map(int, sent)) == item_ids(ledger, work)


def test_a_broker_that_fails_keeps_the_messages(ledger: Ledger) -> None:
    create(ledger, 3)

    def fail(task: str, ids: Sequence[str]) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        ledger.outbox.publish(fail)
    assert ledger.outbox.publish(lambda *_: None) == 3


def test_messages_of_a_task_are_sent_together_up_to_a_limit(ledger: Ledger) -> None:
    work = create(ledger, 5)
    claim = ledger.items.claim(item_ids(ledger, work)[0])
    assert claim is not None
    ledger.items.move(claim, Advance("second"))
    sent: list[tuple[str, int]] = []
    assert ledger.outbox.publish(lambda task, ids: sent.append((task, len(ids))), most=3) == 5
    assert sorted(sent) == [("other.second", 1), ("room.first", 1), ("room.first", 3)]


def test_recovery_ends_the_leases_of_a_dead_process(ledger: Ledger) -> None:
    (item_id,) = item_ids(ledger, create(ledger))
    assert ledger.items.claim(item_id) is not None
    assert ledger.items.claim(item_id) is None
    ledger.outbox.recover()
    assert ledger.items.claim(item_id) is not None


def test_an_item_that_is_announced_twice_does_not_come_back_twice(ledger: Ledger) -> None:
    (item_id,) = item_ids(ledger, create(ledger))
    ledger.outbox.recover()
    claim = ledger.items.claim(item_id)
    assert claim is not None
    ledger.items.move(claim, Later(0.0))
    ledger.outbox.recover()
    assert ledger.outbox.publish(lambda *_: None) == 1


def test_an_item_that_waits_can_be_woken_and_comes_back_once(ledger: Ledger) -> None:
    work = create(ledger)
    (item_id,) = item_ids(ledger, work)
    ledger.outbox.publish(lambda *_: None)
    claim = ledger.items.claim(item_id)
    assert claim is not None
    assert not ledger.works.wake(work.id)  # a worker has it in hand
    ledger.items.move(claim, Later(60.0))
    assert not ledger.outbox.has_due()
    assert ledger.works.wake(work.id)
    assert ledger.works.wake(work.id)
    assert ledger.outbox.publish(lambda *_: None) == 1
    assert ledger.items.claim(item_id) is not None


def test_waking_what_has_ended_or_never_was_does_nothing(ledger: Ledger) -> None:
    work = create(ledger)
    claim = ledger.items.claim(item_ids(ledger, work)[0])
    assert claim is not None
    ledger.items.move(claim, Finish())
    ledger.outbox.publish(lambda *_: None)
    assert ledger.works.wake(work.id)
    assert ledger.works.wake("nobody")
    assert not ledger.outbox.has_due()


def test_the_migrations_make_the_tables_that_the_code_declares(tmp_path: Path) -> None:
    # their tables join the metadata
    import goldbrief.evaluation.live.tables  # noqa: PLC0415
    import goldbrief.evaluation.reviews.tables  # noqa: PLC0415
    import goldbrief.registry.tables  # noqa: F401, PLC0415

    database = Database(f"sqlite:///{tmp_path}/migrated.db")
    database.migrate()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []

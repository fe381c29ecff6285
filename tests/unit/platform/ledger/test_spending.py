"""Budgets: calls are counted at their price, and what is spent holds the work, not loses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldbrief.core.errors import (
    AwayError,
    FailedPreconditionError,
    GoldbriefError,
    RestingError,
)
from goldbrief.core.states import State
from goldbrief.platform.broker import Broker, StageContext
from goldbrief.platform.ledger import EffectUsage, Finish, Ledger, NewWork, Transition, Work
from goldbrief.platform.ledger.item_statements import MAX_ATTEMPTS
from goldbrief.platform.ledger.spending import Price
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

TOKENS = EffectUsage(prompt_tokens=200_000, completion_tokens=100_000)
PRICE = Price(prompt=2.0, completion=6.0)
"""A call costs 0.4 + 0.6 = 1."""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return make_ledger(tmp_path, prices={"teacher": PRICE, "judge": None})


@pytest.fixture
def broker(tmp_path: Path, ledger: Ledger) -> Broker:
    return make_broker(tmp_path, ledger)


def create(ledger: Ledger, items: int, call: str = "teacher") -> Work:
    return ledger.works.create(
        NewWork(
            kind="test", request_id="r", spec={"call": call}, group_id="run-1",
            stages={"ask": "room.ask"}, items=[{} for _ in range(items)],
        )
    )  # fmt: skip


def ask(context: StageContext) -> Transition:
    context.once(context.spec["call"], context.index, lambda: ("an answer", TOKENS))
    return Finish()


def work_off(broker: Broker, work: Work) -> None:
    """Hand out every waiting item once, one after another."""
    for item in broker.ledger.works.items(work.id):
        claim = broker.ledger.items.claim(item.id)
        if claim is None:
            continue
        try:
            broker.ledger.items.move(claim, ask(StageContext(claim, broker.ledger)))
        except Exception as error:  # noqa: BLE001 - as run_stage does
            broker.ledger.items.fail(claim, error)


def test_calls_are_counted_at_their_price(ledger: Ledger, broker: Broker) -> None:
    work = create(ledger, 3)
    work_off(broker, work)
    assert ledger.works.counts(work.id).cost == pytest.approx(3.0)


def test_a_spent_budget_holds_the_group_and_says_so(ledger: Ledger, broker: Broker) -> None:
    ledger.spending.set_limit("run-1", 2.0)
    work = create(ledger, 5)
    work_off(broker, work)
    held = ledger.works.get(work.id)
    assert held.state == State.PAUSED
    assert held.cause is not None
    assert held.cause["reason"] == "BUDGET_EXHAUSTED"
    assert "2" in held.cause["message"]
    assert "budget" in held.cause["remedy"]
    counts = ledger.works.counts(work.id)
    assert (counts.done, counts.calls, counts.cost) == (2, 2, pytest.approx(2.0))


def test_a_raised_budget_lets_it_go_on_to_the_end(ledger: Ledger, broker: Broker) -> None:
    broker.on_stage("room.ask", ask)
    ledger.spending.set_limit("run-1", 2.0)
    work = create(ledger, 5)
    work_off(broker, work)
    ledger.spending.set_limit("run-1", 5.0)
    ledger.works.resume("run-1")
    ended = run_to_end(broker, work.id)
    assert (ended.state, ended.cause) == (State.SUCCEEDED, None)
    assert ledger.works.counts(work.id).repeated_calls == 0


def test_recorded_calls_cost_nothing_again(ledger: Ledger, broker: Broker) -> None:
    ledger.spending.set_limit("run-1", 1.0)
    work = create(ledger, 1)
    (item,) = ledger.works.items(work.id)
    for _ in range(2):
        claim = ledger.items.claim(item.id)
        assert claim is not None
        ask(StageContext(claim, ledger))
        ledger.items.fail(claim, RestingError("again"))
    assert ledger.works.counts(work.id).cost == pytest.approx(1.0)


def test_a_budget_without_a_price_is_refused_before_the_call(
    ledger: Ledger, broker: Broker
) -> None:
    ledger.spending.set_limit("run-1", 1.0)
    work = create(ledger, 1, call="judge")
    (item,) = ledger.works.items(work.id)
    claim = ledger.items.claim(item.id)
    assert claim is not None
    with pytest.raises(FailedPreconditionError) as caught:
        ask(StageContext(claim, ledger))
    assert caught.value.reason == "PRICE_UNKNOWN"
    assert "GOLDBRIEF_JUDGE_PROMPT_PRICE" in caught.value.remedy
    assert ledger.works.counts(work.id).calls == 0


def test_calls_of_works_without_a_budget_and_free_calls_are_not_asked(
    ledger: Ledger, broker: Broker
) -> None:
    ledger.spending.set_limit("run-1", 0.0)
    priced = create(ledger, 2)
    work_off(broker, priced)
    assert ledger.works.counts(priced.id).done == 2


@pytest.mark.parametrize(
    "error", [RestingError("It is away.", retry_after_s=0.0), AwayError("It is away.")]
)
def test_an_item_waits_for_what_is_away_however_long(
    ledger: Ledger, broker: Broker, error: GoldbriefError
) -> None:
    work = create(ledger, 1)
    (item,) = ledger.works.items(work.id)
    for _ in range(MAX_ATTEMPTS + 2):
        claim = ledger.items.claim(item.id)
        assert claim is not None
        ledger.items.fail(claim, error)
    assert ledger.works.get(work.id).state == State.RUNNING
    assert ledger.works.counts(work.id).waiting_for == "It is away."

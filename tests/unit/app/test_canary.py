"""A canary from the promotion to its end: registry, worker and gateway over real RPCs."""

import json
import threading
import time
from contextlib import ExitStack

import pytest

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.api.summarize.v1 import summarize_pb2
from goldbrief.core.errors import GoldbriefError
from goldbrief.testing.promoting import (
    Behaviour,
    ask_in_threads,
    promoting,
    serve_gateway,
)

from ..summarize.samples import ARTICLE, RIGHT, SUMMARY, prompt_format

GATE = json.dumps({"conditions": [{"metric": "structure_valid", "at_least": 0.5}]})
_STALE_S = 0.3
"""What a gateway knows is at most so old."""
RESULTS = json.dumps({"systems": {"tuned": {"structure_valid": {"mean": 0.9}}}})


@pytest.fixture
def stage(tmp_path, monkeypatch):
    monkeypatch.setattr("goldbrief.summarize.outcomes._TELL_S", 0.05)
    monkeypatch.setattr("goldbrief.registry.promotion_stages._CANARY_LOOK_S", 0.1)
    with promoting(tmp_path, prompt_format(), Behaviour(RIGHT)) as stage:
        for number in (1, 2):
            stage.register(number)
        wait_for_end(stage, promote(stage, "1"))
        yield stage


def promote(stage, version, **fields):
    request = pb.CreatePromotionRequest(
        request_id=f"p-{version}", model="briefs", version=version, asked_by="ada",
        results_json=RESULTS, gate_json=GATE, **fields,
    )  # fmt: skip
    return stage.rpc.CreatePromotion(request).promotion.work.id


def look(stage, promotion_id):
    return stage.rpc.GetPromotion(pb.GetPromotionRequest(id=promotion_id)).promotion


def wait_for_end(stage, promotion_id, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not (promotion := look(stage, promotion_id)).work.HasField("end_time"):
        assert time.monotonic() < deadline, promotion
        time.sleep(0.05)
    return promotion


def summarize(stage, number):
    text = f"{ARTICLE}\n\nEdition {number}."
    request = summarize_pb2.SummarizeRequest(article_text=text, model="briefs")
    return stage.gateway.Summarize(request, timeout=20)


def end_under_load(stage, promotion_id):
    """How the promotion ends while callers ask, and what they got: versions, and errors."""
    versions, errors = [], []
    stop = threading.Event()

    def ask(number):
        try:
            versions.append(summarize(stage, number).version)
        except GoldbriefError as error:
            errors.append(error)

    threads = ask_in_threads(ask, 4, stop)
    promotion = wait_for_end(stage, promotion_id)
    stop.set()
    for thread in threads:
        thread.join()
    return promotion, versions, errors


def decisions(stage):
    answer = stage.rpc.ListDecisions(pb.ListDecisionsRequest(model="briefs"))
    assert not any(one.problem for one in answer.decisions)
    return [(one.decision, one.version) for one in answer.decisions][::-1]


def test_a_canary_that_does_well_gets_all_requests(stage):
    promotion, versions, errors = end_under_load(
        stage, promote(stage, "2", canary_percent=50, canary_requests=25)
    )
    assert errors == []
    assert promotion.promoted
    assert (promotion.canary.state, promotion.canary.tried.errors) == ("PROMOTED", 0)
    assert promotion.canary.tried.requests >= 25
    assert promotion.canary.served.requests > 0
    assert {"1", "2"} == set(versions)
    time.sleep(_STALE_S)
    assert summarize(stage, -1).version == "2"
    assert decisions(stage) == [("PROMOTED", "1"), ("CANARY_BEGUN", "2"), ("PROMOTED", "2")]


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (Behaviour(RIGHT, fails=True), "fail"),
        (Behaviour(SUMMARY), "have a figure that the article does not support"),
        (Behaviour(RIGHT, seconds=0.5), "times as long as the served version"),
    ],
)
def test_a_canary_that_does_badly_is_rolled_back_by_itself(stage, behaviour, told):
    stage.engine.of["briefs--2"] = behaviour
    promotion, _, errors = end_under_load(
        stage, promote(stage, "2", canary_percent=50, canary_requests=25)
    )
    assert bool(errors) is behaviour.fails
    assert promotion.work.state == work_pb2.STATE_SUCCEEDED
    assert not promotion.promoted
    assert promotion.canary.state == "ROLLED_BACK"
    assert told in promotion.canary.reason
    time.sleep(_STALE_S)
    stage.engine.asked.clear()
    for number in range(20):
        assert summarize(stage, number).version == "1"
    assert decisions(stage)[-1] == ("CANARY_ENDED", "2")


def test_a_request_keeps_to_its_version_while_the_canary_lasts(stage):
    promotion_id = promote(stage, "2", canary_percent=30, canary_requests=10_000)
    deadline = time.monotonic() + 20
    while not look(stage, promotion_id).canary.id:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(_STALE_S)
    first = [summarize(stage, number).version for number in range(30)]
    assert set(first) == {"1", "2"}
    assert [summarize(stage, number).version for number in range(30)] == first
    # a rollback ends it
    stage.rpc.RollBack(pb.RollBackRequest(model="briefs", asked_by="ada", reason="no"))
    promotion = wait_for_end(stage, promotion_id)
    assert not promotion.promoted
    time.sleep(_STALE_S)
    assert {summarize(stage, number).version for number in range(30)} == {"1"}


def test_a_forced_promotion_passes_over_the_gate_and_says_why(stage):
    low = json.dumps({"systems": {"tuned": {"structure_valid": {"mean": 0.1}}}})
    request = pb.CreatePromotionRequest(
        request_id="forced", model="briefs", version="2", asked_by="ada", results_json=low,
        gate_json=GATE, force=True, reason="the judge is away",
    )  # fmt: skip
    promotion = wait_for_end(stage, stage.rpc.CreatePromotion(request).promotion.work.id)
    assert promotion.promoted
    assert not promotion.checks[0].passed
    answer = stage.rpc.ListDecisions(pb.ListDecisionsRequest(model="briefs"))
    assert (answer.decisions[0].reason, answer.decisions[0].asked_by) == (
        "the judge is away", "ada",
    )  # fmt: skip
    request.reason, request.request_id = "", "forced again"
    with pytest.raises(GoldbriefError, match="reason"):
        stage.rpc.CreatePromotion(request)


def test_a_gateway_that_is_killed_in_a_flip_costs_the_flip_nothing(stage, monkeypatch):
    """Gateways hold no state: the one that takes its place answers with what was decided."""
    record = stage.registry.decisions.record
    with ExitStack() as first, ExitStack() as second:
        doomed = serve_gateway(first, stage.engine, stage.rpc)
        assert ask(doomed).version == "1"

        def kill_and_record(*arguments, **served):
            first.close()
            record(*arguments, **served)

        monkeypatch.setattr(stage.registry.decisions, "record", kill_and_record)
        assert wait_for_end(stage, promote(stage, "2")).promoted
        with pytest.raises((GoldbriefError, ValueError)):  # its channel is closed too
            ask(doomed)
        assert ask(serve_gateway(second, stage.engine, stage.rpc)).version == "2"


def ask(gateway):
    request = summarize_pb2.SummarizeRequest(article_text=ARTICLE, model="briefs")
    return gateway.Summarize(request, timeout=20)

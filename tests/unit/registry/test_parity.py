"""The check that catches engines which serve the base, or another adapter, by mistake."""

import pytest

from goldbrief.core.errors import DataCorruptionError, FailedPreconditionError
from goldbrief.platform.llm import TgiEngine
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.parity import check_parity, read_canaries
from goldbrief.testing.fake_tgi import FakeTgi

from .samples import CANARY, FakeEngine, put_adapter


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "served" / "briefs--1").mkdir(parents=True)
    return FakeEngine(DirectoryStore(tmp_path / "objects"), tmp_path / "served")


def test_an_engine_that_answers_as_the_trained_model_passes(engine):
    check_parity(engine, "briefs--1", [CANARY])


def test_after_a_near_tie_the_answers_may_part(engine):
    engine.tuned = "## Overview\nSales fell."
    check_parity(engine, "briefs--1", [CANARY])


def test_another_text_fails_with_the_place_where_they_part(engine):
    engine.tuned = "## Out of order"
    with pytest.raises(FailedPreconditionError, match="after 4 equal characters") as caught:
        check_parity(engine, "briefs--1", [CANARY])
    assert caught.value.reason == "PARITY_FAILED"


def test_a_text_that_stops_early_fails(engine):
    engine.tuned = "## Over"
    with pytest.raises(FailedPreconditionError):
        check_parity(engine, "briefs--1", [CANARY])


def test_an_engine_that_serves_the_base_in_silence_is_found_out(engine):
    # training changed the last word only, so that the base's answer looks alike
    canary = CANARY.model_copy(update={"base_text": "## Overview\nSales fell."})
    engine.base = engine.tuned = canary.base_text
    with pytest.raises(FailedPreconditionError, match="exactly as the base model does"):
        check_parity(engine, "briefs--1", [canary])


def test_a_tgi_that_was_not_started_with_what_it_is_said_to_have_is_found_out():
    def answer(prompt, adapter):
        return [CANARY.tuned_text if adapter else CANARY.base_text]

    with FakeTgi(answer, adapters=["briefs--1"]) as tgi:
        check_parity(TgiEngine(tgi.url, ["briefs--1"]), "briefs--1", [CANARY])
    with FakeTgi(answer) as tgi, pytest.raises(FailedPreconditionError) as caught:
        check_parity(TgiEngine(tgi.url, ["briefs--1"]), "briefs--1", [CANARY])
    assert caught.value.reason == "PARITY_FAILED"


def test_training_that_changed_nothing_may_answer_as_the_base(engine):
    canary = CANARY.model_copy(update={"base_text": CANARY.tuned_text})
    engine.base = canary.base_text
    check_parity(engine, "briefs--1", [canary])


def test_a_run_without_canaries_cannot_be_checked(tmp_path):
    store = DirectoryStore(tmp_path / "objects")
    put_adapter(store, "ft-1")
    assert read_canaries(store, "ft-1") == (CANARY,)
    put_adapter(store, "ft-2", canaries=())
    for run_id in ("ft-2", "ft-3"):
        with pytest.raises(FailedPreconditionError) as caught:
            read_canaries(store, run_id)
        assert caught.value.reason == "NO_CANARIES"
    store.put("runs/ft-2/canaries.json", b"garbage")
    with pytest.raises(DataCorruptionError):
        read_canaries(store, "ft-2")

"""An evaluation from its request to its report, on a real ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidInputError,
    NotFoundError,
)
from goldbrief.core.states import State
from goldbrief.core.training import (
    IntrinsicEvaluation,
    TrainingEvent,
    event_key,
)
from goldbrief.evaluation import tasks
from goldbrief.evaluation.evaluations import (
    COMPARE_TASK,
    GRADE_TASK,
    JUDGE_TASK,
    Evaluations,
    chunks,
    read_plan,
)
from goldbrief.evaluation.mirroring import RatingsMirror
from goldbrief.evaluation.models import LiveModels
from goldbrief.evaluation.reports import Reports
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.evaluation.server import EvaluationServicer
from goldbrief.evaluation.stages import Stages
from goldbrief.evaluation.systems import SystemSpec
from goldbrief.judge.answer_metrics import OfflineAnswerGrader
from goldbrief.judge.grading import Grading
from goldbrief.judge.judging import Judging
from goldbrief.platform.ledger import Work
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

from .samples import (
    ADAPTER,
    ARTICLES,
    BASE_TEXT,
    PLAN_KEY,
    PREFIX,
    SYSTEMS,
    HashEmbedder,
    HeadingJudge,
    HeadingPreference,
    LikelyScorer,
    ScriptedEngine,
    make_prompt,
    put_dataset,
)


class House:
    """The service on a throw-away ledger, with a judge beside it."""

    def __init__(self, folder: Path) -> None:
        self.store = DirectoryStore(folder / "objects")
        self.engine = ScriptedEngine()
        self.ledger = make_ledger(folder)
        self.broker = make_broker(folder, self.ledger)
        self.judge = HeadingJudge(self.store)
        self.scorer = LikelyScorer()
        models = LiveModels(self.engine, scorer=self.scorer)
        self.broker.on_stage(JUDGE_TASK, self.judge.judge)
        grading = Grading(self.store, OfflineAnswerGrader(HashEmbedder()))
        self.broker.on_stage(GRADE_TASK, grading.grade_answer)
        self.preference = HeadingPreference()
        judging = Judging(self.store, self.preference)
        self.broker.on_stage(COMPARE_TASK, judging.compare_candidates)
        self.evaluations = Evaluations(self.ledger, self.store, models)
        self.ratings = ReviewResults(self.ledger.database, self.store)
        self.reports = Reports(
            self.evaluations, self.ledger, self.store, HashEmbedder(), self.ratings
        )
        self.mirror = RatingsMirror(self.ledger, self.reports)
        tasks.register(self.broker, Stages(self.store, models, HashEmbedder()), self.mirror)

    def create(self, systems: Sequence[SystemSpec] = SYSTEMS, request_id: str = "r1") -> Work:
        return self.evaluations.create(request_id, "", systems, PLAN_KEY)

    def run(self, systems: Sequence[SystemSpec] = SYSTEMS) -> Work:
        return run_to_end(self.broker, self.create(systems).id)

    def results(self, work: Work) -> dict[str, Any]:
        return dict(json.loads(self.evaluations.results_json(work)))

    def lines(self, work: Work, name: str) -> list[dict[str, Any]]:
        text = self.store.get(f"evaluations/{work.id}/{name}").decode()
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    put_dataset(house.store)
    return house


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Work]:
    house = House(tmp_path_factory.mktemp("finished"))
    put_dataset(house.store)
    return house, house.run()


def test_three_systems_on_three_articles(finished: tuple[House, Work]) -> None:
    house, work = finished
    assert work.state == State.SUCCEEDED
    results = house.results(work)

    assert results["articles"] == 3
    assert (results["judge"], results["label"]) == ("offline-metric-1", "demonstration")
    assert results["calibrated"] is False
    assert results["incomplete"] is False
    assert results["intrinsic"] is None
    assert set(results["systems"]) == {"v1", "base", "tuned"}
    tuned = results["systems"]["tuned"]
    assert set(tuned) == {
        "judge_overall", "judge_faithfulness", "structure_valid", "figures_supported",
        "figures_per_summary", "rouge1", "rouge2", "rougeLsum", "similarity",
        "repeated_items", "words", "figure_coverage", "length_fit", "novelty", "token_overlap",
            "answer_similarity", "answer_correctness", "answer_relevance",
        "latency_s", "first_token_s", "prompt_tokens", "completion_tokens",
    }  # fmt: skip
    assert tuned["judge_overall"] == {"mean": 4.5, "low": 4.5, "high": 4.5, "n": 3}
    assert tuned["structure_valid"]["mean"] == 1.0
    assert tuned["figures_supported"]["mean"] == 1.0
    assert tuned["rougeLsum"]["mean"] == pytest.approx(1.0)
    assert results["systems"]["base"]["figures_supported"]["mean"] == 0.0
    assert results["systems"]["base"]["structure_valid"]["mean"] == 0.0

    assert results["systems"]["v1"]["latency_s"]["mean"] == 2.0, "four calls of half a second"
    assert set(results["paired"]) == {"tuned-v1", "tuned-base"}
    difference = results["paired"]["tuned-base"]["judge_overall"]
    assert [difference[end] for end in ("difference", "low", "high", "n")] == [2.5, 2.5, 2.5, 3]
    assert difference["verdict"] == "none shown", "three articles allow none"
    assert results["headline"] == (
        "tuned scored 4.5 of 5 by the offline judge on 3 articles: v1 4.5; base 2.0; "
        "fewer than 6 articles allow no verdict."
    )
    assert work.result["headline"] == results["headline"]


def test_every_call_is_recorded_and_every_row_is_kept(finished: tuple[House, Work]) -> None:
    house, work = finished
    counts = house.ledger.works.counts(work.id)
    assert len(house.engine.prompts) == 3 * 6
    assert counts.calls == 3 * 6 + 9 + 6, "a call grades a summary, one compares two"
    assert counts.prompt_tokens > 0
    assert len(house.lines(work, "predictions.jsonl")) == 9
    judgments = house.lines(work, "judgments.jsonl")
    assert [line["system"] for line in judgments] == ["v1", "base", "tuned"] * 3


def test_systems_take_turns_over_as_many_articles_as_are_written_at_once(house: House) -> None:
    put_dataset(house.store, concurrency=2)
    work = house.create()
    order = [item.data["system"] for item in house.ledger.works.items(work.id, limit=9)]
    assert order == ["v1", "v1", "base", "base", "tuned", "tuned", "v1", "base", "tuned"]


def test_only_golden_targets_are_shown_to_the_judge(finished: tuple[House, Work]) -> None:
    house, _ = finished
    assert sorted(house.judge.references) == [False] * 6 + [True] * 3


def test_the_report_escapes_what_models_wrote(finished: tuple[House, Work]) -> None:
    house, work = finished
    html = house.evaluations.report(work.id).decode()
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in html
    assert "&lt;b&gt;looked at&lt;/b&gt;" in html
    assert '<mark class="bad">$999 million</mark>' in html
    assert '<mark class="ok">31%</mark>' in html
    assert "DEMONSTRATION" in html
    assert html.count("<svg") == 3
    assert "src=" not in html
    assert "https://" not in html


def test_training_is_part_of_the_report_when_it_is_known(house: House) -> None:
    intrinsic = IntrinsicEvaluation(
        rows=3, tokens=600, base_token_accuracy=0.41, base_perplexity=11.0,
        tuned_token_accuracy=0.62, tuned_perplexity=5.5, tokenizer="tiny",
        base_bits_per_byte=1.234, tuned_bits_per_byte=0.987,
    )  # fmt: skip
    house.store.put("runs/fine-1/eval.json", intrinsic.model_dump_json().encode())
    for step in range(5):
        event = TrainingEvent(
            number=step, time="2026-01-01T00:00:00Z", type="PROGRESS", message="",
            data={"step": step + 1, "loss": 3.0 - step / 10},
        )  # fmt: skip
        house.store.put(event_key("fine-1", step), event.model_dump_json().encode())
    plan = read_plan(house.store, PLAN_KEY).model_copy(update={"finetuning_run_id": "fine-1"})
    house.store.put(PLAN_KEY, plan.model_dump_json().encode())

    work = house.run()
    assert house.results(work)["intrinsic"] == intrinsic.model_dump()
    html = house.evaluations.report(work.id).decode()
    assert html.count("<svg") == 4
    assert "62.0%" in html
    assert "0.987" in html


def test_a_judge_that_fails_is_counted_and_never_averaged(house: House) -> None:
    house.judge.silent_for = {"base"}
    work = house.run()
    results = house.results(work)
    assert results["failures"]["base"] == {"summaries": 0, "verdicts": 3}
    assert results["failures"]["tuned"] == {"summaries": 0, "verdicts": 0}
    assert results["incomplete"] is True
    assert "judge_overall" not in results["systems"]["base"]
    assert results["systems"]["base"]["words"]["n"] == 3
    assert "base has no score" in results["headline"]
    assert "Too many are missing" in house.evaluations.report(work.id).decode()


def test_an_empty_summary_is_bad_form_without_a_verdict(house: House) -> None:
    house.engine.answers[ADAPTER] = "  \n"
    work = house.run()
    results = house.results(work)
    assert work.state == State.SUCCEEDED
    assert results["systems"]["tuned"]["structure_valid"]["mean"] == 0.0
    assert results["failures"]["tuned"]["verdicts"] == 3
    assert results["headline"].startswith("No verdict")


def test_summaries_are_measured_even_when_judging_breaks(house: House) -> None:
    house.judge.refuses = {"base"}
    work = house.run()
    results = house.results(work)
    assert results["systems"]["base"]["words"]["n"] == 3
    assert results["failures"]["base"] == {"summaries": 0, "verdicts": 3}
    causes = [line["cause"] for line in house.lines(work, "predictions.jsonl")]
    assert causes == ["", "The judge refuses.", ""] * 3


def test_the_same_request_is_the_same_evaluation(house: House) -> None:
    assert house.create().id == house.create().id
    with pytest.raises(AlreadyExistsError):
        house.create(SYSTEMS[1:])


def test_golden_articles_come_first_and_each_article_once(house: House) -> None:
    put_dataset(house.store, articles=2)
    items = house.ledger.works.items(house.create(SYSTEMS[1:2]).id)
    assert len({item.data["article"] for item in items}) == len(items) == 2
    assert items[0].data["target"]["origin"] == "golden"


@pytest.mark.parametrize(
    ("systems", "error"),
    [
        ([], InvalidInputError),
        ([SYSTEMS[1], SYSTEMS[1]], InvalidInputError),
        ([SystemSpec(name="tuned", kind="ADAPTER", adapter="other--9")], NotFoundError),
    ],
)
def test_what_cannot_be_compared_is_refused(
    house: House, systems: list[SystemSpec], error: type[Exception]
) -> None:
    with pytest.raises(error):
        house.create(systems)


def test_a_missing_dataset_version_is_not_found(house: House) -> None:
    house.store.delete(f"{PREFIX}eval.jsonl")
    with pytest.raises(NotFoundError, match="dataset version"):
        house.create()


def test_there_is_no_report_before_the_end(house: House) -> None:
    work = house.create()
    assert house.evaluations.results_json(work) == ""
    with pytest.raises(FailedPreconditionError, match="QUEUED"):
        house.evaluations.report(work.id)
    with pytest.raises(FailedPreconditionError, match="QUEUED"):
        next(house.evaluations.predictions(work.id))
    with pytest.raises(NotFoundError):
        house.evaluations.report("eval-unknown")


def test_predictions_say_what_each_system_wrote_of_which_article(
    finished: tuple[House, Work],
) -> None:
    house, work = finished
    servicer = EvaluationServicer(house.evaluations, house.reports, house.ledger)
    request = evaluation_pb2.ListPredictionsRequest(id=work.id)
    found = [response.prediction for response in servicer.ListPredictions(request, None)]
    assert [one.system for one in found] == ["v1", "base", "tuned"] * 3
    assert {one.article_uri for one in found} == {"0.md", "1.md", "2.md"}
    assert {one.persona for one in found} == {"CFO"}
    assert {one.summary for one in found if one.system == "base"} == {BASE_TEXT}


def test_a_sample_is_written_without_an_evaluation(house: House) -> None:
    written = house.evaluations.write_sample(SYSTEMS[0], ARTICLES[0], "CFO", make_prompt())
    assert written.latency_s == 2.0
    with pytest.raises(InvalidInputError):
        house.evaluations.write_sample(SYSTEMS[0], "x" * (1024 * 1024 + 1), "CFO", make_prompt())
    with pytest.raises(InvalidInputError):
        house.evaluations.write_sample(SYSTEMS[0], " ", "CFO", make_prompt())


def test_reports_travel_in_small_chunks() -> None:
    parts = list(chunks(b"x" * 2_500_000))
    assert [len(part) for part in parts] == [1_048_576, 1_048_576, 402_848]

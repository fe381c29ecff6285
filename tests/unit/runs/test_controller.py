"""Runs: one id for one recipe and its files, phase after phase, held, resumed, failed."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow import MlflowClient

from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.api.synthesis.v1 import synthesis_pb2
from goldbrief.core.errors import (
    BudgetExhaustedError,
    FailedPreconditionError,
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
)
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.object_keys import upload_key
from goldbrief.core.plans import DatasetPlan, SynthesisPlan
from goldbrief.core.recipe import Recipe
from goldbrief.core.states import State
from goldbrief.platform.broker import BackgroundWorker, Broker, StageContext
from goldbrief.platform.ledger import Finish, Ledger, NewWork, Transition, Work
from goldbrief.platform.ledger.works import Counts
from goldbrief.platform.storage import DirectoryStore
from goldbrief.platform.tracking import Tracker
from goldbrief.runs import tasks
from goldbrief.runs.controller import Round, Runs
from goldbrief.runs.inputs import Input, Inputs
from goldbrief.runs.phases import PHASES
from goldbrief.runs.server import RunsServicer
from goldbrief.runs.tracking import Tracking
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end
from goldbrief.text.style import study_goldens
from goldbrief.text.style_file import write_style

GOLDEN = """---
persona: CFO
---
## Overview
Revenue rose 8% to $412 million in 2025 because prices held. Debt fell to $90 million.

## Key Takeaways
- Revenue rose 8% to $412 million in 2025 on firm prices.
- Net debt fell to $90 million from $120 million a year earlier.
- Capital spending will reach $40 million in 2026.

## Action Items for the CFO
- Refinance the $90 million term loan before March 2027.
- Review the $40 million capital plan at the October board.
"""

RESULTS: dict[str, dict[str, Any]] = {
    "ingest": {"articles_key": "articles.json", "kept": 1, "rejected": 0},
    "synthesize": {},
    "curate": {
        "name": "briefs",
        "version": "v",
        "prefix": "datasets/briefs/v/",
        "digest": "d" * 64,
        "rows": {"train": 30},
    },
    "finetune": {"model_version": "1"},
    "evaluate": {"results_key": "results.json", "report_key": "report.html", "headline": "better"},
    "promote": {"promoted": True, "label": "demonstration"},
}


class FakeServices:
    """Creates works as the services do, with scripted results or failures."""

    def __init__(self, ledger: Ledger, broker: Broker) -> None:
        self._ledger = ledger
        self.failing: dict[str, GoldbriefError] = {}
        self.requests: dict[str, Any] = {}
        self.judge = judge_pb2.GetJudgeResponse(judge="offline-metric-3", standing="uncalibrated")
        broker.on_stage("fake.do", self._do)

    def _do(self, stage: StageContext) -> Transition:
        phase = stage.claim.work.kind
        if phase in self.failing:
            raise self.failing[phase]
        return Finish(result=RESULTS[phase])

    def _create(self, phase: str, request: Any) -> str:
        self.requests[phase] = request
        systems = [
            {"name": one.name, "adapter": one.adapter} for one in getattr(request, "systems", ())
        ]
        work = self._ledger.works.create(
            NewWork(
                kind=phase, request_id=request.request_id, group_id=request.run_id,
                spec={"systems": systems, "plan_key": getattr(request, "plan_key", "")},
                stages={"do": "fake.do"}, items=[{}],
            )
        )  # fmt: skip
        return work.id

    def stubs(self) -> Any:
        def imported(request: Any) -> Any:
            response = datasets_pb2.CreateImportResponse()
            getattr(response, "import").work.id = self._create("ingest", request)
            return response

        def judge(_: Any) -> Any:
            if "judge" in self.failing:
                raise self.failing["judge"]
            return self.judge

        def synthesized(request: Any) -> Any:
            response = synthesis_pb2.CreateSynthesisResponse()
            response.synthesis.work.id = self._create("synthesize", request)
            return response

        def curated(request: Any) -> Any:
            response = datasets_pb2.CreateDatasetVersionResponse()
            response.dataset_version.work.id = self._create("curate", request)
            return response

        def finetuned(request: Any) -> Any:
            response = finetuning_pb2.CreateFinetuningRunResponse()
            response.finetuning_run.work.id = self._create("finetune", request)
            return response

        def evaluated(request: Any) -> Any:
            response = evaluation_pb2.CreateEvaluationResponse()
            response.evaluation.work.id = self._create("evaluate", request)
            return response

        def promoted(request: Any) -> Any:
            response = registry_pb2.CreatePromotionResponse()
            response.promotion.work.id = self._create("promote", request)
            return response

        def delivered(request: Any) -> Any:
            version = registry_pb2.ModelVersion(served_name=f"{request.model}--{request.version}")
            return registry_pb2.DeliverModelVersionResponse(model_version=version)

        return SimpleNamespace(
            datasets=SimpleNamespace(CreateImport=imported, CreateDatasetVersion=curated),
            synthesis=SimpleNamespace(CreateSynthesis=synthesized),
            judge=SimpleNamespace(GetJudge=judge),
            finetuning=SimpleNamespace(CreateFinetuningRun=finetuned),
            evaluation=SimpleNamespace(CreateEvaluation=evaluated),
            registry=SimpleNamespace(CreatePromotion=promoted, DeliverModelVersion=delivered),
        )


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class SilentTracker:
    """Stands where MLflow is not the subject: it takes seconds to start."""

    def log_run(self, run_id: str, **_: Any) -> str:
        return run_id

    def register_adapter(self, *_: Any) -> str:
        return "1"

    def log_evaluation(self, *_: Any, **__: Any) -> None:
        pass


class World:
    """A ledger with fake services around real runs."""

    def __init__(self, folder: Path, tracker: Any = None) -> None:
        self.ledger = make_ledger(folder)
        self.store = DirectoryStore(folder / "objects")
        self.broker = make_broker(folder, self.ledger)
        self.services = FakeServices(self.ledger, self.broker)
        self.runs = Runs(self.ledger, self.store, self.services.stubs())
        tracking = Tracking(tracker or SilentTracker(), self.ledger, self.store)
        tasks.register(self.broker, self.runs, tracking)
        self.store.put("articles.json", json.dumps([{"sha256": "a" * 64}]).encode())
        self.store.put("results.json", b'{"systems": {"tuned": {"rouge1": {"mean": 0.5}}}}')
        self.store.put("report.html", b"<html></html>")
        manifest = {"files": {"eval.jsonl": "e" * 64}}
        self.store.put("datasets/briefs/v/manifest.json", json.dumps(manifest).encode())

    def upload(self, role: str, name: str, text: str) -> Input:
        data = text.encode()
        self.store.put(upload_key(sha256_bytes(data)), data)
        return Input(role, name, sha256_bytes(data))

    def files(self) -> list[Input]:
        goldens = [
            self.upload("GOLDEN", f"{n}.md", GOLDEN.replace("412", f"41{n}")) for n in range(3)
        ]
        return [*goldens, self.upload("ARTICLE", "a.md", "Revenue rose.")]

    def create(self, **recipe: Any) -> Work:
        return self.runs.create(Recipe(**recipe), self.files())[0]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_run_goes_through_all_phases_in_order(world: World) -> None:
    run = run_to_end(world.broker, world.create().id)
    assert (run.state, run.cause) == (State.SUCCEEDED, None)
    assert list(world.services.requests) == list(RESULTS)  # and tracking, which is our own


def test_a_finished_run_is_in_mlflow_with_its_metrics_and_model(tmp_path: Path) -> None:
    world = World(tmp_path, Tracker(f"sqlite:///{tmp_path}/mlflow.db"))
    run = run_to_end(world.broker, world.create().id)
    track = world.ledger.works.of_kind("tracking", run.id)[0]
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    run_logged = client.get_run(track.result["mlflow_run_id"])
    logged = run_logged.data
    assert logged.metrics == {"tuned/rouge1": 0.5}
    assert logged.params["finetuning.lora.rank"] == "16"
    assert logged.tags["goldbrief.dataset_digest"] == "d" * 64
    (version,) = client.search_model_versions("name = 'briefs'")
    assert version.tags["goldbrief.version"] == "1"
    data = {one.dataset.name: one.tags[0].value for one in run_logged.inputs.dataset_inputs}
    assert data == {"briefs": "training", "briefs/v held out": "evaluation"}
    (model,) = run_logged.inputs.model_inputs
    assert model.model_id == version.tags["mlflow.model_id"]


def test_each_phase_is_asked_with_what_the_ones_before_made(world: World) -> None:
    run_to_end(world.broker, world.create(seed=5).id)
    requests = world.services.requests
    plan = SynthesisPlan.model_validate_json(world.store.get(requests["synthesize"].plan_key))
    assert (len(plan.goldens), plan.personas, plan.seed) == (3, ("CFO",), 5)
    dataset = DatasetPlan.model_validate_json(world.store.get(requests["curate"].plan_key))
    assert dataset.prompt == plan.prompt
    assert requests["finetune"].train_data_path == "briefs/v"
    assert [s.kind for s in requests["evaluate"].systems] == ["PROMPT_CHAIN", "BASE", "ADAPTER"]
    assert requests["evaluate"].systems[-1].adapter == "briefs--1"


def test_the_same_recipe_and_files_are_the_same_run_wherever_they_lie(world: World) -> None:
    first = world.create(goldens="here")
    assert world.create(goldens="there").id == first.id
    assert world.create(seed=1).id != first.id
    again, found = world.runs.create(Recipe(), world.files(), nonce="x")
    assert again.id != first.id
    assert not found


def test_a_round_is_a_run_of_its_own_and_tells_what_it_is_made_of(world: World) -> None:
    first = world.create()
    following = Round(2, ("review-1",))
    second, found = world.runs.create(Recipe(), world.files(), following=following)
    assert (second.id != first.id, found) == (True, False)
    again, found = world.runs.create(Recipe(), world.files(), following=following)
    assert (again.id, found) == (second.id, True)
    message = RunsServicer(world.runs, world.ledger).GetRun(
        runs_pb2.GetRunRequest(id=second.id), None
    )
    assert message.run.round == runs_pb2.Round(number=2, review_set_ids=["review-1"])
    for impossible in (Round(1, ("review-1",)), Round(2, ())):
        with pytest.raises(InvalidInputError, match="cannot follow"):
            world.runs.create(Recipe(), world.files(), following=impossible)


def test_a_file_leads_to_the_runs_that_read_it(world: World) -> None:
    run = world.create()
    file = run.spec["inputs"][0]
    (use,) = world.runs.uses(file["sha256"])
    assert use == (run.id, Input(**file))
    assert list(world.runs.uses("0" * 64)) == []


def test_articles_may_be_fetched_and_are_what_they_are_fetched_from(world: World) -> None:
    def create(uri: str, **recipe: Any) -> Work:
        article = Input("ARTICLE", "a.md", "", uri)
        return world.runs.create(Recipe(**recipe), [*world.files()[:3], article])[0]

    first = create("s3://news/a.md#1", ingest={"pii": "reject"})
    run_to_end(world.broker, first.id)
    request = world.services.requests["ingest"]
    assert [file.uri for file in request.files] == ["s3://news/a.md#1"]
    assert json.loads(request.policy_json)["pii"] == "reject"
    assert create("s3://news/a.md#2", ingest={"pii": "reject"}).id != first.id


def test_no_teacher_is_asked_when_the_judge_cannot_be_reached(world: World) -> None:
    world.services.failing["judge"] = FailedPreconditionError("no judge", reason="LLM_UNREACHABLE")
    run = run_to_end(world.broker, world.create().id)
    assert run.cause is not None
    assert run.cause["reason"] == "LLM_UNREACHABLE"
    assert "synthesize" not in world.services.requests


def test_the_thresholds_can_come_from_the_judges_card(world: World) -> None:
    recipe = Recipe.parse("synthesis: {accept_score: calibrated, reject_score: calibrated}")
    world.services.judge.accept_score, world.services.judge.reject_score = 3.4, 1.9
    run, _ = world.runs.create(recipe, world.files())
    run_to_end(world.broker, run.id)
    plan_key = world.services.requests["synthesize"].plan_key
    plan = SynthesisPlan.model_validate_json(world.store.get(plan_key))
    assert (plan.accept_score, plan.reject_score) == (3.4, 1.9)


@pytest.mark.parametrize(("standing", "score"), [("uncalibrated", 0.0), ("unfit", 3.4)])
@pytest.mark.parametrize("threshold", ["accept_score", "reject_score"])
def test_a_judge_without_a_usable_card_gives_no_threshold(
    world: World, standing: str, score: float, threshold: str
) -> None:
    judge = world.services.judge
    judge.standing, judge.accept_score, judge.reject_score = standing, score, score
    recipe = Recipe.parse(f"synthesis: {{{threshold}: calibrated}}")
    run, _ = world.runs.create(recipe, world.files())
    ended = run_to_end(world.broker, run.id)
    assert ended.cause is not None
    assert ended.cause["reason"] == "NO_JUDGE_CARD"
    assert threshold in ended.cause["message"]
    assert "synthesize" not in world.services.requests


def test_a_judge_of_the_teachers_family_is_warned_of() -> None:
    phase = next(phase for phase in PHASES if phase.name == "synthesize")
    counts = Counts(total=1, accepted=1)
    kin = Work(spec={"teacher": "llama-3-70b", "judge": "llm:llama-3-8b"}, result={})
    assert "both llama" in phase.describe(kin, counts)
    others = Work(spec={"teacher": "llama-3-70b", "judge": "llm:qwen-72b"}, result={})
    assert "WARNING" not in phase.describe(others, counts)


def test_a_paid_synthesis_says_what_it_will_take_and_then_what_it_will_cost() -> None:
    phase = next(phase for phase in PHASES if phase.name == "synthesize")
    estimate = {
        "teacher_prompt": 2_000_000, "teacher_completion": 300_000,
        "judge_prompt": 3_000_000, "judge_completion": 200_000,
    }  # fmt: skip
    work = Work(spec={}, result={"estimate": estimate})
    before = phase.describe(work, Counts(total=1000))
    assert "about 5,000,000 prompt and 500,000 completion tokens" in before
    assert "about 25.00 in all" in phase.describe(work, Counts(total=1000, accepted=20, cost=0.5))
    work.ended_at = 1.0
    assert "about" not in phase.describe(work, Counts(total=1000, accepted=1000, cost=25.0))


def test_a_handful_of_pairs_is_not_trained_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RESULTS, "curate", {**RESULTS["curate"], "rows": {"train": 4, "eval": 1}})
    run = run_to_end(world.broker, world.create().id)
    assert run.cause is not None
    assert run.cause["reason"] == "TOO_FEW_PAIRS"
    assert "finetune" not in world.services.requests


def test_a_failed_phase_fails_the_run_with_its_cause_and_is_retried_on_the_same_command(
    world: World,
) -> None:
    world.services.failing["curate"] = InvalidInputError("no pairs", reason="X", remedy="Do Y.")
    run = run_to_end(world.broker, world.create().id)
    assert run.cause == {
        "reason": "X", "message": "Phase curate failed: no pairs", "remedy": "Do Y."
    }  # fmt: skip
    world.services.failing.clear()
    continued, found = world.runs.create(Recipe(), world.files())
    assert found
    assert not State(continued.state).is_terminal


def test_a_paused_run_goes_on_with_the_same_command(world: World) -> None:
    run = world.create()
    assert world.runs.pause(run.id[:8]).state == State.PAUSED
    continued, found = world.runs.create(Recipe(), world.files())
    assert (found, continued.state) == (True, State.RUNNING)


def test_a_run_whose_budget_is_spent_goes_on_when_its_recipe_allows_more(world: World) -> None:
    run = world.create(budget=1.0)
    world.services.failing["synthesize"] = BudgetExhaustedError("The budget of 1 is spent.")
    worker = BackgroundWorker(world.broker, threads=4)
    worker.start()
    try:
        _until(lambda: world.runs.get(run.id).state == State.PAUSED)
        cause = world.runs.get(run.id).cause
        assert cause is not None
        assert cause["message"] == "The budget of 1 is spent."
        world.services.failing.clear()
        continued, found = world.runs.create(Recipe(budget=2.0), world.files())
        assert (found, continued.id, continued.cause) == (True, run.id, None)
        _until(lambda: world.runs.get(run.id).state == State.SUCCEEDED)
    finally:
        worker.stop()


def test_a_cancelled_run_ends_and_says_how_to_start_afresh(world: World) -> None:
    run = world.create()
    world.runs.cancel(run.id)
    run_to_end(world.broker, run.id)
    assert world.ledger.works.get(run.id).state == State.CANCELLED
    with pytest.raises(FailedPreconditionError, match="--new"):
        world.create()


def test_an_unknown_run_names_the_known_ones(world: World) -> None:
    run = world.create()
    with pytest.raises(NotFoundError) as caught:
        world.runs.get("run-zzz")
    assert run.id in caught.value.remedy


def _with(role: str, name: str, text: str) -> Any:
    return lambda files, world: [*files, world.upload(role, name, text)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda files, _: files[1:], "TOO_FEW_GOLDENS"),
        (lambda files, _: files[:3], "NO_ARTICLES"),
        (lambda files, _: [*files, Input("ARTICLE", "b.md", "0" * 64)], "UPLOAD_NOT_FOUND"),
        (_with("GOLDEN", "x.md", "Just text."), "SECTIONS_NOT_FOUND"),
        (
            _with("GOLDEN", "x.md", "---\narticle: gone.md\n---\n" + GOLDEN),
            "GOLDEN_ARTICLE_MISSING",
        ),
        (_with("GOLDEN", "x.md", "---\na: [\n---\n"), "INVALID_FRONT_MATTER"),
        (_with("GOLDEN_EVAL", "1.md", "Text."), "GOLDEN_EVAL_INCOMPLETE"),
    ],
)
def test_bad_inputs_are_refused_before_anything_runs(
    world: World, change: Any, reason: str
) -> None:
    with pytest.raises(GoldbriefError) as caught:
        world.runs.create(Recipe(), change(world.files(), world))
    assert caught.value.reason == reason
    assert world.runs.list(10) == []


def test_personas_come_from_the_recipe_and_one_without_a_golden_is_noted(world: World) -> None:
    run = world.create(personas=("CFO", "CEO"))
    notes = run.spec["style"]["notes"]
    assert notes == ["No golden is written for CEO; the others show the style."]


def test_a_style_contract_beside_the_recipe_is_followed_and_is_part_of_the_id(
    world: World,
) -> None:
    found = study_goldens(Inputs(world.files(), world.store).goldens())
    contract = write_style(found).replace("tense: past", "tense: present")
    files = [*world.files(), world.upload("STYLE", "mine.yaml", contract)]
    run, _ = world.runs.create(Recipe(style="mine.yaml"), files)
    assert run.spec["style"]["version"] != found.contract.version
    run_to_end(world.broker, run.id)
    prompt = json.loads(world.services.requests["finetune"].prompt_json)
    assert prompt["style"]["voice"]["tense"] == "present"
    assert run.id == world.runs.create(Recipe(style="elsewhere/mine.yaml"), files)[0].id
    assert run.id != world.create().id


def test_a_style_contract_settles_what_goldens_contradict_each_other_in(world: World) -> None:
    files = [
        world.upload("GOLDEN", f"{n}.md", GOLDEN.replace("Key Takeaways", f"Facts of part {n}"))
        for n in range(3)
    ]
    files.append(world.upload("ARTICLE", "a.md", "Revenue rose."))
    with pytest.raises(InvalidInputError) as caught:
        world.runs.create(Recipe(), files)
    assert caught.value.reason == "GOLDENS_DIFFER"
    found = study_goldens(Inputs(world.files(), world.store).goldens())
    files.append(world.upload("STYLE", "mine.yaml", write_style(found)))
    assert world.runs.create(Recipe(style="mine.yaml"), files)[0].spec["style"]["notes"] == []


def test_a_broken_style_contract_is_refused_by_its_line(world: World) -> None:
    files = [*world.files(), world.upload("STYLE", "mine.yaml", "sections: []\n")]
    with pytest.raises(InvalidInputError, match=r"mine.yaml: line 1, sections"):
        world.runs.create(Recipe(style="mine.yaml"), files)

"""A sweep from its trials to the registered winner, whatever happens on the way."""

import json
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from goldbrief.core.errors import InvalidInputError, ResourceExhaustedError, TransientError
from goldbrief.core.seams import JobStatus
from goldbrief.core.training import TrainingSpec, generations_key, spec_key
from goldbrief.finetuning import tasks as run_tasks
from goldbrief.finetuning.reconciler import Adapter, Reconciler
from goldbrief.finetuning.sweeps import tasks
from goldbrief.finetuning.sweeps.conclusion import Conclusion
from goldbrief.finetuning.sweeps.judging import TrialJudging
from goldbrief.finetuning.sweeps.sweeps import SweepRequest, Sweeps, trial_run_id
from goldbrief.finetuning.sweeps.training import TrialTraining
from goldbrief.finetuning.sweeps.verdicts import Verdict
from goldbrief.finetuning.training_requests import RequestResolver
from goldbrief.platform.broker.stages import run_stage
from goldbrief.platform.ledger import Item
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_ledger

from ..samples import (
    DATASET,
    finetuning_runs,
    prompt_format,
    put_adapter,
    put_dataset,
    put_event,
    training_request,
)

ROWS = 7
NEW = JobStatus(exists=False, exit_code=None)
RUNNING = JobStatus(exists=True, exit_code=None)


class Jobs:
    """A launcher whose jobs end when the test says so."""

    checks_apart = False
    poll_s = 1.0

    def __init__(self):
        self.status_of = {}

    def launch(self, job):
        self.status_of[job.id] = RUNNING

    def status(self, job_id):
        return self.status_of.get(job_id, NEW)

    def stop(self, job_id):
        self.status_of[job_id] = JobStatus(exists=True, exit_code=75)

    @property
    def running(self):
        return [job_id for job_id, status in self.status_of.items() if status == RUNNING]


class Judge:
    """Gives the number that an answer ends with."""

    def __init__(self):
        self.asked = []
        self.error = None
        self.tokens = 10

    def __call__(self, answer):
        if self.error is not None:
            raise self.error
        self.asked.append(answer)
        score = float(answer.text.split()[-1])
        return Verdict(score or None, "Because.", "judge-1", "rubric-1", self.tokens, 0)


class Setting:
    """A sweep and the works of its trials, moved on look by look."""

    def __init__(self, tmp_path, **changes):
        self.tmp_path = tmp_path
        self.ledger = make_ledger(tmp_path)
        self.store = DirectoryStore(tmp_path / "objects")
        put_dataset(self.store, held_out=ROWS)
        self.jobs, self.judge = Jobs(), Judge()
        self.registered, self.registry_error = [], None
        self.start_service()
        self.id = self.sweeps.create(sweep_request(**changes)).id

    def start_service(self):
        """Make everything anew that lives in a process."""
        runs = finetuning_runs(self.ledger, self.store, self.tmp_path)
        resolver = RequestResolver(self.store, self.tmp_path / "models", "s3://goldbrief")
        self.sweeps = Sweeps(self.ledger.works, resolver, self.store, lambda: None, 1)
        self.handlers = {}
        broker = SimpleNamespace(on_stage=self.handlers.__setitem__)
        run_tasks.register(broker, Reconciler(self.store, self.jobs, self._register))
        tasks.register(
            broker,
            TrialTraining(runs),
            TrialJudging(self.store, runs, self.judge),
            Conclusion(self.store, runs, self._register),
        )

    def _register(self, adapter):
        if self.registry_error is not None:
            raise self.registry_error
        self.registered.append(adapter)
        return "3"

    def turn(self, times=1):
        """Look at everything that waits, as workers would."""
        keeper = SimpleNamespace(hold=lambda claim: None, release=lambda claim: None)
        for _ in range(times):
            with self.ledger.database.transaction() as session:
                waiting = list(session.scalars(select(Item).where(Item.state == "QUEUED")))
            for item in waiting:
                task = self.ledger.works.get(item.work_id).stages[item.stage]
                if task in self.handlers:  # else it is another service's
                    run_stage(self.ledger, keeper, self.handlers[task], item.id)

    def end(self, index, score):
        """Let a trial's training end well, with answers of that score."""
        run_id = trial_run_id(self.id, index)
        put_event(self.store, run_id, 0, "PROGRESS", step=4, steps=4, tokens=640, loss=1.0)
        put_event(self.store, run_id, 1, "EVALUATED", tuned_perplexity=9.0 - index)
        texts = [f"Answer worth {score}" for _ in range(ROWS)]
        self.store.put(generations_key(run_id, 4), json.dumps(texts).encode())
        put_adapter(self.store, run_id)
        self.jobs.status_of[run_id] = JobStatus(exists=True, exit_code=0)

    def end_badly(self, index, message):
        run_id = trial_run_id(self.id, index)
        put_event(self.store, run_id, 0, "FAILED", message, reason="BAD_DATA")
        self.jobs.status_of[run_id] = JobStatus(exists=True, exit_code=64)

    @property
    def work(self):
        return self.ledger.works.get(self.id)

    @property
    def states(self):
        return [item.state for item in self.ledger.works.items(self.id)]

    def cause(self, index):
        return self.ledger.works.items(self.id)[index].cause

    @property
    def results(self):
        return json.loads(self.sweeps.report(self.id)[1])


def sweep_request(grid='{"learning_rate": [1e-4, 2e-4]}', run=None, **changes):
    return SweepRequest(run=training_request(**(run or {})), grid_json=grid, **changes)


@pytest.fixture
def setting(tmp_path):
    return Setting(tmp_path)


def test_trials_are_runs_of_their_values_that_answer_the_held_out_rows_at_the_end(setting):
    setting.turn(3)
    run_id = trial_run_id(setting.id, 0)
    spec = TrainingSpec.model_validate_json(setting.store.get(spec_key(run_id)))
    assert (spec.learning_rate, spec.eval_prompts_at) == (1e-4, "end")
    assert sorted(spec.eval_prompts) == [f"eval {row}" for row in range(ROWS)]
    assert spec.eval_max_tokens == prompt_format().max_new_tokens
    run = setting.ledger.works.get(run_id)
    assert run.spec["experiment_path"] == setting.id
    assert run.spec["training"]["eval_prompts"] == []  # rows would make lists of runs too large


def test_the_best_trial_is_registered_and_no_other(setting):
    setting.turn(3)
    setting.end(0, 3)
    setting.turn(2 * ROWS)
    setting.end(1, 4)
    setting.turn(2 * ROWS)
    winner = trial_run_id(setting.id, 1)
    assert (setting.work.state, setting.work.result["winner"]) == ("SUCCEEDED", 1)
    assert setting.registered == [Adapter("briefs", winner, "", "3f2a99")]
    assert setting.work.result["model_version"] == "3"
    assert setting.ledger.works.get(winner).result["model_version"] == "3"
    assert "model_version" not in setting.ledger.works.get(trial_run_id(setting.id, 0)).result
    mirrored = [work.spec for work in setting.ledger.works.of_kind("tracking")]
    other = trial_run_id(setting.id, 0)
    assert sorted((one["finetuning_run_id"], one["model_version"]) for one in mirrored) == [
        (other, ""), (winner, ""), (winner, "3"),
    ]  # fmt: skip


def test_the_lower_loss_does_not_win(setting):
    setting.turn(3)
    setting.end(0, 4)  # the perplexity of later trials is lower
    setting.turn(2 * ROWS)
    setting.end(1, 3)
    setting.turn(2 * ROWS)
    assert setting.results["winner"] == 0
    losses = [trial["held_out_loss"] for trial in setting.results["trials"]]
    assert losses[0] > losses[1]


def test_trials_wait_for_a_place(tmp_path):
    setting = Setting(tmp_path, grid='{"seed": [0, 1, 2, 3]}', max_parallel=2)
    setting.turn(4)
    assert len(setting.jobs.running) == 2
    setting.end(1, 3)
    setting.turn(4)
    assert setting.jobs.running == [trial_run_id(setting.id, index) for index in (0, 2)]


def test_a_failed_trial_keeps_its_cause_and_the_others_are_compared(setting):
    setting.turn(3)
    setting.end_badly(0, "Row 3 has no prompt.")
    setting.turn(5)
    setting.end(1, 2)
    setting.turn(2 * ROWS)
    assert setting.states == ["FAILED", "SUCCEEDED"]
    assert setting.cause(0)["reason"] == "BAD_DATA"
    assert setting.work.state == "SUCCEEDED"
    assert setting.results["winner"] == 1
    assert "Row 3 has no prompt." in setting.sweeps.report(setting.id)[0]


def test_a_sweep_fails_when_all_of_its_trials_do(setting):
    for index in range(2):
        setting.turn(4)
        setting.end_badly(index, "Row 3 has no prompt.")
    setting.turn(4)
    assert setting.work.state == "FAILED"
    assert setting.work.cause["reason"] == "BAD_DATA"
    assert setting.registered == []


def test_a_judge_that_is_away_is_waited_for_and_no_verdict_is_paid_twice(setting):
    setting.turn(3)
    setting.end(0, 3)
    setting.turn(5)
    for error in (TransientError("no answer"), ResourceExhaustedError("too many requests")):
        setting.judge.error = error
        setting.turn(20)
        assert setting.states[0] == "QUEUED"
        assert setting.ledger.works.items(setting.id)[0].data["waiting"] == error.message
    setting.judge.error = None
    setting.turn(2 * ROWS)
    assert setting.states[0] == "SUCCEEDED"
    assert setting.ledger.works.items(setting.id)[0].data["waiting"] == ""
    assert len(setting.judge.asked) == len(set(setting.judge.asked))


def test_what_the_judge_is_shown(setting):
    setting.turn(3)
    setting.end(0, 3)
    setting.turn(2 * ROWS)
    answer = setting.judge.asked[0]
    assert answer.article.startswith("eval ")
    assert (answer.text, answer.reference) == ("Answer worth 3", "Yes.")
    assert json.loads(answer.style_json) == prompt_format().style.model_dump(mode="json")


def test_an_empty_answer_is_the_worst_and_costs_nothing(setting):
    setting.turn(3)
    setting.end(0, 3)
    texts = ["  "] + ["Answer worth 3"] * (ROWS - 1)
    key = generations_key(trial_run_id(setting.id, 0), 4)
    setting.store.put(key, json.dumps(texts).encode())
    setting.turn(2 * ROWS)
    score = setting.ledger.works.items(setting.id)[0].data["score"]
    assert score == pytest.approx((1 + 3 * (ROWS - 1)) / ROWS)
    assert all(answer.text.strip() for answer in setting.judge.asked)


def test_a_judge_that_fails_on_everything_fails_the_trial_not_the_sweep(setting):
    setting.turn(3)
    setting.end(0, 0)  # the judge of these tests says nothing for 0
    setting.turn(2 * ROWS)
    setting.end(1, 2)
    setting.turn(2 * ROWS)
    assert setting.states == ["FAILED", "SUCCEEDED"]
    assert setting.cause(0)["reason"] == "NO_VERDICT"
    assert setting.work.state == "SUCCEEDED"


class Clock:
    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr("goldbrief.finetuning.reconciler.time.time", lambda: self.now)


def test_a_budget_in_hours_ends_what_trains_and_compares_what_has_trained(tmp_path, monkeypatch):
    clock = Clock(monkeypatch)
    setting = Setting(
        tmp_path, grid='{"seed": [0, 1, 2]}', run={"budget_hours": 1.0}, max_parallel=2
    )
    setting.turn(4)
    clock.now += 1000
    setting.turn()
    setting.end(0, 3)
    setting.turn(2 * ROWS)
    assert len(setting.jobs.running) == 2
    clock.now += 1700
    setting.turn(6)
    assert setting.jobs.running == []
    assert setting.states == ["SUCCEEDED", "FAILED", "FAILED"]
    assert {setting.cause(index)["reason"] for index in (1, 2)} == {"BUDGET_EXHAUSTED"}
    assert setting.work.state == "SUCCEEDED"
    assert setting.results["winner"] == 0
    assert setting.work.result["stopped"] == "The trials have taken the sweep's budget of 1 hours."
    assert setting.work.result["stopped"] in setting.sweeps.report(setting.id)[0]


def test_a_single_trial_that_takes_the_whole_budget_leaves_none_for_the_next(tmp_path, monkeypatch):
    clock = Clock(monkeypatch)
    setting = Setting(tmp_path, run={"budget_hours": 1.0})
    setting.turn(3)
    clock.now += 3700
    setting.turn(5)
    assert setting.states == ["FAILED", "FAILED"]
    assert setting.work.cause["reason"] == "BUDGET_EXHAUSTED"
    assert list(setting.jobs.status_of) == [trial_run_id(setting.id, 0)]


def test_a_judge_that_used_its_tokens_ends_the_sweep(tmp_path):
    setting = Setting(tmp_path, grid='{"seed": [0, 1, 2]}', budget_judge_tokens=35)
    setting.turn(3)
    # every answer is another one: each costs a call
    setting.end(0, 3)
    texts = [f"Answer {row} worth 3" for row in range(ROWS)]
    key = generations_key(trial_run_id(setting.id, 0), 4)
    setting.store.put(key, json.dumps(texts).encode())
    setting.turn(3 * ROWS)
    assert len(setting.judge.asked) == 4
    assert setting.states == ["FAILED"] * 3
    assert setting.work.cause["reason"] == "BUDGET_EXHAUSTED"
    assert "budget of 35 tokens" in setting.work.cause["message"]
    assert setting.jobs.running == []


def test_cancelling_stops_the_trials(tmp_path):
    setting = Setting(tmp_path, grid='{"seed": [0, 1, 2]}', max_parallel=2)
    setting.turn(4)
    setting.sweeps.cancel(setting.id)
    setting.turn(6)
    assert setting.jobs.running == []
    assert setting.work.state == "CANCELLED"
    runs = [setting.ledger.works.get(trial_run_id(setting.id, index)) for index in (0, 1)]
    assert [run.state for run in runs] == ["CANCELLED", "CANCELLED"]
    assert len(setting.jobs.status_of) == 2


def test_a_run_that_somebody_cancels_is_a_failed_trial(setting):
    setting.turn(3)
    setting.ledger.works.cancel(work_id=trial_run_id(setting.id, 0))
    setting.turn(5)
    assert setting.cause(0)["reason"] == "TRIAL_CANCELLED"
    assert setting.jobs.running == [trial_run_id(setting.id, 1)]


def test_a_restart_at_any_moment_loses_nothing_and_trains_and_pays_nothing_twice(tmp_path):
    setting = Setting(tmp_path)
    for index in (0, 1):
        for _ in range(5):
            setting.turn()
            setting.start_service()
            setting.ledger.outbox.recover()
        setting.end(index, 3 + index)
        for _ in range(2 * ROWS):
            setting.turn()
            setting.start_service()
            setting.ledger.outbox.recover()
    assert setting.work.state == "SUCCEEDED"
    assert len(setting.registered) == 1
    counts = setting.ledger.works.counts(setting.id)
    assert (counts.calls, counts.repeated_calls) == (len(setting.judge.asked), 0)
    assert len(setting.jobs.status_of) == 2


def test_a_registry_that_is_away_is_waited_for_with_the_report_written(setting):
    setting.registry_error = TransientError("no answer")
    setting.turn(3)
    for index in (0, 1):
        setting.end(index, 3 + index)
        setting.turn(2 * ROWS + 4)
    assert setting.work.state == "RUNNING"
    assert setting.results["winner"] == 1
    setting.registry_error = None
    setting.turn()
    assert setting.work.result["model_version"] == "3"


def test_the_same_request_is_the_same_sweep(setting):
    assert setting.sweeps.create(sweep_request()).id == setting.id


def test_after_early_stopping_the_answers_are_those_of_the_best_step(tmp_path):
    put_dataset(DirectoryStore(tmp_path / "objects"))
    stopping = {"hyperparameters_json": '{"early_stopping": {}}'}
    setting = Setting(tmp_path, run=stopping)
    setting.turn(3)
    setting.end(0, 2)
    run_id = trial_run_id(setting.id, 0)
    put_event(setting.store, run_id, 2, "MEASURED", best_step=2)
    texts = ["Answer worth 5"] * ROWS
    setting.store.put(generations_key(run_id, 2), json.dumps(texts).encode())
    setting.turn(2 * ROWS)
    assert setting.ledger.works.items(setting.id)[0].data["score"] == 5


@pytest.mark.parametrize(("method", "number", "highest"), [("lora", 4, 8e-4), ("full", 12, 1e-4)])
def test_without_values_the_methods_grid_is_tried(setting, method, number, highest):
    asked = {"hyperparameters_json": json.dumps({"method": method})}
    trials = setting.sweeps.plan(sweep_request(grid="", run=asked)).spec["trials"]
    assert len(trials) == number
    assert max(trial["training"]["learning_rate"] for trial in trials) == highest


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"grid": '{"lerning_rate": [1]}'}, "hyperparameters_json.lerning_rate"),
        ({"grid": '{"learning_rate": [-1]}'}, "hyperparameters_json.learning_rate"),
        ({"grid": '{"lora.rank": [8, 0]}'}, "hyperparameters_json.lora.rank"),
        ({"grid": '{"training_duration": ["1 day"]}'}, "training_duration"),
        ({"grid": '{"train_data": [[]]}'}, "hyperparameters_json.train_data"),
        ({"max_parallel": -1}, "max_parallel"),
        ({"eval_rows": -1}, "eval_rows"),
        ({"run": {"eval_prompts": ("Well?",)}}, "eval_prompts"),
        ({"run": {"task_type": "CONTINUED_PRETRAIN"}}, "task_type"),
        ({"run": {"train_data_path": f"{DATASET}/train.jsonl"}}, "eval_data_path"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_starts(setting, changes, field):
    with pytest.raises(InvalidInputError) as caught:
        setting.sweeps.plan(sweep_request(**changes))
    assert caught.value.metadata["field"] == field


def test_a_judge_that_cannot_be_reached_is_found_before_anything_is_trained(setting, tmp_path):
    def away():
        raise TransientError("no answer")

    resolver = RequestResolver(setting.store, tmp_path / "models", "")
    sweeps = Sweeps(setting.ledger.works, resolver, setting.store, away, 1)
    with pytest.raises(TransientError):
        sweeps.create(sweep_request(run={"request_id": "r-2"}))
    assert len(sweeps.list(0)) == 1

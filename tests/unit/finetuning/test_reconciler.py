"""A run follows its training process, whatever becomes of it."""

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.core.seams import JobStatus, TrainingJob
from goldbrief.core.training import JobResources, TrainingSpec, spec_key
from goldbrief.finetuning.next_step import MAX_RELAUNCHES
from goldbrief.finetuning.reconciler import Adapter, Reconciler
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_ledger

from .samples import FakeLauncher, look, put_adapter, put_event, start_run


class Setting:
    def __init__(self, tmp_path, checks_apart=False, **changes):
        self.ledger = make_ledger(tmp_path)
        self.store = DirectoryStore(tmp_path / "objects")
        self.launcher = FakeLauncher(checks_apart)
        self.registered = []
        self.registry_error = None
        self.reconciler = Reconciler(self.store, self.launcher, self._register)
        changes = {"run_id": "run-7", **changes}
        self.run_id = start_run(self.ledger, self.store, tmp_path, **changes)
        if not self.launcher.checks_apart and not changes.get("dry_run"):
            look(self.ledger, self.reconciler, self.run_id)  # there is nothing to check apart

    def _register(self, adapter):
        if self.registry_error is not None:
            raise self.registry_error
        self.registered.append(adapter)
        return "1"

    def look(self):
        return look(self.ledger, self.reconciler, self.run_id)

    def put_event(self, number, kind, message="", **data):
        put_event(self.store, self.run_id, number, kind, message, **data)


@pytest.fixture
def setting(tmp_path):
    return Setting(tmp_path)


def test_the_first_look_writes_the_spec_and_launches(setting):
    setting.look()
    (launched,) = setting.launcher.launches
    assert (launched.id, launched.spec_key) == (setting.run_id, spec_key(setting.run_id))
    assert launched.environment["GOLDBRIEF_RUN_ID"] == "run-7"
    spec = TrainingSpec.model_validate_json(setting.store.get(spec_key(setting.run_id)))
    assert spec.run_id == setting.run_id


def test_a_process_that_is_there_already_is_adopted(setting):
    setting.launcher.launch(TrainingJob("by an earlier service", ""))
    setting.look()
    setting.look()
    assert len(setting.launcher.launches) == 1


def test_events_arrive_once_with_their_numbers_and_the_newest_progress_shows(setting):
    setting.look()
    setting.put_event(0, "STARTED")
    setting.put_event(1, "PROGRESS", step=1, steps=9, loss=2.5)
    setting.look()
    setting.put_event(2, "PROGRESS", step=2, steps=9, loss=None)
    work = setting.look()
    assert [event.number for event in setting.ledger.works.events(setting.run_id)] == [0, 1, 2]
    assert work.result["progress"]["step"] == 2


def test_a_finished_run_is_registered_with_its_lineage(setting):
    setting.look()
    setting.put_event(0, "EVALUATED", rows=3)
    put_adapter(setting.store, setting.run_id)
    setting.launcher.exits(0)
    setting.look()
    work = setting.look()
    assert setting.registered == [Adapter("briefs", setting.run_id, "run-7", "3f2a99")]
    assert (work.state, work.result["model_version"]) == ("SUCCEEDED", "1")
    assert work.result["intrinsic"] == {"rows": 3}
    assert work.result["adapter_prefix"] == f"runs/{setting.run_id}/adapter/"


@pytest.mark.parametrize(("pipeline_run", "mirrored"), [("", ["1"]), ("run-7", [])])
def test_a_run_that_is_part_of_no_other_is_to_be_in_mlflow(tmp_path, pipeline_run, mirrored):
    setting = Setting(tmp_path, run_id=pipeline_run)
    setting.look()
    put_adapter(setting.store, setting.run_id)
    setting.launcher.exits(0)
    setting.look()
    assert setting.look().state == "SUCCEEDED"  # whatever MLflow does
    tracking = setting.ledger.works.of_kind("tracking")
    assert [work.spec["model_version"] for work in tracking] == mirrored
    assert {work.spec["finetuning_run_id"] for work in tracking} <= {setting.run_id}


def test_success_without_an_adapter_fails(setting):
    setting.look()
    setting.launcher.exits(0)
    assert setting.look().cause["reason"] == "ADAPTER_INCOMPLETE"


def test_bad_data_fails_at_once_in_the_words_of_the_process(setting):
    setting.look()
    setting.put_event(0, "FAILED", "Row 3 has no prompt.")
    setting.launcher.exits(64)
    work = setting.look()
    assert work.state == "FAILED"
    assert work.cause["reason"] == "TRAINING_REFUSED"
    assert "Row 3 has no prompt." in work.cause["message"]
    assert len(setting.launcher.launches) == 1


def test_a_failing_process_is_started_again_a_few_times(setting):
    setting.look()
    for _ in range(MAX_RELAUNCHES):
        setting.launcher.exits(1)
        assert setting.look().state == "RUNNING"
    setting.launcher.exits(137, "Killed: out of memory")
    work = setting.look()
    assert len(setting.launcher.launches) == 1 + MAX_RELAUNCHES
    assert work.state == "FAILED"
    assert "exit code 137: Killed: out of memory" in work.cause["message"]


def test_a_launcher_that_has_tried_often_enough_is_not_asked_again(setting):
    setting.look()
    setting.launcher.now = JobStatus(True, 1, "no such column", is_final=True)
    work = setting.look()
    assert len(setting.launcher.launches) == 1
    assert (
        "as often as its Job allows, the last time with exit code 1: no such"
        in work.cause["message"]
    )


@pytest.mark.parametrize("code", [1, 64])
def test_a_failed_run_that_is_tried_again_trains_again(setting, code):
    setting.look()
    setting.launcher.now = JobStatus(True, code, "no disk", is_final=True)
    assert setting.look().state == "FAILED"
    setting.ledger.works.retry("run-7")
    assert setting.look().state == "RUNNING"
    assert len(setting.launcher.launches) == 2
    setting.launcher.now = JobStatus(True, code, "no disk", is_final=True)
    assert setting.look().state == "FAILED"


def test_an_interrupted_process_is_started_again_without_counting(setting):
    setting.look()
    for _ in range(10):
        setting.launcher.exits(75)
        assert setting.look().state == "RUNNING"
    assert len(setting.launcher.launches) == 11


def test_a_vanished_process_never_counts_because_the_machine_failed_not_the_training(setting):
    setting.look()
    for _ in range(3 * MAX_RELAUNCHES):
        setting.launcher.vanishes()
        assert setting.look().state == "RUNNING"


def test_a_paused_run_stops_its_process_rests_and_goes_on(setting):
    setting.look()
    setting.ledger.works.pause("run-7")
    setting.look()
    assert setting.launcher.stops == 1
    setting.launcher.exits(143)  # the signal came before the process could handle it
    setting.look()
    assert setting.look().state == "PAUSED"
    assert len(setting.launcher.launches) == 1
    setting.ledger.works.resume("run-7")
    setting.look()
    assert len(setting.launcher.launches) == 2
    assert setting.ledger.works.items(setting.run_id)[0].data["failures"] == 0


def test_a_cancelled_run_ends_when_its_process_has_ended(setting):
    setting.look()
    setting.ledger.works.cancel(work_id=setting.run_id)
    assert setting.look().state == "CANCELLING"
    assert setting.launcher.stops == 1
    setting.launcher.exits(75)
    assert setting.look().state == "CANCELLED"


def test_a_store_or_registry_that_is_away_fails_nothing(setting):
    setting.look()
    setting.launcher.is_unreachable()
    for _ in range(10):
        assert setting.look().state == "RUNNING"
    put_adapter(setting.store, setting.run_id)
    setting.launcher.exits(0)
    setting.look()
    setting.registry_error = TransientError("no answer")
    for _ in range(10):
        assert setting.look().state == "RUNNING"
    setting.registry_error = None
    assert setting.look().state == "SUCCEEDED"


def test_what_training_waits_for_shows_while_it_waits(setting):
    setting.look()
    setting.launcher.now = JobStatus(True, None, "no node takes the training pod")
    assert setting.look().result["waiting"] == "no node takes the training pod"
    setting.launcher.is_unreachable()
    assert setting.look().result["waiting"] == "no answer"
    setting.launcher.now = JobStatus(True, None)
    assert setting.look().result["waiting"] == ""


def test_a_run_that_fails_for_another_reason_leaves_no_process_behind(setting):
    setting.look()
    setting.store.put(f"runs/{setting.run_id}/events/00000000.json", b"garbage")
    assert setting.look().state == "FAILED"
    assert setting.launcher.stops == 1


def test_where_a_gpu_would_wait_the_data_are_checked_without_one_first(tmp_path):
    setting = Setting(tmp_path, checks_apart=True, resources={"gpus": 1})
    setting.look()
    check, key = f"{setting.run_id}-check", spec_key(setting.run_id)
    asked = JobResources(gpus=1)  # of which the check takes none
    (launched,) = setting.launcher.launches
    assert (launched.id, launched.spec_key, launched.checks_only) == (check, key, True)
    assert launched.resources == asked
    setting.put_event(0, "CHECKED", rows=3)
    setting.launcher.exits(0)
    assert setting.look().result["estimate"] == {"rows": 3}
    setting.launcher.vanishes()  # nobody has started the training yet
    setting.look()
    training = setting.launcher.launches[1]
    assert (training.id, training.checks_only) == (setting.run_id, False)
    assert training.resources.gpus == 1


def test_bad_data_are_refused_before_a_gpu_is_asked_for(tmp_path):
    setting = Setting(tmp_path, checks_apart=True)
    setting.look()
    setting.put_event(0, "FAILED", "train.jsonl:3: not JSON", reason="BAD_DATA")
    setting.launcher.exits(64)
    work = setting.look()
    assert (work.state, work.cause["reason"]) == ("FAILED", "BAD_DATA")
    assert [job.checks_only for job in setting.launcher.launches] == [True]


def test_a_check_is_left_out_on_request(tmp_path):
    setting = Setting(tmp_path, checks_apart=True, skip_validation=True)
    setting.look()
    setting.look()
    assert [job.checks_only for job in setting.launcher.launches] == [False]


@pytest.mark.parametrize("checks_apart", [True, False])
def test_a_dry_run_ends_with_the_estimate(tmp_path, checks_apart):
    setting = Setting(tmp_path, checks_apart=checks_apart, dry_run=True)
    setting.look()
    setting.put_event(0, "CHECKED", rows=3)
    setting.launcher.exits(0)
    work = setting.look()
    assert (work.state, work.result["estimate"]) == ("SUCCEEDED", {"rows": 3})
    assert [job.checks_only for job in setting.launcher.launches] == [True]
    assert setting.registered == []


class Clock:
    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr("goldbrief.finetuning.reconciler.time.time", lambda: self.now)


def test_training_that_takes_its_budget_is_stopped_and_says_so(tmp_path, monkeypatch):
    clock = Clock(monkeypatch)
    setting = Setting(tmp_path, budget_hours=1.0)
    setting.look()
    assert setting.launcher.launches[0].max_seconds == 3600
    for _ in range(3):
        clock.now += 1190
        assert setting.look().state == "RUNNING"
    clock.now += 60
    work = setting.look()
    assert (work.state, work.cause["reason"]) == ("FAILED", "BUDGET_EXHAUSTED")
    assert setting.launcher.stops == 1


def test_waiting_for_a_place_takes_no_budget_and_a_restart_leaves_the_rest(tmp_path, monkeypatch):
    clock = Clock(monkeypatch)
    setting = Setting(tmp_path, budget_hours=1.0)
    setting.look()
    setting.launcher.now = JobStatus(True, None, "no node takes the training pod")
    for _ in range(3):
        clock.now += 3000
        assert setting.look().state == "RUNNING"
    setting.launcher.now = JobStatus(True, None)
    clock.now += 600
    setting.look()
    setting.launcher.exits(75)
    setting.look()
    assert setting.launcher.launches[-1].max_seconds == 3000

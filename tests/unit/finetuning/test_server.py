"""The service from request to registered version, over real RPCs and processes."""

import json
import sys

import pytest

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2 as pb
from goldbrief.api.finetuning.v1.finetuning_pb2_grpc import (
    FinetuningServiceStub,
    add_FinetuningServiceServicer_to_server,
)
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.settings import Settings
from goldbrief.core.training import THIS_CPU
from goldbrief.finetuning import tasks
from goldbrief.finetuning.launchers import SubprocessLauncher
from goldbrief.finetuning.reconciler import Reconciler
from goldbrief.finetuning.server import FinetuningServicer
from goldbrief.finetuning.sweeps.server import SweepRpcs
from goldbrief.finetuning.sweeps.sweeps import Sweeps
from goldbrief.finetuning.training_requests import RequestResolver
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

from .samples import FakeLauncher, finetuning_runs, look, put_dataset, training_request

STAND_IN = """
import json, os, pathlib, sys
root = pathlib.Path("objects") / os.path.dirname(sys.argv[2])
def event(number, kind, **data):
    (root / "events").mkdir(exist_ok=True)
    body = {"number": number, "time": "2026-01-02T03:04:05Z", "type": kind, "message": kind}
    (root / f"events/{number:08d}.json").write_text(json.dumps({**body, "data": data}))
spec = json.loads((root / "spec.json").read_text())
event(0, "STARTED")
event(1, "PROGRESS", step=4, steps=4, loss=1.5, tokens_per_s=500.0, remaining_s=0.0)
event(2, "EVALUATED", rows=3)
event(3, "DONE")
(root / "adapter").mkdir()
(root / "adapter/manifest.json").write_text("{}")
"""


@pytest.fixture
def ledger(tmp_path):
    return make_ledger(tmp_path)


@pytest.fixture
def store(tmp_path):
    store = DirectoryStore(tmp_path / "objects")
    put_dataset(store)
    return store


@pytest.fixture
def stub(ledger, store, tmp_path):
    runs = finetuning_runs(ledger, store, tmp_path)
    settings = Settings(home=tmp_path, gpu_hour_price=3.0)
    resolver = RequestResolver(store, tmp_path / "models", "s3://goldbrief")
    sweeps = Sweeps(ledger.works, resolver, store, lambda: None, default_parallel=1)
    sweep_rpcs = SweepRpcs(sweeps, runs, ledger.works)
    servicer = FinetuningServicer(runs, ledger.works, settings, sweep_rpcs)
    service = Service(
        "goldbrief.api.finetuning.v1.FinetuningService",
        lambda server: add_FinetuningServiceServicer_to_server(servicer, server),
    )
    server = RpcServer("127.0.0.1", 0, [service])
    channel = connect(f"127.0.0.1:{server.start()}")
    yield FinetuningServiceStub(channel)
    channel.close()
    server.stop()


def run_request(**changes):
    request = training_request(**changes)
    fields = {name: getattr(request, name) for name in request.__slots__}
    fields["resources"] = pb.JobResources(**request.resources)
    return pb.CreateFinetuningRunRequest(**fields)


def create(stub, **changes):
    return stub.CreateFinetuningRun(run_request(**changes)).finetuning_run


def test_a_run_trains_in_a_process_and_ends_as_a_registered_version(
    stub, ledger, store, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run = create(stub)
    assert run.work.state == work_pb2.STATE_QUEUED
    launcher = SubprocessLauncher(tmp_path / "jobs", {}, (sys.executable, "-c", STAND_IN))
    broker = make_broker(tmp_path, ledger)
    tasks.register(broker, Reconciler(store, launcher, lambda adapter: "5"))
    run_to_end(broker, run.work.id)
    run = stub.GetFinetuningRun(pb.GetFinetuningRunRequest(id=run.work.id)).finetuning_run
    assert run.work.state == work_pb2.STATE_SUCCEEDED
    assert (run.step, run.steps, run.loss, run.tokens_per_s) == (4, 4, 1.5, 500.0)
    assert json.loads(run.intrinsic_json) == {"rows": 3}
    assert run.adapter_prefix == f"runs/{run.work.id}/adapter/"
    assert run.model_version == "5"
    events = list(stub.WatchEvents(pb.WatchEventsRequest(id=run.work.id, from_number=1)))
    assert [answer.event.type for answer in events] == ["PROGRESS", "EVALUATED", "DONE"]


def test_watching_goes_on_until_told_otherwise_or_out_of_time(stub, ledger):
    run_id = create(stub).work.id
    ledger.works.record_event(run_id, 0, 1.0, "STARTED", "Training.", {"step": 0})
    request = pb.WatchEventsRequest(id=run_id, no_follow=True)
    assert [answer.event.data_json for answer in stub.WatchEvents(request)] == ['{"step": 0}']
    stream = stub.WatchEvents(pb.WatchEventsRequest(id=run_id), timeout=1.8)
    assert next(stream).event.number == 0
    ledger.works.record_event(run_id, 1, 2.0, "PROGRESS", "", {})
    assert [answer.event.number for answer in stream] == [1]


def test_a_cancelled_run_is_listed_as_such(stub):
    first = create(stub).work.id
    create(stub, request_id="r-2", run_id="run-7")
    run = stub.CancelFinetuningRun(pb.CancelFinetuningRunRequest(id=first)).finetuning_run
    assert run.work.state == work_pb2.STATE_CANCELLING
    listed = stub.ListFinetuningRuns(pb.ListFinetuningRunsRequest()).finetuning_runs
    assert {run.work.id for run in listed} >= {first}
    of_run = stub.ListFinetuningRuns(pb.ListFinetuningRunsRequest(run_id="run-7"))
    assert [run.work.run_id for run in of_run.finetuning_runs] == ["run-7"]


def test_an_unknown_run_is_not_found(stub):
    with pytest.raises(NotFoundError) as caught:
        stub.GetFinetuningRun(pb.GetFinetuningRunRequest(id="fine-0"))
    assert caught.value.reason == "FINETUNING_NOT_FOUND"


def listed(stub, **wanted):
    response = stub.ListFinetuningRuns(pb.ListFinetuningRunsRequest(**wanted))
    return [run.work.id for run in response.finetuning_runs]


def test_runs_are_listed_by_what_they_are(stub):
    oldest = create(stub, request_id="1", experiment_path="sweep").work
    first = oldest.id
    second = create(stub, request_id="2", model="acme/other", register_to="notes").work.id
    cancelled = stub.CancelFinetuningRun(pb.CancelFinetuningRunRequest(id=second)).finetuning_run
    assert listed(stub) == [second, first]
    assert listed(stub, experiment_path="sweep") == [first]
    assert listed(stub, model="acme/other") == [second]
    assert listed(stub, register_to="notes") == [second]
    assert listed(stub, states=[cancelled.work.state]) == [second]
    assert listed(stub, states=[work_pb2.STATE_FAILED]) == []
    assert listed(stub, states=[work_pb2.STATE_UNSPECIFIED]) == listed(stub)
    assert listed(stub, limit=1) == [second]
    assert listed(stub, created_before=oldest.create_time) == []
    assert listed(stub, created_after=oldest.create_time) == [second, first]


def test_an_experiment_is_cancelled_as_a_whole(stub):
    runs = [create(stub, request_id=str(i), experiment_path="sweep").work.id for i in range(3)]
    create(stub, request_id="other")
    response = stub.CancelExperiment(pb.CancelExperimentRequest(experiment_path="sweep"))
    assert sorted(run.work.id for run in response.finetuning_runs) == sorted(runs)
    assert len(listed(stub, states=[work_pb2.STATE_QUEUED])) == 1
    with pytest.raises(InvalidInputError) as caught:
        stub.CancelExperiment(pb.CancelExperimentRequest())
    assert caught.value.metadata["field"] == "experiment_path"


def test_a_run_is_deleted_with_what_was_stored_of_it_once_it_has_ended(stub, ledger, store):
    run_id = create(stub).work.id
    store.put(f"runs/{run_id}/spec.json", b"{}")
    with pytest.raises(FailedPreconditionError, match="Cancel it first"):
        stub.DeleteFinetuningRun(pb.DeleteFinetuningRunRequest(id=run_id))
    ledger.works.record_event(run_id, 0, 1.0, "STARTED", "Training.", {})
    end(ledger, store, run_id)
    stub.DeleteFinetuningRun(pb.DeleteFinetuningRunRequest(id=run_id))
    assert listed(stub) == []
    assert list(store.list(f"runs/{run_id}/")) == []
    with pytest.raises(NotFoundError):
        stub.DeleteFinetuningRun(pb.DeleteFinetuningRunRequest(id=run_id))


def end(ledger, store, run_id):
    """Cancel a run that has no process, as its stages would."""
    reconciler = Reconciler(store, FakeLauncher(), None)
    ledger.works.cancel(work_id=run_id)
    while look(ledger, reconciler, run_id).ended_at is None:
        pass


def test_checkpoints_are_listed_newest_first_with_their_answers(stub, store):
    run_id = create(stub).work.id
    for step in (3, 12):
        prefix = f"runs/{run_id}/checkpoints/step-{step}/"
        manifest = {"step": step, "tokens": 100 * step}
        store.put(f"{prefix}manifest.json", json.dumps(manifest).encode())
    store.put(f"runs/{run_id}/generations/step-12.json", b'["Yes."]')
    found = stub.ListCheckpoints(pb.ListCheckpointsRequest(id=run_id)).checkpoints
    assert [(one.step, one.tokens) for one in found] == [(12, 1200), (3, 300)]
    assert [one.generations_json for one in found] == ['["Yes."]', ""]


def test_base_models_are_listed_with_what_they_can(stub, tmp_path):
    for name, config in (
        ("tiny", {"model_type": "llama", "max_position_embeddings": 2048,
                  "architectures": ["LlamaForCausalLM"]}),
        ("vectors", {"model_type": "bert", "architectures": ["BertModel"]}),
    ):  # fmt: skip
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "config.json").write_text(json.dumps(config))
    (tmp_path / "models" / "tiny" / "chat_template.jinja").touch()
    (model,) = stub.ListBaseModels(pb.ListBaseModelsRequest()).base_models
    assert (model.name, model.family, model.context_length) == ("tiny", "llama", 2048)
    assert model.has_chat_template


def test_an_estimate_tells_the_cost_where_the_price_of_a_gpu_is_known(stub, ledger):
    run_id = create(stub).work.id
    cards = [{"card": "H200", "minutes": 20.0}, {"card": THIS_CPU, "minutes": 900.0}]
    ledger.works.set_result(run_id, {"estimate": {"cards": cards}})
    run = stub.GetFinetuningRun(pb.GetFinetuningRunRequest(id=run_id)).finetuning_run
    gpu, cpu = json.loads(run.estimate_json)["cards"]
    assert gpu["cost"] == 1.0
    assert "cost" not in cpu


def create_sweep(stub, **changes):
    request = pb.CreateSweepRequest(
        run=run_request(**changes), grid_json='{"seed": [0, 1, 2]}', eval_rows=2, max_parallel=2
    )
    return stub.CreateSweep(request).sweep


def test_a_dry_run_of_a_sweep_tells_the_trials_and_starts_nothing(stub, store):
    before = list(store.list(""))
    sweep = create_sweep(stub, dry_run=True)
    assert [json.loads(trial.values_json) for trial in sweep.trials] == [
        {"seed": 0}, {"seed": 1}, {"seed": 2},
    ]  # fmt: skip
    assert (sweep.register_to, sweep.eval_rows, sweep.work.id) == ("briefs", 2, "")
    assert list(stub.ListSweeps(pb.ListSweepsRequest()).sweeps) == []
    assert list(store.list("")) == before


def test_a_sweep_shows_where_its_trials_stand(stub, ledger, store, tmp_path):
    sweep_id = create_sweep(stub).work.id
    run_id = f"{sweep_id}-0"
    spec = ledger.works.get(sweep_id).spec
    trial = {**spec["run"], "training": spec["trials"][0]["training"]}
    finetuning_runs(ledger, store, tmp_path).create_trial(run_id, trial, group_id="")
    ledger.works.set_result(run_id, {"waiting": "no node takes the training pod"})
    ledger.works.set_result(sweep_id, {"winner": 0, "model_version": "3", "stopped": "Enough."})
    sweep = stub.GetSweep(pb.GetSweepRequest(id=sweep_id)).sweep
    assert (sweep.work.state, sweep.work.progress.total) == (work_pb2.STATE_QUEUED, 3)
    assert (sweep.winner, sweep.model_version, sweep.stopped) == (0, "3", "Enough.")
    begun, waiting, _ = sweep.trials
    assert (begun.finetuning_run_id, begun.waiting) == (run_id, "no node takes the training pod")
    assert (waiting.finetuning_run_id, waiting.state) == ("", work_pb2.STATE_QUEUED)
    assert not waiting.HasField("score")


def test_a_trial_goes_on_after_its_run_until_it_is_judged(stub, ledger, store, tmp_path):
    sweep_id = create_sweep(stub).work.id
    spec = ledger.works.get(sweep_id).spec
    trial = {**spec["run"], "training": spec["trials"][0]["training"]}
    finetuning_runs(ledger, store, tmp_path).create_trial(f"{sweep_id}-0", trial, group_id="")
    end(ledger, store, f"{sweep_id}-0")
    sweep = stub.GetSweep(pb.GetSweepRequest(id=sweep_id)).sweep
    assert sweep.trials[0].state == work_pb2.STATE_RUNNING


def test_a_sweep_is_cancelled_and_listed(stub):
    first, second = (create_sweep(stub, request_id=name).work.id for name in ("s-1", "s-2"))
    sweep = stub.CancelSweep(pb.CancelSweepRequest(id=first)).sweep
    assert sweep.work.state == work_pb2.STATE_CANCELLING
    assert not sweep.HasField("winner")
    listed = stub.ListSweeps(pb.ListSweepsRequest()).sweeps
    assert [one.work.id for one in listed] == [second, first]
    newest = stub.ListSweeps(pb.ListSweepsRequest(limit=1)).sweeps
    assert [one.work.id for one in newest] == [second]


def test_a_report_that_is_not_written_yet_says_so(stub):
    sweep_id = create_sweep(stub).work.id
    with pytest.raises(FailedPreconditionError) as caught:
        stub.GetSweepReport(pb.GetSweepReportRequest(id=sweep_id))
    assert caught.value.reason == "REPORT_NOT_WRITTEN"
    with pytest.raises(NotFoundError):
        stub.GetSweepReport(pb.GetSweepReportRequest(id="sweep-0"))

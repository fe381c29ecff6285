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
from goldbrief.core.errors import NotFoundError
from goldbrief.finetuning import tasks
from goldbrief.finetuning.launchers import SubprocessLauncher
from goldbrief.finetuning.reconciler import Reconciler
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.server import FinetuningServicer
from goldbrief.finetuning.training_requests import RequestResolver
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

from .samples import put_dataset, training_request

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
event(2, "DONE")
(root / "adapter").mkdir()
(root / "adapter/manifest.json").write_text("{}")
(root / "eval.json").write_text('{"rows": 3}')
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
    runs = FinetuningRuns(ledger.works, RequestResolver(store, tmp_path / "models"))
    servicer = FinetuningServicer(runs, ledger.works)
    service = Service(
        "goldbrief.api.finetuning.v1.FinetuningService",
        lambda server: add_FinetuningServiceServicer_to_server(servicer, server),
    )
    server = RpcServer("127.0.0.1", 0, [service])
    channel = connect(f"127.0.0.1:{server.start()}")
    yield FinetuningServiceStub(channel)
    channel.close()
    server.stop()


def create(stub, **changes):
    request = training_request(**changes)
    fields = {name: getattr(request, name) for name in request.__slots__}
    return stub.CreateFinetuningRun(pb.CreateFinetuningRunRequest(**fields)).finetuning_run


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
    assert [answer.event.type for answer in events] == ["PROGRESS", "DONE"]


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

"""From a trained adapter to the served one and back, over real RPCs."""

import pytest

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.api.registry.v1.registry_pb2_grpc import (
    RegistryServiceStub,
    add_RegistryServiceServicer_to_server,
)
from goldbrief.core.deletions import DatasetDeletions, DeletedArticle, dataset_deletions_key
from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidInputError,
    NotFoundError,
)
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry import tasks
from goldbrief.registry.registry import Registry
from goldbrief.registry.server import RegistryServicer
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

from .samples import GATE, SIGNER, TRUST, FakeEngine, alone, put_adapter, put_whole_model, results


class Setting:
    def __init__(self, tmp_path):
        self.folder = tmp_path
        self.ledger = make_ledger(tmp_path)
        self.store = DirectoryStore(tmp_path / "objects")
        self.engine = FakeEngine(self.store, tmp_path / "served")
        self.registry = Registry(
            self.ledger, self.store, alone(self.engine), SIGNER, TRUST, wait_s=0.2
        )
        self.stub = None

    def make_service(self):
        servicer = RegistryServicer(self.registry)
        return Service(
            "goldbrief.api.registry.v1.RegistryService",
            lambda server: add_RegistryServiceServicer_to_server(servicer, server),
        )

    def register(self, run_id):
        put_adapter(self.store, run_id)
        request = pb.RegisterModelVersionRequest(model="briefs", finetuning_run_id=run_id)
        return self.stub.RegisterModelVersion(request).model_version

    def create_promotion(self, **changes):
        fields = {
            "request_id": "p-1",
            "model": "briefs",
            "version": "1",
            "results_json": results(),
            "gate_json": GATE,
        }
        request = pb.CreatePromotionRequest(**{**fields, **changes})
        return self.stub.CreatePromotion(request).promotion

    def promote(self, **changes):
        promotion = self.create_promotion(**changes)
        broker = make_broker(self.folder, self.ledger)
        tasks.register(broker, self.registry.stages)
        run_to_end(broker, promotion.work.id)
        return self.stub.GetPromotion(pb.GetPromotionRequest(id=promotion.work.id)).promotion

    def served(self):
        return self.stub.ResolveModel(pb.ResolveModelRequest(model="briefs")).model_version


@pytest.fixture
def setting(tmp_path):
    setting = Setting(tmp_path)
    server = RpcServer("127.0.0.1", 0, [setting.make_service()])
    channel = connect(f"127.0.0.1:{server.start()}")
    setting.stub = RegistryServiceStub(channel)
    yield setting
    channel.close()
    server.stop()


def test_a_version_that_passes_the_gate_is_served_and_can_be_rolled_back(setting):
    setting.register("ft-1")
    setting.register("ft-2")
    first = setting.promote()
    assert first.work.state == work_pb2.STATE_SUCCEEDED
    assert (first.promoted, first.label) == (True, "demonstration")
    assert [check.passed for check in first.checks] == [True]
    assert setting.served().served_name == "briefs--1"
    setting.promote(request_id="p-2", version="2")
    assert setting.served().version == "2"
    setting.stub.RollBack(pb.RollBackRequest(model="briefs"))
    assert setting.served().version == "1"


def test_a_version_that_fails_the_gate_is_not_even_delivered(setting):
    setting.register("ft-1")
    promotion = setting.promote(results_json=results(tuned=0.4, base=0.5))
    assert promotion.work.state == work_pb2.STATE_SUCCEEDED
    assert promotion.work.progress.rejected == 1
    assert (promotion.promoted, promotion.checks[0].passed) == (False, False)
    assert setting.engine.adapters() == []
    with pytest.raises(NotFoundError):
        setting.served()


def test_an_adapter_that_answers_otherwise_is_not_served(setting):
    setting.register("ft-1")
    setting.engine.tuned = setting.engine.base
    promotion = setting.promote()
    assert promotion.work.state == work_pb2.STATE_FAILED
    assert promotion.work.cause.reason == "PARITY_FAILED"
    assert [check.passed for check in promotion.checks] == [True]
    assert not promotion.promoted
    with pytest.raises(NotFoundError):
        setting.served()


def test_a_version_can_be_delivered_without_being_served(setting):
    setting.register("ft-1")
    request = pb.DeliverModelVersionRequest(model="briefs", version="1")
    assert setting.stub.DeliverModelVersion(request).model_version.served_name == "briefs--1"
    assert setting.engine.adapters() == ["briefs--1"]
    named = setting.stub.ResolveModel(pb.ResolveModelRequest(model="briefs@1"))
    assert named.model_version.finetuning_run_id == "ft-1"


def test_a_whole_model_is_not_delivered(setting):
    put_whole_model(setting.store, "ft-1")
    request = pb.RegisterModelVersionRequest(model="briefs", finetuning_run_id="ft-1")
    setting.stub.RegisterModelVersion(request)
    with pytest.raises(FailedPreconditionError, match="whole model"):
        setting.stub.DeliverModelVersion(pb.DeliverModelVersionRequest(model="briefs", version="1"))
    assert setting.engine.adapters() == []


def test_versions_are_listed_and_the_newest_is_the_default(setting):
    setting.register("ft-1")
    setting.register("ft-2")
    newest = setting.stub.GetModelVersion(pb.GetModelVersionRequest(model="briefs"))
    assert newest.model_version.version == "2"
    listed = setting.stub.ListModelVersions(pb.ListModelVersionsRequest()).model_versions
    assert [version.version for version in listed] == ["2", "1"]


def test_requests_that_cannot_work_are_refused(setting):
    setting.register("ft-1")
    with pytest.raises(NotFoundError):
        setting.create_promotion(version="9")
    for field in ("request_id", "version", "gate_json", "results_json"):
        with pytest.raises(InvalidInputError) as caught:
            setting.create_promotion(**{field: ""})
        assert caught.value.metadata["field"] == field
    assert setting.create_promotion().work.id == setting.create_promotion().work.id
    with pytest.raises(AlreadyExistsError):
        setting.create_promotion(results_json=results(tuned=0.8))
    with pytest.raises(FailedPreconditionError):
        setting.stub.RollBack(pb.RollBackRequest(model="briefs"))
    for version in ("", "one", "-1", "9" * 20):
        seen = [pb.VersionOutcomes(version=version)]
        with pytest.raises(InvalidInputError, match="is no version"):
            setting.stub.ReportOutcomes(pb.ReportOutcomesRequest(seen=seen))
    with pytest.raises(NotFoundError) as missing:
        setting.stub.GetPromotion(pb.GetPromotionRequest(id="prom-0"))
    assert missing.value.reason == "PROMOTION_NOT_FOUND"


def test_a_version_tells_how_many_of_its_articles_were_deleted_after_it_was_trained(setting):
    put_adapter(setting.store, "ft-1")
    request = pb.RegisterModelVersionRequest(
        model="briefs", finetuning_run_id="ft-1", dataset_digest="d" * 64
    )
    version = setting.stub.RegisterModelVersion(request).model_version
    assert version.deleted_articles == 0
    registered = version.create_time.ToMicroseconds() / 1e6
    articles = tuple(
        DeletedArticle(sha256=sha256, time=registered + after, principal="anna")
        for sha256, after in (("a" * 64, -60), ("b" * 64, 60), ("c" * 64, 120))
    )
    lost = DatasetDeletions(articles=articles, rows={"train": 5})
    setting.store.put(dataset_deletions_key("d" * 64), lost.model_dump_json().encode())
    (listed,) = setting.stub.ListModelVersions(pb.ListModelVersionsRequest()).model_versions
    assert listed.deleted_articles == 2

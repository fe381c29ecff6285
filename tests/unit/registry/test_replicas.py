"""Several replicas of an engine: what is promoted is on each, and one that lacks it is named."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from goldbrief.core.errors import DeadlineError, FailedPreconditionError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.ledger import Advance
from goldbrief.platform.llm import OpenAIEngine, TgiEngine
from goldbrief.platform.llm.replicas import NamedReplicas
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.delivery import Delivery
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.promotion_stages import PromotionStages
from goldbrief.registry.service import build
from goldbrief.registry.syncer import Syncer, SyncerThread
from goldbrief.testing.fake_tgi import FakeTgi
from goldbrief.testing.fake_vllm import FakeVllm
from goldbrief.testing.ledgers import make_ledger

from .samples import CANARY, SIGNER, TRUST, put_adapter

FIRST, SECOND = "127.0.0.1", "127.0.0.2"


def answer(prompt, adapter):
    return CANARY.tuned_text if adapter else CANARY.base_text


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


class Cluster:
    """Replicas of a vLLM at addresses of one name, each with a folder and a syncer of its own."""

    def __init__(self, folder, stack):
        self.folder = folder
        self.stack = stack
        self.store = DirectoryStore(folder / "objects")
        put_adapter(self.store, "ft-1")
        self.versions = ModelVersions(make_ledger(folder).database, self.store, SIGNER)
        self.version = self.versions.register("briefs", "ft-1")
        self.replicas = {}
        self.ready = []
        self.port = 0

    def start(self, address, *, model="acme/tiny", syncs=True):
        """Start a replica, without any adapter; it is ready at once."""
        served = self.folder / f"served-{address}-{len(self.replicas)}"
        replica = FakeVllm(served, model, answer, host=address, port=self.port)
        if syncs:
            syncer = SyncerThread(Syncer(self.store, served, TRUST), 0.02)
            self.stack.callback(syncer.stop)
        self.replicas[address] = self.stack.enter_context(replica)
        self.port = replica.port
        self.ready.append(address)
        return replica

    def named(self, open_engine=OpenAIEngine):
        url = f"http://engine.test:{self.port}"
        return NamedReplicas(url, open_engine, addresses=lambda host: list(self.ready))

    def delivery(self, wait_s=10.0, **more):
        return Delivery(self.store, self.named(), TRUST, wait_s=wait_s, **more)

    def check(self, open_engine=OpenAIEngine):
        """What a promotion does between delivery and flip."""
        versions = SimpleNamespace(get=lambda model, version: self.version)
        named = self.named(open_engine)
        stages = PromotionStages(versions, None, None, None, self.store, named)
        return stages.check(SimpleNamespace(spec={"model": "briefs", "version": "1"}))


@pytest.fixture
def cluster(tmp_path):
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


def test_a_version_is_delivered_when_each_replica_has_loaded_it(cluster):
    first, second = cluster.start(FIRST), cluster.start(SECOND)
    cluster.delivery().deliver(cluster.version)
    assert first.loaded == second.loaded == ["briefs--1"]


def test_the_replica_whose_syncer_brings_nothing_is_named(cluster):
    cluster.start(FIRST)
    cluster.start(SECOND, syncs=False)
    with pytest.raises(TransientError, match=f"The engine at {SECOND} does not list briefs--1"):
        cluster.delivery(wait_s=0.5).deliver(cluster.version)


def test_the_replica_that_is_too_slow_is_named_and_has_its_turn_later(cluster):
    cluster.start(FIRST)
    slow = cluster.start(SECOND)
    slow.may_load.clear()
    with pytest.raises(
        DeadlineError, match=f"Replica {SECOND}: .* did not answer in time"
    ) as caught:
        cluster.delivery(wait_s=1.0).deliver(cluster.version)
    assert caught.value.metadata["replica"] == SECOND
    slow.may_load.set()
    cluster.delivery().deliver(cluster.version)


def test_the_replica_that_takes_no_connection_is_named(cluster):
    cluster.start(FIRST)
    cluster.ready.append(SECOND)
    with pytest.raises(TransientError, match=f"Replica {SECOND}: .* cannot be reached"):
        cluster.delivery().deliver(cluster.version)


def test_the_replica_with_another_base_model_ends_the_delivery(cluster):
    cluster.start(FIRST)
    cluster.start(SECOND, model="acme/other")
    with pytest.raises(FailedPreconditionError, match=f"Replica {SECOND}: .* serves acme/other"):
        cluster.delivery().deliver(cluster.version)


def test_a_replica_that_came_anew_in_between_is_looked_up_and_loads_it_too(cluster):
    cluster.start(FIRST)
    delivery = cluster.delivery()
    delivery.deliver(cluster.version)
    second = cluster.start(SECOND)
    delivery.deliver(cluster.version)
    assert second.loaded == ["briefs--1"]


def test_what_is_served_is_loaded_on_replicas_that_came_up_since(cluster):
    cluster.start(FIRST)
    delivery = cluster.delivery(served=lambda: ["briefs--0", "briefs--1"])
    delivery.deliver(cluster.version)
    cluster.ready.insert(0, "127.0.0.3")  # is gone, and the name does not know it yet
    second = cluster.start(SECOND, syncs=False)
    Syncer(cluster.store, second.folder, TRUST).sync()
    delivery.load_served()
    assert second.loaded == ["briefs--1"]  # nobody ordered the other


def test_it_is_looked_after_again_and_again_also_when_there_was_no_replica(cluster, monkeypatch):
    monkeypatch.setattr("goldbrief.registry.delivery._KEEP_S", 0.01)
    cluster.start(FIRST)
    delivery = cluster.delivery(served=lambda: ["briefs--1"])
    delivery.deliver(cluster.version)
    restarted = cluster.start(SECOND)
    looks = iter([TransientError("The name has no address.")])

    def find(host):
        for error in looks:
            raise error
        return [SECOND]

    replicas = NamedReplicas(f"http://engine.test:{cluster.port}", OpenAIEngine, addresses=find)
    delivery = Delivery(cluster.store, replicas, TRUST, served=lambda: ["briefs--1"])
    stop = threading.Event()
    thread = threading.Thread(target=delivery.keep, args=(stop,))
    thread.start()
    wait_until(lambda: restarted.loaded == ["briefs--1"])
    stop.set()
    thread.join()


@pytest.mark.parametrize("url", ["", "http://engine.invalid:8080"])
def test_the_service_looks_after_replicas_where_there_are_several(tmp_path, url):
    resources = Resources(Settings(home=tmp_path, inference_replicas_url=url))
    build(resources)
    running = {thread.name for thread in threading.enumerate()}
    resources.close()
    assert ("engine-replicas" in running) == bool(url)


def test_without_a_replica_the_delivery_waits_for_one(cluster):
    cluster.start(FIRST)
    cluster.ready.clear()
    replicas = NamedReplicas("http://engine.invalid:8080", OpenAIEngine)
    with pytest.raises(TransientError, match=r"No replica .* by the name engine\.invalid"):
        Delivery(cluster.store, replicas, TRUST).deliver(cluster.version)


def test_each_replica_must_answer_as_the_trained_model_did(cluster):
    first, second = cluster.start(FIRST), cluster.start(SECOND)
    cluster.delivery().deliver(cluster.version)
    assert cluster.check() == Advance("flip")
    second.answer = lambda prompt, adapter: "## Out of order"
    with pytest.raises(FailedPreconditionError, match=f"Replica {SECOND}: .* as the trained one"):
        cluster.check()
    first.answer = second.answer
    with pytest.raises(FailedPreconditionError, match=f"Replica {FIRST}: "):
        cluster.check()


def test_one_pod_of_tgi_that_was_started_without_the_adapter_is_found_out(cluster):
    def tuned(prompt, adapter):
        return [answer(prompt, adapter)]

    def open_tgi(url, client):
        return TgiEngine(url, ["briefs--1"], client)

    with FakeTgi(tuned, adapters=["briefs--1"]) as first:
        cluster.port, cluster.ready = first.port, [FIRST]
        assert cluster.check(open_tgi) == Advance("flip")
        with FakeTgi(tuned, host=SECOND, port=first.port):
            cluster.ready.append(SECOND)
            with pytest.raises(FailedPreconditionError, match=f"Replica {SECOND}: ") as caught:
                cluster.check(open_tgi)
    assert caught.value.reason == "PARITY_FAILED"


def test_of_the_only_replica_it_is_not_said_which(cluster):
    cluster.start(FIRST)
    cluster.ready[:] = [SECOND]
    with pytest.raises(TransientError, match=r"^The engine at .* cannot be reached"):
        cluster.delivery().deliver(cluster.version)

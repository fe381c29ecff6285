"""A delivery to an engine that is started anew, and how a promotion waits for it."""

from types import SimpleNamespace

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.platform.ledger import Advance, Later
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.delivery import RESTARTS, Delivery
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.promotion_stages import MAX_LOOKS, PromotionStages
from goldbrief.testing.ledgers import make_ledger

from .samples import SIGNER, TRUST, FakeEngine, alone, put_adapter


class Pods:
    """Are being replaced for some looks."""

    def __init__(self, looks):
        self.looks = looks
        self.asked = []

    def bring(self, adapter, base_model, keep):
        self.asked.append((adapter, base_model, tuple(keep)))
        self.looks -= 1
        if self.looks >= 0:
            raise TransientError("1 of 2 pods are new", reason=RESTARTS)


@pytest.fixture
def version(tmp_path):
    store = DirectoryStore(tmp_path / "objects")
    put_adapter(store, "ft-1")
    return store, ModelVersions(make_ledger(tmp_path).database, store, SIGNER).register(
        "briefs", "ft-1"
    )


def test_a_restart_is_waited_for_however_long_it_takes(tmp_path, version):
    store, one = version
    pods = Pods(looks=MAX_LOOKS + 5)
    engine = FakeEngine(store, tmp_path / "served")
    delivery = Delivery(store, alone(engine), TRUST, pods, lambda: ["briefs--9"], wait_s=5)
    versions = SimpleNamespace(get=lambda model, version: one)
    stages = PromotionStages(versions, None, delivery, None, store, alone(engine))
    data = {}
    for _ in range(MAX_LOOKS + 5):
        spec = {"model": "briefs", "version": "1"}
        moved = stages.deliver(SimpleNamespace(spec=spec, data=data))
        assert isinstance(moved, Later)
        data = moved.data
    assert stages.deliver(SimpleNamespace(spec=spec, data=data)) == Advance("check")
    assert pods.asked[0] == ("briefs--1", "acme/tiny", ("briefs--9",))


def test_it_is_ordered_before_pods_start_since_they_fetch_by_the_order(tmp_path, version):
    store, one = version

    class Checking(Pods):
        def bring(self, adapter, base_model, keep):
            assert store.exists("served/briefs--1.json")
            super().bring(adapter, base_model, keep)

    pods = Checking(looks=0)
    engine = FakeEngine(store, tmp_path / "served")
    Delivery(store, alone(engine), TRUST, pods, wait_s=5).deliver(one)
    assert len(pods.asked) == 1

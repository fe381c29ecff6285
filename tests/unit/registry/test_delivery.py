import pytest

from goldbrief.core.errors import DataCorruptionError, TransientError
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.delivery import Delivery
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.testing.ledgers import make_ledger

from .samples import FakeEngine, put_adapter


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "objects")


@pytest.fixture
def version(tmp_path, store):
    put_adapter(store, "ft-1")
    return ModelVersions(make_ledger(tmp_path).database, store).register("briefs", "ft-1")


def make_delivery(tmp_path, store, engine=None):
    served = tmp_path / "served"
    return Delivery(store, served, engine or FakeEngine(served), wait_s=0.1)


def test_a_delivered_adapter_is_whole_and_alone_in_its_folder(tmp_path, store, version):
    delivery = make_delivery(tmp_path, store)
    delivery.deliver(version)
    folder = tmp_path / "served" / "briefs--1"
    assert (folder / "adapter_model.safetensors").read_bytes() == b"weights"
    assert [path.name for path in folder.parent.iterdir()] == ["briefs--1"]


def test_what_was_delivered_is_not_copied_again(tmp_path, store, version):
    delivery = make_delivery(tmp_path, store)
    delivery.deliver(version)
    for key in list(store.list(version.prefix)):
        store.delete(key)
    delivery.deliver(version)


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "manifest.json"])
def test_changed_bytes_are_never_delivered(tmp_path, store, version, file):
    key = version.prefix + file
    store.put(key, store.get(key).replace(b"weights", b"poison").replace(b"acme", b"evil"))
    with pytest.raises(DataCorruptionError):
        make_delivery(tmp_path, store).deliver(version)
    assert list((tmp_path / "served").iterdir()) == []


def test_an_engine_that_does_not_list_the_adapter_is_asked_again_later(tmp_path, store, version):
    engine = FakeEngine(tmp_path / "served")
    engine.is_blind = True
    delivery = make_delivery(tmp_path, store, engine)
    with pytest.raises(TransientError) as caught:
        delivery.deliver(version)
    assert caught.value.reason == "ENGINE_LACKS_ADAPTER"
    engine.is_blind = False
    delivery.deliver(version)

"""What the registry promises whoever asks for a delivery."""

import pytest

from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    NotFoundError,
    TransientError,
)
from goldbrief.platform.llm import TgiEngine
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.delivery import Delivery
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.orders import ordered_names
from goldbrief.testing.fake_tgi import FakeTgi
from goldbrief.testing.ledgers import make_ledger

from .samples import SIGNER, TRUST, BaseEngine, FakeEngine, LazyEngine, alone, put_adapter


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "objects")


@pytest.fixture
def version(tmp_path, store):
    put_adapter(store, "ft-1")
    return ModelVersions(make_ledger(tmp_path).database, store, SIGNER).register("briefs", "ft-1")


@pytest.fixture
def engine(tmp_path, store):
    return FakeEngine(store, tmp_path / "served")


def test_a_delivered_adapter_is_the_engines(store, engine, version):
    Delivery(store, alone(engine), TRUST, wait_s=0.1).deliver(version)
    assert engine.adapters() == ["briefs--1"]


def test_what_was_delivered_is_not_read_again(store, engine, version):
    delivery = Delivery(store, alone(engine), TRUST, wait_s=0.1)
    delivery.deliver(version)
    for key in list(store.list(version.prefix)):
        store.delete(key)
    delivery.deliver(version)


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "manifest.json"])
def test_changed_bytes_are_never_ordered(store, engine, version, file):
    key = version.prefix + file
    store.put(key, store.get(key).replace(b"weights", b"poison").replace(b"acme", b"evil"))
    with pytest.raises(DataCorruptionError):
        Delivery(store, alone(engine), TRUST).deliver(version)
    assert list(ordered_names(store)) == []


def test_files_that_are_gone_are_reported_to_who_asked(store, engine, version):
    for key in list(store.list(version.prefix)):
        store.delete(key)
    with pytest.raises(NotFoundError):
        Delivery(store, alone(engine), TRUST).deliver(version)


def test_an_engine_that_does_not_list_the_adapter_is_asked_again_later(store, engine, version):
    engine.is_blind = True
    delivery = Delivery(store, alone(engine), TRUST, wait_s=0.1)
    with pytest.raises(TransientError) as caught:
        delivery.deliver(version)
    assert caught.value.reason == "ENGINE_LACKS_ADAPTER"
    assert "syncer" in caught.value.remedy
    engine.is_blind = False
    delivery.deliver(version)


def test_an_engine_that_loads_what_it_is_asked_for_is_asked(tmp_path, store, version):
    engine = LazyEngine(store, tmp_path / "served")
    Delivery(store, alone(engine), TRUST, wait_s=5).deliver(version)
    assert engine.adapters() == ["briefs--1"]


def test_an_engine_that_asks_for_another_base_model_is_not_waited_for(store, engine, version):
    engine.base_model = "acme/other"
    with pytest.raises(FailedPreconditionError, match="acme/tiny, and the engine serves acme/oth"):
        Delivery(store, alone(engine), TRUST).deliver(version)
    engine.base_model = "acme/tiny"
    Delivery(store, alone(engine), TRUST, wait_s=0.1).deliver(version)


def test_a_version_is_ordered_also_while_tgi_has_yet_to_be_started_with_it(store, version):
    with FakeTgi() as tgi:
        with pytest.raises(TransientError) as caught:
            Delivery(store, alone(TgiEngine(tgi.url, [])), TRUST, wait_s=0.1).deliver(version)
        assert caught.value.reason == "ENGINE_LACKS_ADAPTER"
        assert list(ordered_names(store)) == ["briefs--1"]
        Delivery(store, alone(TgiEngine(tgi.url, ["briefs--1"])), TRUST, wait_s=0.1).deliver(
            version
        )


def test_an_answer_from_the_base_is_no_delivery(tmp_path, store, version):
    with pytest.raises(TransientError) as caught:
        Delivery(store, alone(BaseEngine(store, tmp_path / "served")), TRUST, wait_s=0.1).deliver(
            version
        )
    assert caught.value.reason == "ENGINE_LACKS_ADAPTER"

import pytest

from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    InvalidInputError,
    NotFoundError,
)
from goldbrief.core.training import LoraSpec
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.testing.ledgers import make_ledger

from .samples import SIGNER, put_adapter, put_whole_model


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "objects")


@pytest.fixture
def versions(tmp_path, store):
    return ModelVersions(make_ledger(tmp_path).database, store, SIGNER)


def registered(versions, store, run_id, model="briefs"):
    put_adapter(store, run_id)
    return versions.register(model, run_id)


def test_a_version_keeps_its_files_and_its_lineage(versions, store):
    put_adapter(store, "ft-1")
    version = versions.register("briefs", "ft-1", "run-1", "3f2a99")
    assert (version.version, version.served_name) == (1, "briefs--1")
    assert version.prefix == "adapters/briefs/1/"
    assert sorted(store.list(version.prefix)) == [
        "adapters/briefs/1/adapter_config.json",
        "adapters/briefs/1/adapter_model.safetensors",
        "adapters/briefs/1/manifest.json",
        "adapters/briefs/1/manifest.sig",
        "adapters/briefs/1/prompt.json",
    ]
    assert (version.base_model, version.run_id) == ("acme/tiny@a1b2", "run-1")
    assert (version.dataset_digest, version.prompt_json) == ("3f2a99", '{"template": "brief-1"}')
    assert versions.get("briefs").manifest_sha256


def test_a_run_is_registered_once_a_model(versions, store):
    assert registered(versions, store, "ft-1").version == 1
    assert registered(versions, store, "ft-2").version == 2
    assert registered(versions, store, "ft-1").version == 1
    assert registered(versions, store, "ft-1", model="other").version == 1
    assert [version.version for version in versions.list("briefs")] == [2, 1]


def test_a_whole_model_is_registered_but_is_nothing_for_a_running_engine(versions, store):
    put_whole_model(store, "ft-1")
    version = versions.register("briefs", "ft-1")
    assert f"{version.prefix}model.safetensors" in set(store.list(version.prefix))
    with pytest.raises(FailedPreconditionError) as refused:
        versions.require_adapter(version)
    assert refused.value.reason == "WHOLE_MODEL"
    assert "goldbrief models export briefs@1 FOLDER --merged" in refused.value.remedy
    versions.require_adapter(registered(versions, store, "ft-2"))


def test_merged_weights_are_registered_beside_their_adapter(versions, store):
    put_adapter(store, "ft-1")
    put_whole_model(store, "ft-1", LoraSpec())
    version = versions.register("briefs", "ft-1")
    keys = {key.removeprefix(version.prefix) for key in store.list(version.prefix)}
    assert {"adapter_model.safetensors", "manifest.json", "merged/manifest.json"} <= keys
    assert store.get(f"{version.prefix}merged/model.safetensors") == b"weights"
    with pytest.raises(FailedPreconditionError) as refused:
        versions.require_adapter(version)
    assert "--merged" in refused.value.remedy


def test_damaged_merged_weights_make_no_version(versions, store):
    put_adapter(store, "ft-1")
    put_whole_model(store, "ft-1", LoraSpec())
    store.put("runs/ft-1/merged/model.safetensors", b"other")
    with pytest.raises(DataCorruptionError, match=r"model\.safetensors"):
        versions.register("briefs", "ft-1")
    assert versions.list() == []


@pytest.mark.parametrize("damage", ["changed", "missing", "unreadable manifest", "path"])
def test_a_damaged_adapter_is_refused_and_takes_no_number(versions, store, damage):
    put_adapter(store, "ft-1")
    match damage:
        case "changed":
            store.put("runs/ft-1/adapter/adapter_model.safetensors", b"other")
        case "missing":
            store.delete("runs/ft-1/adapter/prompt.json")
        case "unreadable manifest":
            store.put("runs/ft-1/adapter/manifest.json", b"{}")
        case "path":
            key = "runs/ft-1/adapter/manifest.json"
            store.put(key, store.get(key).replace(b'"prompt.json"', b'"../prompt.json"'))
    with pytest.raises(DataCorruptionError):
        versions.register("briefs", "ft-1")
    assert versions.list() == []
    assert registered(versions, store, "ft-2").version == 1


def test_an_adapter_without_a_manifest_does_not_exist(versions):
    with pytest.raises(NotFoundError) as caught:
        versions.register("briefs", "ft-1")
    assert caught.value.reason == "ADAPTER_NOT_FOUND"


def test_a_registration_that_broke_off_is_invisible_and_can_be_gone_on_with(versions, store):
    class FullError(Exception):
        pass

    def fails(key, path):
        raise FullError

    put_adapter(store, "ft-1")
    real, store.put_file = store.put_file, fails
    with pytest.raises(FullError):
        versions.register("briefs", "ft-1")
    assert versions.list() == []
    store.put_file = real
    assert versions.register("briefs", "ft-1").version == 1
    assert len(versions.list()) == 1


@pytest.mark.parametrize("model", ["", "Briefs", "a b", "../x", "a" * 64])
def test_a_model_name_is_safe_in_paths(versions, model):
    with pytest.raises(InvalidInputError):
        versions.register(model, "ft-1")

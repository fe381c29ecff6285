"""What appears beside an engine: what was ordered, complete and verified, and nothing else."""

import os
import threading
import time

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.training import adapter_prefix
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.orders import Order, put_order
from goldbrief.registry.signatures import put_signature
from goldbrief.registry.syncer import Syncer, SyncerThread, follow, main

from .samples import SIGNER, TRUST, put_adapter


class Setting:
    def __init__(self, folder):
        self.store = DirectoryStore(folder / "objects")
        self.folder = folder / "served"
        self.syncer = Syncer(self.store, self.folder, TRUST)

    def order(self, name, run_id):
        put_adapter(self.store, run_id)
        prefix = adapter_prefix(run_id)
        sha256 = sha256_bytes(self.store.get(f"{prefix}manifest.json"))
        put_signature(self.store, SIGNER, prefix, name, {"manifest.json": sha256})
        put_order(self.store, name, Order(prefix=prefix, manifest_sha256=sha256))

    def here(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def setting(tmp_path):
    return Setting(tmp_path)


def test_an_ordered_adapter_is_whole_and_alone_in_its_folder(setting):
    setting.order("briefs--1", "ft-1")
    assert setting.syncer.sync()
    content = (setting.folder / "briefs--1" / "adapter_model.safetensors").read_bytes()
    assert content == b"weights"
    assert setting.here() == ["briefs--1"]


def test_nothing_ordered_is_nothing_done(setting):
    assert setting.syncer.sync()
    assert not setting.folder.exists()


def test_what_is_here_is_never_fetched_again(setting):
    setting.order("briefs--1", "ft-1")
    setting.syncer.sync()
    for key in list(setting.store.list("runs/")):
        setting.store.delete(key)
    assert setting.syncer.sync()


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "manifest.json"])
def test_changed_bytes_never_appear_and_do_not_hold_up_others(setting, file):
    setting.order("briefs--1", "ft-1")
    setting.order("briefs--2", "ft-2")
    key = adapter_prefix("ft-1") + file
    setting.store.put(key, setting.store.get(key).replace(b"weights", b"poison") + b" ")
    assert not setting.syncer.sync()
    assert setting.here() == ["briefs--2"]


def test_an_adapter_that_could_not_be_brought_comes_once_it_can(setting, monkeypatch):
    setting.order("briefs--1", "ft-1")
    key = f"{adapter_prefix('ft-1')}prompt.json"
    prompt = setting.store.get(key)
    setting.store.delete(key)
    assert not setting.syncer.sync()
    setting.store.put(key, prompt)
    monkeypatch.setattr("time.monotonic", lambda: 1e12)
    assert setting.syncer.sync()


@pytest.mark.parametrize("name", ["../evil--1", "briefs", ".incoming--1", "a--1/b--2", "briefs--x"])
def test_an_order_by_another_name_leads_nowhere(setting, tmp_path, name):
    path = tmp_path / "objects" / "served" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    assert setting.syncer.sync()
    assert not setting.folder.exists()


def test_an_order_that_cannot_be_read_holds_up_nobody(setting):
    setting.order("briefs--1", "ft-1")
    setting.store.put("served/briefs--0.json", b"{")
    assert not setting.syncer.sync()
    assert setting.here() == ["briefs--1"]


def test_a_folder_that_cannot_be_written_is_named(setting, caplog):
    setting.order("briefs--1", "ft-1")
    setting.folder.write_text("a file where the folder should be")
    assert not setting.syncer.sync()
    assert f"{setting.folder} cannot be written" in caplog.text


def test_two_syncers_on_one_folder_agree(setting):
    for number in range(8):
        setting.order(f"briefs--{number}", f"ft-{number}")
    syncers = [Syncer(setting.store, setting.folder, TRUST) for _ in range(4)]
    threads = [threading.Thread(target=syncer.sync) for syncer in syncers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert setting.here() == [f"briefs--{number}" for number in range(8)]


def test_what_a_killed_syncer_left_is_removed_but_not_what_another_fetches(setting):
    old, new = setting.folder / ".incoming-old", setting.folder / ".incoming-new"
    for path in (old, new):
        path.mkdir(parents=True)
    os.utime(old, (0, 0))
    setting.syncer.remove_abandoned()
    assert setting.here() == [".incoming-new"]


def test_a_store_that_is_away_stops_nothing(setting, monkeypatch):
    setting.order("briefs--1", "ft-1")
    outages = iter([TransientError("no answer")])
    stop = threading.Event()
    listed = setting.store.list

    def flaky(prefix):
        error = next(outages, None)
        if error:
            raise error
        stop.set()
        return listed(prefix)

    monkeypatch.setattr(setting.store, "list", flaky)
    follow(setting.syncer, 0.01, stop)
    assert setting.here() == ["briefs--1"]


def test_a_syncer_thread_brings_what_is_ordered_later(setting):
    thread = SyncerThread(setting.syncer, interval_s=0.01)
    setting.order("briefs--1", "ft-1")
    deadline = time.monotonic() + 10
    while not (setting.folder / "briefs--1").is_dir():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    thread.stop()


def test_the_command_brings_everything_once_and_ends(setting, tmp_path, monkeypatch):
    setting.order("briefs--1", "ft-1")
    monkeypatch.setenv("GOLDBRIEF_HOME", str(tmp_path))
    monkeypatch.setenv("GOLDBRIEF_TRUSTED_KEYS", SIGNER.public_key)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert main(["--once"]) == 0
    assert setting.here() == ["briefs--1"]

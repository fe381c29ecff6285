"""A real MinIO goes away while a run trains: for less than the job's patience, and for longer."""

import contextlib
import os
import subprocess
import sys
import time

import pytest
from runs import RUN, losses, make_run

from goldbrief.core.settings import Settings
from goldbrief.core.training import ExitCode, adapter_prefix, spec_key
from goldbrief.platform.storage import DirectoryStore, open_store
from goldbrief.testing.servers import (
    MINIO_KEY,
    MINIO_SECRET,
    ServerMissingError,
    find_program,
    free_port,
    minio_server,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

STEPS = 200
IMPATIENT = """
from goldbrief_training import patience
patience.PatientStore.__init__.__defaults__ = (3.0,)
"""


class Minio:
    """A server that can be stopped and started, with the same port and data."""

    def __init__(self, folder):
        self._folder, self._port = folder, free_port()
        self._running = contextlib.ExitStack()
        self.start()

    def start(self):
        self._running.enter_context(minio_server(self._folder, self._port))

    def stop(self):
        self._running.close()

    @property
    def environment(self):
        return {
            "GOLDBRIEF_OBJECTS": "s3://goldbrief",
            "GOLDBRIEF_S3_ENDPOINT": f"127.0.0.1:{self._port}",
            "GOLDBRIEF_S3_ACCESS_KEY": MINIO_KEY, "GOLDBRIEF_S3_SECRET_KEY": MINIO_SECRET,
            "GOLDBRIEF_S3_SECURE": "false",
        }  # fmt: skip


@pytest.fixture
def minio(tmp_path):
    try:
        find_program("minio")
    except ServerMissingError as error:
        pytest.skip(str(error))
    server = Minio(tmp_path / "minio")
    yield server
    server.stop()


@pytest.fixture
def store(minio, tmp_path, tiny_llama, monkeypatch):
    """The bucket, with a run in it."""
    for name, value in minio.environment.items():
        monkeypatch.setenv(name, value)
    local = make_run(
        tmp_path / "local", tiny_llama, training_duration=f"{STEPS}ba", checkpoint_every_steps=20,
        learning_rate=1e-3,
    )  # fmt: skip
    bucket = open_store(Settings())
    for key in local.list(""):
        bucket.put(key, local.get(key))
    return bucket


@pytest.fixture
def start(tmp_path):
    """Starts the training process; `prelude` is Python that runs first in it."""
    started = []

    def start_one(prelude=""):
        hooks = tmp_path / "hooks"
        hooks.mkdir(exist_ok=True)
        (hooks / "sitecustomize.py").write_text(prelude)
        paths = [str(hooks), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-m", "goldbrief_training", "--spec", spec_key(RUN)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        process = subprocess.Popen(command, env=environment, text=True, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def wait_for_step(store, step):
    deadline = time.monotonic() + 120
    while max(losses(store), default=0) < step:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_minute_without_it_costs_a_minute(minio, store, start):
    process = start()
    wait_for_step(store, 5)
    minio.stop()
    time.sleep(60)
    assert process.poll() is None
    minio.start()
    _, log = process.communicate(timeout=300)
    assert process.returncode == ExitCode.DONE, log
    assert "Trying again." in log
    assert list(losses(store)) == list(range(1, STEPS + 1))
    assert store.exists(adapter_prefix(RUN) + "manifest.json")


def test_for_longer_the_run_leaves_and_goes_on_once_it_is_back(
    minio, store, start, tmp_path, train
):
    process = start(IMPATIENT)
    wait_for_step(store, 25)
    minio.stop()
    _, log = process.communicate(timeout=120)
    assert process.returncode == ExitCode.INTERRUPTED, log
    assert "Stopped without a new checkpoint" in log
    away = start(IMPATIENT)  # as its launcher does, without counting
    _, log = away.communicate(timeout=120)
    assert away.returncode == ExitCode.INTERRUPTED, log
    minio.start()
    again = start()
    _, log = again.communicate(timeout=300)
    assert again.returncode == ExitCode.DONE, log
    assert train(tmp_path / "local") == ExitCode.DONE
    assert losses(store) == losses(DirectoryStore(tmp_path / "local"))

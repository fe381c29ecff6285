"""A volume that is full is said, with the mend, and work goes on once there is room."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goldbrief.core.errors import ResourceExhaustedError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.core.states import State
from goldbrief.platform.broker import BackgroundWorker, Broker
from goldbrief.platform.ledger import Database, Finish, Ledger, NewWork
from goldbrief.platform.storage import DirectoryStore, open_store
from goldbrief.testing import servers
from goldbrief.testing.ledgers import make_ledger

pytestmark = pytest.mark.integration

LARGE = os.urandom(4 << 20)


class Volume:
    """A file system of its own, which a file fills to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        ballast = os.open(self._ballast, os.O_CREAT | os.O_WRONLY)
        with contextlib.suppress(OSError):
            while True:
                os.write(ballast, bytes(4096))
        os.close(ballast)
        assert shutil.disk_usage(self.folder).free == 0

    def make_room(self) -> None:
        self._ballast.unlink()


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    """Of 200 MB; mounting it takes rights."""
    folder = tmp_path / "volume"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no volume of a size can be mounted here: run this as root")
    yield Volume(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def serve(volume: Volume) -> Iterator[Callable[[object], str]]:
    """Runs a server on the volume; gives its address."""
    served = []

    def start(server: object) -> str:
        try:
            served.append(server(volume.folder / "server"))  # type: ignore[operator]
            return str(served[-1].__enter__())
        except servers.ServerMissingError as error:
            pytest.skip(str(error))

    yield start
    for server in served:
        server.__exit__(None, None, None)


def test_of_redis(volume: Volume, serve: Callable[[object], str], tmp_path: Path) -> None:
    url = serve(servers.redis_server)
    ledger = make_ledger(tmp_path)
    broker = Broker(Settings(home=tmp_path, broker_url=url), ledger)
    broker.on_stage("room.one", lambda _: Finish())
    worker = BackgroundWorker(broker, threads=2)
    worker.start()
    try:
        assert_done(ledger, add_work(ledger, "before"))
        volume.fill()
        waiting = add_work(ledger, "while it is full")
        with pytest.raises(TransientError, match="takes no message: MISCONF") as caught:
            send_until_refused(broker)
        assert "its volume more space" in caught.value.remedy
        time.sleep(3)  # so that whoever listens there has met it too
        volume.make_room()
        assert_done(ledger, waiting)
        assert_done(ledger, add_work(ledger, "after"))
    finally:
        worker.stop()
        broker.close()


def send_until_refused(broker: Broker) -> None:
    """Redis takes what it cannot write down, until it has noticed that."""
    for _ in range(50):
        broker.send("room.one", ["0"])  # an item that there is not
        time.sleep(0.1)


def add_work(ledger: Ledger, name: str) -> str:
    new = NewWork(kind="test", request_id=name, spec={}, stages={"one": "room.one"}, items=[{}] * 3)
    return ledger.works.create(new).id


def assert_done(ledger: Ledger, work_id: str) -> None:
    deadline = time.monotonic() + 120
    while ledger.works.get(work_id).state != State.SUCCEEDED:
        assert time.monotonic() < deadline, ledger.works.counts(work_id)
        time.sleep(0.2)


def test_of_postgresql(volume: Volume, serve: Callable[[object], str], tmp_path: Path) -> None:
    database = Database(serve(servers.postgres_server))
    database.migrate()
    ledger = Ledger(database, DirectoryStore(tmp_path))

    def create(name: str) -> str:
        spec = {"text": LARGE.hex()}  # more than what the database has in store
        new = NewWork(kind="test", request_id=name, spec=spec, stages={"one": "a.b"}, items=[{}])
        return ledger.works.create(new).id

    volume.fill()
    with pytest.raises(
        ResourceExhaustedError, match=r"The disk of the database .* is full"
    ) as full:
        create("one")
    assert "Free some space" in full.value.remedy
    volume.make_room()
    assert ledger.works.get(create("one")).spec["text"] == LARGE.hex()
    database.dispose()


def test_of_minio(volume: Volume, serve: Callable[[object], str]) -> None:
    store = open_store(
        Settings(
            objects="s3://full", s3_endpoint=serve(servers.minio_server), s3_secure=False,
            s3_access_key=servers.MINIO_KEY, s3_secret_key=servers.MINIO_SECRET,
        )
    )  # fmt: skip
    store.put("kept", LARGE)
    volume.fill()
    with pytest.raises(ResourceExhaustedError, match="The object store is full: new") as full:
        store.put("new", LARGE)
    assert "Enlarge its volume" in full.value.remedy
    assert store.get("kept") == LARGE
    volume.make_room()
    time.sleep(2)  # it looks at its disk once a second
    store.put("new", LARGE)
    assert store.get("new") == LARGE

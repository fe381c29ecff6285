"""PostgreSQL and MinIO keep the promises that SQLite and a folder keep."""

import threading
import time

import pytest
from sqlalchemy import text

from goldbrief.core.errors import InvalidInputError, NotFoundError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.core.states import State
from goldbrief.datasets.sources import Sources
from goldbrief.platform.fetching import Fetcher
from goldbrief.platform.ledger import Database, Finish, Later, Ledger, NewWork
from goldbrief.platform.storage import Buckets, DirectoryStore, open_store
from goldbrief.testing.servers import MINIO_KEY, MINIO_SECRET

pytestmark = pytest.mark.integration


@pytest.fixture
def ledger(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    database = Database(postgres_url)
    database.migrate()
    with database.transaction() as session:
        session.execute(text("TRUNCATE work, item, effect, outbox, event CASCADE"))
    return Ledger(database, DirectoryStore(tmp_path_factory.mktemp("objects")))


def test_many_workers_end_every_item_once(ledger: Ledger) -> None:
    work = ledger.works.create(
        NewWork(
            kind="test", request_id="r", spec={}, stages={"one": "room.one", "end": "room.end"},
            items=[{} for _ in range(200)], finalize="end",
        )
    )  # fmt: skip
    ids = [item.id for item in ledger.works.items(work.id)]
    finished: list[int] = []

    def work_on_all() -> None:
        for item_id in ids:
            claim = ledger.items.claim(item_id)
            if claim is not None:
                ledger.items.move(claim, Finish())
                finished.append(item_id)

    threads = [threading.Thread(target=work_on_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(finished) == sorted(ids)
    assert ledger.works.get(work.id).state == State.RUNNING  # the finalizing item waits
    sent: list[str] = []
    while ledger.outbox.publish(lambda task, ids: sent.extend(ids)):
        pass
    final = ledger.items.claim(int(sent[-1]))
    assert final is not None
    ledger.items.move(final, Finish())
    assert ledger.works.get(work.id).state == State.SUCCEEDED


@pytest.mark.parametrize("idle_s", [0.0, 1.1])
def test_connections_that_were_cut_are_no_failure(ledger: Ledger, idle_s: float) -> None:
    work = ledger.works.create(
        NewWork(kind="test", request_id="r", spec={}, stages={"s": "room.s"}, items=[{}])
    )
    (item,) = ledger.works.items(work.id)
    other = Database(ledger.database.url)
    with other.transaction() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    other.dispose()
    time.sleep(idle_s)
    if idle_s:
        assert ledger.works.get(work.id).id == work.id
    claim = ledger.items.claim(item.id)
    assert claim is not None
    ledger.items.move(claim, Finish())
    assert ledger.works.get(work.id).state == State.SUCCEEDED


def test_waking_beside_workers_leaves_one_message(ledger: Ledger) -> None:
    work = ledger.works.create(
        NewWork(kind="test", request_id="r", spec={}, stages={"s": "room.s"}, items=[{}])
    )
    (item,) = ledger.works.items(work.id)

    def look() -> None:
        for _ in range(50):
            claim = ledger.items.claim(item.id)
            if claim is not None:
                ledger.items.move(claim, Later(60.0))

    def wake() -> None:
        for _ in range(50):
            ledger.works.wake(work.id)

    threads = [threading.Thread(target=target) for target in (look, wake) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.works.wake(work.id)
    assert ledger.outbox.publish(lambda *_: None) == 1


def test_two_relays_publish_each_message_once(ledger: Ledger) -> None:
    ledger.works.create(
        NewWork(kind="t", request_id="q", spec={}, stages={"a": "a.a"}, items=[{}] * 300)
    )
    sent: list[str] = []

    def relay() -> None:
        while ledger.outbox.publish(lambda _, ids: sent.extend(ids)):
            pass

    threads = [threading.Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == len(set(sent)) == 300


def test_migrating_twice_at_once_is_safe(postgres_url: str) -> None:
    threads = [threading.Thread(target=Database(postgres_url).migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_database_that_is_away_is_a_passing_failure() -> None:
    with pytest.raises(TransientError, match="nobody"):
        Database("postgresql+psycopg://nobody@127.0.0.1:1/none").migrate()


def test_minio_stores_lists_and_misses_like_a_folder(minio_endpoint: str) -> None:
    store = open_store(
        Settings(
            objects="s3://tests", s3_endpoint=minio_endpoint, s3_access_key=MINIO_KEY,
            s3_secret_key=MINIO_SECRET, s3_secure=False,
        )
    )  # fmt: skip
    store.put("a/2", b"two")
    store.put("a/1", b"one")
    assert list(store.list("a/")) == ["a/1", "a/2"]
    assert store.get("a/1") == b"one"
    store.delete("a/1")
    assert not store.exists("a/1")
    with pytest.raises(NotFoundError):
        store.get("a/1")


def test_articles_are_read_from_a_prefix_of_a_bucket(minio_endpoint: str) -> None:
    settings = Settings(
        objects="s3://news", s3_endpoint=minio_endpoint, s3_access_key=MINIO_KEY,
        s3_secret_key=MINIO_SECRET, s3_secure=False,
    )  # fmt: skip
    bucket = open_store(settings)
    for name in ("2025/b.md", "2025/a.md", "2025/.hidden", "2024/c.md"):
        bucket.put(name, name.encode())
    sources = Sources(Fetcher(), Buckets(settings), 5)
    first, second = sources.list("s3://news/2025/")
    assert (first.name, second.name) == ("a.md", "b.md")
    assert sources.read(first.uri).suffix == ".md"
    assert len(sources.read(first.uri).data) == 6  # one more than may be: it is too large
    bucket.delete("2025/a.md")
    bucket.put("2025/a.md", b"other bytes")
    with pytest.raises(InvalidInputError, match="has changed since it was listed"):
        sources.read(first.uri)
    with pytest.raises(NotFoundError):
        list(sources.list("s3://nobody/2025/"))


def test_text_that_postgresql_cannot_hold_is_refused_as_input(postgres_url: str) -> None:
    database = Database(postgres_url)
    with (
        pytest.raises(InvalidInputError, match="NUL") as caught,
        database.transaction() as session,
    ):
        session.execute(text("SELECT :id"), {"id": "a\0"})
    assert caught.value.reason == "VALUE_NOT_STORABLE"
    database.dispose()

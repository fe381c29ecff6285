"""What every pod of TGI was started with, as all services read it."""

import pytest

from goldbrief.core.errors import NotFoundError
from goldbrief.platform.llm import TgiEngine
from goldbrief.platform.llm.tgi_adapters import StoredAdapters
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.fake_tgi import FakeTgi


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path)


def test_what_one_service_loads_the_others_may_ask_for(store):
    with FakeTgi(adapters=["briefs--1"]) as tgi:
        engine = TgiEngine(tgi.url, StoredAdapters(store))
        with pytest.raises(NotFoundError):
            engine.complete("x", adapter="briefs--1", max_tokens=1)
        StoredAdapters(store).replace(frozenset({"briefs--1"}))
        engine = TgiEngine(tgi.url, StoredAdapters(store))
        assert engine.adapters() == ["briefs--1"]
        engine.complete("x", adapter="briefs--1", max_tokens=1)


def test_news_come_within_a_second_and_nothing_is_asked_more_often(store, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    seen, mine = StoredAdapters(store), StoredAdapters(store)
    assert len(seen) == 0
    mine.replace(frozenset({"briefs--1", "briefs--2"}))
    assert "briefs--1" in mine
    assert "briefs--1" not in seen
    now[0] += 1.0
    assert set(seen) == {"briefs--1", "briefs--2"}
    mine.replace(frozenset({"briefs--2"}))
    now[0] += 1.0
    assert set(seen) == {"briefs--2"}

"""What is kept of live answers, how much is judged, and for how long it stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from goldbrief.core.errors import InvalidInputError, ResourceExhaustedError, TransientError
from goldbrief.core.hashing import sha256_text
from goldbrief.evaluation.live.forgetting import forget
from goldbrief.evaluation.live.observing import Observer
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.tables import LiveAnswer, answers_since, judged_today
from goldbrief.evaluation.live.texts import LiveText, LiveTexts
from goldbrief.platform.ledger import Database
from goldbrief.platform.storage import DirectoryStore

from .conftest import FakeJudge, observed

DAY_S = 86_400


def rows(database: Database) -> list[LiveAnswer]:
    with database.transaction() as session:
        return list(answers_since(session, 0))


def test_scores_counts_and_hashes_are_kept_and_no_text(
    observer: Observer, database: Database, store: DirectoryStore, tmp_path: Path
) -> None:
    assert observer.observe(observed()) == pytest.approx(4.2)
    (row,) = rows(database)
    assert (row.model, row.version, row.judge, row.overall) == ("briefs", "2", "a-judge", 4.2)
    assert (row.figures_total, row.figures_supported, row.errors) == (3, 2, 1)
    assert row.article_sha256 == sha256_text("Sales rose 5% to $12 million. In Cardiff.")
    assert row.summary_words == 3
    database.dispose()
    assert list(store.list("")) == []
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"summary-1" in kept
    assert b"Cardiff" not in kept
    assert b"Sales" not in kept


def test_a_day_has_so_many_judgments_and_a_failed_one_counts(
    observer: Observer, judge: FakeJudge, database: Database
) -> None:
    judge.error = TransientError("It is away.")
    with pytest.raises(TransientError):
        observer.observe(observed("a"))
    judge.error = None
    for name in ("b", "c"):
        observer.observe(observed(name))
    with pytest.raises(ResourceExhaustedError) as caught:
        observer.observe(observed("d"))
    assert caught.value.reason == "LIVE_BUDGET_SPENT"
    assert 0 < caught.value.retry_after_s <= DAY_S
    assert len(judge.requests) == 3
    assert [row.request_id for row in rows(database)] == ["b", "c"]
    with database.transaction() as session:
        assert judged_today(session) == 3


def test_a_budget_of_none_judges_none(
    database: Database, texts: LiveTexts, profiles: TrainingProfiles, judge: FakeJudge
) -> None:
    with pytest.raises(ResourceExhaustedError):
        Observer(database, texts, profiles, judge, daily_judgments=0).observe(observed())
    assert judge.requests == []


def test_an_answer_that_comes_twice_is_one(observer: Observer, database: Database) -> None:
    observer.observe(observed())
    observer.observe(observed())
    assert len(rows(database)) == 1


def test_a_judge_without_an_answer_leaves_no_score(
    observer: Observer, judge: FakeJudge, database: Database
) -> None:
    judge.answer.failed, judge.answer.overall = True, 0.0
    assert observer.observe(observed()) is None
    assert rows(database)[0].overall is None


def test_an_answer_without_an_id_is_refused(observer: Observer) -> None:
    with pytest.raises(InvalidInputError, match="request_id"):
        observer.observe(observed(""))


def test_texts_are_kept_where_the_operator_lets_them_be_and_so_long(
    database: Database, store: DirectoryStore, profiles: TrainingProfiles, judge: FakeJudge
) -> None:
    texts = LiveTexts(store, days=2)
    Observer(database, texts, profiles, judge, daily_judgments=3).observe(observed())
    (row,), (key,) = rows(database), store.list("live/texts/")
    assert key.startswith(f"live/texts/{row.article_sha256}/")
    text = texts.read(key)
    assert text == LiveText(
        article="Sales rose 5% to $12 million. In Cardiff.", summary="Sales rose 5%."
    )
    assert texts.forget_before(row.time + 2 * DAY_S) == 0
    assert texts.forget_before(row.time + 3 * DAY_S) == 1
    assert texts.read(key) is None
    assert texts.read("") is None


def test_scores_are_forgotten_after_90_days(
    observer: Observer, texts: LiveTexts, database: Database
) -> None:
    observer.observe(observed("old"))
    observer.observe(observed("new"))
    with database.transaction() as session:
        time = LiveAnswer.time - 91 * DAY_S
        session.execute(update(LiveAnswer).where(LiveAnswer.request_id == "old").values(time=time))
    forget(database, texts)
    assert [row.request_id for row in rows(database)] == ["new"]

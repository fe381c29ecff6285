"""Live summaries that users mark wrong: what is kept of them, and what the next round is told."""

from __future__ import annotations

import pytest

from goldbrief.core.deletions import DeletedArticle, deleted_article_key
from goldbrief.core.documents import Article
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_text
from goldbrief.core.live_summaries import MarkedWrong, marked_wrong_prefix
from goldbrief.core.object_keys import article_key
from goldbrief.evaluation.live.observing import Observer
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.reporting import FullReport, Reports
from goldbrief.evaluation.live.texts import LiveTexts
from goldbrief.platform.ledger import Database
from goldbrief.platform.storage import DirectoryStore

from .conftest import FakeJudge, observed

ARTICLE = "Sales rose 5% to $12 million. In Cardiff."


@pytest.fixture
def kept(store: DirectoryStore) -> LiveTexts:
    return LiveTexts(store, days=30)


@pytest.fixture
def reports(database: Database, store: DirectoryStore, kept: LiveTexts) -> Reports:
    """Where the operator lets texts be kept."""
    return Reports(database, store, kept)


@pytest.fixture
def frugal(database: Database, store: DirectoryStore, texts: LiveTexts) -> Reports:
    """Where none are kept."""
    return Reports(database, store, texts)


def add(reports: Reports, request_id: str = "summary-1", by: str = "newsroom") -> FullReport:
    return reports.add(observed(request_id), "figure", "It is $38 million.", by)


def test_a_report_is_there_to_be_looked_at_with_its_text(reports: Reports) -> None:
    made = add(reports)
    (listed,) = reports.all("OPEN", 0)
    assert listed.row.id == made.row.id
    found = reports.get(made.row.id[:12])
    assert (found.row.model, found.row.reason, found.row.reported_by) == (
        "briefs", "figure", "newsroom",
    )  # fmt: skip
    assert found.text is not None
    assert (found.text.article, found.text.comment) == (ARTICLE, "It is $38 million.")
    assert not found.row.is_verified


def test_where_no_texts_are_kept_a_report_is_hashes_and_a_reason(
    frugal: Reports, store: DirectoryStore
) -> None:
    found = frugal.get(add(frugal).row.id)
    assert (found.text, found.row.text_key) == (None, "")
    assert found.row.article_sha256 == sha256_text(ARTICLE)
    assert list(store.list("")) == []


def test_the_same_report_is_one_and_another_caller_s_is_another(reports: Reports) -> None:
    first, again, other = add(reports), add(reports), add(reports, by="legal")
    assert first.row.id == again.row.id != other.row.id
    assert len(reports.all("", 0)) == 2


def test_an_answer_that_was_drawn_is_known_by_its_id(
    database: Database, kept: LiveTexts, profiles: TrainingProfiles, judge: FakeJudge,
    reports: Reports,
) -> None:  # fmt: skip
    Observer(database, kept, profiles, judge, 10).observe(observed("summary-7"))
    alone = observed("summary-7", model="", version="", persona="", article_text="", summary="")
    made = reports.add(alone, "invented", "", "newsroom")
    found = reports.get(made.row.id)
    assert (found.row.model, found.row.version, found.row.is_verified) == ("briefs", "2", True)
    assert found.overall == pytest.approx(4.2)
    assert found.text is not None
    assert found.text.summary == "Sales rose 5%."


def test_an_answer_that_nobody_knows_must_be_sent_along(reports: Reports) -> None:
    with pytest.raises(NotFoundError) as caught:
        reports.add(observed(article_text="", summary=""), "figure", "", "newsroom")
    assert caught.value.reason == "ANSWER_NOT_KNOWN"


def test_a_confirmed_report_and_its_correction_go_to_the_next_round(
    reports: Reports, store: DirectoryStore
) -> None:
    made = add(reports)
    decided = reports.decide(made.row.id, 0, "CONFIRMED", "ada", "Sales rose to $12 million.")
    assert (decided.row.state, decided.row.decided_by, decided.row.is_candidate) == (
        "CONFIRMED", "ada", True,
    )  # fmt: skip
    (key,) = store.list(marked_wrong_prefix("d1"))
    assert MarkedWrong.model_validate_json(store.get(key)) == MarkedWrong(
        article_sha256=sha256_text(ARTICLE), persona="CFO", reason="figure",
        corrected="Sales rose to $12 million.",
    )  # fmt: skip
    stored = Article.model_validate_json(store.get(article_key(sha256_text(ARTICLE))))
    assert stored.text == ARTICLE
    assert reports.all("OPEN", 0) == []


def test_a_decision_that_is_taken_back_is_taken_from_the_next_round(
    reports: Reports, store: DirectoryStore
) -> None:
    made = add(reports)
    reports.decide(made.row.id, 0, "CONFIRMED", "ada", "")
    reports.decide(made.row.id, 1, "DISMISSED", "ada", "")
    assert list(store.list(marked_wrong_prefix())) == []
    with pytest.raises(FailedPreconditionError) as caught:
        reports.decide(made.row.id, 1, "CONFIRMED", "bob", "")
    assert caught.value.reason == "REPORT_CHANGED"


def test_without_text_a_report_is_confirmed_but_nothing_can_be_learnt_of_it(
    frugal: Reports, store: DirectoryStore
) -> None:
    made = add(frugal)
    with pytest.raises(FailedPreconditionError) as caught:
        frugal.decide(made.row.id, 0, "CONFIRMED", "ada", "Better.")
    assert caught.value.reason == "NOTHING_TO_CORRECT"
    decided = frugal.decide(made.row.id, 0, "CONFIRMED", "ada", "")
    assert (decided.row.state, decided.row.is_candidate) == ("CONFIRMED", False)
    assert list(store.list("")) == []


def test_a_deleted_article_does_not_come_back_by_a_report(
    reports: Reports, store: DirectoryStore
) -> None:
    made = add(reports)
    sha256 = made.row.article_sha256
    mark = DeletedArticle(sha256=sha256, time=1.0, principal="ada")
    store.put(deleted_article_key(sha256), canonical_json(mark.model_dump()))
    assert not reports.decide(made.row.id, 0, "CONFIRMED", "ada", "").row.is_candidate
    assert not store.exists(article_key(sha256))
    assert add(reports, by="legal").row.text_key == ""


@pytest.mark.parametrize(
    ("reason", "comment"), [("ugly", ""), ("", ""), ("figure", "x" * 2001)]
)  # fmt: skip
def test_reports_that_cannot_be_are_refused(reports: Reports, reason: str, comment: str) -> None:
    with pytest.raises(InvalidInputError):
        reports.add(observed(), reason, comment, "newsroom")


@pytest.mark.parametrize(("state", "author"), [("OPEN", "ada"), ("CONFIRMED", " ")])
def test_decisions_that_cannot_be_are_refused(reports: Reports, state: str, author: str) -> None:
    made = add(reports)
    with pytest.raises(InvalidInputError):
        reports.decide(made.row.id, 0, state, author, "")


def test_an_unknown_report_is_not_found(reports: Reports) -> None:
    for start in ("", "report-x", "%"):
        with pytest.raises(NotFoundError):
            reports.get(start)

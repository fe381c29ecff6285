"""Live summaries: what several services say of those that are judged or marked wrong."""

from __future__ import annotations

from typing import Literal, get_args

from goldbrief.core.documents import Record

ReportReason = Literal["figure", "invented", "missing", "style", "other"]
REPORT_REASONS: tuple[ReportReason, ...] = get_args(ReportReason)
LIVE_BUDGET_SPENT = "LIVE_BUDGET_SPENT"
"""Reason of the error when no more are judged in a day."""
LONGEST_COMMENT = 2000
"""Characters."""

REPORT_WORDS: dict[ReportReason, str] = {
    "figure": "a figure is wrong",
    "invented": "it says what the article does not",
    "missing": "it leaves out what matters",
    "style": "it is not in the house style",
    "other": "something else is wrong",
}


class MarkedWrong(Record):
    """A live summary that is wrong, as somebody found who looked at the report."""

    article_sha256: str
    """Of an article that is stored with those of imports."""
    persona: str
    reason: ReportReason
    corrected: str
    """The summary as it should be; empty where nobody wrote it."""

    @property
    def in_words(self) -> str:
        """What is wrong."""
        return REPORT_WORDS[self.reason]


def marked_wrong_prefix(dataset_digest: str = "") -> str:
    """Prefix of the objects that hold a `MarkedWrong` each: all, or a dataset version's."""
    return f"live/marked-wrong/{dataset_digest}/" if dataset_digest else "live/marked-wrong/"


def marked_wrong_key(dataset_digest: str, article_sha256: str, report_id: str) -> str:
    """Key of the object of a report; it names the article, for whoever deletes that."""
    return f"{marked_wrong_prefix(dataset_digest)}{article_sha256}-{report_id}.json"

"""Texts of live summaries, where the operator lets them be kept: an object each, for some days.

The key holds the article's hash, so that whoever deletes an article finds them, and the day on
which the text is to be gone, so that nothing else has to be known of it.
"""

from __future__ import annotations

from goldbrief.core.deletions import read_deleted_article
from goldbrief.core.documents import Record
from goldbrief.core.errors import NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_text
from goldbrief.core.object_keys import live_text_prefix
from goldbrief.core.seams import ObjectStore

_DAY_S = 86_400


class LiveText(Record):
    """What an answer was made of."""

    article: str
    """Normalised."""
    summary: str
    comment: str = ""
    """Of who reports it."""


class LiveTexts:
    """Keeps texts.

    Args:
        store: Where.
        days: For how long; 0 keeps none.
    """

    def __init__(self, store: ObjectStore, days: float) -> None:
        self._store = store
        self.days = days

    def keep(self, name: str, text: LiveText, time: float) -> str:
        """Keep the text of an answer, if texts are kept.

        Args:
            name: Id of the answer or report.
            text: Its text.
            time: When it came, in seconds since 1970.

        Returns:
            Its key; empty where none are kept, or its article was deleted.
        """
        sha256 = sha256_text(text.article)
        if not self.days or read_deleted_article(self._store, sha256) is not None:
            return ""
        last_day = int((time + self.days * _DAY_S) // _DAY_S)
        key = f"{live_text_prefix(sha256)}{last_day}-{sha256_text(name)}.json"
        self._store.put(key, canonical_json(text.model_dump()))
        return key

    def read(self, key: str) -> LiveText | None:
        """The text of a key; None for no key, and where it is gone."""
        if not key:
            return None
        try:
            return LiveText.model_validate_json(self._store.get(key))
        except NotFoundError:
            return None

    def find(self, name: str, article_sha256: str) -> LiveText | None:
        """The text that is kept of an answer or report; None where none is."""
        ending = f"-{sha256_text(name)}.json"
        keys = self._store.list(live_text_prefix(article_sha256))
        return self.read(next((key for key in keys if key.endswith(ending)), ""))

    def forget_before(self, time: float) -> int:
        """Delete the texts whose last day is over; returns how many."""
        today = int(time // _DAY_S)
        gone = [key for key in self._store.list(live_text_prefix()) if _last_day(key) < today]
        for key in gone:
            self._store.delete(key)
        return len(gone)


def _last_day(key: str) -> int:
    return int(key.rpartition("/")[2].partition("-")[0])

"""What stands in the place of a deleted article, and of the rows that were made of it."""

from __future__ import annotations

from datetime import UTC, datetime

from goldbrief.core.documents import Record
from goldbrief.core.errors import NotFoundError
from goldbrief.core.seams import ObjectStore

DELETED_ARTICLES = "deleted/articles/"


class DeletedArticle(Record):
    """That an article was deleted; its text is refused from then on."""

    sha256: str
    time: float
    """Seconds since 1970 by the database's clock."""
    principal: str
    """Name of the token that called."""
    variants: tuple[str, ...] = ()
    """Hashes of the text as imports read it, before passages were dropped that many articles
    share; refused likewise."""

    def error(self) -> NotFoundError:
        """What to raise where the article is asked for."""
        return NotFoundError(
            f"Article {self.sha256[:12]} was deleted at {self.told_time()} by {self.principal}.",
            reason="ARTICLE_DELETED",
            remedy="`goldbrief lineage` tells what was made of it.",
            metadata={"sha256": self.sha256},
        )

    def told_time(self) -> str:
        """When, for people."""
        return f"{datetime.fromtimestamp(self.time, UTC):%Y-%m-%d %H:%M} UTC"


class DatasetDeletions(Record):
    """What a dataset version has lost since it was built."""

    articles: tuple[DeletedArticle, ...]
    rows: dict[str, int]
    """Rows that are left, by split."""


def deleted_article_key(sha256: str) -> str:
    """Key of the DeletedArticle in the place of an article."""
    return f"{DELETED_ARTICLES}{sha256}.json"


def read_deleted_article(store: ObjectStore, sha256: str) -> DeletedArticle | None:
    """That an article was deleted; None when it was not."""
    key = deleted_article_key(sha256)
    return DeletedArticle.model_validate_json(store.get(key)) if store.exists(key) else None


def dataset_deletions_key(digest: str) -> str:
    """Key of the DatasetDeletions of a dataset version."""
    return f"deleted/datasets/{digest}.json"


def read_dataset_deletions(store: ObjectStore, digest: str) -> DatasetDeletions | None:
    """What a dataset version has lost; None when that is nothing."""
    key = dataset_deletions_key(digest)
    if not digest or not store.exists(key):
        return None
    return DatasetDeletions.model_validate_json(store.get(key))

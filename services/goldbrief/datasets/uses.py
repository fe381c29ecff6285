"""Which dataset versions an article is in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from goldbrief.core.deletions import deleted_article_key
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.object_keys import article_key
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.contents import read_fates
from goldbrief.datasets.material import SPLITS, Split
from goldbrief.platform.ledger import Work

_FEWEST_DIGITS = 6
_HASH = re.compile(rf"[0-9a-f]{{{_FEWEST_DIGITS},64}}")


def find_article(store: ObjectStore, prefix: str) -> str:
    """Return the hash of the article, deleted or not, that a prefix of it names.

    Args:
        store: Holds the articles.
        prefix: At least 6 hex digits.

    Returns:
        All 64.

    Raises:
        InvalidInputError: It is no such prefix, or several articles begin so.
        NotFoundError: No article does.
    """
    if not _HASH.fullmatch(prefix):
        raise InvalidInputError(
            f"{prefix[:64]!r} does not begin the hash of an article.",
            reason="INVALID_HASH",
            remedy=f"Give at least {_FEWEST_DIGITS} hex digits; `goldbrief articles list --json`"
            " tells them.",
        )
    places = (article_key(prefix), deleted_article_key(prefix))
    found = {
        PurePosixPath(key).stem
        for place in places
        for key in store.list(place.removesuffix(".json"))
    }
    if len(found) > 1:
        raise InvalidInputError(
            f"{len(found)} articles begin with {prefix}.",
            reason="AMBIGUOUS_HASH",
            remedy="Give more of the hash.",
        )
    if not found:
        raise NotFoundError(
            f"There is no article {prefix[:12]!r}.",
            reason="ARTICLE_NOT_FOUND",
            remedy="`goldbrief articles list` names the articles of a run or import.",
        )
    return found.pop()


def article_uses(
    store: ObjectStore, works: Sequence[Work], sha256: str
) -> Iterator[tuple[Work, list[Split]]]:
    """Find the versions that have rows of an article.

    Args:
        store: Holds the versions.
        works: That built them, the newest first.
        sha256: Of the article.

    Yields:
        Work and splits; the newest work where several built the same version of a line.
    """
    seen = set()
    for work in works:
        prefix = work.result.get("prefix", "")
        if not prefix or prefix in seen:
            continue
        seen.add(prefix)
        fates = {
            line["fate"]
            for line in read_fates(store, work)
            if line["step"] != "import" and line["article_sha256"] == sha256
        }
        splits = [split for split in SPLITS if split in fates]
        if splits:
            yield work, splits

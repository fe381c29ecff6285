"""What becomes of each document that an import found: one of each article is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from goldbrief.core.deletions import read_deleted_article
from goldbrief.core.documents import Article, Record
from goldbrief.core.object_keys import article_key
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.articles import ImportedFile, encode, refuse, without_passages
from goldbrief.datasets.duplicates import ARTICLE_SHINGLE, DuplicateIndex, fingerprint
from goldbrief.text.boilerplate import passage_keys

SHARED_BY = 5
"""Articles from which a passage that they have in common is boilerplate; fewer may quote."""
_PARALLEL_WRITES = 16


class Found(Record):
    """One document of a file, with its fate as far as the file alone tells."""

    file: ImportedFile
    article: Article | None


def decide(
    found: Callable[[], Iterator[Found]], store: ObjectStore, *, drops_shared: bool
) -> list[ImportedFile]:
    """Give every document its fate, in order, and store the kept articles.

    Goes over the documents twice, because what many articles share is known after the last,
    and holds none of them for long.

    Args:
        found: Yields the documents, the same each time.
        store: Where articles go.
        drops_shared: Whether passages that many articles share are dropped.

    Returns:
        The fates.
    """
    fates, counts = _without_duplicates(found(), drops_shared)
    shared = {passage for passage, count in counts.items() if count >= SHARED_BY}
    files: list[ImportedFile] = []
    with ThreadPoolExecutor(_PARALLEL_WRITES) as pool:
        writes = []
        for fate, document in zip(fates, found(), strict=True):
            file, article = fate, document.article
            if file.fate == "KEPT" and article is not None:
                file, article = without_passages(file, article, shared)
            if article is not None and (deleted := read_deleted_article(store, article.sha256)):
                file = refuse(file, f"it was deleted at {deleted.told_time()}")
            files.append(file)
            if file.fate == "KEPT" and article is not None:
                key = article_key(article.sha256)
                writes.append(pool.submit(store.put, key, encode(article)))
        for write in writes:
            write.result()  # raises what the store raised
    return files


def _without_duplicates(
    found: Iterator[Found], counts_shared: bool
) -> tuple[list[ImportedFile], Counter[str]]:
    """Fates after duplicates, and in how many of the kept articles each passage stands."""
    names: dict[str, str] = {}
    index = DuplicateIndex()
    files: list[ImportedFile] = []
    counts: Counter[str] = Counter()
    for document in found:
        file = _unless_duplicate(document, names, index)
        files.append(file)
        if counts_shared and file.fate == "KEPT" and document.article is not None:
            counts.update(passage_keys(document.article.text))
    return files, counts


def _unless_duplicate(found: Found, names: dict[str, str], index: DuplicateIndex) -> ImportedFile:
    """The document's fate, after those before it; `names` and `index` learn it."""
    if found.article is None:
        return found.file
    name, sha256 = found.file.name, found.article.sha256
    if sha256 in names:
        return refuse(found.file, f"duplicate of {names[sha256]}: the same text")
    text = fingerprint(found.article.text, ARTICLE_SHINGLE)
    matches = index.matches(text)
    if matches:
        other, shared = max(matches, key=lambda match: match[1])
        why = f"{shared:.0%} of their word sequences are shared"
        return refuse(found.file, f"duplicate of {names[other]}: {why}")
    names[sha256] = name
    index.add(sha256, text)
    return found.file

"""Imports: uploaded files become articles, each with its fate."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from goldbrief.core.documents import Article, Record
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json
from goldbrief.core.object_keys import article_key, upload_key
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import Outcome
from goldbrief.datasets.articles import ImportedFile, admit, encode, rejected
from goldbrief.datasets.duplicates import ARTICLE_SHINGLE, DuplicateIndex, fingerprint
from goldbrief.datasets.parsing import read_documents
from goldbrief.datasets.reasons import tell_reasons
from goldbrief.datasets.requests import require_request_id
from goldbrief.platform.ledger import Finish, Item, Ledger, NewWork, Work

KIND = "import"
MAX_BYTES = 64 * 1024 * 1024
"""Largest file of articles; a year of 10-K filings in plain text is about as long."""
_PARALLEL_WRITES = 16
_REASONS_TOLD = 5


class _Found(Record):
    """One document of a file, as `ingest` hands it to `deduplicate`."""

    file: ImportedFile
    article: Article | None


class Imports:
    """Creates imports and does their stages.

    Args:
        ledger: Holds the works.
        store: Holds uploads and articles.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore) -> None:
        self._ledger = ledger
        self._store = store

    def create(self, request_id: str, run_id: str, files: Sequence[tuple[str, str]]) -> Work:
        """Begin an import.

        Args:
            request_id: Makes the call idempotent.
            run_id: Run that asks; empty for none.
            files: Name and upload hash of each file; their order decides which of two
                duplicates is kept.

        Returns:
            The work.

        Raises:
            InvalidInputError: No files or no request id were given.
            NotFoundError: An upload is missing.
            AlreadyExistsError: The request id names another request.
        """
        require_request_id(request_id)
        if not files:
            raise InvalidInputError("The import names no files.", reason="NO_FILES")
        for name, sha256 in files:
            if not self._store.exists(upload_key(sha256)):
                raise NotFoundError(
                    f"{name} was not uploaded (sha256 {sha256[:12]}).",
                    reason="UPLOAD_NOT_FOUND",
                    remedy="Upload it first.",
                    metadata={"file": name},
                )
        items = [{"name": name, "sha256": sha256} for name, sha256 in files]
        return self._ledger.works.create(
            NewWork(
                kind=KIND,
                request_id=request_id,
                group_id=run_id,
                spec={"files": items},
                stages={"ingest": "datasets.ingest_file", "deduplicate": "datasets.deduplicate"},
                items=items,
                finalize="deduplicate",
            )
        )

    def get(self, import_id: str) -> Work:
        """Return an import; raises NotFoundError."""
        return self._ledger.works.get(import_id, KIND)

    def files(self, import_id: str) -> list[ImportedFile | str]:
        """List what became of each file.

        Args:
            import_id: The import.

        Returns:
            The fate of each file or row in order; before deduplication only the file's
            name, unless it was rejected.

        Raises:
            NotFoundError: There is no such import.
        """
        self.get(import_id)
        key = files_key(import_id)
        if self._store.exists(key):
            return [ImportedFile.model_validate(file) for file in json.loads(self._store.get(key))]
        return [
            rejected(item.data["name"], item.reason)
            if item.outcome == Outcome.REJECTED
            else str(item.data["name"])
            for item in self._ledger.works.items(import_id)
        ]

    def ingest(self, import_id: str, index: int, data: Mapping[str, Any]) -> Finish:
        """Read one file.

        Args:
            import_id: The import.
            index: Position of the file.
            data: Its name and upload hash.

        Returns:
            The end of the item: accepted when anything in the file may become an article.
        """
        content = self._store.get(upload_key(data["sha256"]))
        if len(content) > MAX_BYTES:
            reason = f"it is over {MAX_BYTES >> 20} MiB; split it, or compress JSONL as .jsonl.gz"
            return Finish(Outcome.REJECTED, reason=reason)
        found = [admit(document) for document in read_documents(data["name"], content)]
        lines = [_Found(file=file, article=article).model_dump_json() for file, article in found]
        self._store.put(_found_key(import_id, index), "\n".join(lines).encode())
        if any(article for _, article in found):
            return Finish()
        return Finish(
            Outcome.REJECTED, reason=tell_reasons((file.reason for file, _ in found), _REASONS_TOLD)
        )

    def deduplicate(self, import_id: str) -> Finish:
        """Keep one of each article and store it; record every fate.

        Args:
            import_id: The import.

        Returns:
            The end of the finalizing item; its result has articles_key, kept and rejected.

        Raises:
            InvalidInputError: Nothing was kept; the reasons are told.
        """
        files = self._decide(import_id)
        kept = [file for file in files if file.fate == "KEPT"]
        self._put_json(files_key(import_id), [file.model_dump() for file in files])
        if not kept:
            reasons = tell_reasons((file.reason for file in files), _REASONS_TOLD)
            raise InvalidInputError(
                f"None of the {len(files)} files became an article: {reasons}.",
                reason="NO_ARTICLES",
                remedy="The list of imported files tells the reason for each.",
            )
        listed = [{"sha256": f.article_sha256, "name": f.name, "words": f.words} for f in kept]
        self._put_json(articles_key(import_id), listed)
        return Finish(
            result={
                "articles_key": articles_key(import_id),
                "kept": len(kept),
                "rejected": len(files) - len(kept),
            }
        )

    def _decide(self, import_id: str) -> list[ImportedFile]:
        """Give every document its fate, in order, and store the kept articles."""
        files: list[ImportedFile] = []
        names: dict[str, str] = {}
        index = DuplicateIndex()
        with ThreadPoolExecutor(_PARALLEL_WRITES) as pool:
            writes = []
            for found in self._found(import_id):
                file = _unless_duplicate(found, names, index)
                files.append(file)
                if file.fate == "KEPT" and found.article is not None:
                    key = article_key(found.article.sha256)
                    writes.append(pool.submit(self._store.put, key, encode(found.article)))
            for write in writes:
                write.result()  # raises what the store raised
        return files

    def _found(self, import_id: str) -> Iterator[_Found]:
        for item in self._ledger.works.items(import_id):
            if not item.outcome:
                yield _Found(file=rejected(item.data["name"], _failure(item)), article=None)
                continue
            for line in self._store.get(_found_key(import_id, item.index)).decode().split("\n"):
                yield _Found.model_validate_json(line)

    def _put_json(self, key: str, value: Any) -> None:
        self._store.put(key, canonical_json(value))


def files_key(import_id: str) -> str:
    """Object key of the fates of an import's files."""
    return f"imports/{import_id}/files.json"


def articles_key(import_id: str) -> str:
    """Object key of the articles that an import kept: sha256, name and words of each, in order."""
    return f"imports/{import_id}/articles.json"


def _found_key(import_id: str, index: int) -> str:
    return f"imports/{import_id}/found/{index}.jsonl"


def _unless_duplicate(found: _Found, names: dict[str, str], index: DuplicateIndex) -> ImportedFile:
    """The document's fate, after those before it; `names` and `index` learn it."""
    if found.article is None:
        return found.file
    name, sha256 = found.file.name, found.article.sha256
    if sha256 in names:
        return rejected(name, f"duplicate of {names[sha256]}: the same text")
    text = fingerprint(found.article.text, ARTICLE_SHINGLE)
    matches = index.matches(text)
    if matches:
        other, shared = max(matches, key=lambda match: match[1])
        return rejected(
            name, f"duplicate of {names[other]}: {shared:.0%} of their word sequences are shared"
        )
    names[sha256] = name
    index.add(sha256, text)
    return found.file


def _failure(item: Item) -> str:
    cause = item.cause or {}
    return f"it could not be read: {cause.get('message', 'the import was stopped')}"

"""Imports: uploaded files become articles, each with its fate."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goldbrief.core.deletions import read_deleted_article
from goldbrief.core.documents import Article
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json
from goldbrief.core.object_keys import article_key, upload_key
from goldbrief.core.plans import ImportPolicy
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import Outcome
from goldbrief.datasets.articles import ImportedFile, admit, rejected
from goldbrief.datasets.fates import Found, decide
from goldbrief.datasets.parsing import read_documents
from goldbrief.datasets.reasons import tell_reasons
from goldbrief.datasets.requests import require_request_id
from goldbrief.datasets.sources import S3, Content, Source, Sources
from goldbrief.platform.ledger import Finish, Item, Ledger, NewWork, Work

KIND = "import"
MAX_BYTES = 64 * 1024 * 1024
"""Largest file of articles; a year of 10-K filings in plain text is about as long."""
_REASONS_TOLD = 5


class Imports:
    """Creates imports and does their stages.

    Args:
        ledger: Holds the works.
        store: Holds uploads and articles.
        sources: Reads what was not uploaded.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore, sources: Sources) -> None:
        self._ledger = ledger
        self._store = store
        self._sources = sources

    def create(
        self,
        request_id: str,
        run_id: str,
        files: Sequence[Source],
        policy: ImportPolicy | None = None,
    ) -> Work:
        """Begin an import.

        Args:
            request_id: Makes the call idempotent.
            run_id: Run that asks; empty for none.
            files: Their order decides which of two duplicates is kept.
            policy: What articles may hold; None means the defaults.

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
        for file in files:
            if not file.uri and not self._store.exists(upload_key(file.sha256)):
                raise NotFoundError(
                    f"{file.name} was not uploaded (sha256 {file.sha256[:12]}).",
                    reason="UPLOAD_NOT_FOUND",
                    remedy="Upload it first.",
                    metadata={"file": file.name},
                )
        items = [file._asdict() for file in files]
        wanted = policy or ImportPolicy()
        return self._ledger.works.create(
            NewWork(
                kind=KIND,
                request_id=request_id,
                group_id=run_id,
                spec={"files": items, "policy": wanted.model_dump(mode="json")},
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

    def article(self, sha256: str) -> Article:
        """Return an article by the hash of its text; raises NotFoundError."""
        deleted = read_deleted_article(self._store, sha256)
        if deleted is not None:
            raise deleted.error()
        key = article_key(sha256)
        if not self._store.exists(key):
            raise NotFoundError(
                f"There is no article {sha256[:12]!r}.",
                reason="ARTICLE_NOT_FOUND",
                remedy="`goldbrief articles list` names the articles of a run or import.",
            )
        return Article.model_validate_json(self._store.get(key))

    def sources(self, uri: str) -> list[Source]:
        """List what an import of `s3://bucket/prefix` would read; see `Sources.list`."""
        return list(self._sources.list(uri))

    def ingest(
        self, import_id: str, index: int, data: Mapping[str, Any], policy: ImportPolicy
    ) -> Finish:
        """Read one file.

        Args:
            import_id: The import.
            index: Position of the file.
            data: Its name, and its upload hash or where it is fetched from.
            policy: What articles may hold.

        Returns:
            The end of the item: accepted when anything in the file may become an article.

        Raises:
            TransientError: It cannot be fetched now.
        """
        found = list(self._read(data, policy))
        lines = [one.model_dump_json() for one in found]
        self._store.put(found_key(import_id, index), "\n".join(lines).encode())
        if any(one.article for one in found):
            return Finish()
        reasons = (one.file.reason for one in found)
        return Finish(Outcome.REJECTED, reason=tell_reasons(reasons, _REASONS_TOLD))

    def _read(self, data: Mapping[str, Any], policy: ImportPolicy) -> Iterator[Found]:
        name, source = data["name"], _source_of(data)
        try:
            content = self._content(data)
        except (InvalidInputError, NotFoundError) as refusal:
            file = rejected(name, refusal.message.rstrip("."))
            yield Found(file=file.model_copy(update={"source": source}), article=None)
            return
        for document in read_documents(name, content.data, content.suffix):
            file, article = admit(document, policy)
            # a row of a file may tell an address and has a size of its own
            known = {
                "source": file.source or source,
                "size": file.size or len(content.data),
                "upload": content.sha256,
            }
            if article is not None and data.get("uri"):
                article = article.model_copy(update={"uri": known["source"]})
            yield Found(file=file.model_copy(update=known), article=article)

    def _content(self, data: Mapping[str, Any]) -> Content:
        if not data.get("uri"):
            content = Content(self._store.get(upload_key(data["sha256"])), "")
        else:
            content = self._sources.read(data["uri"])
        if len(content.data) > MAX_BYTES:
            raise InvalidInputError(
                f"it is over {MAX_BYTES >> 20} MiB; split it, or compress JSONL as .jsonl.gz"
            )
        if data.get("uri"):
            # kept like an upload: pages change, and an article leads back to what was read
            self._store.put(upload_key(content.sha256), content.data)
        return content

    def deduplicate(self, import_id: str) -> Finish:
        """Keep one of each article and store it; record every fate.

        Args:
            import_id: The import.

        Returns:
            The end of the finalizing item; its result has articles_key, kept and rejected.

        Raises:
            InvalidInputError: Nothing was kept; the reasons are told.
        """
        drops_shared = policy_of(self.get(import_id).spec).boilerplate == "remove"
        files = decide(lambda: self._found(import_id), self._store, drops_shared=drops_shared)
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

    def _found(self, import_id: str) -> Iterator[Found]:
        for item in self._ledger.works.items(import_id):
            if not item.outcome:
                file = rejected(item.data["name"], _failure(item))
                file = file.model_copy(update={"source": _source_of(item.data)})
                yield Found(file=file, article=None)
                continue
            for line in self._store.get(found_key(import_id, item.index)).decode().split("\n"):
                yield Found.model_validate_json(line)

    def _put_json(self, key: str, value: Any) -> None:
        self._store.put(key, canonical_json(value))


def files_key(import_id: str) -> str:
    """Object key of the fates of an import's files."""
    return f"imports/{import_id}/files.json"


def articles_key(import_id: str) -> str:
    """Object key of the articles that an import kept: sha256, name and words of each, in order."""
    return f"imports/{import_id}/articles.json"


def policy_of(spec: Mapping[str, Any]) -> ImportPolicy:
    """The policy of an import; those begun by an earlier version have the defaults."""
    return ImportPolicy.model_validate(spec.get("policy", {}))


def found_key(import_id: str, index: int) -> str:
    """Object key of the documents that a file of an import yielded, as JSON lines."""
    return f"imports/{import_id}/found/{index}.jsonl"


def _source_of(data: Mapping[str, Any]) -> str:
    """Where a file came from, without what an object of S3 was pinned by."""
    uri = str(data.get("uri", ""))
    return (uri.rpartition("#")[0] if uri.startswith(S3) else uri) or str(data["name"])


def _failure(item: Item) -> str:
    cause = item.cause or {}
    return f"it could not be read: {cause.get('message', 'the import was stopped')}"

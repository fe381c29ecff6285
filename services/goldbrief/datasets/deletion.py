"""Deletes an article: its text wherever this service keeps it, and the rows that hold it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from goldbrief.core.deletions import (
    DatasetDeletions,
    DeletedArticle,
    dataset_deletions_key,
    deleted_article_key,
    read_dataset_deletions,
    read_deleted_article,
)
from goldbrief.core.documents import Pair
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.live_summaries import marked_wrong_prefix
from goldbrief.core.object_keys import article_key, live_text_prefix, upload_key
from goldbrief.core.plans import DatasetPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.articles import refuse, rejected
from goldbrief.datasets.collecting import SYNTHESIS, read_record
from goldbrief.datasets.fates import Found
from goldbrief.datasets.imports import KIND as IMPORT
from goldbrief.datasets.imports import files_key, found_key
from goldbrief.datasets.material import SPLITS
from goldbrief.datasets.uses import article_uses
from goldbrief.datasets.versions import KIND as DATASET
from goldbrief.platform.ledger import Ledger, Work

_READERS = (IMPORT, SYNTHESIS, DATASET, "evaluation")
"""Kinds of works that read or write articles."""


@dataclass
class Deleted:
    """What a deletion did."""

    article: DeletedArticle
    versions: list[Work] = field(default_factory=list)
    """Dataset versions that lost rows."""
    remains: list[str] = field(default_factory=list)
    """What still holds text of the article or says what it says, and why, in words."""


class Deletions:
    """Deletes articles.

    Args:
        ledger: Knows what was made of them.
        store: Holds them.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore) -> None:
        self._ledger = ledger
        self._store = store

    def delete(self, sha256: str, principal: str) -> Deleted:
        """Delete an article; deleting it again completes what was interrupted.

        Args:
            sha256: Of its text.
            principal: Name of who asks, for the record.

        Returns:
            What it touched, and what remains.

        Raises:
            FailedPreconditionError: An import, synthesis, dataset version or evaluation is still
                being made, and may be about to read or write it.
        """
        self._require_quiet()
        mark = read_deleted_article(self._store, sha256) or self._mark(sha256, principal)
        deleted = Deleted(mark)
        for work, _ in article_uses(self._store, self._ledger.works.of_kind(DATASET), sha256):
            self._redact(work, mark)
            deleted.versions.append(work)
        for work in self._ledger.works.of_kind(IMPORT):
            deleted.remains += self._forget_import(work, {sha256, *mark.variants})
        self._forget_live(sha256)
        self._store.delete(article_key(sha256))
        deleted.remains += [*self._plans(deleted.versions, sha256), *self._summaries(sha256)]
        return deleted

    def _forget_live(self, sha256: str) -> None:
        """Take out what is kept of live summaries of the article."""
        for key in self._store.list(live_text_prefix(sha256)):
            self._store.delete(key)
        for key in self._store.list(marked_wrong_prefix()):
            if f"/{sha256}-" in key:
                self._store.delete(key)

    def _mark(self, sha256: str, principal: str) -> DeletedArticle:
        """Refuse the article from now on, before anything of it is gone."""
        mark = DeletedArticle(
            sha256=sha256,
            time=self._ledger.database.now(),
            principal=principal,
            variants=tuple(sorted(self._variants(sha256))),
        )
        for text in (*mark.variants, sha256):  # itself last: it says that all are there
            self._put_json(deleted_article_key(text), mark.model_dump())
        return mark

    def _variants(self, sha256: str) -> set[str]:
        variants = set()
        for work in self._ledger.works.of_kind(IMPORT):
            if self._store.exists(files_key(work.id)):
                fates = json.loads(self._store.get(files_key(work.id)))
                for (_, found), fate in zip(self._found(work), fates, strict=True):
                    if found.article is not None and fate["article_sha256"] == sha256:
                        variants.add(found.article.sha256)
        return variants - {sha256}

    def _require_quiet(self) -> None:
        for kind in _READERS:
            for work in self._ledger.works.of_kind(kind):
                if work.ended_at is None:
                    raise FailedPreconditionError(
                        f"{work.id} is still {work.state}, and may read or write the article.",
                        reason="WORK_UNDER_WAY",
                        remedy="Wait until it has ended, or cancel its run.",
                    )

    def _redact(self, work: Work, mark: DeletedArticle) -> None:
        """Take the article's rows out of a version; its manifest says so, its name stays."""
        prefix, digest = work.result["prefix"], work.result["digest"]
        manifest = json.loads(self._store.get(f"{prefix}manifest.json"))
        known = read_dataset_deletions(self._store, digest)
        before = {one.sha256: one for one in known.articles} if known else {}
        articles = tuple({**before, mark.sha256: before.get(mark.sha256, mark)}.values())
        rows = {}
        for split in SPLITS:
            lines = self._store.get(f"{prefix}{split}.jsonl").splitlines()
            left = [line for line in lines if _article_of(line) != mark.sha256]
            data = b"".join(line + b"\n" for line in left)
            self._store.put(f"{prefix}{split}.jsonl", data)
            manifest["files"][f"{split}.jsonl"] = sha256_bytes(data)
            rows[split] = len(left)
        manifest["rows"] = rows
        manifest["deleted"] = [one.model_dump() for one in articles]
        self._put_json(f"{prefix}manifest.json", manifest)
        lost = DatasetDeletions(articles=articles, rows=rows)
        self._put_json(dataset_deletions_key(digest), lost.model_dump())

    def _forget_import(self, work: Work, texts: set[str]) -> Iterator[str]:
        """Take texts out of what an import read; yields what remains of its uploads."""
        places = list(self._found(work))
        holding = [
            (index, found)
            for index, found in places
            if found.article is not None and found.article.sha256 in texts
        ]
        per_file = Counter(index for index, _ in places)
        for index, found in holding:
            yield from self._forget_upload(work, index, found, per_file[index])
        for index in {index for index, _ in holding}:
            left = (_without(found, texts) for at, found in places if at == index)
            lines = [found.model_dump_json() for found in left]
            self._store.put(found_key(work.id, index), "\n".join(lines).encode())

    def _forget_upload(self, work: Work, index: int, found: Found, documents: int) -> Iterator[str]:
        file = work.spec["files"][index]
        upload = found.file.upload or file["sha256"]
        if not upload:
            yield f"what was fetched from {file['uri']}: this version of Goldbrief did not note it"
        elif documents == 1:
            self._store.delete(upload_key(upload))
        else:
            yield (
                f"{upload_key(upload)} ({file['name']}): it holds {documents} documents, and is"
                " stored under the hash of the whole"
            )

    def _found(self, work: Work) -> Iterator[tuple[int, Found]]:
        """Item and document of all that an import read, in the order of its fates."""
        for item in self._ledger.works.items(work.id):
            if not item.outcome:
                yield item.index, Found(file=rejected(item.data["name"], ""), article=None)
                continue
            text = self._store.get(found_key(work.id, item.index)).decode()
            for line in text.split("\n"):
                yield item.index, Found.model_validate_json(line)

    def _plans(self, versions: list[Work], sha256: str) -> Iterator[str]:
        for work in versions:
            plan = read_record(self._store, work.spec["plan_key"], DatasetPlan)
            if any(golden.article.sha256 == sha256 for golden in plan.golden_eval):
                yield (
                    f"{work.spec['plan_key']}: the article of a golden evaluation pair, in the plan"
                    f" that {work.id} is named by"
                )

    def _summaries(self, sha256: str) -> Iterator[str]:
        number = sum(
            item.data.get("article") == sha256 and "candidate_key" in item.data
            for work in self._ledger.works.of_kind(SYNTHESIS)
            for item in self._ledger.works.items(work.id)
        )
        if number:
            yield (
                f"{number} summaries that a teacher wrote of it, with their verdicts: they record"
                " what was paid for; they are in no dataset any more"
            )

    def _put_json(self, key: str, value: object) -> None:
        self._store.put(key, canonical_json(value))


def _article_of(line: bytes) -> str:
    return Pair.model_validate_json(line).article_sha256


def _without(found: Found, texts: set[str]) -> Found:
    if found.article is None or found.article.sha256 not in texts:
        return found
    return Found(file=refuse(found.file, "it was deleted"), article=None)

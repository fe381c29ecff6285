"""Dataset versions: built once, of a synthesis or of own pairs, named by their content."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.object_keys import article_key, upload_key
from goldbrief.core.plans import DatasetPlan
from goldbrief.core.seams import Embedder, ObjectStore
from goldbrief.datasets.articles import ImportedFile, encode
from goldbrief.datasets.card_facts import CardFacts
from goldbrief.datasets.card_measures import CHART
from goldbrief.datasets.collecting import (
    SYNTHESIS,
    Collected,
    collect,
    judge_cards,
    read_plan,
    require_ended,
)
from goldbrief.datasets.contents import read_manifest
from goldbrief.datasets.curation import Curated, curate
from goldbrief.datasets.extending import give_way, materials_of, require_extensible
from goldbrief.datasets.imports import KIND as IMPORT
from goldbrief.datasets.imports import files_key
from goldbrief.datasets.leakage import measure_leakage
from goldbrief.datasets.own_pairs import OwnFile, gather
from goldbrief.datasets.publishing import digest_of, publish, write_rows
from goldbrief.datasets.reasons import tell_reasons
from goldbrief.datasets.references import find_version
from goldbrief.datasets.requests import require_request_id
from goldbrief.datasets.vectors import RecordedVectors
from goldbrief.platform.ledger import Finish, Ledger, NewWork, Work

KIND = "dataset"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_REASONS_TOLD = 5
_HELD_OUT_SHARE = 10
"""Of so many own pairs one is held out, where the request does not say."""


@dataclass(frozen=True, slots=True)
class VersionRequest:
    """What a dataset version is to be built from; see the proto for the fields."""

    name: str
    synthesis_id: str
    import_id: str
    plan_key: str
    extends: str = ""


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A user's own pairs that are to become a dataset version; see the proto for the fields."""

    name: str
    file: OwnFile
    like: str = ""
    eval_pairs: int = 0
    embeddings: bool = True
    seed: int = 0


class DatasetVersions:
    """Creates dataset versions and builds them.

    Args:
        ledger: Holds the works, of the synthesis too.
        store: Holds what goes in and what comes out.
        embedder: Finds summaries that say the same in other words.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore, embedder: Embedder) -> None:
        self._ledger = ledger
        self._store = store
        self._embedder = embedder

    def create(self, request_id: str, run_id: str, request: VersionRequest) -> Work:
        """Begin to build a version.

        Args:
            request_id: Makes the call idempotent.
            run_id: Run that asks; empty for none.
            request: What from.

        Returns:
            The work.

        Raises:
            InvalidInputError: No request id, a bad name, or the plan is none.
            NotFoundError: Synthesis, import, plan or the version to extend is missing.
            FailedPreconditionError: The synthesis has not ended, or that version is not built
                or has prompts of its own.
            AlreadyExistsError: The request id names another request.
        """
        _check(request_id, request.name)
        require_ended(self._ledger.works.get(request.synthesis_id, SYNTHESIS))
        if request.import_id:
            self._ledger.works.get(request.import_id, IMPORT)
        read_plan(self._store, request.plan_key, DatasetPlan)
        if request.extends:
            base = self.get(request.extends)
            require_extensible(self._store, base)
            request = replace(request, extends=base.id)
        return self._begin(request_id, run_id, asdict(request), "datasets.curate")

    def create_of_own(self, request_id: str, request: OwnRequest) -> Work:
        """Begin to build a version of a user's own pairs.

        Args:
            request_id: Makes the call idempotent.
            request: What from.

        Returns:
            The work.

        Raises:
            InvalidInputError: No request id, a bad name, or fewer than no rows to hold out.
            NotFoundError: The upload is missing, or the version whose prompts it shall have.
            AlreadyExistsError: The request id names another request.
        """
        _check(request_id, request.name)
        if request.eval_pairs < 0:
            raise InvalidInputError(
                f"{request.eval_pairs} rows cannot be held out.",
                reason="INVALID_EVAL_PAIRS",
                remedy="Give a number, or 0 for a tenth of the rows.",
                metadata={"field": "eval_pairs"},
            )
        if not self._store.exists(upload_key(request.file.sha256)):
            raise NotFoundError(f"{request.file.name} was not uploaded.", reason="UPLOAD_NOT_FOUND")
        if request.like:
            request = replace(request, like=self.get(request.like).id)
        return self._begin(request_id, "", asdict(request), "datasets.import_pairs")

    def get(self, reference: str) -> Work:
        """Find a version.

        Args:
            reference: Id of the work, or as `find_version` says.

        Returns:
            The work; the newest where several built the same version.

        Raises:
            NotFoundError: There is none; the remedy names those that there are.
            InvalidInputError: Several digests begin so.
        """
        try:
            return self._ledger.works.get(reference, KIND)
        except NotFoundError:
            return find_version(self.of_name(""), reference)

    def of_name(self, name: str) -> list[Work]:
        """Works of a dataset line, newest first; of all lines when `name` is empty."""
        works = self._ledger.works.of_kind(KIND)
        return [work for work in works if not name or work.spec["name"] == name]

    def card(self, work: Work) -> str:
        """The data card; empty before the version is built."""
        prefix = work.result.get("prefix")
        return self._store.get(f"{prefix}card.md").decode() if prefix else ""

    def chart(self, work: Work) -> str:
        """The card's picture as SVG; empty before the version is built, or where it has none."""
        key = f"{work.result.get('prefix')}{CHART}"
        return self._store.get(key).decode() if self._store.exists(key) else ""

    def prompt_json(self, work: Work) -> str:
        """The prompt format; empty before the version is built, and where rows have their own."""
        manifest = read_manifest(self._store, work)
        if not manifest or "prompt.json" not in json.loads(manifest)["files"]:
            return ""
        return self._store.get(f"{work.result['prefix']}prompt.json").decode()

    def curate(self, spec: Mapping[str, Any]) -> Finish:
        """Build a version.

        Args:
            spec: Of its work.

        Returns:
            The end of the item; its result has name, version, digest, prefix and rows.

        Raises:
            InvalidInputError: No candidate is left to train on; the reasons are told.
            NotFoundError: An object is missing.
            TransientError: The embedder is away.
        """
        plan = read_plan(self._store, spec["plan_key"], DatasetPlan)
        collected = collect(self._ledger, self._store, spec["synthesis_id"])
        if spec.get("extends"):
            rows = materials_of(self._store, self.get(spec["extends"]))
            stay, fates = give_way(rows, collected.materials)
            collected = replace(
                collected,
                materials=[*collected.materials, *stay],
                fates=[*collected.fates, *fates],
            )
        for golden in plan.golden_eval:  # lineage leads from every row to its article
            key = article_key(golden.article.sha256)
            if not self._store.exists(key):
                self._store.put(key, encode(golden.article))
        return self._build(spec, plan, collected, self._imported(spec["import_id"]))

    def import_pairs(self, spec: Mapping[str, Any]) -> Finish:
        """Build a version of a user's own pairs; returns and raises as `curate`."""
        like = self.prompt_json(self.get(spec["like"])) if spec["like"] else ""
        prompt = PromptFormat.model_validate_json(like) if like else None
        gathered = gather(self._store, OwnFile(**spec["file"]), prompt)
        pairs = len(gathered.collected.materials)
        plan = DatasetPlan(
            name=spec["name"],
            prompt=gathered.prompt,
            pairs=max(1, pairs),
            eval_pairs=spec["eval_pairs"] or -(-pairs // _HELD_OUT_SHARE),
            embeddings=spec["embeddings"],
            seed=spec["seed"],
        )
        return self._build(spec, plan, gathered.collected, gathered.rows)

    def _build(
        self,
        spec: Mapping[str, Any],
        plan: DatasetPlan,
        collected: Collected,
        files: list[ImportedFile],
    ) -> Finish:
        embed = RecordedVectors(self._store, self._embedder).embed if plan.embeddings else None
        curated = curate(plan, collected.materials, collected.style_articles, embed)
        _require_rows(curated, collected)
        parents = {key: value for key, value in spec.items() if key != "name" and value}
        with TemporaryDirectory(prefix="goldbrief-dataset-") as folder:
            rows = write_rows(curated, Path(folder))
            facts = CardFacts(
                name=spec["name"],
                digest=digest_of(rows, plan.prompt),
                plan=plan,
                curated=curated,
                leakage=measure_leakage(curated.rows, curated.fingerprints, curated.vectors),
                unaccepted=collected.fates,
                files=files,
                judges=judge_cards(self._store, collected.materials),
                embedder=self._embedder.name if curated.vectors else "",
                extends=self._name_of(spec.get("extends", "")),
                costs=self._ledger.works.counts(spec.get("synthesis_id", "")),
            )
            return Finish(result=publish(self._store, facts, rows, parents))

    def _name_of(self, work_id: str) -> str:
        if not work_id:
            return ""
        result = self.get(work_id).result
        return f"{result['name']}/{result['version']}"

    def _begin(self, request_id: str, run_id: str, spec: dict[str, Any], task: str) -> Work:
        return self._ledger.works.create(
            NewWork(
                kind=KIND,
                request_id=request_id,
                group_id=run_id,
                spec=spec,
                stages={"build": task},
                items=[{}],
            )
        )

    def _imported(self, import_id: str) -> list[ImportedFile]:
        if not import_id:
            return []
        files = json.loads(self._store.get(files_key(import_id)))
        return [ImportedFile.model_validate(file) for file in files]


def _check(request_id: str, name: str) -> None:
    require_request_id(request_id)
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} is not a dataset name.",
            reason="INVALID_NAME",
            remedy="Use lower-case letters, digits, dots and dashes, at most 63.",
            metadata={"field": "name"},
        )


def _require_rows(curated: Curated, collected: Collected) -> None:
    if curated.split("train"):
        return
    lost = [*collected.fates, *(fate for fate in curated.fates if fate.fate == "dropped")]
    reasons = tell_reasons((f"{fate.step}: {fate.reason}" for fate in lost), _REASONS_TOLD)
    why = reasons.rstrip(".") or "there were none"
    raise InvalidInputError(
        f"No candidate is left to train on, of {len(lost)}: {why}.",
        reason="NO_ACCEPTED_CANDIDATES",
        remedy="Add articles, lower synthesis.accept_score, or use a stronger teacher.",
    )

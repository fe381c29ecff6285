"""Dataset versions: built once from a synthesis, immutable, named by their content."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import goldbrief
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_bytes, sha256_json
from goldbrief.core.judge_cards import JudgeCard
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import DatasetPlan
from goldbrief.core.seams import Embedder, ObjectStore
from goldbrief.datasets.articles import ImportedFile, encode
from goldbrief.datasets.balance import weight_shares
from goldbrief.datasets.card import CardFacts, length_summary, render_card
from goldbrief.datasets.collecting import SYNTHESIS, Collected, collect, read_plan, require_ended
from goldbrief.datasets.curation import Curated, curate
from goldbrief.datasets.imports import KIND as IMPORT
from goldbrief.datasets.imports import files_key
from goldbrief.datasets.leakage import measure_leakage
from goldbrief.datasets.material import SPLITS, Split
from goldbrief.datasets.reasons import tell_reasons
from goldbrief.datasets.references import find_version
from goldbrief.datasets.requests import require_request_id
from goldbrief.datasets.vectors import RecordedVectors
from goldbrief.platform.ledger import Finish, Ledger, NewWork, Work
from goldbrief.text.prompts import template_sha256

KIND = "dataset"
_VERSION_CHARS = 12
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_REASONS_TOLD = 5


@dataclass(frozen=True, slots=True)
class VersionRequest:
    """What a dataset version is to be built from; see the proto for the fields."""

    name: str
    synthesis_id: str
    import_id: str
    plan_key: str


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
            NotFoundError: Synthesis, import or plan is missing.
            FailedPreconditionError: The synthesis has not ended.
            AlreadyExistsError: The request id names another request.
        """
        require_request_id(request_id)
        if not _NAME.fullmatch(request.name):
            raise InvalidInputError(
                f"{request.name!r} is not a dataset name.",
                reason="INVALID_NAME",
                remedy="Use lower-case letters, digits, dots and dashes, at most 63.",
                metadata={"field": "name"},
            )
        require_ended(self._ledger.works.get(request.synthesis_id, SYNTHESIS))
        if request.import_id:
            self._ledger.works.get(request.import_id, IMPORT)
        read_plan(self._store, request.plan_key, DatasetPlan)
        return self._ledger.works.create(
            NewWork(
                kind=KIND,
                request_id=request_id,
                group_id=run_id,
                spec=asdict(request),
                stages={"curate": "datasets.curate"},
                items=[{}],
            )
        )

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

    def prompt_json(self, work: Work) -> str:
        """The prompt format with its style contract; empty before the version is built."""
        prefix = work.result.get("prefix")
        return self._store.get(f"{prefix}prompt.json").decode() if prefix else ""

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
        embed = RecordedVectors(self._store, self._embedder).embed if plan.embeddings else None
        curated = curate(plan, collected.materials, collected.style_articles, embed)
        _require_rows(curated, collected)
        for golden in plan.golden_eval:  # lineage leads from every row to its article
            key = article_key(golden.article.sha256)
            if not self._store.exists(key):
                self._store.put(key, encode(golden.article))
        return self._publish(spec, plan, collected, curated)

    def _publish(
        self, spec: Mapping[str, Any], plan: DatasetPlan, collected: Collected, curated: Curated
    ) -> Finish:
        files = {f"{split}.jsonl": _rows_file(curated, split) for split in SPLITS}
        digest = _digest(files, plan)
        version = {
            "name": spec["name"],
            "version": digest[:_VERSION_CHARS],
            "digest": digest,
            "rows": {split: len(curated.split(split)) for split in SPLITS},
        }
        facts = CardFacts(
            name=spec["name"],
            digest=digest,
            plan=plan,
            curated=curated,
            leakage=measure_leakage(curated.rows, curated.fingerprints, curated.vectors),
            unaccepted=collected.fates,
            files=self._imported(spec["import_id"]),
            judges=self._judges(collected),
            embedder=self._embedder.name if curated.vectors else "",
        )
        files["fates.jsonl"] = _fates_file(facts)
        files["card.md"] = render_card(facts).encode()
        files["prompt.json"] = canonical_json(plan.prompt.model_dump(mode="json"))
        manifest = {
            **version,
            "files": {name: sha256_bytes(data) for name, data in files.items()},
            "parents": {key: value for key, value in spec.items() if key != "name"},
            **_measures(facts),
        }
        prefix = f"datasets/{spec['name']}/{version['version']}/"
        self._put_once(prefix, files, manifest)
        return Finish(result={**version, "prefix": prefix})

    def _put_once(
        self, prefix: str, files: Mapping[str, bytes], manifest: Mapping[str, Any]
    ) -> None:
        """Store a version, its manifest last; one that exists stays as it is."""
        manifest_key = f"{prefix}manifest.json"
        if self._store.exists(manifest_key):
            return
        for name, data in files.items():
            self._store.put(prefix + name, data)
        self._store.put(manifest_key, canonical_json(manifest))

    def _judges(self, collected: Collected) -> dict[str, JudgeCard | None]:
        """Each judge and the card that held when it judged; the last where it changed."""
        cards = {m.judge: m.judge_card for m in collected.materials}
        return {
            judge: JudgeCard.model_validate_json(self._store.get(key)) if key else None
            for judge, key in sorted(cards.items())
        }

    def _imported(self, import_id: str) -> list[ImportedFile]:
        if not import_id:
            return []
        files = json.loads(self._store.get(files_key(import_id)))
        return [ImportedFile.model_validate(file) for file in files]


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


def _rows_file(curated: Curated, split: Split) -> bytes:
    rows = (row.pair.model_dump_json() for row in curated.rows if row.split == split)
    return "".join(f"{row}\n" for row in rows).encode()


def _fates_file(facts: CardFacts) -> bytes:
    """Files as they were imported, then candidates: first those never accepted."""
    files = ({"step": "import", **file.model_dump()} for file in facts.files)
    candidates = (fate.model_dump() for fate in (*facts.unaccepted, *facts.curated.fates))
    return b"".join(canonical_json(fate) + b"\n" for fate in (*files, *candidates))


def _digest(files: Mapping[str, bytes], plan: DatasetPlan) -> str:
    hashes = {name: sha256_bytes(data) for name, data in files.items()}
    return sha256_json({"files": hashes, "prompt": plan.prompt.model_dump(mode="json")})


def _measures(facts: CardFacts) -> dict[str, Any]:
    prompt, rows = facts.plan.prompt, facts.curated.rows
    return {
        "code_version": goldbrief.__version__,
        "prompt": prompt.model_dump(mode="json"),
        "prompt_template_sha256": template_sha256(prompt),
        "style_version": prompt.style.version,
        "seed": facts.plan.seed,
        "judges": {
            judge: card.standing if card else "uncalibrated" for judge, card in facts.judges.items()
        },
        "choice": facts.curated.choice.model_dump(mode="json"),
        "train_weights": weight_shares(facts.curated.split("train")),
        "embedder": facts.embedder,
        "leakage": facts.leakage.model_dump(mode="json"),
        "tokens": {
            "prompt": length_summary([row.prompt_tokens for row in rows]),
            "response": length_summary([row.response_tokens for row in rows]),
        },
    }

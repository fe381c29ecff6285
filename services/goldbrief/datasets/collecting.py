"""Collects what a dataset version is made of: candidates, judgments, articles, goldens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from goldbrief.core.deletions import DELETED_ARTICLES
from goldbrief.core.documents import Article, Candidate, Judgment
from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    InvalidInputError,
)
from goldbrief.core.judge_cards import JudgeCard
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import SynthesisPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import Outcome, State
from goldbrief.datasets.material import Fate, Material
from goldbrief.platform.ledger import Item, Ledger, Work

SYNTHESIS = "synthesis"
"""Kind of the works that candidates come from."""
_PARALLEL_READS = 16
_READ_AHEAD = 4096
"""Reads that wait for their turn: each takes more memory than what it brings."""

_Model = TypeVar("_Model", bound=BaseModel)
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True, slots=True)
class Collected:
    """The outcome of a synthesis."""

    materials: list[Material]
    fates: list[Fate]
    """Of the candidates that the synthesis did not accept."""
    style_articles: list[tuple[str, str]]
    """Name and text of the style goldens' articles, where they have one."""


def require_ended(synthesis: Work) -> None:
    """Raise FailedPreconditionError while candidates may still be added."""
    if not State(synthesis.state).is_terminal:
        raise FailedPreconditionError(
            f"Synthesis {synthesis.id} is still {synthesis.state}.",
            reason="SYNTHESIS_NOT_ENDED",
            remedy="Wait for it to end, or cancel it to use what it has.",
        )


def collect(ledger: Ledger, store: ObjectStore, synthesis_id: str) -> Collected:
    """Read the candidates of a synthesis.

    Args:
        ledger: Holds the synthesis.
        store: Holds candidates, judgments, articles and its plan.
        synthesis_id: The synthesis.

    Returns:
        Accepted candidates as materials, the others as fates.

    Raises:
        NotFoundError: There is no such synthesis, or an object of it is missing.
        FailedPreconditionError: It has not ended.
        DataCorruptionError: A stored record cannot be read.
    """
    synthesis = ledger.works.get(synthesis_id, SYNTHESIS)
    require_ended(synthesis)
    items = ledger.works.items(synthesis_id)
    deleted = {PurePosixPath(key).stem for key in store.list(DELETED_ARTICLES)}
    accepted = [item for item in items if _is_material(item, deleted)]
    goldens = read_record(store, synthesis.spec["plan_key"], SynthesisPlan).goldens
    return Collected(
        materials=_materials(store, accepted),
        fates=[_fate(item, deleted) for item in items if not _is_material(item, deleted)],
        style_articles=[(golden.name, golden.article_text) for golden in goldens],
    )


def judge_cards(store: ObjectStore, materials: Iterable[Material]) -> dict[str, JudgeCard | None]:
    """Each judge of a teacher's summaries, and the card that held; the last where it changed."""
    keys: dict[str, str] = {}
    for material in materials:
        if material.origin == "synthesized":
            keys[material.judge] = material.judge_card or keys.get(material.judge, "")
    return {
        judge: read_record(store, key, JudgeCard) if key else None
        for judge, key in sorted(keys.items())
    }


def read_plan(store: ObjectStore, key: str, kind: type[_Model]) -> _Model:
    """Read a plan that a caller named; raises NotFoundError, InvalidInputError."""
    data = store.get(key)
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise InvalidInputError(
            f"{key} is not a {kind.__name__}: {where}: {problem['msg']}.", reason="INVALID_PLAN"
        ) from error


def _materials(store: ObjectStore, accepted: Sequence[Item]) -> list[Material]:
    hashes = sorted({item.data["article"] for item in accepted})
    articles = dict(
        zip(
            hashes,
            parallel(lambda sha256: read_record(store, article_key(sha256), Article), hashes),
            strict=True,
        )
    )
    return parallel(lambda item: _material(store, item, articles[item.data["article"]]), accepted)


def _material(store: ObjectStore, item: Item, article: Article) -> Material:
    candidate_key, judgment_key = item.data["candidate_key"], item.data["judgment_key"]
    candidate = read_record(store, candidate_key, Candidate)
    judgment = read_record(store, judgment_key, Judgment)
    if judgment.overall is None:
        raise DataCorruptionError(
            f"Item {item.index} of {item.work_id} was accepted without a score.",
            reason="ACCEPTED_WITHOUT_SCORE",
        )
    return Material(
        article=article,
        persona=candidate.persona,
        response=candidate.text.strip(),
        teacher=candidate.author,
        judge=judgment.judge,
        judge_card=judgment.card,
        score=judgment.overall,
        passage=candidate.passage,
        candidate_key=candidate_key,
        judgment_key=judgment_key,
    )


def _is_material(item: Item, deleted: set[str]) -> bool:
    return item.outcome == Outcome.ACCEPTED and item.data["article"] not in deleted


def _fate(item: Item, deleted: set[str]) -> Fate:
    cause = item.cause or {}
    if item.outcome == Outcome.ACCEPTED and item.data["article"] in deleted:
        cause = {"message": "its article was deleted"}
    return Fate(
        step="synthesis",
        fate="rejected" if item.outcome else "failed",
        reason=item.reason or cause.get("message", "") or f"it ended {item.state}",
        article_sha256=item.data.get("article", ""),
        persona=item.data.get("persona", ""),
        candidate_key=item.data.get("candidate_key", ""),
        judgment_key=item.data.get("judgment_key", ""),
    )


def read_record(store: ObjectStore, key: str, kind: type[_Model]) -> _Model:
    """Read a stored record; raises NotFoundError, DataCorruptionError."""
    try:
        return kind.model_validate_json(store.get(key))
    except ValidationError as error:
        raise DataCorruptionError(
            f"{key} is not a {kind.__name__}.", reason="UNREADABLE_RECORD"
        ) from error


def parallel(call: Callable[[_In], _Out], values: Iterable[_In]) -> list[_Out]:
    """Make many small reads from a store at a distance; the answers in order."""
    left, found = iter(values), list[_Out]()
    with ThreadPoolExecutor(_PARALLEL_READS) as pool:
        while some := list(islice(left, _READ_AHEAD)):
            found += pool.map(call, some)
    return found

"""Reads what is known of a dataset version, for a proposal of the next round."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from goldbrief.core.documents import Article
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import SynthesisPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.collecting import SYNTHESIS, parallel, read_record
from goldbrief.datasets.contents import read_manifest, read_rejected, read_rows
from goldbrief.datasets.failed_cases import FailedCase, evaluations_of, failures, marked_wrong
from goldbrief.datasets.improving import Basis
from goldbrief.datasets.strata import length_band
from goldbrief.platform.ledger import Ledger, Work
from goldbrief.text.selection import estimate_tokens


def read_basis(ledger: Ledger, store: ObjectStore, version: Work) -> Basis:
    """Read a version, what it was made from, its newest evaluation, and what users marked wrong.

    Args:
        ledger: Holds the works.
        store: Holds their objects.
        version: The work that built it.

    Returns:
        What is known.

    Raises:
        FailedPreconditionError: It is not built.
        NotFoundError: An object is missing.
        DataCorruptionError: A stored record is not what it was.
    """
    rows = list(read_rows(store, version))
    lost = list(read_rejected(store, version))
    synthesis = _synthesis_plan(ledger, store, version)
    evaluations = evaluations_of(ledger, store, version.result["prefix"])[:1]
    accept_score = float(synthesis.get("accept_score", 0.0))
    failed = [case for work in evaluations for case in failures(store, work, accept_score)]
    wrong = marked_wrong(store, version.result["digest"])
    bands = _bands(
        store,
        {
            *(pair.article_sha256 for _, pair in rows),
            *(fate.article_sha256 for fate, _ in lost if fate.step == "synthesis"),
            *(article for article, *_ in failed),
        },
    )
    return Basis(
        version=f"{version.result['name']}/{version.result['version']}",
        digest=version.result["digest"],
        rows=[pair for split, pair in rows if split == "train"],
        bands=bands,
        held_out=frozenset(pair.article_sha256 for split, pair in rows if split != "train"),
        lost=lost,
        weights=json.loads(read_manifest(store, version)).get("train_weights", {}),
        failed=[
            FailedCase(article, persona, bands.get(article, ""), reason)
            for article, persona, reason in failed
        ],
        marked_wrong=wrong,
        evaluations=tuple(work.id for work in evaluations),
        synthesis=synthesis,
    )


def _synthesis_plan(ledger: Ledger, store: ObjectStore, version: Work) -> Mapping[str, Any]:
    synthesis_id = version.spec.get("synthesis_id")
    if not synthesis_id:
        return {}
    synthesis = ledger.works.get(synthesis_id, SYNTHESIS)
    return read_record(store, synthesis.spec["plan_key"], SynthesisPlan).model_dump()


def _bands(store: ObjectStore, hashes: Iterable[str]) -> dict[str, str]:
    known = sorted(filter(None, hashes))
    return dict(zip(known, parallel(lambda sha256: _band(store, sha256), known), strict=True))


def _band(store: ObjectStore, sha256: str) -> str:
    article = read_record(store, article_key(sha256), Article)
    return length_band(estimate_tokens(article.text))

"""A dataset version says the same from release to release, unless it is meant to change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from goldbrief.core.hashing import sha256_json
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.datasets.curation import curate
from goldbrief.datasets.leakage import measure_leakage
from goldbrief.datasets.likeness import Vector, whole_vectors
from goldbrief.datasets.material import Material
from goldbrief.datasets.publishing import digest_of, write_rows

from ..quickstart import WordEmbedder
from .samples import PROMPT, make_article, make_material, make_plan, prose

_ARTICLES = 1200


def candidates() -> list[Material]:
    """Two personas each; every tenth article stands there twice, every sixth is too long."""
    made = []
    for number in range(_ARTICLES):
        text = prose(number, 14 if number % 6 == 0 else 4)
        for again in range(2 if number % 10 == 0 else 1):
            article = make_article(f"{number}-{again}", f"C{number % 500}", text + " More." * again)
            for persona in ("CFO", "CEO"):
                summary = (
                    f"## Overview\n{prose(f'summary {number} {persona}', 2)}{' More.' * again}"
                )
                score = 3 + (7 * number + 3 * again) % 20 / 10
                made.append(
                    make_material(
                        number, article=article, persona=persona, response=summary, score=score
                    )
                )
    return made


def embed(texts: Sequence[str]) -> dict[str, Vector]:
    return dict(zip(texts, whole_vectors(WordEmbedder().embed(texts)), strict=True))


def test_thousands_of_candidates_make_the_rows_and_fates_that_they_made_before(
    tmp_path: Path,
) -> None:
    golden = GoldenEvalPair(
        name="g1", article=make_article("golden", "Golden Co"), persona="CFO",
        summary=f"## Overview\n{prose('g', 2)}",
    )  # fmt: skip
    plan = make_plan(
        prompt=PROMPT.model_copy(update={"strategy": "select", "article_tokens": 400}),
        pairs=2200, eval_pairs=220, golden_eval=[golden], balance=True, seed=3,
    )  # fmt: skip
    materials = candidates()
    curated = curate(plan, materials, [("style", materials[0].article.text)], embed)
    told = measure_leakage(curated.rows, curated.fingerprints, curated.vectors)
    fates = [
        [one.fate, one.reason, one.pair, one.candidate_key, one.article] for one in curated.fates
    ]
    assert len(materials) == len(fates) - 1 == 2640
    assert digest_of(write_rows(curated, tmp_path), plan.prompt)[:12] == "ec51800d8a5e"
    assert sha256_json(fates)[:12] == "e78093b2a913"
    assert told.closest == ("691-0.md", "307-0.md")
    assert told.closest_meaning == ("539-0.md", "774-0.md")
    assert (told.compared, round(told.median_similarity, 6)) == (113, 0.009009)

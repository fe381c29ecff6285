"""What a next round should add follows from what the last one left, and can be run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.documents import Finding
from goldbrief.core.live_summaries import MarkedWrong, marked_wrong_key
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.proposals import Proposal
from goldbrief.datasets.basis import read_basis
from goldbrief.datasets.improving import propose
from goldbrief.datasets.proposal_text import render_proposal
from goldbrief.datasets.versions import VersionRequest
from goldbrief.platform.ledger import Finish, NewWork, Work

from .samples import PROMPT, Workplace, make_article, make_material, make_plan, prose
from .test_versions import build, lines

FIGURES = Finding(check="figures", severity="error", message="The article does not have 7%.")


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def improve(place: Workplace, version: Work) -> Proposal:
    return propose(read_basis(place.ledger, place.store, version))


def told(proposal: Proposal, kind: str) -> list[str]:
    return [one.reason for one in proposal.suggestions if one.kind == kind]


def targets(proposal: Proposal) -> dict[tuple[str, str], str]:
    return {(one.article_sha256, one.persona): one.reason for one in proposal.targets}


def add_evaluation(place: Workplace, version: Work, predictions: Sequence[dict[str, Any]]) -> str:
    """Record a finished evaluation on the held-out rows of a version."""
    plan = EvaluationPlan(dataset_prefix=version.result["prefix"], prompt=PROMPT)
    systems = [{"name": "base"}, {"name": "tuned"}]
    work = place.ledger.works.create(
        NewWork(
            kind="evaluation",
            request_id="e",
            spec={"plan_key": place.put_plan(plan), "systems": systems},
            stages={"generate": "evaluation.generate"},
            items=[{}],
        )
    )
    (item,) = place.ledger.works.items(work.id)
    claim = place.ledger.items.claim(item.id)
    assert claim is not None
    place.ledger.items.move(claim, Finish())
    rows = "".join(f"{json.dumps(row)}\n" for row in predictions)
    place.store.put("evaluations/e/predictions.jsonl", rows.encode())
    place.ledger.works.set_result(work.id, {"predictions_key": "evaluations/e/predictions.jsonl"})
    return work.id


def prediction(article: str, **changes: Any) -> dict[str, Any]:
    metrics = {"figures_supported": 1.0, "judge_overall": 4.0, **changes.pop("metrics", {})}
    return {
        "system": "tuned", "article": article, "persona": "CFO", "summary": "s", "problems": [],
        "cause": "", "metrics": metrics, **changes,
    }  # fmt: skip


def test_rejected_summaries_are_written_again_for_their_reasons(place: Workplace) -> None:
    near, faulty, far = (make_material(name, name) for name in ("near", "faulty", "far"))
    synthesis = place.add_synthesis(
        [make_material(n, f"C{n}") for n in range(8)],
        refused=[
            (replace(near, score=2.8), ()),
            (replace(faulty, score=2.2), (FIGURES,)),
            (replace(far, score=1.5), ()),
        ],
    )
    proposal = improve(place, build(place, synthesis, make_plan()))
    found = targets(proposal)
    assert found[near.article.sha256, "CFO"].startswith("scored 2.80")
    assert found[faulty.article.sha256, "CFO"] == "The article does not have 7%"
    assert (far.article.sha256, "CFO") not in found
    assert told(proposal, "write again")[0].startswith(
        "1 summaries were rejected with a score within"
    )
    assert "The article does not have 7%" in told(proposal, "write again")[1]
    assert proposal.recipe["synthesis"] == {"candidates_per_article": 3, "max_rewrites": 3}
    assert proposal.evaluations == ()
    assert "No evaluation of it is finished" in render_proposal(proposal)


def test_barely_accepted_rows_are_written_again_but_never_what_is_held_out(
    place: Workplace,
) -> None:
    materials = [make_material(n, f"C{n}", score=3.1) for n in range(10)]
    version = build(place, place.add_synthesis(materials), make_plan(pairs=10, eval_pairs=3))
    prefix = version.result["prefix"]
    train = {row["article_sha256"] for row in lines(place, f"{prefix}train.jsonl")}
    assert {article for article, _ in targets(improve(place, version))} == train


def test_rare_personas_get_summaries_of_articles_that_others_have(place: Workplace) -> None:
    materials = [make_material(n, f"C{n}", score=4.5) for n in range(12)]
    article = materials[0].article
    materials.append(make_material(0, "C0", persona="CEO", article=article, score=4.5))
    version = build(place, place.add_synthesis(materials), make_plan(pairs=13, eval_pairs=0))
    proposal = improve(place, version)
    assert {persona for _, persona in targets(proposal)} == {"CEO"}
    assert (article.sha256, "CEO") not in targets(proposal)
    assert len(proposal.targets) == round(6.5 - 1)
    assert proposal.recipe["dataset"] == {"balance": True}
    assert told(proposal, "write again") == ["Only 1 of 13 rows are for the CEO."]


def test_rare_sources_and_lengths_are_told(place: Workplace) -> None:
    materials = [make_material(n, f"C{n}", score=4.5) for n in range(9)]
    long = make_article("long", "L", prose("long", 90)).model_copy(update={"source": "Desk"})
    materials.append(make_material("long", article=long, score=4.5))
    plan = make_plan(
        pairs=10, eval_pairs=0, prompt=PROMPT.model_copy(update={"article_tokens": 9000})
    )
    proposal = improve(place, build(place, place.add_synthesis(materials), plan))
    length, source = told(proposal, "add articles")
    assert length.startswith("Only 1 of 10 rows have articles of ")
    assert source == "Only 1 of 10 rows have articles from Desk."


def test_articles_that_do_not_fit_ask_for_a_selection(place: Workplace) -> None:
    long = make_material("long", article=make_article("long", "A", prose("long", 200)), score=4.5)
    materials = [long, *(make_material(n, f"C{n}", score=4.5) for n in range(4))]
    proposal = improve(place, build(place, place.add_synthesis(materials), make_plan()))
    assert proposal.recipe["article"] == {"strategy": "select"}
    assert set(targets(proposal)) == {(long.article.sha256, "CFO")}


def test_failed_cases_ask_for_goldens_and_for_summaries_of_their_kind(place: Workplace) -> None:
    materials = [make_material(n, f"C{n}", score=4.5) for n in range(10)]
    alike = replace(make_material("alike", "X"), score=1.5)
    synthesis = place.add_synthesis(materials, refused=[(alike, ())])
    version = build(place, synthesis, make_plan(pairs=10, eval_pairs=4))
    held = [row["article_sha256"] for row in lines(place, f"{version.result['prefix']}eval.jsonl")]
    evaluation = add_evaluation(
        place,
        version,
        [
            prediction(held[0], summary=None, cause="the engine was away"),
            prediction(held[1], metrics={"figures_supported": 0.5}),
            prediction(held[2], metrics={"judge_overall": 2.0}),
            prediction(held[3]),
            prediction(held[3], system="base", summary=None),
        ],
    )
    proposal = improve(place, version)
    assert proposal.evaluations == (evaluation,)
    (reason,) = told(proposal, "approve goldens")
    assert reason.startswith("The model failed on 3 held-out cases for CFO, articles of ")
    assert list(targets(proposal)) == [(alike.article.sha256, "CFO")]
    assert len(proposal.goldens) == 2
    assert not {golden.article_sha256 for golden in proposal.goldens} & set(held)


def test_live_summaries_that_were_marked_wrong_come_first(place: Workplace) -> None:
    materials = [make_material(n, f"C{n}", score=4.5) for n in range(8)]
    refused = make_material("refused", "X", score=1.5)
    synthesis = place.add_synthesis(materials, refused=[(refused, ())])
    version = build(place, synthesis, make_plan(pairs=8, eval_pairs=2))
    prefix, digest = version.result["prefix"], version.result["digest"]
    held = lines(place, f"{prefix}eval.jsonl")[0]["article_sha256"]
    live = make_article("live", "L", prose("live", 9))
    place.store.put(article_key(live.sha256), live.model_dump_json().encode())
    for number, (sha256, corrected) in enumerate(
        [(live.sha256, "## Overview\nAs it should be."), (held, "## Overview\nHeld out.")]
    ):
        wrong = MarkedWrong(
            article_sha256=sha256, persona="CFO", reason="figure", corrected=corrected
        )
        key = marked_wrong_key(digest, sha256, f"report-{number}")
        place.store.put(key, wrong.model_dump_json().encode())
    proposal = improve(place, version)
    assert next(iter(targets(proposal))) == (live.sha256, "CFO")
    assert held not in {article for article, _ in targets(proposal)}
    assert [draft.summary for draft in proposal.goldens] == ["## Overview\nAs it should be."]
    assert told(proposal, "write again")[0].startswith(
        "2 live summaries were marked wrong, and found to be: a figure is wrong"
    )


def test_where_all_is_well_nothing_is_proposed(place: Workplace) -> None:
    materials = [make_material(n, f"C{n}", score=4.5) for n in range(6)]
    proposal = improve(place, build(place, place.add_synthesis(materials), make_plan()))
    assert (proposal.suggestions, proposal.targets, proposal.recipe) == ((), (), {})
    assert "Nothing: all was accepted" in render_proposal(proposal)


def test_a_better_summary_takes_the_row_s_place_in_the_next_version(place: Workplace) -> None:
    materials = [make_material(n, f"C{n}", score=3.1) for n in range(8)]
    build(place, place.add_synthesis(materials), make_plan(pairs=8, eval_pairs=0))
    again = [
        replace(one, response=f"## Overview\n{prose(f'again {n}', 3)}", score=4.0 if n < 5 else 2.9)
        for n, one in enumerate(materials)
    ]
    synthesis = place.add_synthesis(again, request_id="second")
    plan_key = place.put_plan(make_plan(pairs=20, eval_pairs=0))
    wanted = VersionRequest("briefs", synthesis, "", plan_key, "briefs")
    work = place.run(place.versions.create("extended", "", wanted))
    rows = lines(place, f"{work.result['prefix']}train.jsonl")
    by_article: dict[str, list[float]] = {}
    for row in rows:
        by_article.setdefault(row["article_sha256"], []).append(row["judge_score"])
    assert [sorted(by_article[m.article.sha256]) for m in materials[:5]] == [[4.0]] * 5
    gave_way = [
        fate["reason"] for fate in lines(place, f"{work.result['prefix']}fates.jsonl")
        if fate["reason"].startswith("it gave way")
    ]  # fmt: skip
    assert gave_way == ["it gave way to a better summary (4.00 instead of 3.10)"] * 5

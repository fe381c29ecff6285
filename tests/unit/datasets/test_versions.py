"""A dataset version is immutable, named by its content, and accounts for every candidate."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.documents import Golden, Pair
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.judge_cards import JudgeCard
from goldbrief.core.plans import DatasetPlan, GoldenEvalPair
from goldbrief.datasets.material import Material
from goldbrief.datasets.own_pairs import OwnFile
from goldbrief.datasets.uploads import store_upload
from goldbrief.datasets.versions import OwnRequest, VersionRequest
from goldbrief.platform.ledger import NewWork, Work

from .samples import PROMPT, Workplace, make_article, make_material, make_plan, prose

GOLDEN = GoldenEvalPair(
    name="g1",
    article=make_article("golden", "Golden Co"),
    persona="CFO",
    summary=f"## Overview\n{prose('g', 2)}",
)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


@pytest.fixture
def materials() -> list[Material]:
    return [make_material(n, f"C{n % 6}") for n in range(12)]


def build(
    place: Workplace, synthesis: str, plan: DatasetPlan, request: str = "d", import_id: str = ""
) -> Work:
    wanted = VersionRequest("briefs", synthesis, import_id, place.put_plan(plan))
    return place.run(place.versions.create(request, "", wanted))


def lines(place: Workplace, key: str) -> list[Any]:
    return [json.loads(line) for line in place.store.get(key).decode().splitlines()]


def test_a_version_holds_splits_fates_card_and_manifest(
    place: Workplace, materials: list[Material]
) -> None:
    synthesis = place.add_synthesis(materials, ["The score of 2.10 is below 3."])
    plan = make_plan(pairs=12, eval_pairs=4, golden_eval=[GOLDEN])
    work = build(place, synthesis, plan)
    assert work.state == "SUCCEEDED"
    digest, prefix = work.result["digest"], work.result["prefix"]
    assert work.result["version"] == digest[:12]
    assert prefix == f"datasets/briefs/{digest[:12]}/"
    rows = work.result["rows"]
    assert rows["golden"] == 1
    assert sum(rows.values()) == 12
    for split, count in rows.items():
        pairs = [Pair.model_validate(row) for row in lines(place, f"{prefix}{split}.jsonl")]
        assert len(pairs) == count
    manifest = json.loads(place.store.get(f"{prefix}manifest.json"))
    assert set(manifest["files"]) == {
        "train.jsonl", "eval.jsonl", "golden.jsonl", "fates.jsonl", "card.md", "histograms.svg",
        "prompt.json",
    }  # fmt: skip
    for name, sha256 in manifest["files"].items():
        assert sha256_bytes(place.store.get(prefix + name)) == sha256
    assert manifest["parents"]["synthesis_id"] == synthesis
    assert place.store.exists(f"articles/{GOLDEN.article.sha256}.json")


def test_fates_lead_from_each_row_to_its_candidate_and_judgment(
    place: Workplace, materials: list[Material]
) -> None:
    synthesis = place.add_synthesis(materials, ["too vague"])
    work = build(place, synthesis, make_plan(pairs=8))
    fates = lines(place, f"{work.result['prefix']}fates.jsonl")
    assert len(fates) == 13
    assert [fate["fate"] for fate in fates].count("dropped") == 4
    (rejected,) = (fate for fate in fates if fate["fate"] == "rejected")
    assert (rejected["step"], rejected["reason"]) == ("synthesis", "too vague")
    for fate in fates:
        if fate["fate"] in ("train", "eval"):
            assert place.store.exists(fate["candidate_key"])
            assert place.store.exists(fate["judgment_key"])


def test_the_same_content_in_another_order_and_run_is_the_same_version(
    place: Workplace, materials: list[Material], tmp_path: Path
) -> None:
    plan = make_plan(pairs=9, eval_pairs=3, golden_eval=[GOLDEN])
    first = build(place, place.add_synthesis(materials), plan)
    again = place.add_synthesis(materials[::-1], request_id="other")
    second = build(place, again, plan, "other")
    (tmp_path / "elsewhere").mkdir()
    elsewhere = Workplace(tmp_path / "elsewhere")
    third = build(elsewhere, elsewhere.add_synthesis(materials[5:] + materials[:5]), plan)
    assert first.result == second.result == third.result
    manifest = json.loads(place.store.get(f"{first.result['prefix']}manifest.json"))
    assert manifest["parents"]["synthesis_id"] == first.spec["synthesis_id"]


def test_another_row_or_prompt_is_another_version(
    place: Workplace, materials: list[Material]
) -> None:
    synthesis = place.add_synthesis(materials)
    wrapped = PROMPT.model_copy(update={"max_new_tokens": 99})
    plans = [make_plan(pairs=12), make_plan(pairs=11), make_plan(pairs=12, prompt=wrapped)]
    digests = {
        build(place, synthesis, plan, f"request {number}").result["digest"]
        for number, plan in enumerate(plans)
    }
    assert len(digests) == 3


def test_a_version_is_found_by_id_digest_or_the_beginning_of_one(
    place: Workplace, materials: list[Material]
) -> None:
    synthesis = place.add_synthesis(materials)
    work = build(place, synthesis, make_plan())
    digest = work.result["digest"]
    for reference in (work.id, digest, digest[:12], digest[:4]):
        assert place.versions.get(reference).id == work.id
    for unknown in ("data-0", "0000" if not digest.startswith("0000") else "ffff"):
        with pytest.raises(NotFoundError):
            place.versions.get(unknown)
    assert [found.id for found in place.versions.of_name("briefs")] == [work.id]
    assert place.versions.of_name("other") == []


def test_a_beginning_that_several_digests_share_is_refused(place: Workplace) -> None:
    for number in range(2):
        work = place.ledger.works.create(
            NewWork("dataset", f"r{number}", {"name": "x"}, {"curate": "datasets.curate"}, [{}])
        )
        place.ledger.works.set_result(work.id, {"digest": f"abcd{number}"})
    with pytest.raises(InvalidInputError, match="2 dataset versions begin with abcd"):
        place.versions.get("abcd")


def test_without_accepted_candidates_the_version_fails_with_the_reasons(place: Workplace) -> None:
    rejected = ["The score of 2.10 is below 3.", "The score of 1.90 is below 3.", "No figures."]
    work = build(place, place.add_synthesis([], rejected), make_plan())
    assert work.state == "FAILED"
    assert work.cause is not None
    assert work.cause["reason"] == "NO_ACCEPTED_CANDIDATES"
    assert work.cause["message"] == (
        "No candidate is left to train on, of 3: synthesis: The score of 2.10 is below 3. "
        "(2 like this); synthesis: No figures."
    )


def test_the_card_says_what_is_missing_and_what_was_lost(
    place: Workplace, materials: list[Material]
) -> None:
    files = {f"{n}.txt": prose(n).encode() for n in range(12)} | {"bad.txt": b"short"}
    import_id = place.run_import(files).id
    synthesis = place.add_synthesis(materials, ["The score of 2.10 is below 3."] * 3)
    plan = make_plan(pairs=5000, eval_pairs=500, golden_eval=[GOLDEN])
    card = place.versions.card(build(place, synthesis, plan, import_id=import_id))
    for told in (
        "Smaller than planned:** 13 pairs of the 5000",
        "should be 10 summaries approved by people, there are only 1",
        "Judge offline-metric-1, **uncalibrated**: scores",
        "A model tuned on them is a demonstration.",
        "12 of 13 files or rows became articles.",
        "Licences, by number of articles: not known (12).",
        "| it is shorter than 80 words (it has 1) | 1 |",
        "| synthesis: The score of 2.10 is below 3. | 3 |",
        "- Companies in both: 0.",
        "All articles fit into the prompt's room of 2000 tokens.",
    ):
        assert told in card


def test_the_card_says_what_its_judge_is_worth_and_that_it_is_kin_to_the_teacher(
    place: Workplace, materials: list[Material]
) -> None:
    card = JudgeCard(
        judge="llm:llama-3-8b", rubric="r", version="v", created="2026-11-29T12:00:00Z",
        standing="unfit", reasons=("It gives every summary the same score.",),
        rated=0, good=3, faulty=30, failed=0, verdicts=33, spread=0.0, repeat_spread=0.0,
    )  # fmt: skip
    place.store.put("judge-cards/v/cards/1.json", card.model_dump_json().encode())
    judge = {"judge": card.judge, "judge_card": "judge-cards/v/cards/1.json"}
    judged = [replace(one, teacher="llama-3-70b", **judge) for one in materials]
    text = place.versions.card(build(place, place.add_synthesis(judged), make_plan(pairs=12)))
    for told in (
        "Judge llm:llama-3-8b, **unfit**: scores",
        "Its card of 2026-11-29: unfit: nothing is known of it.",
        "  - It gives every summary the same score.",
        "**Kin:** llama-3-70b and llm:llama-3-8b are both llama",
    ):
        assert told in text


def test_articles_of_the_synthesis_s_style_goldens_are_left_out(
    place: Workplace, materials: list[Material]
) -> None:
    golden = Golden(
        name="style.md", persona="CFO", summary="", article_text=materials[0].article.text
    )
    synthesis = place.add_synthesis(materials, goldens=[golden])
    work = build(place, synthesis, make_plan(pairs=12))
    assert sum(work.result["rows"].values()) == 11


def test_a_request_is_checked_before_work_begins(
    place: Workplace, materials: list[Material]
) -> None:
    synthesis = place.add_synthesis(materials)
    plan_key = place.put_plan(make_plan())
    running = place.ledger.works.create(NewWork("synthesis", "r", {}, {"w": "x.y"}, [{}]))

    def create(name: str = "briefs", source: str = synthesis, plan: str = plan_key) -> None:
        place.versions.create("r", "", VersionRequest(name, source, "", plan))

    with pytest.raises(InvalidInputError, match="is not a dataset name"):
        create(name="My Briefs")
    with pytest.raises(NotFoundError, match="no synthesis"):
        create(source="synt-0")
    with pytest.raises(FailedPreconditionError, match="is still QUEUED"):
        create(source=running.id)
    with pytest.raises(NotFoundError):
        create(plan="plans/0.json")
    place.store.put("plans/bad.json", b'{"name": 1}')
    with pytest.raises(InvalidInputError, match=r"plans/bad.json is not a DatasetPlan: name:"):
        create(plan="plans/bad.json")


def test_a_version_extends_another_and_keeps_what_was_held_out(
    place: Workplace, materials: list[Material]
) -> None:
    base = build(place, place.add_synthesis(materials), make_plan(pairs=12, eval_pairs=4))
    new = [make_material(f"new {n}", f"N{n}", score=4.5) for n in range(9)]
    synthesis = place.add_synthesis(new, request_id="second")
    wanted = VersionRequest(
        "briefs", synthesis, "", place.put_plan(make_plan(pairs=30, eval_pairs=5)), "briefs"
    )
    work = place.run(place.versions.create("extended", "", wanted))
    assert sum(work.result["rows"].values()) == 21
    held, before = (
        {row["article_sha256"] for row in lines(place, f"{one.result['prefix']}eval.jsonl")}
        for one in (work, base)
    )
    assert before <= held
    manifest = json.loads(place.store.get(f"{work.result['prefix']}manifest.json"))
    assert manifest["parents"]["extends"] == base.id


def test_articles_of_one_company_stay_held_out_one_by_one(place: Workplace) -> None:
    materials = [make_material(n, "Only") for n in range(8)]
    base = build(place, place.add_synthesis(materials), make_plan(pairs=8, eval_pairs=2))
    again = [
        replace(one, response=f"## Overview\n{prose(f'again {n}', 3)}", score=4.9)
        for n, one in enumerate(materials)
    ]
    synthesis = place.add_synthesis(again, request_id="second")
    plan_key = place.put_plan(make_plan(pairs=30, eval_pairs=2))
    wanted = VersionRequest("briefs", synthesis, "", plan_key, "briefs")
    work = place.run(place.versions.create("extended", "", wanted))
    held, before, train = (
        {row["article_sha256"] for row in lines(place, f"{one.result['prefix']}{split}.jsonl")}
        for one, split in ((work, "eval"), (base, "eval"), (work, "train"))
    )
    assert before == held
    assert len(train) == 6


def test_a_version_with_prompts_of_its_own_is_not_extended(place: Workplace) -> None:
    rows = [{"prompt": prose(n), "response": prose(n).split(". ")[0] + "."} for n in range(4)]
    data = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    sha256 = store_upload(place.store, "own.jsonl", [data]).sha256
    own = OwnRequest("own", OwnFile("own.jsonl", sha256, "", ""))
    place.run(place.versions.create_of_own("own", own))
    synthesis = place.add_synthesis([make_material(1)])
    wanted = VersionRequest("briefs", synthesis, "", place.put_plan(make_plan()), "own")
    with pytest.raises(FailedPreconditionError, match="its rows have prompts of their own"):
        place.versions.create("r", "", wanted)

"""Curation: distinct rows, splits without leaks, and a fate for every candidate."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace

import pytest

from goldbrief.core.documents import SYNTHETIC, Article
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.datasets.curation import Curated, curate
from goldbrief.datasets.leakage import measure_leakage
from goldbrief.datasets.material import Material
from goldbrief.datasets.splits import eval_size, held_out

from .samples import PROMPT, make_article, make_material, make_plan, prose


def golden_pair(article: Article) -> GoldenEvalPair:
    return GoldenEvalPair(
        name="g1", article=article, persona="CFO", summary=f"## Overview\n{prose('golden')}"
    )


def reasons(curated: Curated) -> list[str]:
    return [fate.reason for fate in curated.fates if fate.fate == "dropped"]


def companies(curated: Curated, split: str) -> set[str]:
    return {row.article.company for row in curated.rows if row.split == split}


def test_every_candidate_has_one_fate_and_train_and_eval_share_no_company() -> None:
    materials = [make_material(n, f"C{n % 7}") for n in range(30)]
    curated = curate(make_plan(pairs=20, eval_pairs=5), materials, [])
    assert len(curated.fates) == 30
    counts = Counter(fate.fate for fate in curated.fates)
    assert counts["dropped"] == 10
    assert counts["train"] + counts["eval"] == 20
    assert 1 <= counts["eval"] <= 5
    assert companies(curated, "train").isdisjoint(companies(curated, "eval"))


def test_the_order_of_the_candidates_changes_nothing() -> None:
    materials = [make_material(n, f"C{n % 5}", score=3 + n % 3 / 2) for n in range(24)]
    shuffled = random.Random(1).sample(materials, len(materials))
    plan = make_plan(pairs=16, eval_pairs=4)
    first, second = curate(plan, materials, []), curate(plan, shuffled, [])
    assert [row.pair for row in first.rows] == [row.pair for row in second.rows]
    assert first.fates == second.fates


def test_a_row_shows_the_student_what_the_teacher_condensed_and_says_so() -> None:
    prompt = PROMPT.model_copy(update={"strategy": "map_reduce", "article_tokens": 200})
    long = make_article("long", "Long", prose("long", 40))
    merged = replace(make_material("long", article=long), passage="Sales rose 4%.")
    short = make_material("short", article=make_article("short", "Short", prose("short", 2)))
    curated = curate(make_plan(prompt=prompt), [merged, short], [])
    by_company = {row.article.company: row.pair for row in curated.rows}
    assert "Sales rose 4%." in by_company["Long"].prompt
    assert long.text[:50] not in by_company["Long"].prompt
    assert (by_company["Long"].strategy, by_company["Short"].strategy) == ("map_reduce", "full")


def test_the_best_of_several_candidates_for_an_article_and_reader_makes_the_row() -> None:
    article, other = make_article("x", "A"), make_material("y", "B")
    drafts = [
        make_material("x", article=article, response=f"## Overview\n{prose(n, 3)}", score=3 + n / 2)
        for n in range(3)
    ]
    curated = curate(make_plan(), [*drafts, other], [])
    assert {row.pair.response for row in curated.rows} == {drafts[2].response, other.response}
    assert reasons(curated) == ["another candidate for its article and CFO scores 4.00"] * 2


def invented(seed: str, company: str, score: float = 4.0) -> Material:
    article = make_article(seed, company).model_copy(update={"source": SYNTHETIC})
    return make_material(seed, article=article, score=score)


def test_invented_articles_are_capped_in_share_and_never_held_out() -> None:
    real = [make_material(n, f"C{n}") for n in range(8)]
    synthetic = [invented(f"s{n}", f"S{n}", score=3 + n / 10) for n in range(8)]
    curated = curate(make_plan(pairs=30, eval_pairs=9, synthetic_share=0.2), real + synthetic, [])
    sources = Counter(row.pair.source for row in curated.rows)
    assert sources == {"Wire": 8, SYNTHETIC: 2}
    assert all(row.pair.source != SYNTHETIC for row in curated.split("eval"))
    assert len(curated.split("eval")) > 1
    kept = {row.article.company for row in curated.rows if row.pair.source == SYNTHETIC}
    assert kept == {"S7", "S6"}
    assert reasons(curated) == ["synthetic articles may be 20% of the rows"] * 6
    assert "2 rows are on articles that the teacher invented." in curated.notes


def test_an_invented_article_about_a_company_that_is_held_out_is_left_out() -> None:
    real = [make_material(n, f"C{n}") for n in range(8)]
    held = companies(curate(make_plan(), real, []), "eval")
    plan = make_plan(synthetic_share=0.5)
    curated = curate(plan, [*real, *(invented(f"s{name}", name) for name in held)], [])
    assert companies(curated, "eval") == held
    assert not any(row.pair.source == SYNTHETIC for row in curated.rows)


def test_another_seed_holds_out_other_companies() -> None:
    materials = [make_material(n, f"C{n}") for n in range(20)]
    held = [
        companies(curate(make_plan(pairs=20, eval_pairs=5, seed=seed), materials, []), "eval")
        for seed in (0, 1)
    ]
    assert held[0] != held[1]


def test_the_best_are_chosen_first_but_every_company_in_its_turn() -> None:
    materials = [make_material(f"a{n}", "Big", score=4.5 - n / 10) for n in range(8)]
    materials += [make_material(f"b{n}", f"Small {n}", score=3.0) for n in range(2)]
    curated = curate(make_plan(pairs=4, eval_pairs=0), materials, [])
    chosen = sorted((row.article.company, row.pair.judge_score) for row in curated.rows)
    assert chosen == [("Big", 4.4), ("Big", 4.5), ("Small 0", 3.0), ("Small 1", 3.0)]
    assert set(reasons(curated)) == {"not needed: the plan has 4 pairs"}


def test_of_near_duplicate_articles_the_one_with_the_better_summary_stays() -> None:
    text = prose(1)
    materials = [
        make_material("x", "A", article=make_article("x", "A", text), score=3.5),
        make_material("y", "B", article=make_article("y", "B", f"{text} More."), score=4.5),
        make_material("z", "C"),
    ]
    curated = curate(make_plan(), materials, [])
    assert {row.article.uri for row in curated.rows} == {"y.md", "z.md"}
    (reason,) = reasons(curated)
    assert reason.startswith("near-duplicate of article ")


def test_like_summaries_are_dropped_unless_they_are_for_two_readers_of_one_article() -> None:
    article = make_article("x", "A")
    summary = f"## Overview\n{prose('s')}"
    materials = [
        make_material("x", article=article, response=summary, persona="CFO", score=4.5),
        make_material("x", article=article, response=f"{summary} x", persona="CEO", score=4.4),
        make_material("x", article=article, response=f"{summary} y", persona="CFO", score=4.3),
        make_material("y", "B", response=f"{summary} z", persona="CFO", score=4.2),
        make_material("y2", "B"),
    ]
    curated = curate(make_plan(), materials, [])
    kept = sorted((row.article.uri, row.pair.persona) for row in curated.rows)
    assert kept == [("x.md", "CEO"), ("x.md", "CFO"), ("y2.md", "CFO")]
    assert sorted(reasons(curated)) == [
        "another candidate for its article and CFO scores 4.50",
        "its summary is nearly the same as a better or equal one",
    ]


def test_a_candidate_that_was_written_twice_is_used_once() -> None:
    twice = [make_material(1, "A"), make_material(1, "A"), make_material(2, "B")]
    curated = curate(make_plan(), twice, [])
    assert len(curated.rows) == 2
    assert reasons(curated) == ["the same as another candidate"]


def test_articles_of_style_goldens_are_in_no_split() -> None:
    materials = [make_material(n, f"C{n}") for n in range(4)]
    style_article = materials[2].article.text + " A closing line."
    curated = curate(make_plan(), materials, [("style.md", style_article), ("bare.md", "")])
    assert "2.md" not in {row.article.uri for row in curated.rows}
    (reason,) = reasons(curated)
    assert reason.startswith("its article is that of style golden style.md (")


def test_golden_pairs_are_a_split_that_shares_neither_article_nor_company_with_others() -> None:
    golden = golden_pair(make_article("golden", "Calder"))
    copy = make_article("copy", "Other", golden.article.text + " And so on.")
    materials = [make_material(n, f"C{n}") for n in range(6)]
    materials += [make_material("same company", "CALDER "), make_material("c", article=copy)]
    curated = curate(make_plan(golden_eval=[golden]), materials, [])
    (row,) = curated.split("golden")
    assert (row.pair.origin, row.pair.response) == ("golden", golden.summary)
    assert row.pair.company == "Calder"
    assert sorted(reason[:12] for reason in reasons(curated)) == ["its article ", "its company "]
    assert len(curated.split("train")) == 5
    assert len(curated.split("eval")) == 1


def test_one_company_alone_is_split_by_article_and_said_so() -> None:
    golden = golden_pair(make_article("golden", "Calder"))
    materials = [make_material(n, "Calder") for n in range(10)]
    curated = curate(make_plan(golden_eval=[golden]), materials, [])
    assert curated.split("train")
    assert curated.split("eval")
    assert len(curated.notes) == 2
    assert measure_leakage(curated.rows, curated.fingerprints).companies_shared == 1


def test_an_article_that_does_not_fit_the_prompt_is_dropped_with_the_reason() -> None:
    long = make_article("long", "A", prose("long", 200))
    materials = [make_material("long", article=long), make_material(1, "B"), make_material(2, "C")]
    curated = curate(make_plan(), materials, [])
    (reason,) = reasons(curated)
    assert reason.startswith("The article has about")
    selecting = make_plan(prompt=PROMPT.model_copy(update={"strategy": "select"}))
    assert not reasons(curate(selecting, materials, []))


@pytest.mark.parametrize(
    ("rows", "pairs", "eval_pairs", "size"),
    [(5000, 5000, 500, 500), (54, 5000, 500, 5), (3, 5000, 500, 1), (9, 9, 0, 0), (9, 5, 5, 5)],
)
def test_eval_shrinks_with_the_rows(rows: int, pairs: int, eval_pairs: int, size: int) -> None:
    assert eval_size(rows, pairs, eval_pairs) == size


@pytest.mark.parametrize(
    ("groups", "target", "held"),
    [
        ("ab", 1, 1),  # two groups leave one to each side
        ("aaabbbb", 1, 3),  # none fits: the smallest
        ("aaaa", 2, 0),  # one group cannot be split
        ("abc", 9, 2),  # something is left to train on
        ("abc", 0, 0),
    ],
)
def test_whole_groups_are_held_out(groups: str, target: int, held: int) -> None:
    chosen = held_out(list(groups), target, seed=0)
    assert sum(group in chosen for group in groups) == held


def test_leakage_names_the_most_alike_articles() -> None:
    shared = prose("shared", 6)
    materials = [make_material(n, f"C{n}") for n in range(5)]
    for name in ("left", "right"):
        text = f"{prose(name, 8)} {shared}"
        materials.append(make_material(name, name, article=make_article(name, name, text)))
    found = []
    for seed in range(12):
        curated = curate(make_plan(pairs=7, eval_pairs=2, seed=seed), materials, [])
        found.append(measure_leakage(curated.rows, curated.fingerprints))
    assert all(leakage.articles_shared == leakage.companies_shared == 0 for leakage in found)
    across = [leakage for leakage in found if set(leakage.closest) == {"left.md", "right.md"}]
    assert across
    assert 0.2 < across[0].max_similarity < 0.4
    assert 0.3 < across[0].max_passages_shared < 0.5


def test_two_thousand_pairs_are_curated_within_seconds() -> None:
    materials = [make_material(n, f"C{n % 300}") for n in range(2000)]
    started = time.monotonic()
    curated = curate(make_plan(pairs=1800, eval_pairs=180), materials, [])
    measure_leakage(curated.rows, curated.fingerprints)
    assert len(curated.rows) == 1800
    assert time.monotonic() - started < 20

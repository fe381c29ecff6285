"""Curation: distinct rows, splits without leaks, and a fate for every candidate."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from goldbrief.core.documents import SYNTHETIC, Article
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.datasets.balance import weight_shares
from goldbrief.datasets.curation import Curated, curate
from goldbrief.datasets.leakage import measure_leakage
from goldbrief.datasets.likeness import LIKE, Vector, whole_vectors
from goldbrief.datasets.material import Material
from goldbrief.datasets.splits import eval_size, held_out

from ..quickstart import WordEmbedder
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
    invented_too = [invented(f"s{n}", f"C{n}") for n in range(8)]
    curated = curate(make_plan(synthetic_share=0.5), [*real, *invented_too], [])
    of_invented = {row.article.company for row in curated.rows if row.pair.source == SYNTHETIC}
    held = companies(curated, "eval")
    assert held
    assert of_invented
    assert not of_invented & held


def test_another_seed_holds_out_other_companies() -> None:
    materials = [make_material(n, f"C{n}") for n in range(20)]
    held = [
        companies(curate(make_plan(pairs=20, eval_pairs=5, seed=seed), materials, []), "eval")
        for seed in (0, 1)
    ]
    assert held[0] != held[1]


def test_the_best_are_chosen_but_each_more_of_a_company_counts_half_a_point_less() -> None:
    materials = [make_material(f"a{n}", "Big", score=4.5 - n / 10) for n in range(8)]
    materials += [make_material(f"b{n}", f"Small {n}", score=3.0) for n in range(2)]
    curated = curate(make_plan(pairs=4, eval_pairs=0), materials, [])
    chosen = sorted((row.article.company, row.pair.judge_score) for row in curated.rows)
    assert chosen == [("Big", 4.3), ("Big", 4.4), ("Big", 4.5), ("Small 1", 3.0)]
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
    chosen = held_out(list(groups), [(0, 0)] * len(groups), target, seed=0)
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


def test_held_out_rows_have_their_share_of_every_length_and_difficulty() -> None:
    draw = random.Random(3)
    of_rows = [(draw.choice((0, 0, 0, 1, 2)), draw.choice((0, 1, 1, 2))) for _ in range(400)]
    groups = [f"company {number}" for number in range(400)]
    held = held_out(groups, of_rows, 80, seed=0)
    found = Counter(
        stratum for group, stratum in zip(groups, of_rows, strict=True) if group in held
    )
    assert found.total() == 80
    assert all(abs(found[one] - count / 5) < 1 for one, count in Counter(of_rows).items())


def test_long_and_hard_rows_are_in_eval_as_often_as_others() -> None:
    materials = []
    for number in range(60):
        article = make_article(number, f"C{number}", prose(number, 6 if number % 3 else 40))
        copied = article.text[:300] if number % 2 else ""
        materials.append(make_material(number, article=article, response=copied))
    curated = curate(make_plan(pairs=60, eval_pairs=12), materials, [])
    held = curated.split("eval")
    assert len(held) == 12
    assert sum(row.article_tokens > 500 for row in held) == 4
    assert abs(sum(row.novelty < 0.5 for row in held) - 6) <= 1


def test_balance_weighs_rare_personas_up_but_never_over_four_times() -> None:
    materials = [
        make_material(n, f"C{n}", persona="CEO" if n % 4 == 0 else "CFO") for n in range(40)
    ]
    materials.append(make_material("rare", "R", persona="COO"))
    plan = make_plan(pairs=41, eval_pairs=0)
    assert {row.pair.weight for row in curate(plan, materials, []).rows} == {1.0}
    balanced = curate(plan.model_copy(update={"balance": True}), materials, [])
    weights = {row.pair.persona: row.pair.weight for row in balanced.rows}
    assert weights == {"CFO": 1.0, "CEO": 3.0, "COO": 4.0}
    persona = weight_shares(balanced.rows)["persona"]
    assert persona["CEO"] == {"rows": 10, "weight": 30.0}
    assert persona["CFO"] == {"rows": 30, "weight": 30.0}


def test_balance_sets_every_dimension_right_at_once() -> None:
    materials = []
    for number in range(48):
        long, persona = number % 3 == 0, "CFO" if number % 4 else "CEO"
        article = make_article(number, f"C{number}", prose(number, 40 if long else 8))
        materials.append(make_material(number, article=article, persona=persona))
    curated = curate(make_plan(pairs=48, eval_pairs=0, balance=True), materials, [])
    for name in ("persona", "length"):
        weights = [value["weight"] for value in weight_shares(curated.rows)[name].values()]
        assert max(weights) < 1.35 * min(weights)


def test_of_more_than_enough_the_best_are_chosen_and_the_choice_is_told() -> None:
    materials = [make_material(n, f"C{n}", score=3 + n / 10) for n in range(10)]
    materials += [make_material(n, f"C{n}", score=4.9, persona="CEO") for n in range(2)]
    choice = curate(make_plan(pairs=6, eval_pairs=0), materials, []).choice
    assert (choice.passed, choice.chosen) == (12, 6)
    assert (choice.lowest_score, choice.highest_left) == (3.6, 3.5)


def test_articles_that_are_each_like_a_dropped_one_stay_in_one_split() -> None:
    # A and B share half of what the middle one has; the middle one is dropped for A
    parts = [prose(f"part {number}", 10) for number in range(10)]
    texts = {"a": parts[0:8], "middle": parts[0:10], "b": parts[2:10]}
    for seed in range(6):
        materials = [make_material(n, f"C{n}") for n in range(5)]
        for name, text in texts.items():
            score = {"a": 4.5, "middle": 4.4, "b": 4.3}[name]
            article = make_article(name, name, " ".join(text))
            materials.append(make_material(name, article=article, score=score))
        curated = curate(make_plan(near_duplicate=0.75, eval_pairs=4, seed=seed), materials, [])
        split = {row.article.uri: row.split for row in curated.rows}
        assert "middle.md" not in split
        assert split["a.md"] == split["b.md"]


def test_summaries_that_say_the_same_in_other_words_stay_in_one_split() -> None:
    summary = "Sales rose five percent because demand for pumps grew in the north of the country."
    shuffled = "Because demand in the north of the country grew for pumps sales rose five percent."
    embedder = WordEmbedder()

    def embed(texts: Sequence[str]) -> dict[str, Vector]:
        return dict(zip(texts, whole_vectors(embedder.embed(texts)), strict=True))

    apart = 0
    for seed in range(24):
        materials = [make_material(n, f"C{n}") for n in range(8)]
        materials += [make_material("x", "X", response=summary)]
        materials += [make_material("y", "Y", response=shuffled)]
        plan = make_plan(eval_pairs=4, seed=seed)
        together = curate(plan, materials, [], embed)
        split = {row.article.uri: row.split for row in together.rows}
        assert split["x.md"] == split["y.md"]
        told = measure_leakage(together.rows, together.fingerprints, together.vectors)
        assert 0 < told.median_cosine <= told.max_cosine < LIKE
        without = curate(plan, materials, [])
        split = {row.article.uri: row.split for row in without.rows}
        if split["x.md"] != split["y.md"]:
            apart += 1
            told = measure_leakage(without.rows, without.fingerprints, together.vectors)
            assert told.max_cosine >= LIKE
            assert set(told.closest_meaning) == {"x.md", "y.md"}
    assert apart


def test_a_summary_that_says_what_a_golden_pair_says_is_in_no_split() -> None:
    golden = golden_pair(make_article("golden", "Calder"))
    words = golden.summary.split()
    materials = [make_material(n, f"C{n}") for n in range(4)]
    materials.append(make_material("copy", "Other", response=" ".join(sorted(words))))
    embedder = WordEmbedder()
    curated = curate(
        make_plan(golden_eval=[golden]),
        materials,
        [],
        lambda texts: dict(zip(texts, whole_vectors(embedder.embed(texts)), strict=True)),
    )
    assert reasons(curated) == [
        "its summary says what golden evaluation pair g1 says (cosine 1.00 by embedding)"
    ]


def test_two_thousand_pairs_are_curated_within_seconds() -> None:
    materials = [make_material(n, f"C{n % 300}") for n in range(2000)]
    started = time.monotonic()
    curated = curate(make_plan(pairs=1800, eval_pairs=180), materials, [])
    measure_leakage(curated.rows, curated.fingerprints)
    assert len(curated.rows) == 1800
    assert time.monotonic() - started < 20

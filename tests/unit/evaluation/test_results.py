"""What is concluded from rows whose scores are known."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from goldbrief.core.documents import Article, Candidate, Judgment
from goldbrief.evaluation.headline import power_sentences
from goldbrief.evaluation.measuring import Measurement, Target
from goldbrief.evaluation.results import compute_results
from goldbrief.evaluation.rows import Row


def row(
    index: int, system: str, metrics: Mapping[str, float], *, words: int = 100, source: str = ""
) -> Row:
    article = Article(sha256=f"{index:064}", source=source, text="word " * words)
    score = metrics.get("judge_overall")
    return Row(
        index=index,
        system=system,
        article=article,
        persona="CFO",
        target=Target(),
        candidate=Candidate(article_sha256=article.sha256, persona="CFO", text="x", author=system),
        judgment=Judgment(judge="llm:x", rubric="r", scores={}, overall=score, rationale=""),
        measurement=Measurement(metrics=dict(metrics), problems=()),
    )


def _scores(differences: Sequence[float]) -> list[Row]:
    """The last system scores so much more than base, which scores 3."""
    rows = []
    for index, difference in enumerate(differences):
        rows.append(row(index, "base", {"judge_overall": 3.0}))
        rows.append(row(index, "tuned", {"judge_overall": 3.0 + difference}))
    return rows


def test_a_difference_is_told_only_when_the_interval_excludes_zero() -> None:
    clear = compute_results(_scores([0.4, 0.5, 0.6, 0.5, 0.4, 0.6, 0.5]), ["base", "tuned"], None)
    assert clear["paired"]["tuned-base"]["judge_overall"]["verdict"] == "better"
    assert "better than base by 0.5" in clear["headline"]
    unclear = compute_results(_scores([1.0, -1.0, 0.8, -0.7, 0.9, -0.6]), ["base", "tuned"], None)
    assert unclear["paired"]["tuned-base"]["judge_overall"]["verdict"] == "none shown"
    assert "no difference from base shown with 6 articles" in unclear["headline"]


def test_what_shows_nothing_says_how_many_articles_it_takes() -> None:
    results = compute_results(_scores([1.0, -0.8, 0.8, -0.7, 0.9, -0.6]), ["base", "tuned"], None)
    found = results["paired"]["tuned-base"]["judge_overall"]
    assert found["articles_needed"] > 6
    (sentence,) = power_sentences(results, "tuned")
    assert sentence.startswith("With 6 articles you can see a difference of 1.")
    assert f"{found['articles_needed'] - 6:,} more" in sentence


def test_fewer_tokens_are_better_and_words_have_no_better_side() -> None:
    rows = []
    for index in range(8):
        rows.append(row(index, "base", {"completion_tokens": 300.0, "words": 200.0}))
        rows.append(row(index, "tuned", {"completion_tokens": 200.0 + index, "words": 150.0}))
    found = compute_results(rows, ["base", "tuned"], None)["paired"]["tuned-base"]
    assert found["completion_tokens"]["verdict"] == "better"
    assert (found["words"]["verdict"], found["words"]["p_adjusted"]) == ("", None)


def test_asking_about_many_metrics_raises_the_bar() -> None:
    source = random.Random(1)
    metrics = {f"own_{n}": [source.gauss(0, 1) for _ in range(20)] for n in range(40)}
    rows = []
    for index in range(20):
        rows.append(row(index, "base", dict.fromkeys(metrics, 0.0)))
        rows.append(row(index, "tuned", {name: of[index] for name, of in metrics.items()}))
    found = compute_results(rows, ["base", "tuned"], None)["paired"]["tuned-base"]
    assert any(of["p"] < 0.05 for of in found.values()), "one of 40 comes out by chance"
    assert {of["verdict"] for of in found.values()} == {"none shown"}


def test_slices_by_length_and_source() -> None:
    rows = [
        row(n, "tuned", {"judge_overall": 3.0 + (n >= 3)}, words=100 if n < 3 else 900,
             source="wire" if n % 2 else "paper")
        for n in range(6)
    ]  # fmt: skip
    slices = compute_results(rows, ["tuned"], None)["slices"]
    assert [(part["by"], part["articles"]) for part in slices] == [
        ("length", 3), ("length", 3), ("source", 3), ("source", 3),
    ]  # fmt: skip
    scores = {part["slice"]: part["systems"]["tuned"]["judge_overall"]["mean"] for part in slices}
    assert scores["longer articles"] == 4.0
    assert scores["up to 500 words"] == 3.0


def test_systems_with_different_articles_are_compared_where_they_meet() -> None:
    rows = [row(n, "base", {"judge_overall": 3.0}) for n in range(4)]
    rows += [row(n, "tuned", {"judge_overall": 4.0}) for n in range(2, 6)]
    results = compute_results(rows, ["base", "tuned"], None)
    assert results["articles"] == 6
    assert results["paired"]["tuned-base"]["judge_overall"]["n"] == 2


def test_one_row_is_a_score_without_a_verdict() -> None:
    results = compute_results(_scores([1.0]), ["base", "tuned"], None)
    assert results["headline"] == (
        "tuned scored 4.0 of 5 by the judge on 1 article: base 3.0; "
        "fewer than 6 articles allow no verdict."
    )
    assert power_sentences(results, "tuned") == []


def test_a_judge_that_fails_on_three_in_ten_makes_the_results_incomplete() -> None:
    rows = _scores([0.5] * 10)
    lost = [row(n, "tuned", {"words": 9.0}) for n in range(3)]
    kept = [row for row in rows if row.system == "base" or row.index >= 3]
    results = compute_results([*lost, *kept], ["base", "tuned"], None)
    assert results["failures"]["tuned"]["verdicts"] == 3
    assert results["systems"]["tuned"]["judge_overall"] == {
        "mean": 3.5, "low": 3.5, "high": 3.5, "n": 7,
    }  # fmt: skip
    assert results["incomplete"] is True
    assert "verdicts are missing" in results["headline"]

"""Summaries side by side: what the judge prefers, and what becomes of what it cannot tell."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from goldbrief.core.documents import Comparison, Preference
from goldbrief.core.errors import TransientError
from goldbrief.core.states import State
from goldbrief.evaluation.contests import Contest, tally
from goldbrief.evaluation.evaluations import read_plan
from goldbrief.evaluation.results import compute_results
from goldbrief.registry.gates import check_gate, parse_gate, parse_results

from .samples import ADAPTER, ARTICLES, PLAN_KEY, put_dataset
from .test_evaluations import House
from .test_results import row


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    put_dataset(house.store)
    return house


def contest(article: int, preferred: Preference | None, *, survives: bool = True) -> Contest:
    comparison = Comparison(
        preferred=preferred, is_consistent=survives, rationale="", judge="llm:x", rubric="r"
    )
    return Contest(f"{article:064}", "tuned", "base", comparison, is_met=True, cause="")


def test_the_judge_compares_the_last_system_with_each_other_one(house: House) -> None:
    house.preference.swayed_on = {ARTICLES[2][:60]}
    work = house.run()
    results = house.results(work)
    assert set(results["pairwise"]) == {"tuned-v1", "tuned-base"}
    against_base = results["pairwise"]["tuned-base"]
    counts = ("wins", "ties", "losses", "swayed", "failures", "unmet")
    assert [against_base[name] for name in counts] == [2, 1, 0, 1, 0, 0]
    assert against_base["win_rate"]["mean"] == pytest.approx(5 / 6)
    assert against_base["win_rate"]["n"] == 3
    found = results["paired"]["tuned-base"]["preference"]
    assert (found["difference"], found["verdict"]) == (pytest.approx(2 / 3), "none shown")

    lines = house.lines(work, "comparisons.jsonl")
    assert [(line["first"], line["second"]) for line in lines] == [
        ("tuned", "v1"), ("tuned", "base"),
    ] * 3  # fmt: skip
    table = csv.DictReader(io.StringIO(house.reports.file(work.id, "results.csv").decode()))
    rates = {line["of"]: line["mean"] for line in table if line["metric"] == "win_rate"}
    assert float(rates["tuned-base"]) == pytest.approx(5 / 6)
    html = house.reports.file(work.id, "report.html").decode()
    assert "1 by order" in html
    assert "tuned rather than base. It has &lt;i&gt;headings&lt;/i&gt;." in html


def test_comparisons_are_paid_once_and_counted(house: House) -> None:
    before = house.ledger.works.counts(house.create().id)
    work = house.run()
    counts = house.ledger.works.counts(work.id)
    assert house.preference.compared == 6
    assert (before.total, counts.total) == (9 + 6, 9 + 6)
    assert counts.prompt_tokens >= 6 * 2 * 100


def test_a_judge_that_was_away_is_asked_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare, away = house.preference.compare, iter([True])

    def compare_once_back(*arguments: object) -> Comparison:
        if next(away, False):
            raise TransientError("The judge is away.")
        return compare(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(house.preference, "compare", compare_once_back)
    results = house.results(house.run())
    assert sum(results["pairwise"][pair]["failures"] for pair in results["pairwise"]) == 0


def test_answers_that_cannot_be_read_are_counted_and_never_averaged(house: House) -> None:
    house.preference.silent_on = {ARTICLES[0][:60]}
    work = house.run()
    results = house.results(work)
    found = results["pairwise"]["tuned-base"]
    assert (found["failures"], found["win_rate"]["n"], found["win_rate"]["mean"]) == (1, 2, 1.0)
    assert results["failures"]["base"]["comparisons"] == 1
    assert results["incomplete"] is True, "a third of the comparisons are missing"
    assert "1 comparisons of base" in house.reports.file(work.id, "report.html").decode()


def test_an_empty_summary_is_not_compared_and_no_failure_of_the_judge(house: House) -> None:
    house.engine.answers[ADAPTER] = "  \n"
    work = house.run()
    assert work.state == State.SUCCEEDED
    found = house.results(work)["pairwise"]["tuned-base"]
    assert (found["unmet"], found["failures"], found["win_rate"]) == (3, 0, None)
    assert house.preference.compared == 0
    causes = {line["cause"] for line in house.lines(work, "comparisons.jsonl")}
    assert causes == {"tuned has no summary of this article to compare."}


def test_comparisons_can_be_left_out(house: House) -> None:
    plan = read_plan(house.store, PLAN_KEY).model_copy(update={"pairwise": False})
    house.store.put(PLAN_KEY, plan.model_dump_json().encode())
    work = house.run()
    assert house.results(work)["pairwise"] == {}
    assert house.preference.compared == 0
    assert "Side by side" not in house.reports.file(work.id, "report.html").decode()


def test_a_tie_counts_half_and_order_alone_is_a_tie() -> None:
    told: list[tuple[Preference | None, bool]] = [
        ("first", True), ("second", True), ("tie", True), ("tie", False), (None, False),
    ]  # fmt: skip
    found = tally([contest(n, preferred, survives=s) for n, (preferred, s) in enumerate(told)])
    assert found.pop("win_rate")["mean"] == 0.5
    assert found == {"wins": 1, "ties": 2, "losses": 1, "swayed": 1, "failures": 1, "unmet": 0}


def test_a_preference_is_a_verdict_only_where_chance_would_not_give_it() -> None:
    rows = [row(n, system, {"words": 9.0}) for n in range(12) for system in ("base", "tuned")]
    clear = [contest(n, "first") for n in range(12)]
    results = compute_results(rows, ["base", "tuned"], None, clear)
    assert results["paired"]["tuned-base"]["preference"]["verdict"] == "better"
    assert results["pairwise"]["tuned-base"]["win_rate"]["low"] == 1.0
    split = [contest(n, "first" if n % 2 else "second") for n in range(12)]
    results = compute_results(rows, ["base", "tuned"], None, split)
    assert results["paired"]["tuned-base"]["preference"]["verdict"] == "none shown"


@pytest.mark.parametrize(("at_least", "by", "passes"), [
    (0.5, "mean", True), (0.9, "mean", False), (0.5, "interval", True), (0.7, "interval", False),
])  # fmt: skip
def test_a_gate_can_ask_what_the_judge_prefers(at_least: float, by: str, passes: bool) -> None:
    gate = (
        f'{{"conditions": [{{"metric": "pairwise/base", "at_least": {at_least}, "by": "{by}"}}]}}'
    )
    results = '{"systems": {}, "pairwise": {"tuned-base": {"wins": 8, "win_rate": {"mean": 0.8, "low": 0.6, "high": 0.9, "n": 10}}}}'  # noqa: E501
    (check,) = check_gate(parse_gate(gate), parse_results(results))
    assert check.passed is passes
    (missing,) = check_gate(parse_gate(gate), parse_results('{"systems": {}}'))
    assert not missing.passed

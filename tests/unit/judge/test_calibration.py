"""What a judge is worth is found out: against people, and against planted faults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from goldbrief.core.documents import Comparison, StyleContract, Verdict
from goldbrief.core.errors import InvalidInputError, TransientError
from goldbrief.core.judge_cards import JudgeCard
from goldbrief.judge.calibration.cases import CalibrationCase
from goldbrief.judge.calibration.rendering import render_judge_card
from goldbrief.judge.comparing import compare_by_asking, compare_by_scores
from goldbrief.judge.judging import Judging
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.verdicts import DIMENSIONS, Case, JudgeDescription
from goldbrief.platform.storage import DirectoryStore
from goldbrief.text.corruptions import FAULTS, corrupt

from ..quickstart import QUICKSTART, read, read_article
from .models import ScriptedModel

Score = Callable[[Case], float | None]


class RuledJudge:
    """Scores by a rule, the same in each dimension."""

    def __init__(self, score: Score, name: str = "llm:ruled") -> None:
        self._score = score
        self._name = name
        self.calls = 0

    @property
    def description(self) -> JudgeDescription:
        return JudgeDescription(self._name, "r")

    def judge(self, case: Case) -> Verdict:
        self.calls += 1
        score = self._score(case)
        scores = {} if score is None else dict.fromkeys(DIMENSIONS, score)
        return Verdict(scores=scores, overall=score, rationale="")

    def compare(self, case: Case, other: str) -> Comparison:
        return compare_by_scores(self, case, other)


@pytest.fixture
def good(style: StyleContract) -> list[CalibrationCase]:
    folder = QUICKSTART / "golden-eval"
    return [
        CalibrationCase(
            Case(
                read_article(folder / f"{name}.md").text,
                read(folder / f"{name}.summary.md")[1],
                "CFO",
                style,
            ),
            is_good=True,
        )
        for name in ("01", "02", "03")
    ]


def rated(count: int = 40, author: str = "") -> list[CalibrationCase]:
    """Summaries whose quality, 1 to 5, is their first word; two people rate it with some noise."""
    cases = []
    for i in range(count):
        noise = Random(i)
        quality = noise.randint(1, 5)
        ratings = {
            name: {"overall": float(min(5, max(1, quality + noise.choice((-1, 0, 0, 0, 1)))))}
            for name in ("ann", "ben")
        }
        summary = f"{quality} of 5. " + "Costs fell in the year. " * noise.randint(1, 9)
        cases.append(
            CalibrationCase(Case(f"Article {author} {i}.", summary, "CFO"), ratings, author)
        )
    return cases


def read_quality(case: Case) -> float:
    found = re.match(r"(\d) of 5", case.summary)
    return float(found[1]) if found else 1.0


def card_of(cases: list[CalibrationCase], judge: Any, folder: Path) -> JudgeCard:
    *_, last = Judging(DirectoryStore(folder), judge).calibrate(cases)
    assert last.card is not None
    assert last.judged == last.total == last.card.verdicts
    return last.card


def test_a_judge_that_always_says_5_is_unfit(good: list[CalibrationCase], tmp_path: Path) -> None:
    card = card_of([*good, *rated()], RuledJudge(lambda _: 5.0), tmp_path)
    assert card.standing == "unfit"
    assert "It gives every summary the same score, good or faulty." in card.reasons
    assert (card.spread, card.accept_score) == (0, None)
    assert card.discrimination is not None
    assert card.discrimination.value == 0.5
    assert {one.drop for one in card.detections} == {0}
    assert "unfit" in render_judge_card(card)
    assert "unfit" in card.headline


def test_a_judge_that_throws_dice_is_unfit(good: list[CalibrationCase], tmp_path: Path) -> None:
    dice = RuledJudge(lambda case: Random(case.summary).uniform(1, 5))
    assert card_of(good, dice, tmp_path).standing == "unfit"


def test_a_judge_that_mostly_fails_is_unfit(good: list[CalibrationCase], tmp_path: Path) -> None:
    card = card_of(good, RuledJudge(lambda _: None), tmp_path)
    assert card.standing == "unfit"
    assert card.failed == card.verdicts


def test_a_judge_that_agrees_with_people_is_calibrated(tmp_path: Path) -> None:
    card = card_of(rated(), RuledJudge(read_quality), tmp_path)
    assert card.standing == "calibrated"
    (agreement,) = card.agreements
    assert (agreement.dimension, agreement.raters, agreement.spearman.n) == ("overall", 2, 40)
    for interval in (agreement.spearman, agreement.weighted_kappa, agreement.alpha):
        assert 0.7 < interval.low <= interval.value <= interval.high <= 1
    assert agreement.alpha_of_people is not None
    assert (card.accept_from, card.accept_score) == ("people", 3.5)


def test_few_ratings_do_not_calibrate(tmp_path: Path) -> None:
    card = card_of(rated(8), RuledJudge(read_quality), tmp_path)
    assert card.standing == "uncalibrated"
    assert "Only 8 summaries" in card.reasons[0]


def test_dimensions_are_compared_with_their_own_ratings(tmp_path: Path) -> None:
    cases = [
        replace(case, ratings={"ann": {"coverage": 6 - one["overall"], "style": one["overall"]}})
        for case in rated()
        for one in [case.ratings["ann"]]
    ]
    by_name = {
        one.dimension: one.spearman.value
        for one in card_of(cases, RuledJudge(read_quality), tmp_path).agreements
    }
    assert set(by_name) == {"coverage", "style", "overall"}
    assert by_name["coverage"] < -0.7 < 0.7 < by_name["style"]


def test_favor_for_length_and_for_its_own_family_show(tmp_path: Path) -> None:
    def biased(case: Case) -> float:
        own = case.article.startswith("Article llama")
        return 1 + (read_quality(case) + len(case.summary) / 40 + own) / 4

    cases = [*rated(author="llama-3-8b"), *rated(author="qwen-72b")]
    fair = card_of(cases, RuledJudge(read_quality, "llm:llama-3-70b"), tmp_path / "fair")
    card = card_of(cases, RuledJudge(biased, "llm:llama-3-70b"), tmp_path / "biased")
    for one in (card, fair):
        assert one.length_bias is not None
        assert one.self_preference is not None
    assert card.length_bias.low > fair.length_bias.high  # type: ignore[union-attr]
    assert card.self_preference.value - fair.self_preference.value == pytest.approx(1 / 4)  # type: ignore[union-attr]


def test_without_ratings_planted_faults_alone_tell(
    good: list[CalibrationCase], embedder: Any, tmp_path: Path
) -> None:
    card = card_of(good, OfflineJudge(embedder), tmp_path)
    assert card.standing == "uncalibrated"
    assert card.accept_from == "planted faults"
    assert {one.fault for one in card.detections} == set(FAULTS)
    noticed = {one.fault: one.noticed for one in card.detections}
    assert noticed["wrong_digit"] == noticed["no_actions"] == noticed["cut_off"] == 1
    assert card.repeat_spread == 0
    assert "no person was asked" in render_judge_card(card)


def test_a_card_holds_for_its_judge_version_and_marks_judgments(
    good: list[CalibrationCase], tmp_path: Path
) -> None:
    store = DirectoryStore(tmp_path)
    case = good[0].case
    judging = Judging(store, RuledJudge(lambda _: 4.0))
    assert judging.judge_case(case).card == ""
    list(judging.calibrate(good))
    marked = judging.judge_case(case)
    assert not marked.calibrated
    assert JudgeCard.model_validate_json(store.get(marked.card)).standing == "unfit"
    assert Judging(store, RuledJudge(lambda _: 4.0, "llm:other")).judge_case(case).card == ""


def test_a_calibration_that_broke_off_pays_for_no_verdict_twice(
    good: list[CalibrationCase], tmp_path: Path
) -> None:
    def fail(case: Case) -> float:
        if judge.calls == 10:
            raise TransientError("gone")
        return read_length(case)

    def read_length(case: Case) -> float:
        return 1 + len(case.summary) % 4

    judge = RuledJudge(fail)
    store = DirectoryStore(tmp_path)
    with pytest.raises(TransientError):
        list(Judging(store, judge).calibrate(good))
    *_, last = Judging(store, judge).calibrate(good)
    assert last.card is not None
    assert judge.calls == last.total + last.card.compared + 1


def test_nothing_rated_and_nothing_good_is_refused(tmp_path: Path) -> None:
    cases = [CalibrationCase(Case("Article.", "Summary.", "CFO"))]
    with pytest.raises(InvalidInputError, match="nothing to calibrate on"):
        list(Judging(DirectoryStore(tmp_path), RuledJudge(lambda _: 3.0)).calibrate(cases))


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_changes_a_summary_in_one_place(good: list[CalibrationCase], fault: Any) -> None:
    one, other = good[0].case.summary, good[1].case.summary
    faulty = corrupt(one, fault, other, Random(0))
    assert faulty is not None
    assert faulty != one
    changed = set(faulty.split("\n")) - set(one.split("\n"))
    assert len(changed) <= (8 if fault == "ruined" else 2)


def test_a_text_without_a_place_for_a_fault_is_left_alone() -> None:
    found = [corrupt("Costs.", fault, "Costs.", Random(0)) for fault in FAULTS]
    assert {text for text in found if text} == {"Cost"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_plain_prose_needs_no_sections(fault: Any) -> None:
    one = "Vantrell Lifts was sold to Orrin plc for £3 million. It has lost 40% of its orders."
    other = "The river Sarno rose by 6 metres. Nine people have died in the flood."
    faulty = corrupt(one, fault, other, Random(1))
    if fault in ("vague_action", "other_reader", "no_actions", "swapped_figures"):
        assert faulty is None
    elif fault != "wrong_direction":
        assert faulty not in (None, one, "")


def test_a_score_below_which_a_rewrite_is_vain_is_found_by_people_else_by_ruined_summaries(
    good: list[CalibrationCase], embedder: Any, tmp_path: Path
) -> None:
    planted = card_of(good, OfflineJudge(embedder), tmp_path / "planted")
    assert planted.accept_score is not None
    assert planted.reject_score is not None
    assert planted.reject_score < planted.accept_score
    assert planted.reject_from == "planted faults"
    assert "Between the two: have it rewritten" in render_judge_card(planted)
    people = card_of(rated(), RuledJudge(read_quality), tmp_path / "people")
    assert people.accept_score is not None
    assert people.reject_score is not None
    assert people.reject_from == "people"
    assert 1 < people.reject_score < people.accept_score


def test_a_judge_that_always_prefers_what_it_reads_first_is_shown_to(
    good: list[CalibrationCase], tmp_path: Path
) -> None:
    class FirstOne(RuledJudge):
        def compare(self, case: Case, other: str) -> Comparison:
            first = json.dumps({"rationale": "It came first.", "better": "first"})
            return compare_by_asking(ScriptedModel(first, first), case, other)

    card = card_of(good, FirstOne(lambda case: 1.0 + len(case.summary) % 4), tmp_path / "first")
    assert card.compared == 3
    assert card.position_bias is not None
    assert card.swap_consistency is not None
    assert card.preferred_right is not None
    assert (card.position_bias.value, card.swap_consistency.value) == (1, 0)
    assert card.preferred_right.value == 0.5
    assert "preferred by 1.00" in render_judge_card(card)

    alone = card_of(good, RuledJudge(lambda case: 1.0 + len(case.summary) % 4), tmp_path / "alone")
    assert (alone.position_bias, alone.compared) == (None, 3)
    assert "grades each summary alone" in render_judge_card(alone)


def test_what_programs_say_makes_no_judge_calibrated_and_its_card_says_who_spoke(
    tmp_path: Path,
) -> None:
    cases = [replace(case, simulated=frozenset({"ann", "ben"})) for case in rated(60)]
    found = card_of(cases, RuledJudge(read_quality), tmp_path)
    assert found.standing == "uncalibrated"
    assert found.simulated_raters == 2
    assert "2 simulated raters" in found.reasons[0]
    assert "simulated raters" in found.headline
    assert "people" not in found.headline
    assert found.accept_from == "simulated raters"
    text = render_judge_card(found)
    assert "2 of the raters are simulated" in text
    assert "tells good from bad by simulated raters" in text


def test_one_program_among_people_is_told(tmp_path: Path) -> None:
    cases = [replace(case, simulated=frozenset({"ben"})) for case in rated(60)]
    found = card_of(cases, RuledJudge(read_quality), tmp_path)
    assert (found.standing, found.simulated_raters) == ("uncalibrated", 1)

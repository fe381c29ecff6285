"""Beyond the three systems of a run: given articles, outputs made elsewhere, repeats."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.documents import Golden
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.plans import EvaluationPlan, GivenArticle
from goldbrief.core.states import State
from goldbrief.evaluation.evaluations import TEACH_TASK, read_plan
from goldbrief.evaluation.systems import SystemSpec
from goldbrief.platform.ledger import Work
from goldbrief.synthesis.contestant import Contestant
from goldbrief.synthesis.teachers import Assignment, Draft
from goldbrief.testing.ledgers import run_to_end

from .samples import ARTICLES, PLAN_KEY, PREFIX, SUMMARIES, SYSTEMS, make_prompt, put_dataset
from .test_evaluations import House

BASE, TUNED = SYSTEMS[1:]
OUTPUTS = SystemSpec(name="theirs", kind="OUTPUTS")


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    put_dataset(house.store)
    return house


def _run(
    house: House, systems: list[SystemSpec], outputs: str = "", plan_key: str = PLAN_KEY,
    request_id: str = "r1",
) -> Work:  # fmt: skip
    work = house.evaluations.create(request_id, "", systems, plan_key, {"theirs": outputs})
    return run_to_end(house.broker, work.id)


def _plan(house: House, **changes: Any) -> str:
    plan = read_plan(house.store, PLAN_KEY).model_copy(update=changes)
    return house.evaluations.put_plan(plan.model_dump_json())


def _lines(*rows: dict[str, Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def test_outputs_made_elsewhere_take_part(house: House) -> None:
    outputs = _lines(
        {"article": "0.md", "summary": SUMMARIES[0], "latency_s": 2.5, "cost": 0.01},
        {"article": sha256_text(ARTICLES[1]), "summary": SUMMARIES[1]},
    )
    work = _run(house, [OUTPUTS, TUNED], outputs)
    results = house.results(work)
    assert results["systems"]["theirs"]["judge_overall"]["n"] == 2
    assert results["systems"]["theirs"]["cost"] == {"mean": 0.01, "low": 0.01, "high": 0.01, "n": 1}
    assert results["failures"]["theirs"] == {"summaries": 1, "verdicts": 1}
    assert results["paired"]["tuned-theirs"]["judge_overall"]["n"] == 2
    causes = [row["cause"] for row in house.evaluations.predictions(work.id)]
    assert any("has no summary of this article" in cause for cause in causes)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ("", "empty"),
        ("no json", "Line 1"),
        (_lines({"article": "0.md"}), "summary"),
        (_lines({"article": "0.md", "summary": "x", "latency_s": float("nan")}), "latency_s"),
        (_lines({"article": "0.md", "summary": "x"}, {"article": "0.md", "summary": "y"}), "twice"),
    ],
)
def test_outputs_that_cannot_be_read_are_refused(house: House, outputs: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        house.evaluations.create("r", "", [OUTPUTS], PLAN_KEY, {"theirs": outputs})


def test_outputs_of_other_articles_are_refused(house: House) -> None:
    outputs = _lines({"article": "elsewhere.md", "summary": "x"})
    with pytest.raises(FailedPreconditionError, match=r"None of the 1 outputs") as caught:
        house.evaluations.create("r", "", [OUTPUTS], PLAN_KEY, {"theirs": outputs})
    assert "elsewhere.md" in caught.value.remedy


def test_articles_without_references_are_evaluated_without_likeness(house: House) -> None:
    given = (
        GivenArticle(sha256=sha256_text(ARTICLES[0]), persona="CFO"),
        GivenArticle(sha256=sha256_text(ARTICLES[1]), persona="CFO", reference=SUMMARIES[1]),
    )
    work = _run(house, [BASE, TUNED], plan_key=_plan(house, dataset_prefix="", given=given))
    results = house.results(work)
    assert results["articles"] == 2
    assert results["systems"]["tuned"]["rouge1"]["n"] == 1
    assert results["unmeasured"]["tuned"]["similarity"]["n"] == 1
    report = house.evaluations.report(work.id).decode()
    assert "comes with no summary to compare with" in report
    assert sorted(house.judge.references) == [False, False, True, True]


def test_nothing_to_evaluate_on_is_said(house: House) -> None:
    with pytest.raises(InvalidInputError, match="names no articles"):
        house.evaluations.create("r", "", [BASE], _plan(house, dataset_prefix=""))
    unknown = (GivenArticle(sha256="0" * 64, persona="CFO"),)
    with pytest.raises(NotFoundError, match="no article"):
        house.evaluations.create("r", "", [BASE], _plan(house, given=unknown))
    for name in ("eval", "golden"):
        house.store.put(f"{PREFIX}{name}.jsonl", b"")
    with pytest.raises(FailedPreconditionError, match="holds no rows out"):
        house.evaluations.create("r", "", [BASE], PLAN_KEY)
    with pytest.raises(InvalidInputError, match="plan_json"):
        house.evaluations.put_plan("{}")


def test_few_shot_needs_training_rows(house: House) -> None:
    few = SystemSpec(name="few", kind="FEW_SHOT")
    with pytest.raises(FailedPreconditionError, match="there are 0"):
        house.evaluations.create("r", "", [few], PLAN_KEY)
    house.store.put(f"{PREFIX}train.jsonl", house.store.get(f"{PREFIX}eval.jsonl"))
    work = _run(house, [few])
    assert work.state == State.SUCCEEDED
    assert all(SUMMARIES[0] in one or SUMMARIES[1] in one or SUMMARIES[2] in one
               for one in house.engine.prompts)  # fmt: skip


def test_an_endpoint_that_nobody_named_is_not_found(house: House) -> None:
    big = SystemSpec(name="big", kind="ENDPOINT", endpoint="big")
    with pytest.raises(NotFoundError, match="'big'") as caught:
        house.evaluations.create("r", "", [big], PLAN_KEY)
    assert "GOLDBRIEF_EVALUATED_ENDPOINTS" in caught.value.remedy


class _Teacher:
    name = "a-teacher"

    def __init__(self) -> None:
        self.identity: dict[str, Any] = {}
        self.assignments: list[Assignment] = []

    def write(self, assignment: Assignment) -> Draft:
        self.assignments.append(assignment)
        return Draft(SUMMARIES[0], 100, 50, 2.0)


def test_the_teacher_is_a_system_of_its_own(house: House) -> None:
    teacher = _Teacher()
    house.broker.on_stage(TEACH_TASK, Contestant(house.store, teacher).write)
    goldens = tuple(Golden(name=str(n), persona="CFO", summary=s) for n, s in enumerate(SUMMARIES))
    systems = [SystemSpec(name="teacher", kind="TEACHER"), TUNED]
    results = house.results(_run(house, systems, plan_key=_plan(house, goldens=goldens)))
    assert results["systems"]["teacher"]["judge_overall"]["n"] == 3
    assert results["systems"]["teacher"]["latency_s"]["mean"] == 2.0
    assert len(teacher.assignments) == 3
    assert teacher.assignments[0].goldens == goldens
    with pytest.raises(InvalidInputError, match="at least 3 goldens"):
        house.evaluations.create("other", "", systems, PLAN_KEY)


def test_the_same_article_five_times_shows_how_far_summaries_agree(house: House) -> None:
    work = _run(house, [BASE, TUNED], plan_key=_plan(house, consistency_articles=1))
    results = house.results(work)
    assert results["articles"] == 3
    assert results["systems"]["tuned"]["judge_overall"]["n"] == 3, "repeats are not judged"
    assert len(house.engine.prompts) == 2 * (3 + 4)
    consistency = results["consistency"]["tuned"]
    assert {name: of["mean"] for name, of in consistency.items()} == {
        "same_figures": 1.0, "same_structure": 1.0, "length_spread": 0.0,
    }  # fmt: skip


def test_speed_is_told_in_percentiles(house: House) -> None:
    speed = house.results(_run(house, [BASE, TUNED]))["speed"]["tuned"]
    assert (speed["latency_s_p50"], speed["latency_s_p95"]) == (0.5, 0.5)
    assert 0 <= speed["first_token_s_p50"] <= speed["first_token_s_p95"]


def test_what_changed_since_the_evaluation_before_is_told(house: House) -> None:
    first = _run(house, [BASE, TUNED])
    assert house.results(first)["since"] is None
    house.engine.answers["briefs--1"] = "Worse."
    second = _run(house, [BASE, TUNED], request_id="r2")
    since = house.results(second)["since"]
    assert since["evaluation"] == first.id
    change = since["systems"]["tuned"]["judge_overall"]
    assert (change["change"], change["n"], change["is_shown"]) == (-2.5, 3, False)
    assert since["systems"]["base"]["judge_overall"]["change"] == 0.0
    assert first.id in house.evaluations.report(second.id).decode()


def test_results_and_rows_come_as_csv_and_charts_as_png(house: House) -> None:
    house.engine.answers[None] = "=cmd()"
    work = _run(house, [BASE, TUNED])
    prefix = f"evaluations/{work.id}/"
    results = list(csv.DictReader(io.StringIO(house.store.get(f"{prefix}results.csv").decode())))
    assert {row["of"] for row in results} == {"base", "tuned", "tuned-base"}
    rows = list(csv.DictReader(io.StringIO(house.store.get(f"{prefix}rows.csv").decode())))
    assert len(rows) == 6
    assert {row["article"] for row in rows} == {"0.md", "1.md", "2.md"}
    for name in ("score", "figures", "score-against-time"):
        assert house.store.get(f"{prefix}{name}.png").startswith(b"\x89PNG")


def test_plans_are_stored_as_they_came(house: House) -> None:
    plan = EvaluationPlan(dataset_prefix=PREFIX, prompt=make_prompt())
    key = house.evaluations.put_plan(plan.model_dump_json())
    assert read_plan(house.store, key) == plan

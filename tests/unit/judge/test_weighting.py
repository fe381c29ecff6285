"""Grades expected by the log-probabilities of their tokens."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

import pytest

from goldbrief.core.seams import Completion, WrittenToken
from goldbrief.judge.llm import LlmJudge
from goldbrief.judge.verdicts import DIMENSIONS, Case
from goldbrief.judge.weighting import expected_grades

from .models import ScriptedModel, grades

CASE = Case("Revenue rose.", "Revenue rose.", "CFO")


def written(answer: str, wavering: Mapping[str, Mapping[str, float]]) -> list[WrittenToken]:
    """The answer in tokens, grades apart; `wavering` names a dimension's probabilities."""
    tokens = re.findall(r'(?<=: )[1-5](?=[,}])|"|[^"\d]+|\d+', answer)
    assert "".join(tokens) == answer
    found, name = [], ""
    for token in tokens:
        name = token if token in DIMENSIONS else name
        choices = wavering.get(name, {token: 1.0}) if token in "12345" else {token: 1.0}
        log_probs = {text: math.log(share) for text, share in choices.items()}
        found.append(WrittenToken(token, log_probs))
    return found


def test_a_grade_is_the_mean_over_the_probabilities_of_the_five() -> None:
    tokens = written(grades(), {"coverage": {"4": 0.6, "3": 0.2, " 2": 0.1, "no": 0.1}})
    found = expected_grades(dict.fromkeys(DIMENSIONS, 4.0), tokens)
    assert found is not None
    assert found["coverage"] == pytest.approx((4 * 0.6 + 3 * 0.2 + 2 * 0.1) / 0.9)
    assert found["style"] == 4


@pytest.mark.parametrize("tokens", [[], [WrittenToken(grades(), {grades(): 0.0})]])
def test_where_the_tokens_do_not_tell_the_grades_stand_as_written(
    tokens: list[WrittenToken],
) -> None:
    assert expected_grades(dict.fromkeys(DIMENSIONS, 4.0), tokens) is None


def test_a_number_in_the_rationale_is_no_grade() -> None:
    answer = grades(rationale='The "style": 2 of the article.')
    answer = json.dumps(json.loads(answer)).replace('\\"', "'")
    found = expected_grades({"style": 4.0}, written(answer, {}))
    assert found == {"style": 4}


class TellingModel(ScriptedModel):
    """Tells the tokens of its answer, where they are asked for."""

    def chat(self, messages, **options):  # type: ignore[no-untyped-def]
        completion = super().chat(messages, **options)
        tokens = written(completion.text, {"coverage": {"4": 0.5, "2": 0.5}})
        told = tuple(tokens) if options["log_probs"] else ()
        return Completion(completion.text, "stop", 1000, 100, "telling", 0.5, tokens=told)


def test_a_verdict_says_whether_its_grades_were_weighed() -> None:
    verdict = LlmJudge(TellingModel(grades())).judge(CASE)
    assert verdict.scores["coverage"] == 3
    assert [sample.weighted for sample in verdict.samples] == [True]
    plain = LlmJudge(ScriptedModel(grades())).judge(CASE)
    assert (plain.scores["coverage"], plain.samples[0].weighted) == (4, False)


def test_several_samples_are_not_weighed_as_they_waver_by_themselves() -> None:
    verdict = LlmJudge(TellingModel(grades(), grades()), samples=2).judge(CASE)
    assert verdict.scores["coverage"] == 4

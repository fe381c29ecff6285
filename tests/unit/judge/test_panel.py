from __future__ import annotations

import pytest

from goldbrief.core.documents import Article
from goldbrief.core.errors import InvalidInputError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.judge.llm import LlmJudge
from goldbrief.judge.panel import PanelJudge
from goldbrief.judge.service import build
from goldbrief.judge.verdicts import Case
from goldbrief.platform.hosting import Resources

from .models import ScriptedModel, grades


@pytest.fixture
def case(article: Article, summary: str) -> Case:
    return Case(article.text, summary, "CFO")


def panel(*answers: list[str]) -> PanelJudge:
    models = (ScriptedModel(*given, name=f"model-{n}") for n, given in enumerate(answers))
    return PanelJudge([LlmJudge(model) for model in models])


def test_a_panel_grades_by_the_median_and_keeps_each_verdict(case: Case) -> None:
    judge = panel([grades(coverage=1)], [grades(coverage=4)], [grades(coverage=5)])
    verdict = judge.judge(case)
    assert verdict.scores["coverage"] == 4
    assert [one.judge for one in verdict.samples] == ["llm:model-0", "llm:model-1", "llm:model-2"]
    assert judge.description.name == "panel:model-0+model-1+model-2"
    assert verdict.prompt_tokens == 3000


def test_one_member_of_three_may_be_unreadable_but_not_two(case: Case) -> None:
    bad = ["five", "five"]
    assert panel([grades()], bad, [grades()]).judge(case).overall == 4
    failed = panel([grades()], bad, bad).judge(case)
    assert (failed.overall, failed.state) == (None, "unreadable")


def test_a_member_that_is_away_is_never_left_out_silently(case: Case) -> None:
    class Away(ScriptedModel):
        def chat(self, *_: object, **__: object) -> object:  # type: ignore[override]
            raise TransientError("away")

    judge = PanelJudge([LlmJudge(ScriptedModel(grades())), LlmJudge(Away(name="away"))])
    with pytest.raises(TransientError, match="away"):
        judge.judge(case)


def test_a_panel_without_a_first_judge_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDBRIEF_JUDGE_PANEL", '[{"url": "http://a/v1", "model": "m"}]')
    with pytest.raises(InvalidInputError, match="GOLDBRIEF_JUDGE_URL"):
        build(Resources(Settings()))

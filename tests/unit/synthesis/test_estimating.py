"""Before anything is paid, a synthesis says what it will ask of teacher and judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goldbrief.core.documents import Article
from goldbrief.core.plans import SynthesisPlan
from goldbrief.platform.ledger import Work
from goldbrief.platform.storage import DirectoryStore
from goldbrief.synthesis.chat import ChatTeacher
from goldbrief.synthesis.estimating import estimate_usage
from goldbrief.synthesis.synthesis import Syntheses
from goldbrief.synthesis.teachers import Assignment
from goldbrief.testing.ledgers import make_ledger
from goldbrief.text.selection import apply_strategy, estimate_tokens

from .test_chat_teacher import GOOD, ScriptedModel


def test_the_estimate_is_near_what_the_teacher_is_sent(
    articles: list[Article], plan: SynthesisPlan
) -> None:
    sent = 0
    for article in articles:
        model = ScriptedModel(GOOD)
        passage = apply_strategy(article.text, plan.prompt)
        ChatTeacher(model).write(
            Assignment(article, passage, "CFO", plan.prompt.style, plan.goldens)
        )
        sent += estimate_tokens(model.seen[0].content)
    estimate = estimate_usage(plan, articles, len(articles))["teacher_prompt"]
    assert abs(estimate - sent) / sent < 0.15


def test_twice_the_summaries_take_twice_the_tokens(
    articles: list[Article], plan: SynthesisPlan
) -> None:
    one, two = (estimate_usage(plan, articles, number) for number in (100, 200))
    assert all(abs(two[name] - 2 * one[name]) <= 1 for name in one)


def test_parts_of_long_articles_and_invented_ones_are_counted(
    articles: list[Article], plan: SynthesisPlan
) -> None:
    def estimated(**changes: Any) -> dict[str, int]:
        return estimate_usage(plan.model_copy(update=changes), articles, 100)

    room = {"article_tokens": 400}
    whole = estimated(prompt=plan.prompt.model_copy(update={"strategy": "select", **room}))
    prompt = plan.prompt.model_copy(update={"strategy": "map_reduce", **room})
    parts, shared = estimated(prompt=prompt), estimated(prompt=prompt, candidates_per_article=4)
    assert parts["teacher_completion"] > 3 * whole["teacher_completion"]
    assert whole["teacher_prompt"] < shared["teacher_prompt"] < parts["teacher_prompt"]
    assert parts["judge_prompt"] == whole["judge_prompt"]
    more = estimated(synthetic_articles=10, topics=("ships",))["teacher_completion"]
    assert 5_000 < more - estimated()["teacher_completion"] < 20_000


def test_an_article_that_is_refused_costs_nothing(
    articles: list[Article], plan: SynthesisPlan
) -> None:
    prompt = plan.prompt.model_copy(update={"strategy": "full", "article_tokens": 100})
    assert not any(estimate_usage(plan.model_copy(update={"prompt": prompt}), articles, 9).values())


def test_only_a_paid_teacher_is_estimated(
    tmp_path: Path, articles: list[Article], plan: SynthesisPlan
) -> None:
    assert set(_created(tmp_path / "paid", articles, plan, is_paid=True).result) == {"estimate"}
    assert _created(tmp_path / "free", articles, plan, is_paid=False).result == {}


def _created(folder: Path, articles: list[Article], plan: SynthesisPlan, *, is_paid: bool) -> Work:
    folder.mkdir()
    ledger, store = make_ledger(folder), DirectoryStore(folder / "objects")
    store.put("plan.json", plan.model_dump_json().encode())
    for article in articles:
        store.put(f"articles/{article.sha256}.json", article.model_dump_json().encode())
    syntheses = Syntheses(ledger, store, "teacher", is_paid=is_paid)
    work = syntheses.create("r", "", [article.sha256 for article in articles], "plan.json")
    return ledger.works.get(work.id)

"""Articles that the teacher invents where real ones are too few."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.documents import SYNTHETIC, Article
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import SynthesisPlan
from goldbrief.judge.offline import OfflineJudge
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.synthesis.chat import ChatTeacher
from goldbrief.synthesis.inventing import WORDS, invented_article, seed_of
from goldbrief.synthesis.synthesis import Syntheses
from goldbrief.synthesis.teachers import ArticleSeed, BadDraftError
from goldbrief.testing.fake_openai import FakeOpenAI
from goldbrief.testing.ledgers import run_to_end

from .test_chat_teacher import GOOD
from .test_pipeline import Bench

TOPICS = ("a ferry line's new ship", "a dairy's export ban")
SEED = ArticleSeed("a dairy's export ban", "CFO", "an internal memo to the board", 40, 1)
ARTICLE = (
    "Revenue at Dunmarrow Dairies fell 4% to $81 million in 2024, from $84 million in 2023, as two "
    "markets closed. Net income was $6 million, after $9 million. Debt stands at $30 million, and "
    "a loan of $12 million falls due in May 2026. Management expects sales of $78 million in 2025."
)


@pytest.fixture
def inventive(plan: SynthesisPlan) -> SynthesisPlan:
    return plan.model_copy(
        update={"synthetic_articles": 4, "topics": TOPICS, "personas": ("CFO", "CEO")}
    )


def test_topics_personas_and_genres_vary_and_follow_from_the_plan(inventive: SynthesisPlan) -> None:
    seeds = [seed_of(inventive, number) for number in range(40)]
    assert {(seed.topic, seed.persona) for seed in seeds} == {
        (topic, persona) for topic in TOPICS for persona in ("CFO", "CEO")
    }
    assert len({seed.genre for seed in seeds}) > 3
    assert all(WORDS[0] <= seed.words < WORDS[1] for seed in seeds)
    assert seeds == [seed_of(inventive, number) for number in range(40)]


def test_an_invented_article_is_marked_and_names_its_company() -> None:
    article = invented_article(f"Company: Dunmarrow Dairies\n\n{ARTICLE}", SEED, "llama")
    assert article.text == ARTICLE
    assert (article.company, article.source) == ("Dunmarrow Dairies", SYNTHETIC)
    assert article.licence == "written by llama"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (ARTICLE, "does not begin with its company"),
        ("Company: Dunmarrow Dairies\n\nRevenue fell 4%.", "has 3 words"),
        (f"Company: Dunmarrow\n\n{'All went well in the quarter. ' * 9}", "only 0 figures"),
    ],
)
def test_what_is_no_article_is_a_bad_draft(answer: str, message: str) -> None:
    with pytest.raises(BadDraftError, match=message) as raised:
        invented_article(answer, SEED, "llama")
    assert raised.value.raw == answer


def test_an_article_is_invented_once_and_its_candidates_are_judged_like_any(
    tmp_path: Path, articles: list[Article], inventive: SynthesisPlan, embedder: Any
) -> None:
    plan = inventive.model_copy(
        update={"synthetic_articles": 1, "candidates_per_article": 2, "max_rewrites": 0}
    )
    bench = Bench(tmp_path, articles, plan)
    words = " ".join([ARTICLE] * 8)
    asked: list[str] = []

    def answer(messages: list[dict[str, str]]) -> str:
        asked.append(messages[-1]["content"])
        if "business articles" in asked[-1]:
            return f"Company: Dunmarrow Dairies\n\n{words}"
        return GOOD

    with FakeOpenAI(answer=answer) as server:
        teacher = ChatTeacher(OpenAIChat(server.url, "fake-model", "test-key"))
        broker = bench.broker(teacher, OfflineJudge(embedder))
        syntheses = Syntheses(bench.ledger, bench.store, teacher.name, is_paid=True)
        work = syntheses.create("r", "", [articles[0].sha256], "plans/p.json")
        work = run_to_end(broker, work.id)

    invented = [item for item in bench.items(work) if "synthetic" in item.data]
    assert len(invented) == 2
    assert len({item.data["article"] for item in invented}) == 1
    stored = bench.store.get(f"articles/{invented[0].data['article']}.json")
    assert Article.model_validate_json(stored).source == SYNTHETIC
    # one invention, six answers, and a verdict for each article and persona on the same answer
    assert bench.ledger.works.counts(work.id).calls == 1 + 6 + 3
    assert any("a ferry line's new ship" in one for one in asked)
    assert work.result["estimate"]["teacher_completion"] > 0


def test_a_teacher_that_cannot_invent_is_refused_before_anything_begins(
    tmp_path: Path, articles: list[Article], inventive: SynthesisPlan
) -> None:
    bench = Bench(tmp_path, articles, inventive)
    with pytest.raises(InvalidInputError) as raised:
        bench.syntheses().create("r", "", [articles[0].sha256], "plans/p.json")
    assert raised.value.reason == "TEACHER_CANNOT_INVENT"


def test_synthetic_articles_need_topics(
    tmp_path: Path, articles: list[Article], inventive: SynthesisPlan
) -> None:
    bench = Bench(tmp_path, articles, inventive.model_copy(update={"topics": ()}))
    with pytest.raises(InvalidInputError, match="names no topic"):
        bench.syntheses().create("r", "", [articles[0].sha256], "plans/p.json")

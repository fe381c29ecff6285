from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from goldbrief.core.documents import Article, Candidate, Judgment
from goldbrief.core.errors import AlreadyExistsError, InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.plans import SynthesisPlan
from goldbrief.judge import tasks as judge_tasks
from goldbrief.judge.judging import Judging
from goldbrief.judge.llm import LlmJudge
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.verdicts import Judge
from goldbrief.platform.broker import Broker
from goldbrief.platform.ledger import Ledger, Work
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.storage import DirectoryStore
from goldbrief.synthesis import tasks as synthesis_tasks
from goldbrief.synthesis.candidates import CandidateStages
from goldbrief.synthesis.chat import ChatTeacher
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.synthesis import Syntheses
from goldbrief.synthesis.teachers import Assignment, Draft, Teacher
from goldbrief.testing.fake_openai import Fail, FakeOpenAI
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end
from goldbrief.text.chunks import chunk
from goldbrief.text.figure_check import check_figures
from goldbrief.text.sections import structure_problems
from goldbrief.text.selection import estimate_tokens


class SpoilingTeacher:
    """Writes like another teacher, then spoils the text; keeps what it was asked."""

    name = "spoiling"
    identity: ClassVar[dict[str, Any]] = {}

    def __init__(self, teacher: Teacher, spoil: Callable[[str], str]) -> None:
        self._teacher = teacher
        self._spoil = spoil
        self.asked: list[Assignment] = []

    def write(self, assignment: Assignment) -> Draft:
        self.asked.append(assignment)
        return Draft(self._spoil(self._teacher.write(assignment).text), 100, 50)


class Bench:
    """A ledger, a store with articles and a plan, and both rooms' tasks."""

    def __init__(self, folder: Path, articles: list[Article], plan: SynthesisPlan) -> None:
        self.ledger: Ledger = make_ledger(folder)
        self.store = DirectoryStore(folder / "objects")
        self.articles = articles
        self._folder = folder
        self.store.put("plans/p.json", plan.model_dump_json().encode())
        for article in articles:
            self.store.put(f"articles/{article.sha256}.json", article.model_dump_json().encode())

    def broker(self, teacher: Teacher, judge: Judge) -> Broker:
        broker = make_broker(self._folder, self.ledger)
        synthesis_tasks.register(broker, CandidateStages(self.store, teacher))
        judge_tasks.register(broker, Judging(self.store, judge))
        return broker

    def syntheses(self) -> Syntheses:
        return Syntheses(self.ledger, self.store, "teacher")

    def create(self, number: int = 1) -> Work:
        shas = [article.sha256 for article in self.articles[:number]]
        return self.syntheses().create("request", "", shas, "plans/p.json")

    def run(self, teacher: Teacher, judge: Judge, number: int = 1) -> Work:
        return run_to_end(self.broker(teacher, judge), self.create(number).id)

    def items(self, work: Work) -> list[Any]:
        return self.ledger.works.items(work.id)

    def candidate(self, data: dict[str, Any]) -> Candidate:
        return Candidate.model_validate_json(self.store.get(data["candidate_key"]))

    def judgment(self, data: dict[str, Any]) -> Judgment:
        return Judgment.model_validate_json(self.store.get(data["judgment_key"]))


@pytest.fixture
def bench(tmp_path: Path, articles: list[Article], plan: SynthesisPlan) -> Bench:
    return Bench(tmp_path, articles, plan)


def test_every_article_ends_as_an_accepted_summary_in_form_with_true_figures(
    bench: Bench, embedder: Any, plan: SynthesisPlan
) -> None:
    work = bench.run(OfflineTeacher(embedder), OfflineJudge(embedder), number=4)

    assert work.state == "SUCCEEDED"
    items = bench.items(work)
    assert [item.outcome for item in items] == ["ACCEPTED"] * 4
    for item, article in zip(items, bench.articles, strict=True):
        candidate = bench.candidate(item.data)
        assert candidate.author == "offline-extractive-4"
        assert structure_problems(candidate.text, plan.prompt.style) == []
        assert check_figures(candidate.text, article.text).unsupported == ()
        judgment = bench.judgment(item.data)
        assert judgment.judge == "offline-metric-3"
        assert not judgment.calibrated
        assert item.data["score"] == judgment.overall


def test_teacher_and_judge_are_each_asked_once_a_candidate(bench: Bench, embedder: Any) -> None:
    work = bench.run(OfflineTeacher(embedder), OfflineJudge(embedder), number=2)

    counts = bench.ledger.works.counts(work.id)
    assert (counts.calls, counts.repeated_calls) == (4, 0)


def test_a_long_article_is_summarized_in_parts_and_each_part_is_paid_once(
    bench: Bench, embedder: Any, plan: SynthesisPlan
) -> None:
    room = 1200
    prompt = plan.prompt.model_copy(update={"strategy": "map_reduce", "article_tokens": room})
    longer = plan.model_copy(update={"prompt": prompt, "candidates_per_article": 2})
    bench.store.put("plans/p.json", longer.model_dump_json().encode())
    long = "\n\n".join(article.text for article in bench.articles[:2])
    article = Article(sha256=sha256_text(long), company=bench.articles[0].company, text=long)
    bench.articles.insert(0, article)
    bench.store.put(f"articles/{article.sha256}.json", article.model_dump_json().encode())

    work = bench.run(OfflineTeacher(embedder), OfflineJudge(embedder))

    first, second = (bench.candidate(item.data) for item in bench.items(work))
    assert first.parts == second.parts == len(chunk(long, room)) > 1
    assert first.passage == second.passage
    assert estimate_tokens(first.passage) <= room
    assert check_figures(first.text, long).unsupported == ()
    rounds = sum(item.data["round"] + 1 for item in bench.items(work))
    summaries = bench.ledger.works.counts(work.id).calls - 2 * rounds
    assert summaries == first.parts


def test_the_same_request_is_the_same_synthesis(bench: Bench) -> None:
    assert bench.create().id == bench.create().id
    with pytest.raises(AlreadyExistsError):
        bench.create(number=2)


def wrong_figure(text: str) -> str:
    return text.replace("## Key Takeaways", "Costs came to $987.65 million.\n\n## Key Takeaways")


def without_takeaways(text: str) -> str:
    return text[: text.index("## Key")] + text[text.index("## Action") :]


def with_repeated_bullet(text: str) -> str:
    lines = text.splitlines()
    bullets = [index for index, line in enumerate(lines) if line.startswith("- ")]
    lines[bullets[1]] = lines[bullets[0]]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (wrong_figure, "The article does not have $987.65 million"),
        (without_takeaways, "'Key Takeaways' is missing"),
        (with_repeated_bullet, "repeats"),
    ],
)
def test_a_planted_defect_is_sent_back_twice_and_then_rejected_with_its_reason(
    bench: Bench, embedder: Any, spoil: Callable[[str], str], reason: str
) -> None:
    teacher = SpoilingTeacher(OfflineTeacher(embedder), spoil)

    (item,) = bench.items(bench.run(teacher, OfflineJudge(embedder)))

    assert item.outcome == "REJECTED"
    assert reason in item.reason
    assert [asked.round for asked in teacher.asked] == [0, 1, 2]
    assert any(reason in message for message in teacher.asked[1].feedback)
    assert teacher.asked[1].previous


def test_every_round_stays_in_the_store(bench: Bench, embedder: Any) -> None:
    bench.run(SpoilingTeacher(OfflineTeacher(embedder), wrong_figure), OfflineJudge(embedder))

    rounds = [Candidate.model_validate_json(bench.store.get(k)) for k in keys(bench, "candidates/")]
    assert sorted(candidate.round for candidate in rounds) == [0, 1, 2]
    assert len(keys(bench, "judgments/")) == 3


def test_a_judge_that_babbles_fails_the_item_and_gives_no_score(
    bench: Bench, embedder: Any
) -> None:
    with FakeOpenAI(answer=lambda messages: "I would give it a solid 4 out of 5!") as server:
        judge = LlmJudge(OpenAIChat(server.url, "fake-model", "test-key"))
        work = bench.run(OfflineTeacher(embedder), judge)

    (item,) = bench.items(work)
    assert (work.state, item.state, item.outcome) == ("FAILED", "FAILED", "")
    assert item.cause["reason"] == "JUDGE_FAILED"
    judgment = bench.judgment(item.data)
    assert (judgment.overall, judgment.scores) == (None, {})
    assert "solid 4" in judgment.raw


@pytest.mark.parametrize(
    ("key", "behaviour", "reason", "remedy"),
    [
        ("wrong", None, "LLM_AUTH", "GOLDBRIEF_JUDGE_API_KEY"),
        (
            "test-key",
            Fail(400, "This model's maximum context length is 512 tokens."),
            "LLM_CONTEXT_OVERFLOW",
            "longer context",
        ),
    ],
)
def test_a_judge_that_refuses_fails_the_item_with_its_reason_and_what_to_do(
    bench: Bench, embedder: Any, key: str, behaviour: Fail | None, reason: str, remedy: str
) -> None:
    with FakeOpenAI() as server:
        server.script(*([behaviour] if behaviour else []))
        judge = LlmJudge(OpenAIChat(server.url, "fake-model", key))
        work = bench.run(OfflineTeacher(embedder), judge)

    (item,) = bench.items(work)
    assert (work.state, item.state, item.outcome) == ("FAILED", "FAILED", "")
    assert item.cause["reason"] == reason
    assert remedy in item.cause["remedy"]
    assert "judgment_key" not in item.data


def test_a_candidate_below_the_reject_score_is_not_written_again(
    tmp_path: Path, articles: list[Article], plan: SynthesisPlan, embedder: Any
) -> None:
    strict = plan.model_copy(update={"accept_score": 4.9, "reject_score": 4.8})
    bench = Bench(tmp_path, articles, strict)
    teacher = SpoilingTeacher(OfflineTeacher(embedder), wrong_figure)
    (item,) = bench.items(bench.run(teacher, OfflineJudge(embedder)))
    assert (item.outcome, len(teacher.asked)) == ("REJECTED", 1)
    assert "below 4.9" in item.reason


def test_a_teacher_that_talks_instead_of_summarizing_is_rejected_with_its_words(
    bench: Bench, embedder: Any
) -> None:
    with FakeOpenAI(answer=lambda messages: "Sure! What is the article about?") as server:
        teacher = ChatTeacher(OpenAIChat(server.url, "fake-model", "test-key"))
        (item,) = bench.items(bench.run(teacher, OfflineJudge(embedder)))

    assert item.outcome == "REJECTED"
    assert item.reason.startswith("TEACHER_BAD_OUTPUT")
    assert "Sure!" in json.loads(bench.store.get(item.data["raw_key"]))["raw"]


@pytest.mark.parametrize(
    "change", [{"personas": ()}, {"candidates_per_article": 0}, {"reject_score": 3.5}]
)
def test_a_plan_that_cannot_work_is_refused_at_once(
    bench: Bench, plan: SynthesisPlan, change: dict[str, Any]
) -> None:
    bench.store.put("plans/bad.json", plan.model_copy(update=change).model_dump_json().encode())
    with pytest.raises(InvalidInputError):
        bench.syntheses().create("r", "", [bench.articles[0].sha256], "plans/bad.json")


def test_two_goldens_are_too_few(bench: Bench, plan: SynthesisPlan) -> None:
    few = plan.model_copy(update={"goldens": plan.goldens[:2]})
    bench.store.put("plans/few.json", few.model_dump_json().encode())
    with pytest.raises(InvalidInputError, match="at least 3"):
        bench.syntheses().create("r", "", [bench.articles[0].sha256], "plans/few.json")


def test_an_unknown_article_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="not stored"):
        bench.syntheses().create("r", "", ["0" * 64], "plans/p.json")


def keys(bench: Bench, prefix: str) -> list[str]:
    return list(bench.store.list(prefix))

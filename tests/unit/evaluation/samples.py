"""Three articles with golden summaries, a scripted engine, and a judge that looks at headings."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from goldbrief.core.documents import (
    Article,
    Comparison,
    Golden,
    Judgment,
    Pair,
    Preference,
    PreferenceAnswer,
    PromptFormat,
    StyleContract,
    Verdict,
)
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import Completion, GivenToken, ObjectStore
from goldbrief.evaluation.systems import SystemSpec
from goldbrief.judge.verdicts import Case, JudgeDescription
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Transition
from goldbrief.text.style import infer_style

EXAMPLES = Path(__file__).parents[3] / "examples" / "quickstart" / "golden-eval"
PREFIX = "datasets/briefs/1/"
PLAN_KEY = "runs/run-1/plans/evaluation.json"
ADAPTER = "briefs--1"
SYSTEMS = [
    SystemSpec(name="v1", kind="PROMPT_CHAIN"),
    SystemSpec(name="base", kind="BASE"),
    SystemSpec(name="tuned", kind="ADAPTER", adapter=ADAPTER),
]
BASE_TEXT = "The company did well. <script>alert('x')</script> Profit was $999 million."


def _body(path: Path) -> str:
    return path.read_text().split("---\n", 2)[2].strip()


ARTICLES = [_body(EXAMPLES / f"{number:02}.md") for number in (1, 2, 3)]
SUMMARIES = [_body(EXAMPLES / f"{number:02}.summary.md") for number in (1, 2, 3)]


def make_style() -> StyleContract:
    return infer_style(
        [Golden(name=f"{n}", persona="CFO", summary=text) for n, text in enumerate(SUMMARIES)]
    )


def make_prompt() -> PromptFormat:
    return PromptFormat(
        template="brief-1", strategy="full", article_tokens=4000, wrap="chatml",
        style=make_style(), max_new_tokens=320,
    )  # fmt: skip


def put_dataset(store: ObjectStore, *, articles: int = 3, concurrency: int = 1) -> str:
    """Store the articles, one golden and two held-out rows, and a plan; return its key."""
    rows = []
    for text, summary in zip(ARTICLES, SUMMARIES, strict=True):
        article = Article(
            sha256=sha256_text(text), uri=f"{len(rows)}.md", title=text[:30], text=text
        )
        store.put(f"articles/{article.sha256}.json", article.model_dump_json().encode())
        origin = "golden" if not rows else "synthesized"
        rows.append(
            Pair(
                prompt="", response=summary, persona="CFO", article_sha256=article.sha256,
                company="", source="", teacher="", judge="", judge_score=5.0, origin=origin,
            )
        )  # fmt: skip
    for name, part in (("golden", rows[:1]), ("eval", rows)):
        lines = "".join(f"{row.model_dump_json()}\n" for row in part)
        store.put(f"{PREFIX}{name}.jsonl", lines.encode())
    plan = EvaluationPlan(
        dataset_prefix=PREFIX, prompt=make_prompt(), articles=articles, concurrency=concurrency
    )
    store.put(PLAN_KEY, plan.model_dump_json().encode())
    return PLAN_KEY


class ScriptedEngine:
    """The adapter writes the golden summary of the article, the base one line with a tag."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.answers: dict[str | None, str] = {}

    def complete(
        self,
        prompt: str,
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
    ) -> Completion:
        if adapter not in (None, ADAPTER):
            raise NotFoundError(f"no adapter {adapter}")
        self.prompts.append(prompt)
        text = self.answers.get(adapter, BASE_TEXT if adapter is None else _golden_for(prompt))
        return Completion(text, "stop", len(prompt) // 4, len(text) // 4, adapter or "base", 0.5)

    def stream(
        self,
        prompt: str,
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
    ) -> Iterator[str | Completion]:
        completion = self.complete(prompt, adapter=adapter, max_tokens=max_tokens)
        yield from (completion.text[:5], completion.text[5:], completion)

    def adapters(self) -> list[str]:
        return [ADAPTER]


def _golden_for(prompt: str) -> str:
    return next(s for a, s in zip(ARTICLES, SUMMARIES, strict=True) if a[:60] in prompt)


class LikelyScorer:
    """Finds every token of an adapter likely, of the base one in two."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None]] = []
        self.refusal = ""
        self.log_prob = 0.0

    def tokens(self, context: str, text: str, adapter: str | None) -> list[GivenToken]:
        self.asked.append((context, text, adapter))
        if self.refusal:
            raise InvalidInputError(self.refusal)
        log_prob = self.log_prob or math.log(0.5 if adapter else 0.25)
        return [GivenToken(log_prob, adapter is not None or n % 2 == 0) for n in range(8)]


class HashEmbedder:
    """Unit vectors that depend on the text alone."""

    name = "hash"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [_unit(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]


def _unit(values: bytes) -> list[float]:
    norm = sum(value * value for value in values) ** 0.5 or 1.0
    return [value / norm for value in values]


class HeadingPreference:
    """A judge that prefers headings, and asks in both orders as far as anybody can tell.

    It is silent of articles in `silent_on`, and prefers by place in `swayed_on`, by their start.
    """

    description = JudgeDescription("llm:headings", "brief-1")

    def __init__(self) -> None:
        self.compared = 0
        self.silent_on: set[str] = set()
        self.swayed_on: set[str] = set()

    def judge(self, case: Case) -> Verdict:
        raise NotImplementedError("it only compares")

    def compare(self, case: Case, other: str) -> Comparison:
        self.compared += 1
        start = case.article[:60]
        is_silent, is_swayed = start in self.silent_on, start in self.swayed_on
        better: Preference = "first" if "## " in case.summary else "second"
        if ("## " in case.summary) == ("## " in other) or is_swayed:
            better = "tie"
        return Comparison(
            preferred=None if is_silent else better,
            is_consistent=not (is_silent or is_swayed),
            rationale="It could not be read." if is_silent else "It has <i>headings</i>.",
            judge=self.description.name,
            rubric="brief-1",
            answers=tuple(
                PreferenceAnswer(
                    judge=self.description.name, shown_first=side, preferred=better,
                    rationale="", prompt_tokens=100, completion_tokens=10,
                )
                for side in ("first", "second")
            ),
        )  # fmt: skip


class HeadingJudge:
    """A stage handler in the judge's place: 4.5 for a summary with headings, 2 without.

    It fails to answer for the systems in `silent_for`, and refuses those in `refuses`.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.silent_for: set[str] = set()
        self.refuses: set[str] = set()
        self.references: list[bool] = []

    def judge(self, context: StageContext) -> Transition:
        self.references.append("reference" in context.data)
        if context.data["system"] in self.refuses:
            raise InvalidInputError("The judge refuses.")
        text = self._store.get(context.data["candidate_key"]).decode()
        silent = context.data["system"] in self.silent_for
        score = 4.5 if "## " in text else 2.0
        judgment = Judgment(
            judge="offline-metric-1",
            rubric="brief-1",
            scores={} if silent else {"faithfulness": score},
            overall=None if silent else score,
            rationale="Headings are <b>looked at</b>.",
        )
        key = f"judgments/{context.work_id}-{context.index}.json"
        self._store.put(key, judgment.model_dump_json().encode())
        data = {"judgment_key": key, "score": judgment.overall, "judge": judgment.judge}
        return Advance(context.spec["next_stage"], data)

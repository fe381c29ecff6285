"""The teacher as a system under evaluation: its first draft, by the means of any synthesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from goldbrief.core.contents import put_content
from goldbrief.core.documents import Article, Candidate, PromptFormat
from goldbrief.core.hashing import sha256_text
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.broker.stages import StageContext
from goldbrief.platform.ledger import Advance, EffectUsage, Transition
from goldbrief.synthesis.teachers import Assignment, Teacher
from goldbrief.text.condensing import condense
from goldbrief.text.selection import apply_strategy

_USAGE = ("prompt_tokens", "completion_tokens", "latency_s")


class Contestant:
    """Handler of an evaluation's stage `teach`.

    Args:
        store: Where plans and articles lie.
        teacher: Writes the summaries.
    """

    def __init__(self, store: ObjectStore, teacher: Teacher) -> None:
        self._store = store
        self._teacher = teacher

    def write(self, context: StageContext) -> Transition:
        """Write the item's summary and go on to the stage that its data name as `then`.

        Args:
            context: An item of an evaluation.

        Returns:
            The next stage, with the summary's key.

        Raises:
            BadDraftError: The teacher answered with no summary.
            TransientError: Its endpoint does not answer.
            ResourceExhaustedError: A rate limit or quota is used up.
        """
        data = context.data
        plan = EvaluationPlan.model_validate_json(self._store.get(context.spec["plan_key"]))
        article = Article.model_validate_json(self._store.get(article_key(data["article"])))
        assignment = Assignment(
            article=article,
            passage=article.text,
            persona=data["persona"],
            style=plan.prompt.style,
            goldens=plan.goldens,
            candidate=data.get("repeat", 0),
            seed=plan.seed,
        )
        drafts: list[dict[str, Any]] = []

        def write(passage: str) -> str:
            drafts.append(self._write(context, replace(assignment, passage=passage)))
            return str(drafts[-1]["text"])

        text = write(_passage(article.text, plan.prompt, write))
        candidate = Candidate(
            article_sha256=article.sha256,
            persona=assignment.persona,
            author=data["system"],
            text=text,
            **{name: sum(draft[name] for draft in drafts) for name in _USAGE},
        )
        key = put_content(self._store, "candidates", candidate.model_dump(mode="json"))
        return Advance(data["then"], {"candidate_key": key})

    def _write(self, context: StageContext, assignment: Assignment) -> dict[str, Any]:
        identity = {
            "teacher": self._teacher.name,
            **self._teacher.identity,
            "article": assignment.article.sha256,
            "passage": sha256_text(assignment.passage),
            "persona": assignment.persona,
            "candidate": assignment.candidate,
            "style": assignment.style.version,
            "goldens": [golden.summary for golden in assignment.goldens],
            "seed": assignment.seed,
        }

        def ask() -> tuple[dict[str, Any], EffectUsage]:
            draft = self._teacher.write(assignment)
            return asdict(draft), EffectUsage(draft.prompt_tokens, draft.completion_tokens)

        answer: dict[str, Any] = context.once("teacher", identity, ask)
        return answer


def _passage(article: str, prompt: PromptFormat, summarize: Callable[[str], str]) -> str:
    """What the student sees of the article too."""
    if prompt.strategy == "map_reduce":
        return condense(article, prompt.article_tokens, prompt.style, summarize).text
    return apply_strategy(article, prompt)

"""The teacher as a system under evaluation: its first draft, by the means of any synthesis."""

from __future__ import annotations

from goldbrief.core.documents import Article, Candidate
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.broker.stages import StageContext
from goldbrief.platform.ledger import Advance, EffectUsage, Transition
from goldbrief.synthesis.teachers import Assignment, Teacher
from goldbrief.text.prompts import template_sha256
from goldbrief.text.selection import apply_strategy


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
            passage=apply_strategy(article.text, plan.prompt),
            persona=data["persona"],
            style=plan.prompt.style,
            goldens=plan.goldens,
            candidate=data.get("repeat", 0),
            seed=plan.seed,
        )
        identity = {
            "teacher": self._teacher.name,
            **self._teacher.identity,
            "article": article.sha256,
            "persona": assignment.persona,
            "candidate": assignment.candidate,
            "prompt": template_sha256(plan.prompt),
            "goldens": [golden.summary for golden in assignment.goldens],
            "seed": assignment.seed,
        }

        def ask() -> tuple[dict[str, object], EffectUsage]:
            draft = self._teacher.write(assignment)
            answer = {
                "text": draft.text,
                "prompt_tokens": draft.prompt_tokens,
                "completion_tokens": draft.completion_tokens,
                "latency_s": draft.latency_s,
            }
            return answer, EffectUsage(draft.prompt_tokens, draft.completion_tokens)

        answer = context.once("teacher", identity, ask)
        candidate = Candidate(
            article_sha256=article.sha256,
            persona=assignment.persona,
            author=data["system"],
            **answer,
        )
        record = canonical_json(candidate.model_dump(mode="json"))
        key = f"candidates/{sha256_bytes(record)}.json"
        self._store.put(key, record)
        return Advance(data["then"], {"candidate_key": key})

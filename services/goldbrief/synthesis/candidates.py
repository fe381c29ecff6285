"""The stages of a candidate: written, judged (by the judge service), decided on."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from goldbrief.core.contents import get_content, put_content
from goldbrief.core.documents import Article, Candidate, Judgment
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import SynthesisPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import Outcome
from goldbrief.platform.broker.stages import StageContext
from goldbrief.platform.ledger import Advance, EffectUsage, Finish, Transition
from goldbrief.synthesis.synthesis import load_plan
from goldbrief.synthesis.teachers import Assignment, BadDraftError, Teacher
from goldbrief.text.prompts import template_sha256
from goldbrief.text.selection import apply_strategy


class CandidateStages:
    """Handlers of the stages `write` and `decide`.

    Args:
        store: Where plans, articles, candidates and judgments lie.
        teacher: Writes the candidates.
    """

    def __init__(self, store: ObjectStore, teacher: Teacher) -> None:
        self._store = store
        self._teacher = teacher
        # a plan holds all goldens, and is the same for thousands of items
        self._plan = lru_cache(maxsize=8)(partial(load_plan, store))

    def write(self, context: StageContext) -> Transition:
        """Have a candidate written; one that the teacher spoils is rejected with its raw text."""
        plan = self._plan(context.spec["plan_key"])
        assignment = self._assignment(context.data, plan)
        identity = _identity(self._teacher, assignment, plan)
        answer = context.once("teacher", identity, lambda: self._ask(assignment))
        if "bad" in answer:
            raw_key = put_content(
                self._store, "candidates", {"raw": answer["raw"], "teacher": self._teacher.name}
            )
            reason = f"TEACHER_BAD_OUTPUT: {answer['bad']}"
            return Finish(Outcome.REJECTED, reason, {"raw_key": raw_key})
        candidate = Candidate(
            article_sha256=assignment.article.sha256,
            persona=assignment.persona,
            author=self._teacher.name,
            round=assignment.round,
            **answer,
        )
        key = put_content(self._store, "candidates", candidate.model_dump(mode="json"))
        return Advance("judge", {"candidate_key": key})

    def decide(self, context: StageContext) -> Transition:
        """Accept, send back with the judge's reasons, or reject what is not worth that.

        Args:
            context: An item that was judged.

        Returns:
            The decision; item data get `score` and `judge`, or the reasons.

        Raises:
            FailedPreconditionError: The judge gave no score; a failure is never a verdict.
        """
        plan = self._plan(context.spec["plan_key"])
        data = context.data
        judgment = Judgment.model_validate_json(get_content(self._store, data["judgment_key"]))
        if judgment.overall is None:
            raise FailedPreconditionError(
                f"{judgment.judge} gave no score: {judgment.rationale}", reason="JUDGE_FAILED"
            )
        problems = reasons_against(judgment, plan.accept_score)
        verdict = {"score": judgment.overall, "judge": judgment.judge}
        if not problems:
            return Finish(Outcome.ACCEPTED, data=verdict)
        if data["round"] < plan.max_rewrites and judgment.overall >= plan.reject_score:
            feedback = [*problems, *_advice(judgment)]
            return Advance(
                "write",
                {
                    "round": data["round"] + 1,
                    "feedback": feedback,
                    "previous": data["candidate_key"],
                },
            )
        return Finish(Outcome.REJECTED, " ".join(problems), verdict)

    def _assignment(self, data: dict[str, Any], plan: SynthesisPlan) -> Assignment:
        article = Article.model_validate_json(self._store.get(article_key(data["article"])))
        previous = ""
        if data["round"]:
            previous = Candidate.model_validate_json(
                get_content(self._store, data["previous"])
            ).text
        return Assignment(
            article=article,
            passage=apply_strategy(article.text, plan.prompt),
            persona=data["persona"],
            style=plan.prompt.style,
            goldens=plan.goldens,
            candidate=data["candidate"],
            round=data["round"],
            feedback=tuple(data.get("feedback", ())),
            previous=previous,
            seed=plan.seed,
        )

    def _ask(self, assignment: Assignment) -> tuple[dict[str, Any], EffectUsage]:
        try:
            draft = self._teacher.write(assignment)
        except BadDraftError as error:
            return {"bad": error.message, "raw": error.raw}, EffectUsage()
        answer = {
            "text": draft.text,
            "prompt_tokens": draft.prompt_tokens,
            "completion_tokens": draft.completion_tokens,
            "latency_s": round(draft.latency_s, 3),
        }
        return answer, EffectUsage(draft.prompt_tokens, draft.completion_tokens)


def reasons_against(judgment: Judgment, accept_score: float) -> list[str]:
    """Why a candidate is not accepted.

    Args:
        judgment: With a score.
        accept_score: Lowest score that is accepted, 1 to 5.

    Returns:
        One sentence a reason: error findings first; empty when it is accepted.
    """
    reasons = [finding.message for finding in judgment.findings if finding.severity == "error"]
    if judgment.overall is not None and judgment.overall < accept_score:
        weakest = min(judgment.scores, key=lambda name: (judgment.scores[name], name))
        reasons.append(
            f"The score of {judgment.overall:.2f} is below {accept_score:g}; weakest in {weakest} "
            f"({judgment.scores[weakest]:.2f})."
        )
    return reasons


def _advice(judgment: Judgment) -> list[str]:
    """What a rewrite should mend besides the reasons for it."""
    warnings = [finding.message for finding in judgment.findings if finding.severity == "warning"]
    return [*warnings, judgment.rationale] if judgment.rationale else warnings


def _identity(teacher: Teacher, assignment: Assignment, plan: SynthesisPlan) -> dict[str, Any]:
    """Everything that determines a teacher's call."""
    return {
        "teacher": teacher.name,
        **teacher.identity,
        "article": assignment.article.sha256,
        "persona": assignment.persona,
        "candidate": assignment.candidate,
        "round": assignment.round,
        "prompt": template_sha256(plan.prompt),
        "goldens": [golden.summary for golden in assignment.goldens],
        "feedback": list(assignment.feedback),
        "previous": assignment.previous,
        "seed": assignment.seed,
    }

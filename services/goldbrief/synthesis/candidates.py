"""The stages of a candidate: written, judged (by the judge service), decided on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import lru_cache, partial
from typing import Any

from goldbrief.core.contents import get_content, put_content
from goldbrief.core.documents import Article, Candidate, Judgment
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import SynthesisPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import Outcome
from goldbrief.platform.broker.stages import StageContext
from goldbrief.platform.ledger import Advance, EffectUsage, Finish, Transition
from goldbrief.synthesis.inventing import invented_article, seed_of
from goldbrief.synthesis.synthesis import load_plan
from goldbrief.synthesis.teachers import (
    ArticleSeed,
    Assignment,
    BadDraftError,
    Draft,
    Inventor,
    Teacher,
)
from goldbrief.text.condensing import Condensed, condense
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
        try:
            article = self._article(context, plan)
            assignment = self._assignment(context.data, article, plan)
            read = self._read(context, assignment, plan)
            assignment = replace(assignment, passage=read.text)
            answer = self._answer(context, assignment, plan)
        except BadDraftError as error:
            raw_key = put_content(
                self._store, "candidates", {"raw": error.raw, "teacher": self._teacher.name}
            )
            reason = f"TEACHER_BAD_OUTPUT: {error.message}"
            return Finish(Outcome.REJECTED, reason, {"raw_key": raw_key})
        candidate = Candidate(
            article_sha256=assignment.article.sha256,
            persona=assignment.persona,
            author=self._teacher.name,
            round=assignment.round,
            parts=read.parts,
            passage=read.text if read.parts > 1 else "",
            unread=read.unread,
            **answer,
        )
        key = put_content(self._store, "candidates", candidate.model_dump(mode="json"))
        return Advance("judge", {"candidate_key": key, "article": article.sha256})

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

    def _article(self, context: StageContext, plan: SynthesisPlan) -> Article:
        """The stored article, or one that the teacher invents, once for all candidates."""
        data = context.data
        if data["article"]:
            return Article.model_validate_json(self._store.get(article_key(data["article"])))
        seed = seed_of(plan, data["synthetic"])
        identity = {"teacher": self._teacher.name, **asdict(seed), "seed": plan.seed}
        answer = _recorded(context, identity, lambda: self._invent(seed, plan))
        article = invented_article(answer["text"], seed, self._teacher.name)
        self._store.put(article_key(article.sha256), article.model_dump_json().encode())
        return article

    def _invent(self, seed: ArticleSeed, plan: SynthesisPlan) -> Draft:
        if not isinstance(self._teacher, Inventor):
            raise FailedPreconditionError(
                f"{self._teacher.name} cannot invent articles.", reason="TEACHER_CANNOT_INVENT"
            )
        return self._teacher.invent(seed, plan.seed)

    def _assignment(
        self, data: dict[str, Any], article: Article, plan: SynthesisPlan
    ) -> Assignment:
        previous = ""
        if data["round"]:
            previous = Candidate.model_validate_json(
                get_content(self._store, data["previous"])
            ).text
        return Assignment(
            article=article,
            passage=article.text,
            persona=data["persona"],
            style=plan.prompt.style,
            goldens=plan.goldens,
            candidate=data["candidate"],
            round=data["round"],
            feedback=tuple(data.get("feedback", ())),
            previous=previous,
            temperature=plan.temperatures[data["candidate"] % len(plan.temperatures)],
            seed=plan.seed,
        )

    def _read(
        self, context: StageContext, assignment: Assignment, plan: SynthesisPlan
    ) -> Condensed:
        """What the student is to see of the article."""
        text, prompt = assignment.article.text, plan.prompt
        if prompt.strategy != "map_reduce":
            return Condensed(apply_strategy(text, prompt))

        def summarize(part: str) -> str:
            # the same for all candidates and rounds, so each part is paid for once
            task = replace(
                assignment,
                passage=part,
                candidate=0,
                temperature=plan.temperatures[0],
                round=0,
                feedback=(),
                previous="",
            )
            try:
                answer = self._answer(context, task, plan, part=sha256_text(part))
            except BadDraftError:
                return ""
            return str(answer["text"])

        return condense(text, prompt.article_tokens, prompt.style, summarize)

    def _answer(
        self, context: StageContext, assignment: Assignment, plan: SynthesisPlan, **more: str
    ) -> dict[str, Any]:
        identity = {**_identity(self._teacher, assignment, plan), **more}
        return _recorded(context, identity, lambda: self._teacher.write(assignment))


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


def _recorded(
    context: StageContext, identity: dict[str, Any], write: Callable[[], Draft]
) -> dict[str, Any]:
    """A teacher's answer, asked for once; raises BadDraftError, again for a recorded bad one."""

    def ask() -> tuple[dict[str, Any], EffectUsage]:
        try:
            draft = write()
        except BadDraftError as error:
            usage = EffectUsage(error.prompt_tokens, error.completion_tokens)
            return {"bad": error.message, "raw": error.raw}, usage
        answer = {**asdict(draft), "latency_s": round(draft.latency_s, 3)}
        return answer, EffectUsage(draft.prompt_tokens, draft.completion_tokens)

    answer: dict[str, Any] = context.once("teacher", identity, ask)
    if "bad" in answer:
        raise BadDraftError(answer["bad"], answer["raw"])
    return answer


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
        "temperature": assignment.temperature,
        "round": assignment.round,
        "prompt": template_sha256(plan.prompt),
        "goldens": [golden.summary for golden in assignment.goldens],
        "feedback": list(assignment.feedback),
        "previous": assignment.previous,
        "seed": assignment.seed,
    }

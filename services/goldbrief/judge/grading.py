"""Grading the answers of an evaluation: a stage that follows judging."""

from __future__ import annotations

from typing import Any

from goldbrief.core.contents import put_content
from goldbrief.core.documents import AnswerGrades, Article, Candidate, StyleContract
from goldbrief.core.object_keys import article_key
from goldbrief.core.seams import ObjectStore
from goldbrief.judge.answer_metrics import AnswerGrader
from goldbrief.judge.verdicts import Case
from goldbrief.platform.broker.stages import StageContext
from goldbrief.platform.ledger import Advance, EffectUsage, Transition


class Grading:
    """Handler of the stage.

    Args:
        store: Where candidates, articles and grades lie.
        grader: Gives the grades.
    """

    def __init__(self, store: ObjectStore, grader: AnswerGrader) -> None:
        self._store = store
        self._grader = grader

    def grade_answer(self, context: StageContext) -> Transition:
        """Grade the candidate of an item, and go on to the stage that the spec names.

        The item's data hold `candidate_key`, `article` (its hash) and `target`, whose `text` may
        be empty; the work's spec holds `after_grading` and perhaps `style`.
        """
        data, spec = context.data, context.spec
        candidate = Candidate.model_validate_json(self._store.get(data["candidate_key"]))
        article = Article.model_validate_json(self._store.get(article_key(data["article"])))
        style = spec.get("style")
        case = Case(
            article=article.text,
            summary=candidate.text,
            persona=candidate.persona,
            style=StyleContract.model_validate(style) if style else None,
            reference=data["target"]["text"],
        )
        identity = {
            **self._grader.identity,
            "article": article.sha256,
            "summary": case.summary,
            "persona": case.persona,
            "style": style,
            "target": case.reference,
        }

        def call() -> tuple[dict[str, Any], EffectUsage]:
            grades = self._grader.grade(case)
            usage = EffectUsage(grades.prompt_tokens, grades.completion_tokens)
            return grades.model_dump(mode="json"), usage

        grades = AnswerGrades.model_validate(context.once("judge", identity, call))
        key = put_content(self._store, "grades", grades.model_dump(mode="json"))
        return Advance(spec["after_grading"], {"grades_key": key})

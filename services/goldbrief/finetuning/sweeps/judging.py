"""The second stage of a trial: the judge scores its answers, one a look."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import State
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.sweeps.budgets import exhausted_judge_budget, stopped
from goldbrief.finetuning.sweeps.held_out import HeldOutRow
from goldbrief.finetuning.sweeps.sweeps import trial_run_id
from goldbrief.finetuning.sweeps.verdicts import (
    LOWEST,
    Answer,
    Judge,
    ScoredAnswer,
    Verdict,
    scored_answer_key,
)
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import EffectUsage, Finish, Hold, Later, Transition
from goldbrief.text.tidying import tidy

_RETRY_S = 10.0


class TrialJudging:
    """Has the answers of trials scored.

    Args:
        store: Holds rows and answers.
        runs: The trials' runs.
        judge: Scores.
    """

    def __init__(self, store: ObjectStore, runs: FinetuningRuns, judge: Judge) -> None:
        self._store = store
        self._runs = runs
        self._judge = judge

    def judge(self, context: StageContext) -> Transition:
        """Have the next answer of a trial scored.

        Args:
            context: Of a sweep's item; its data tell how many are `judged`.

        Returns:
            `Later` while answers are left, also when the judge is away: a trial that trained is
            not given up. `Finish` with the mean `score`, `Hold` when the sweep stops.

        Raises:
            FailedPreconditionError: The judge's budget is used up, or it scored no answer.
            InvalidInputError: The judge refuses an answer, or its endpoint our key.
            DataCorruptionError: The run left no answers.
        """
        if context.work_state in (State.PAUSED, State.CANCELLING):
            return Hold()
        number = context.data.get("judged", 0)
        if number == context.spec["eval_rows"]:
            return Finish(data={"score": self._mean(context)})
        if reason := exhausted_judge_budget(context):
            raise stopped(context, reason)
        row = HeldOutRow.model_validate(
            json.loads(self._store.get(context.spec["rows_key"]))[number]
        )
        try:
            scored = self._scored(context, row, self._answers(context)[number])
        except (TransientError, ResourceExhaustedError) as error:
            return Later(_RETRY_S, {"waiting": str(error)})
        key = scored_answer_key(context.work_id, context.index, number)
        self._store.put(key, scored.model_dump_json().encode())
        return Later(0.0, {"judged": number + 1, "waiting": ""})

    def _answers(self, context: StageContext) -> Sequence[str]:
        run_id = trial_run_id(context.work_id, context.index)
        answers = self._runs.answers(run_id)
        if len(answers) != context.spec["eval_rows"]:
            raise DataCorruptionError(
                f"{run_id} left {len(answers)} answers to {context.spec['eval_rows']} prompts.",
                reason="ANSWERS_MISSING",
            )
        return answers

    def _scored(self, context: StageContext, row: HeldOutRow, text: str) -> ScoredAnswer:
        prompt = context.spec["trials"][context.index]["training"]["prompt"]
        style = StyleContract.model_validate(prompt["style"]) if prompt else None
        # as the gateway tidies what it serves
        text = tidy(text, style, row.persona) if style else text
        if not text.strip():
            return ScoredAnswer(
                answer=text, score=LOWEST, rationale="The answer is empty.", judge="", rubric=""
            )
        answer = Answer(
            article=row.article,
            text=text,
            persona=row.persona,
            style_json=style.model_dump_json() if style else "",
            reference=row.reference,
        )
        verdict = Verdict(**context.once("judge", asdict(answer), self._call(answer)))
        return ScoredAnswer(
            answer=text,
            score=verdict.score,
            rationale=verdict.rationale,
            judge=verdict.judge,
            rubric=verdict.rubric,
            card=verdict.card,
        )

    def _call(self, answer: Answer) -> Callable[[], tuple[dict[str, Any], EffectUsage]]:
        def call() -> tuple[dict[str, Any], EffectUsage]:
            verdict = self._judge(answer)
            return asdict(verdict), EffectUsage(verdict.prompt_tokens, verdict.completion_tokens)

        return call

    def _mean(self, context: StageContext) -> float:
        scored = read_scored_answers(self._store, context.work_id, context.index)
        scores = [one.score for one in scored if one.score is not None]
        if not scores:
            raise FailedPreconditionError(
                f"The judge scored none of {len(scored)} answers: {scored[0].rationale}",
                reason="NO_VERDICT",
                remedy="See the judge's log.",
            )
        return fmean(scores)


def read_scored_answers(store: ObjectStore, sweep_id: str, index: int) -> list[ScoredAnswer]:
    """Read the scored answers of a trial, by row; none before the first is judged."""
    keys = store.list(f"sweeps/{sweep_id}/trials/{index}/")
    return [ScoredAnswer.model_validate_json(store.get(key)) for key in keys]

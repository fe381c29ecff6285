"""A judge behind a chat endpoint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from statistics import fmean

from goldbrief.core.documents import Reading, Sample, Verdict
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ChatModel, Completion, Message
from goldbrief.judge.answers import ANSWER_SCHEMA, UnreadableAnswerError, read_grades
from goldbrief.judge.combining import combine
from goldbrief.judge.verdicts import Case, JudgeDescription, overall_score
from goldbrief.text.normalization import strip_special_tokens
from goldbrief.text.prompts import render_instruction

RUBRIC = "brief-rubric-2"
"""Version of prompts/rubric.md; a change of wording is a new version."""
_MAX_TOKENS = 700
_SAMPLING_TEMPERATURE = 0.7
"""Of several samples; a single one is greedy."""
_DELIMITER = re.compile(r"<(?=/?(?:article|summary|reference)\b)", re.IGNORECASE)
_TEMPLATES = {
    name: (files("goldbrief.judge") / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("rubric", "repair")
}


class LlmJudge:
    """Asks a chat model for a rationale and then six grades.

    Args:
        model: The chat model.
        samples: Answers asked for a verdict, whose scores are their mean.
    """

    def __init__(self, model: ChatModel, samples: int = 1) -> None:
        self._model = model
        self._samples = samples
        self._temperature = _SAMPLING_TEMPERATURE if samples > 1 else 0.0

    @property
    def description(self) -> JudgeDescription:
        """Name and rubric; wording, schema and sampling decide too."""
        return JudgeDescription(
            name=f"llm:{self._model.name}",
            rubric=RUBRIC,
            identity={"samples": self._samples, "temperature": self._temperature},
            prompt_sha256=sha256_json({**_TEMPLATES, "schema": ANSWER_SCHEMA}),
        )

    def judge(self, case: Case) -> Verdict:
        """Ask, and ask once more when an answer cannot be read.

        Args:
            case: The summary to grade.

        Returns:
            The mean of the samples; without any score, and with the raw answer, when half of
            them could not be read even after a repair.

        Raises:
            TransientError: The endpoint does not answer.
            ResourceExhaustedError: A rate limit or quota is used up.
        """
        samples = [self._sample(case, seed) for seed in range(self._samples)]
        return combine(samples, samples, fmean, self._temperature)

    def _sample(self, case: Case, seed: int) -> Sample:
        messages = [Message("user", _ask(case))]
        first = self._chat(messages, seed)
        try:
            return self._graded([first], seed, "answered")
        except UnreadableAnswerError as error:
            repair = _TEMPLATES["repair"].format(problem=str(error))
        again = [*messages, Message("assistant", first.text), Message("user", repair)]
        second = self._chat(again, seed)
        try:
            return self._graded([first, second], seed, "repaired")
        except UnreadableAnswerError as error:
            rationale = f"The judge's answer could not be read: {error}"
            return self._recorded([first, second], seed, "unreadable", {}, rationale)

    def _chat(self, messages: Sequence[Message], seed: int) -> Completion:
        return self._model.chat(
            messages,
            max_tokens=_MAX_TOKENS,
            temperature=self._temperature,
            seed=seed,
            schema=ANSWER_SCHEMA,
        )

    def _graded(self, completions: Sequence[Completion], seed: int, state: Reading) -> Sample:
        scores, rationale = read_grades(completions[-1].text)
        return self._recorded(completions, seed, state, scores, rationale)

    def _recorded(
        self,
        completions: Sequence[Completion],
        seed: int,
        state: Reading,
        scores: dict[str, float],
        rationale: str,
    ) -> Sample:
        last = completions[-1]
        return Sample(
            judge=f"llm:{self._model.name}",
            scores=scores,
            overall=overall_score(scores) if scores else None,
            rationale=rationale,
            raw=last.text,
            state=state,
            seed=seed,
            model=last.model,
            latency_s=round(sum(one.latency_s for one in completions), 3),
            prompt_tokens=sum(one.prompt_tokens for one in completions),
            completion_tokens=sum(one.completion_tokens for one in completions),
        )


def _ask(case: Case) -> str:
    reference = ""
    if case.reference:
        reference = (
            "\nA good summary of the same article, for comparison; others can be as good:\n"
            f"<reference>\n{_as_data(case.reference)}\n</reference>\n"
        )
    form = "a short executive summary with an overview, key takeaways and action items"
    return _TEMPLATES["rubric"].format(
        persona=case.persona,
        form=render_instruction(case.persona, case.style) if case.style else form,
        reference=reference,
        article=_as_data(case.article),
        summary=_as_data(case.summary),
    )


def _as_data(text: str) -> str:
    """Text that can neither end its block nor open a turn."""
    return _DELIMITER.sub("< ", strip_special_tokens(text))

"""A judge behind a chat endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from goldbrief.core.documents import Comparison, Sample, Verdict
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ChatModel, Completion, Message
from goldbrief.judge.answers import ANSWER_SCHEMA, read_grades
from goldbrief.judge.asking import as_data, ask, template
from goldbrief.judge.combining import combine
from goldbrief.judge.comparing import COMPARISON, compare_by_asking
from goldbrief.judge.verdicts import Case, JudgeDescription, form_asked_for, overall_score
from goldbrief.judge.weighting import expected_grades

RUBRIC = "brief-rubric-3"
"""Version of prompts/rubric.md; a change of wording is a new version."""
_MAX_TOKENS = 700
_SAMPLING_TEMPERATURE = 0.7
"""Of several samples; a single one is greedy."""
_TEMPLATES = {name: template(name) for name in ("rubric", "repair")}


class LlmJudge:
    """Asks a chat model for a rationale and then six grades.

    Args:
        model: The chat model.
        samples: Answers asked for a verdict, whose scores are their mean. A single one is weighed
            by the log-probabilities of its grades, where the endpoint gives them.
    """

    def __init__(self, model: ChatModel, samples: int = 1) -> None:
        self._model = model
        self._samples = samples
        self._temperature = _SAMPLING_TEMPERATURE if samples > 1 else 0.0
        self._weighs = samples == 1

    @property
    def description(self) -> JudgeDescription:
        """Name and rubric; wording, schema and sampling decide too."""
        return JudgeDescription(
            name=f"llm:{self._model.name}",
            rubric=RUBRIC,
            identity={
                "samples": self._samples,
                "temperature": self._temperature,
                "grades": "expected" if self._weighs else "written",
                "comparison": COMPARISON,
            },
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

    def compare(self, case: Case, other: str) -> Comparison:
        """See Judge.compare: asked in both orders, greedily."""
        return compare_by_asking(self._model, case, other)

    def _sample(self, case: Case, seed: int) -> Sample:
        def chat(messages: Sequence[Message]) -> Completion:
            return self._model.chat(
                messages,
                max_tokens=_MAX_TOKENS,
                temperature=self._temperature,
                seed=seed,
                schema=ANSWER_SCHEMA,
                log_probs=self._weighs,
            )

        asked = ask(chat, _prompt(case), _read, _TEMPLATES["repair"])
        problem = f"The judge's answer could not be read: {asked.problem}"
        scores, rationale, weighted = asked.value or ({}, problem, False)
        return Sample.model_validate(
            {
                "judge": f"llm:{self._model.name}",
                "scores": scores,
                "overall": overall_score(scores) if scores else None,
                "rationale": rationale,
                "raw": asked.raw,
                "state": asked.state,
                "seed": seed,
                "model": asked.model,
                "weighted": weighted,
                **asked.usage,
            }
        )


def _read(completion: Completion) -> tuple[dict[str, float], str, bool]:
    grades, rationale = read_grades(completion.text)
    expected = expected_grades(grades, completion.tokens)
    return expected or grades, rationale, expected is not None


def _prompt(case: Case) -> str:
    reference = ""
    if case.reference:
        reference = (
            "\nA good summary of the same article, for comparison; others can be as good:\n"
            f"<reference>\n{as_data(case.reference)}\n</reference>\n"
        )
    return _TEMPLATES["rubric"].format(
        persona=case.reader,
        form=form_asked_for(case),
        reference=reference,
        article=as_data(case.article),
        summary=as_data(case.summary),
    )

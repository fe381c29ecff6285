"""MLflow's metrics of an answer: answer_similarity, answer_correctness and answer_relevance.

Their names, what each sees, the scale of 1 to 5 and the score with its justification are those of
`mlflow.metrics.genai`; the justification comes first here, and what cannot be read is no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from goldbrief.core.documents import AnswerGrade, AnswerGrades
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ChatModel, Completion, Embedder, Message
from goldbrief.judge.answers import UnreadableAnswerError, read_object
from goldbrief.judge.asking import Asked, as_data, ask, template
from goldbrief.judge.verdicts import Case, form_asked_for
from goldbrief.text.figure_check import check_figures

RUBRIC = "mlflow-answer-1"
"""Version of the rubrics and wordings; a change is a new version."""
OFFLINE = "offline-answer-1"
"""Name of the measures in the place of a language model."""
_MAX_TOKENS = 400
_NO_TARGET = "There is no reference summary to compare with."
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "rationale": {"type": "string"},
        "score": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
    },
    "required": ["rationale", "score"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class AnswerMetric:
    """A metric: what it asks, and its anchored levels."""

    question: str
    levels: tuple[str, ...]
    """What a score means, in rising order."""
    sees_article: bool
    needs_target: bool


METRICS = {
    "answer_similarity": AnswerMetric(
        "How close is the output to the target in meaning? Wording does not count.",
        (
            "1: hardly anything in it means what the target says",
            "2: some aspects mean the same",
            "3: about half of it means the same",
            "4: most aspects mean the same as the target's",
            "5: it means the same as the target in all that matters",
        ),
        sees_article=False,
        needs_target=True,
    ),
    "answer_correctness": AnswerMetric(
        "How correct is the output, measured by the target as the truth and by the input?",
        (
            "1: it is wrong: it contradicts the target, or is about something else",
            "2: partly correct, with large gaps or mistakes",
            "3: correct in some points, with omissions or small mistakes in others",
            "4: mostly correct, with one or two small omissions or mistakes",
            "5: correct throughout, and close to the target in meaning",
        ),
        sees_article=True,
        needs_target=True,
    ),
    "answer_relevance": AnswerMetric(
        "How far does the output do what the input asks for, wholly and without padding?",
        (
            "1: it does not do what is asked, or is about something else",
            "5: it does all that is asked, and every part of it serves that",
            "2 to 4: in between; what is missing or redundant lowers the score",
        ),
        sees_article=True,
        needs_target=False,
    ),
}
_WORDINGS = {name: template(name) for name in ("answer-metric", "answer-metric-repair")}
PROMPT_SHA256 = sha256_json(
    {**_WORDINGS, "metrics": {n: [m.question, *m.levels] for n, m in METRICS.items()}}
)


class AnswerGrader(Protocol):
    """Grades a summary by the three metrics."""

    @property
    def identity(self) -> dict[str, str]:
        """What besides the case determines the grades."""

    def grade(self, case: Case) -> AnswerGrades:
        """Grade a case whose reference is the target.

        Args:
            case: The summary.

        Returns:
            The grades; without a target, similarity and correctness have none and say so.

        Raises:
            TransientError: The judge's endpoint does not answer.
            ResourceExhaustedError: A rate limit or quota is used up.
            InvalidInputError: It refuses the key or the text.
        """


class ChatAnswerGrader:
    """Asks a language model, a question a metric.

    Args:
        model: The judge; of a panel the first.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def identity(self) -> dict[str, str]:
        """See AnswerGrader.identity."""
        return {"judge": f"llm:{self._model.name}", "rubric": RUBRIC, "prompt": PROMPT_SHA256}

    def grade(self, case: Case) -> AnswerGrades:
        """See AnswerGrader.grade."""
        asked = {
            name: self._ask(metric, case)
            for name, metric in METRICS.items()
            if case.reference or not metric.needs_target
        }
        return AnswerGrades(
            judge=f"llm:{self._model.name}",
            rubric=RUBRIC,
            prompt_sha256=PROMPT_SHA256,
            grades={name: _grade(asked.get(name)) for name in METRICS},
            prompt_tokens=sum(int(one.usage["prompt_tokens"]) for one in asked.values()),
            completion_tokens=sum(int(one.usage["completion_tokens"]) for one in asked.values()),
        )

    def _ask(self, metric: AnswerMetric, case: Case) -> Asked[tuple[int, str]]:
        def chat(messages: Sequence[Message]) -> Completion:
            return self._model.chat(messages, max_tokens=_MAX_TOKENS, schema=_SCHEMA)

        parts = []
        if metric.sees_article:
            asked = f"{form_asked_for(case)}\n\nThe article:\n{as_data(case.article)}"
            parts.append(f"<input>\n{asked}\n</input>")
        parts.append(f"<output>\n{as_data(case.summary)}\n</output>")
        if metric.needs_target:
            parts.append(f"<target>\n{as_data(case.reference)}\n</target>")
        prompt = _WORDINGS["answer-metric"].format(
            question=metric.question, levels="\n".join(metric.levels), parts="\n\n".join(parts)
        )
        return ask(chat, prompt, _read, _WORDINGS["answer-metric-repair"])


class OfflineAnswerGrader:
    """Measures in a judge's place, with the same shape: embeddings and figures, not understanding.

    Args:
        embedder: Compares texts.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def identity(self) -> dict[str, str]:
        """See AnswerGrader.identity."""
        return {"judge": OFFLINE, "rubric": RUBRIC, "embedder": self._embedder.name}

    def grade(self, case: Case) -> AnswerGrades:
        """See AnswerGrader.grade."""
        own, article, *targets = self._embedder.embed(
            [text for text in (case.summary, case.article, case.reference) if text]
        )
        figures = check_figures(case.summary, case.article)
        supported = figures.supported / figures.total if figures.total else 1.0
        likeness = _cosine(own, targets[0]) if targets else None
        measured = {
            "answer_similarity": likeness,
            "answer_correctness": None if likeness is None else min(likeness, supported),
            "answer_relevance": _cosine(own, article),
        }
        words = {
            "answer_similarity": "Cosine of the embeddings of output and target",
            "answer_correctness": "The lesser of that cosine and the share of figures found",
            "answer_relevance": "Cosine of the embeddings of output and article",
        }
        return AnswerGrades(
            judge=OFFLINE,
            rubric=RUBRIC,
            grades={
                name: AnswerGrade(score=None, justification=_NO_TARGET)
                if value is None
                else AnswerGrade(
                    score=round(1 + 4 * max(0.0, min(1.0, value))),
                    justification=f"{words[name]}: {value:.2f}.",
                    state="measured",
                )
                for name, value in measured.items()
            },
        )


def _grade(asked: Asked[tuple[int, str]] | None) -> AnswerGrade:
    if asked is None:
        return AnswerGrade(score=None, justification=_NO_TARGET)
    score, justification = asked.value or (None, f"It could not be read: {asked.problem}")
    return AnswerGrade(score=score, justification=justification, raw=asked.raw, state=asked.state)


def _read(completion: Completion) -> tuple[int, str]:
    value, rationale = read_object(completion.text)
    score = value.get("score")
    if type(score) is not int or not 1 <= score <= 5:
        raise UnreadableAnswerError(f"score is {score!r}, not a whole number from 1 to 5.")
    return score, rationale


def _cosine(first: Sequence[float], second: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))

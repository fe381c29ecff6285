"""Which of two summaries of an article a judge prefers.

A model that is shown two texts tends to favor one place, so it is asked in both orders, and a
preference that does not survive the swap is a tie (Zheng et al. 2023).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from goldbrief.core.documents import Comparison, Preference, PreferenceAnswer
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ChatModel, Completion, Message
from goldbrief.judge.answers import UnreadableAnswerError, read_object
from goldbrief.judge.asking import Asked, as_data, ask, template
from goldbrief.judge.verdicts import Case, Judge, form_asked_for

COMPARISON = "brief-comparison-1"
"""Version of prompts/comparison.md; a change of wording is a new version."""
_MAX_TOKENS = 500
_TIE = 0.1
"""Overall scores of a judge that grades each alone are as good as equal below this difference."""
_CHOICES: tuple[Preference, ...] = ("first", "second", "tie")
_SWAPPED: dict[Preference, Preference] = {"first": "second", "second": "first", "tie": "tie"}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "rationale": {"type": "string"},
        "better": {"type": "string", "enum": list(_CHOICES)},
    },
    "required": ["rationale", "better"],
    "additionalProperties": False,
}
_WORDINGS = {name: template(name) for name in ("comparison", "comparison-repair")}
PROMPT_SHA256 = sha256_json({**_WORDINGS, "schema": _SCHEMA})


def compare_by_asking(model: ChatModel, case: Case, other: str) -> Comparison:
    """Ask a chat model, in both orders.

    Args:
        model: The model.
        case: The first summary and its article.
        other: The second summary.

    Returns:
        The preference; a tie when the orders disagree, None when an answer could not be read even
        after a repair.

    Raises:
        TransientError: The endpoint does not answer.
        ResourceExhaustedError: A rate limit or quota is used up.
        InvalidInputError: It refuses the key or the text.
    """
    answers = (
        _answer(model, case, other, "first"),
        _answer(model, replace(case, summary=other), case.summary, "second"),
    )
    lost = [one for one in answers if one.preferred is None]
    survives_swap = answers[0].preferred == answers[1].preferred
    preferred = answers[0].preferred if survives_swap else "tie"
    return Comparison(
        preferred=None if lost else preferred,
        is_consistent=survives_swap and not lost,
        rationale=(lost or answers)[0].rationale,
        judge=f"llm:{model.name}",
        rubric=COMPARISON,
        prompt_sha256=PROMPT_SHA256,
        answers=answers,
    )


def compare_by_scores(judge: Judge, case: Case, other: str) -> Comparison:
    """Compare the overall scores that a judge gives each alone; it has no order to be swayed by."""
    verdicts = [judge.judge(case), judge.judge(replace(case, summary=other))]
    first, second = (verdict.overall for verdict in verdicts)
    preferred: Preference | None = None
    rationale = next((one.rationale for one in verdicts if one.overall is None), "")
    if first is not None and second is not None:
        preferred = "tie" if abs(first - second) < _TIE else _CHOICES[int(second > first)]
        rationale = f"Overall {first:.2f} against {second:.2f}."
    return Comparison(
        preferred=preferred,
        is_consistent=preferred is not None,
        rationale=rationale,
        judge=judge.description.name,
        rubric=judge.description.rubric,
        prompt_sha256=judge.description.prompt_sha256,
    )


def majority(comparisons: Sequence[Comparison], judge: str) -> Comparison:
    """The preference of several judges: what more than half of them prefer, else a tie.

    It fails unless more than half gave one.
    """
    given = [one for one in comparisons if one.preferred is not None]
    is_lost = len(given) * 2 <= len(comparisons)
    votes = {choice: sum(one.preferred == choice for one in given) for choice in _CHOICES}
    winner = max(_CHOICES, key=lambda choice: votes[choice])
    preferred = winner if votes[winner] * 2 > len(given) else "tie"
    nearest = next((one for one in given if one.preferred == preferred), comparisons[0])
    return nearest.model_copy(
        update={
            "preferred": None if is_lost else preferred,
            "is_consistent": not is_lost and all(one.is_consistent for one in given),
            "judge": judge,
            "answers": tuple(answer for one in comparisons for answer in one.answers),
        }
    )


def _answer(
    model: ChatModel, case: Case, other: str, shown_first: Literal["first", "second"]
) -> PreferenceAnswer:
    def chat(messages: Sequence[Message]) -> Completion:
        return model.chat(messages, max_tokens=_MAX_TOKENS, temperature=0.0, schema=_SCHEMA)

    prompt = _WORDINGS["comparison"].format(
        persona=case.reader,
        form=form_asked_for(case),
        article=as_data(case.article),
        first=as_data(case.summary),
        second=as_data(other),
    )
    asked: Asked[tuple[Preference, str]] = ask(chat, prompt, _read, _WORDINGS["comparison-repair"])
    preferred, rationale = asked.value or (None, f"It could not be read: {asked.problem}")
    if preferred and shown_first == "second":
        preferred = _SWAPPED[preferred]
    return PreferenceAnswer.model_validate(
        {
            "judge": f"llm:{model.name}",
            "shown_first": shown_first,
            "preferred": preferred,
            "rationale": rationale,
            "raw": asked.raw,
            "state": asked.state,
            "model": asked.model,
            **asked.usage,
        }
    )


def _read(completion: Completion) -> tuple[Preference, str]:
    value, rationale = read_object(completion.text)
    better = value.get("better")
    for choice in _CHOICES:
        if better == choice:
            return choice, rationale
    raise UnreadableAnswerError(f"better is {json.dumps(better)}, not first, second or tie.")

"""What a synthesis will ask of its teacher and judge, estimated before anything is paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import mean

from goldbrief.core.documents import Article
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import SynthesisPlan
from goldbrief.synthesis.inventing import WORDS
from goldbrief.text.prompts import render_instruction
from goldbrief.text.selection import apply_strategy, estimate_tokens

SAMPLE = 20
"""Articles that are read for an estimate: enough for a mean within some ten percent."""
_SHOWN_GOLDENS = 2
_TEACHER_RULES = 200
_RUBRIC = 700
"""Tokens of the prompts' own words; see the prompts folders of synthesis and judge."""
_INVENTION_RULES = 250
_TOKENS_A_WORD = 1.6
_RATIONALE = 200
"""Tokens of a judge's answer."""


def estimate_usage(
    plan: SynthesisPlan, sample: Sequence[Article], num_items: int
) -> dict[str, int]:
    """Estimate the tokens of a synthesis in which no draft is sent back.

    Args:
        plan: Of the synthesis; parts of long articles are counted with the strategy map_reduce.
        sample: Some of its articles, at least one.
        num_items: Summaries to be written and judged, those of synthetic articles too.

    Returns:
        Tokens by `teacher_prompt`, `teacher_completion`, `judge_prompt`, `judge_completion`;
        some 5% to 30% too many, as `estimate_tokens` says.
    """
    form = estimate_tokens(render_instruction(plan.personas[0], plan.prompt.style))
    golden = mean(estimate_tokens(golden.summary) for golden in plan.goldens)
    readings = [_reading(one.text, plan, golden) for one in sample]
    calls = mean(reading.calls for reading in readings)
    shown = mean(reading.tokens for reading in readings)
    judged = mean(estimate_tokens(r.text) if r.calls else 0 for r in readings)
    share = mean(min(1, reading.calls) for reading in readings)
    each = {
        "teacher_prompt": calls * (_TEACHER_RULES + form + _SHOWN_GOLDENS * golden) + shown,
        "teacher_completion": calls * golden,
        "judge_prompt": share * (_RUBRIC + form + golden) + judged,
        "judge_completion": share * _RATIONALE,
    }
    total = {name: tokens * num_items for name, tokens in each.items()}
    total["teacher_prompt"] += plan.synthetic_articles * _INVENTION_RULES
    total["teacher_completion"] += plan.synthetic_articles * mean(WORDS) * _TOKENS_A_WORD
    return {name: round(tokens) for name, tokens in total.items()}


@dataclass(frozen=True, slots=True)
class _Reading:
    """What writing one candidate takes."""

    text: str
    calls: float
    """Of the teacher; a part of an article is shared by all candidates for it."""
    tokens: float
    """Of the article, over all calls."""


def _reading(text: str, plan: SynthesisPlan, golden: float) -> _Reading:
    prompt = plan.prompt
    if prompt.strategy != "map_reduce":
        try:
            return _Reading(text, 1, estimate_tokens(apply_strategy(text, prompt)))
        except InvalidInputError:  # the item will fail, and say why, before anything is paid
            return _Reading(text, 0, 0)
    calls, tokens = 0.0, 0.0
    size = float(estimate_tokens(text))
    while size > prompt.article_tokens:
        parts = ceil(size / prompt.article_tokens)
        calls, tokens = calls + parts, tokens + size
        size = min(parts * golden, size / 2)
    many = plan.candidates_per_article
    return _Reading(text, 1 + calls / many, size + tokens / many)

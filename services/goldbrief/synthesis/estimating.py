"""What a synthesis will ask of its teacher and judge, estimated before anything is paid."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from goldbrief.core.documents import Article
from goldbrief.core.plans import SynthesisPlan
from goldbrief.text.prompts import render_instruction
from goldbrief.text.selection import apply_strategy, estimate_tokens

SAMPLE = 20
"""Articles that are read for an estimate: enough for a mean within some ten percent."""
_SHOWN_GOLDENS = 2
_TEACHER_RULES = 200
_RUBRIC = 700
"""Tokens of the prompts' own words; see the prompts folders of synthesis and judge."""
_RATIONALE = 200
"""Tokens of a judge's answer."""


def estimate_usage(
    plan: SynthesisPlan, sample: Sequence[Article], num_items: int
) -> dict[str, int]:
    """Estimate the tokens of a synthesis in which no draft is sent back.

    Args:
        plan: Of the synthesis.
        sample: Some of its articles, at least one.
        num_items: Summaries to be written and judged.

    Returns:
        Tokens by `teacher_prompt`, `teacher_completion`, `judge_prompt`, `judge_completion`;
        some 5% to 30% too many, as `estimate_tokens` says.
    """
    form = estimate_tokens(render_instruction(plan.personas[0], plan.prompt.style))
    golden = mean(estimate_tokens(golden.summary) for golden in plan.goldens)
    passage = mean(estimate_tokens(apply_strategy(one.text, plan.prompt)) for one in sample)
    article = mean(estimate_tokens(one.text) for one in sample)
    each = {
        "teacher_prompt": _TEACHER_RULES + form + _SHOWN_GOLDENS * golden + passage,
        "teacher_completion": golden,
        "judge_prompt": _RUBRIC + form + article + golden,
        "judge_completion": _RATIONALE,
    }
    return {name: round(tokens * num_items) for name, tokens in each.items()}

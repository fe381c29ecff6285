"""Says a house style's manners in words, for the prompts of teacher, judge and student."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goldbrief.core.documents import FigureStyle, StyleContract
from goldbrief.text.sections import heading_for
from goldbrief.text.traits import BREAKS_FORM, FIGURE_EXAMPLES


def form_rule(style: StyleContract) -> str:
    """The rules that a summary is rejected for, in one line; empty when there are none.

    Args:
        style: The house style.

    Returns:
        For example `Third person. No questions, links or tables.`
    """
    parts = []
    if style.voice.person:
        parts.append(f"{style.voice.person.capitalize()} person.")
    ruled_out = [name for name in style.never if name in BREAKS_FORM]
    if ruled_out:
        parts.append(f"No {_listed(ruled_out)}.")
    return " ".join(parts)


def manner_rules(style: StyleContract, persona: str) -> str:
    """The other rules, which make a summary sound like the goldens, in one line.

    Args:
        style: The house style.
        persona: Put where a heading says `{persona}`.

    Returns:
        For example `Past tense. Figures as in 12%, $5 and 1.2 million.`; empty when there are none.
    """
    return " ".join(_manners(style, persona))


def _manners(style: StyleContract, persona: str) -> Iterator[str]:
    if style.voice.tense:
        yield f"{style.voice.tense.capitalize()} tense, but for the action items."
    if style.voice.imperative_actions:
        yield "Each action item begins with a verb."
    yield from _figures(style.figures)
    if style.figures_per_100_words:
        yield f"Some {style.figures_per_100_words:.0f} figures in 100 words."
    for ending, article in (("full stop", "a"), ("none", "no")):
        yield from _bullets(style, "ends", ending, f"end with {article} full stop", persona)
    yield from _bullets(style, "leads", "bold", "begin with words in bold", persona)
    hedging = ["hedging"] if style.voice.hedges_per_100_words == 0 else []
    ruled_out = [*(name for name in style.never if name not in BREAKS_FORM), *hedging]
    if ruled_out:
        yield f"No {_listed(ruled_out)}."


def _bullets(style: StyleContract, line: str, value: str, rule: str, persona: str) -> Iterator[str]:
    """A rule for the bullets of those sections that have it."""
    bulleted = [section for section in style.sections if section.form == "bullets"]
    ruled = [section for section in bulleted if getattr(section, line) == value]
    if ruled and ruled == bulleted:
        yield f"Bullets {rule}."
    elif ruled:
        headings = [f"'{heading_for(section, persona)}'" for section in ruled]
        yield f"Bullets of {_listed(headings, 'and')} {rule}."


def _figures(figures: FigureStyle) -> Iterator[str]:
    written = [
        example
        for (line, form), example in FIGURE_EXAMPLES.items()
        if getattr(figures, line) == form
    ]
    decimals = (
        f"at most {figures.max_decimals} decimals" if figures.max_decimals is not None else ""
    )
    if written:
        yield f"Figures as in {_listed(written, 'and')}{decimals and f', with {decimals}'}."
    elif decimals:
        yield f"Figures with {decimals}."


def _listed(names: Sequence[str], conjunction: str = "or") -> str:
    *others, last = names
    return f"{', '.join(others)} {conjunction} {last}" if others else last

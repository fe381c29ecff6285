"""Removes bullets of a summary that repeat an earlier one.

Small models repeat themselves; a reader should not have to notice. The gateway tidies
every answer, and an evaluation tidies every system's, so that both show the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.sections import parse_summary, render_summary
from goldbrief.text.similarity import repeated_items


def drop_repeats(markdown: str, style: StyleContract, persona: str) -> str:
    """Drop each bullet that says the same as an earlier one of its section.

    Args:
        markdown: A summary as a model wrote it.
        style: Lays the rest out again.
        persona: Whom it is written for.

    Returns:
        The summary without the repeats; unchanged where there are none, or where the
        sections cannot be told apart.
    """
    try:
        summary = parse_summary(markdown, style)
    except InvalidInputError:
        return markdown
    bullets = {section.name for section in style.sections if section.form == "bullets"}
    sections = {
        name: _distinct(items) if name in bullets else items
        for name, items in summary.sections.items()
    }
    if sections == summary.sections:
        return markdown
    return render_summary(replace(summary, sections=sections), style, persona)


def _distinct(items: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for item in items:
        if not repeated_items([*kept, item]):
            kept.append(item)
    return tuple(kept)

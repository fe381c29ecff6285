"""Takes out of a summary what a small model writes too much of.

Small models repeat themselves, and do not know when to end; a reader should not have to notice.
The gateway tidies every answer, and an evaluation tidies every system's, so that both show the same
text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from goldbrief.core.documents import SectionStyle, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.sections import Summary, parse_summary, render_summary
from goldbrief.text.sentences import ends_properly, words
from goldbrief.text.similarity import repeated_items
from goldbrief.text.structure import fewest_items, most_words


def tidy(markdown: str, style: StyleContract, persona: str) -> str:
    """Drop repeated bullets, an end that is cut off, and the last items of what is too long.

    No section is left with fewer items than the house style bears.

    Args:
        markdown: A summary as a model wrote it.
        style: Lays the rest out again.
        persona: Whom it is written for.

    Returns:
        The rest; unchanged where nothing is dropped, or where the sections cannot be told apart.
    """

    def change(summary: Summary) -> Summary:
        return _fitting(_finished(_distinct(summary, style), style), style)

    return _changed(markdown, style, persona, change)


def drop_repeats(markdown: str, style: StyleContract, persona: str) -> str:
    """Drop each bullet that says the same as an earlier one of its section, as `tidy` does."""
    return _changed(markdown, style, persona, lambda summary: _distinct(summary, style))


def _changed(
    markdown: str, style: StyleContract, persona: str, change: Callable[[Summary], Summary]
) -> str:
    try:
        summary = parse_summary(markdown, style)
    except InvalidInputError:
        return markdown
    changed = change(summary)
    return markdown if changed == summary else render_summary(changed, style, persona)


def _distinct(summary: Summary, style: StyleContract) -> Summary:
    bullets = {section.name for section in style.sections if section.form == "bullets"}
    sections = {
        name: _different(items) if name in bullets else items
        for name, items in summary.sections.items()
    }
    return replace(summary, sections=sections)


def _different(items: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for item in items:
        if not repeated_items([*kept, item]):
            kept.append(item)
    return tuple(kept)


def _finished(summary: Summary, style: StyleContract) -> Summary:
    """Without a last item that is cut off, where others show that items end with a full stop."""
    last = style.sections[-1]
    *earlier, end = summary.sections[last.name]
    is_cut = not ends_properly(end) and any(map(ends_properly, earlier))
    return _without_last(summary, last) if is_cut and _may_lose(summary, last) else summary


def _fitting(summary: Summary, style: StyleContract) -> Summary:
    """Short enough, if that can be had: what is furthest above its own length loses its last."""
    while summary.num_words > most_words(style):
        losing = [section for section in style.sections if _may_lose(summary, section)]
        if not losing:
            return summary
        summary = _without_last(summary, max(losing, key=partial(_excess, summary)))
    return summary


def _may_lose(summary: Summary, section: SectionStyle) -> bool:
    return len(summary.sections[section.name]) > fewest_items(section)


def _excess(summary: Summary, section: SectionStyle) -> int:
    return sum(len(words(item)) for item in summary.sections[section.name]) - section.max_words


def _without_last(summary: Summary, section: SectionStyle) -> Summary:
    left = summary.sections[section.name][:-1]
    return replace(summary, sections={**summary.sections, section.name: left})

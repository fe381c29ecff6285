"""Reads and writes summaries: by default Overview, Key Takeaways and Action Items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from goldbrief.core.documents import SectionStyle, StyleContract, SummaryForm
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.headings import ROLES, Block, find_blocks, titles_of
from goldbrief.text.sentences import words
from goldbrief.text.style_check import find_departures

_USUAL_FORMS = {"overview": "prose", "takeaways": "bullets", "actions": "bullets"}
_USUAL_HEADINGS = ("Overview", "Key Takeaways", "Action Items for the {persona}")


@dataclass(frozen=True, slots=True)
class Summary:
    """An executive summary, taken apart."""

    sections: Mapping[str, tuple[str, ...]]
    """Section name to its bullets, or sentences where it is prose."""
    persona: str
    """For whom the action items are; empty when no heading says it."""
    headings: Mapping[str, str]
    """Section name to heading as written, in the order of the text."""

    @property
    def overview(self) -> str:
        """The overview; empty for a style without one."""
        return " ".join(self.sections.get("overview", ()))

    @property
    def takeaways(self) -> tuple[str, ...]:
        """The takeaways; none for a style without them."""
        return self.sections.get("takeaways", ())

    @property
    def actions(self) -> tuple[str, ...]:
        """The action items; none for a style without them."""
        return self.sections.get("actions", ())

    @property
    def num_words(self) -> int:
        """Words of the body, headings excluded."""
        return sum(len(words(item)) for items in self.sections.values() for item in items)


def parse_summary(markdown: str, style: StyleContract | None = None) -> Summary:
    """Take a summary apart.

    Args:
        markdown: The summary; headings may be `#`, bold, or a line such as `Overview:`.
        style: Its sections are looked for; None looks for overview, takeaways and actions.

    Returns:
        Its sections; other headings and their text are left out.

    Raises:
        InvalidInputError: A section is missing or empty (`SECTIONS_NOT_FOUND`).
    """
    summary = read_sections(markdown, style)
    wanted = [section.name for section in style.sections] if style else ROLES
    missing = [name for name in wanted if name not in summary.sections]
    if missing:
        asked = [section.heading for section in style.sections] if style else _USUAL_HEADINGS
        headings = ", ".join(f"'## {one}'" for one in asked).replace("{persona}", "<persona>")
        blocks = find_blocks(markdown, style)
        found = ", ".join(repr(block.heading) for block in blocks if block.heading) or "none"
        raise InvalidInputError(
            f"The summary has no section for {', '.join(missing)}.",
            reason="SECTIONS_NOT_FOUND",
            remedy=f"Give it the headings {headings}; headings found: {found}.",
            metadata={"missing": ",".join(missing)},
        )
    return summary


def read_sections(markdown: str, style: StyleContract | None = None) -> Summary:
    """Take a summary apart as `parse_summary` does, leaving out what is missing."""
    forms = {one.name: one.form for one in style.sections} if style else _USUAL_FORMS
    found = {b.name: b for b in find_blocks(markdown, style) if b.name and b.body}
    titles = titles_of(style)
    personas = (titles.persona_in(block.heading) for block in found.values())
    return Summary(
        sections={name: _texts(block, forms[name]) for name, block in found.items()},
        persona=next(filter(None, personas), ""),
        headings={name: block.heading for name, block in found.items()},
    )


def render_summary(summary: Summary, style: StyleContract, persona: str) -> str:
    """Write a summary as canonical Markdown under the house style's headings.

    Args:
        summary: The content.
        style: Gives headings, order and forms.
        persona: Put where a heading says `{persona}`.

    Returns:
        Markdown that `parse_summary` reads back.
    """
    return "\n\n".join(
        f"## {heading_for(section, persona)}\n\n"
        f"{_laid_out(summary.sections.get(section.name, ()), section.form)}"
        for section in style.sections
    )


def structure_problems(markdown: str, style: StyleContract) -> list[str]:
    """List what is wrong with a summary's form, in sentences meant for its author.

    Args:
        markdown: The summary.
        style: The house style.

    Returns:
        One sentence a problem; empty when the form is right. Departures in manner, such as
        figures written otherwise, are those of `style_check.style_problems`.
    """
    return [one.message for one in find_departures(markdown, style) if one.severity == "error"]


def is_section_heading(line: str) -> bool:
    """Whether a line is a marked heading or names overview, takeaways or actions."""
    return titles_of(None).heading_in(line.strip()) is not None


def heading_for(section: SectionStyle, persona: str) -> str:
    """The section's heading with the persona filled in."""
    return section.heading.replace("{persona}", persona)


def form_for(style: StyleContract, persona: str) -> SummaryForm:
    """What an engine is to hold a summary for a persona to."""
    sections = (
        section.model_copy(update={"heading": heading_for(section, persona)})
        for section in style.sections
    )
    return SummaryForm(
        sections=tuple(sections), max_words=style.max_words, person=style.voice.person
    )


def _texts(block: Block, form: str) -> tuple[str, ...]:
    return tuple(item.text for item in block.items(form))


def _laid_out(items: tuple[str, ...], form: str) -> str:
    return " ".join(items) if form == "prose" else "\n".join(f"- {item}" for item in items)

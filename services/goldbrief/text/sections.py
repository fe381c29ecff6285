"""Reads and writes summaries of the form Overview / Key Takeaways / Action Items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from goldbrief.core.documents import SectionStyle, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.sentences import ends_properly, split_sentences, words

SectionName = Literal["overview", "takeaways", "actions"]
SECTION_NAMES: tuple[SectionName, ...] = ("overview", "takeaways", "actions")

LENGTH_TOLERANCE = 0.25
"""How far outside the goldens' length a summary may be: three goldens show a narrow band."""

_MARKED_HEADING = re.compile(r"#{1,6}\s*(?P<title>.+?)[\s#]*$|\*\*(?P<bold>[^*]+)\*\*:?\s*$")
_INLINE_HEADING = re.compile(
    r"(?:\*\*)?(?P<title>[^*:]{3,80})(?::\*\*|\*\*:|:|\*\*)\s*(?P<rest>.*)$"
)
_ITEM_TOLERANCE = 1
"""Bullets or sentences beyond what the goldens show: three goldens are a small sample."""
_BULLET_SIGNS = "-•·‣▪–—"
_BULLET = re.compile(rf"\s*(?:[{_BULLET_SIGNS}*]|\d{{1,2}}[.)])\s+(?P<item>.+)$")
_DECORATION = re.compile(r"^[^\w(]*(?:(?:\d{1,2}[.)]|[IVX]{1,4}\.)\s+)?")
"""Emoji and numbers before a heading."""
_QUALIFIER = r"(?: (?:for|of|from|in) .{2,40}| \(.{2,40}\))?"

_TITLES = {
    "overview": re.compile(
        rf"(?:(?:executive )?(?:overview|summary)|at a glance|situation){_QUALIFIER}", re.IGNORECASE
    ),
    "takeaways": re.compile(
        r"(?:the )?(?:(?:key|main|top) )?"
        rf"(?:take-?aways?|points|findings|highlights|insights|facts){_QUALIFIER}",
        re.IGNORECASE,
    ),
    "actions": re.compile(
        r"(?:(?P<lead>(?-i:[A-Z]{2,4})) )?(?:recommended |suggested |proposed )?"
        r"(?:action items?|actions?(?: points?)?|next steps?|recommendations?)"
        r"(?:\s*(?:for\b|[-–—:(])\s*(?:the )?(?P<persona>.{2,60}?)\)?)?",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """An executive summary, taken apart."""

    overview: str
    takeaways: tuple[str, ...]
    actions: tuple[str, ...]
    persona: str
    """For whom the action items are; empty when the heading does not say."""
    headings: dict[str, str]
    """Section name to heading as written, in the order of the text."""

    @property
    def num_words(self) -> int:
        """Words of the body, headings excluded."""
        return sum(len(words(text)) for text in (self.overview, *self.takeaways, *self.actions))


@dataclass(frozen=True, slots=True)
class _Block:
    """A heading and the lines under it; `name` is empty for a heading that we do not know."""

    name: str
    heading: str
    lines: tuple[str, ...]

    @property
    def body(self) -> str:
        return "\n".join(self.lines).strip()

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(_items(self.lines))


def parse_summary(markdown: str) -> Summary:
    """Take a summary apart.

    Args:
        markdown: The summary; headings may be `#`, bold, or a line such as `Overview:`.

    Returns:
        Its sections; other headings and their text are left out.

    Raises:
        InvalidInputError: A section is missing or empty (`SECTIONS_NOT_FOUND`).
    """
    blocks = _blocks(markdown)
    sections = {block.name: block for block in blocks if block.name and block.body}
    missing = [name for name in SECTION_NAMES if name not in sections]
    if missing:
        found = ", ".join(repr(block.heading) for block in blocks if block.heading) or "none"
        raise InvalidInputError(
            f"The summary has no section for {', '.join(missing)}.",
            reason="SECTIONS_NOT_FOUND",
            remedy="Give it the headings '## Overview', '## Key Takeaways' and "
            f"'## Action Items for the <persona>'; headings found: {found}.",
            metadata={"missing": ",".join(missing)},
        )
    return Summary(
        overview=" ".join(sections["overview"].body.split()),
        takeaways=sections["takeaways"].items,
        actions=sections["actions"].items,
        persona=_persona(sections["actions"].heading),
        headings={name: block.heading for name, block in sections.items()},
    )


def structure_problems(markdown: str, style: StyleContract) -> list[str]:
    """List what is wrong with a summary's form, in sentences meant for its author.

    Args:
        markdown: The summary.
        style: The house style.

    Returns:
        One sentence a problem; empty when the form is right.
    """
    blocks = _blocks(markdown)
    by_name = {block.name: block for block in reversed(blocks) if block.name}
    return [
        *_heading_problems(blocks, style),
        *(
            problem
            for section in style.sections
            if section.name in by_name
            for problem in _section_problems(by_name[section.name], section)
        ),
        *_ending_problems(blocks),
        *_length_problems(blocks, style),
    ]


def render_summary(summary: Summary, style: StyleContract, persona: str) -> str:
    """Write a summary as canonical Markdown under the house style's headings.

    Args:
        summary: The content.
        style: Gives headings and order.
        persona: Put where a heading says `{persona}`.

    Returns:
        Markdown that `parse_summary` reads back.
    """
    bodies = {
        "overview": summary.overview,
        "takeaways": "\n".join(f"- {item}" for item in summary.takeaways),
        "actions": "\n".join(f"- {item}" for item in summary.actions),
    }
    return "\n\n".join(
        f"## {heading_for(section, persona)}\n\n{bodies[section.name]}"
        for section in style.sections
    )


def is_section_heading(line: str) -> bool:
    """Whether a line is a marked heading or names one of the three sections."""
    return _heading(line.strip()) is not None


def heading_for(section: SectionStyle, persona: str) -> str:
    """The section's heading with the persona filled in."""
    return section.heading.replace("{persona}", persona)


def _blocks(markdown: str) -> list[_Block]:
    blocks: list[_Block] = []
    name, heading, lines = "", "", list[str]()
    for line in markdown.splitlines():
        found = _heading(line.strip())
        if found is None:
            lines.append(line)
            continue
        blocks.append(_Block(name, heading, tuple(lines)))
        name, heading, rest = found
        lines = [rest] if rest else []
    blocks.append(_Block(name, heading, tuple(lines)))
    return _without_title([block for block in blocks if block.heading or block.body])


def _without_title(blocks: list[_Block]) -> list[_Block]:
    """Drop the document's title: a first heading with nothing under it that is no section."""
    if not blocks or blocks[0].body:
        return blocks
    is_repeated = blocks[0].name in {block.name for block in blocks[1:]}
    return blocks[1:] if is_repeated or not blocks[0].name else blocks


def _heading(line: str) -> tuple[str, str, str] | None:
    """Section name, heading and the text behind it on the same line; None for other lines."""
    marked = _MARKED_HEADING.match(line)
    if marked:
        title = _clean_title(marked["title"] or marked["bold"])
        return _section_name(title), title, ""
    if not line or line[0] in _BULLET_SIGNS:
        return None
    inline = _INLINE_HEADING.match(line)
    title = _clean_title(inline["title"] if inline else line)
    name = _section_name(title)
    # A sentence such as "Highlights of the year were cash and debt." is no heading.
    if not name or (not inline and line.endswith((".", ","))):
        return None
    return name, title, inline["rest"] if inline else ""


def _clean_title(title: str) -> str:
    return _DECORATION.sub("", title.replace("*", "")).rstrip(": ")


def _section_name(title: str) -> str:
    for name, pattern in _TITLES.items():
        if pattern.fullmatch(title):
            return name
    return ""


def _persona(heading: str) -> str:
    match = _TITLES["actions"].fullmatch(heading)
    return ((match["persona"] or match["lead"] or "") if match else "").strip()


def _items(lines: Sequence[str]) -> Iterator[str]:
    """Bullets with their continuation lines; without bullets, each line is an item."""
    has_bullets = any(_BULLET.match(line) for line in lines)
    item = ""
    for line in lines:
        bullet = _BULLET.match(line)
        if bullet or not has_bullets:
            if item:
                yield item
            item = bullet["item"].strip() if bullet else line.strip()
        else:
            item = f"{item} {line.strip()}".strip()
    if item:
        yield item


def _heading_problems(blocks: Sequence[_Block], style: StyleContract) -> Iterator[str]:
    expected = [section.name for section in style.sections]
    found = [block.name for block in blocks if block.name in expected]
    for section in style.sections:
        if section.name not in found:
            yield f"The section '{section.heading}' is missing."
        elif found.count(section.name) > 1:
            yield f"The section '{section.heading}' occurs {found.count(section.name)} times."
    for block in blocks:
        if not block.heading:
            yield "There is text before the first heading."
        elif block.name not in expected:
            yield f"'{block.heading}' is not a section of the house style."
    if found != sorted(found, key=expected.index):
        order = ", ".join(section.heading for section in style.sections)
        yield f"The sections are out of order; the order is {order}."


def _section_problems(block: _Block, section: SectionStyle) -> Iterator[str]:
    if not block.body:
        yield f"The section '{block.heading}' is empty."
        return
    unit = "sentences" if section.form == "prose" else "bullets"
    count = len(split_sentences(block.body) if section.form == "prose" else block.items)
    fewest = max(1, section.min_items - _ITEM_TOLERANCE)
    if not fewest <= count <= section.max_items + _ITEM_TOLERANCE:
        allowed = _span(section.min_items, section.max_items)
        yield f"'{block.heading}' has {count} {unit}; the house style has {allowed}."


def _ending_problems(blocks: Sequence[_Block]) -> Iterator[str]:
    """An unfinished last item, unless the author ends no item with a full stop."""
    items = [item for block in blocks for item in block.items]
    if not items or ends_properly(items[-1]):
        return
    if any(ends_properly(item) for item in items[:-1] if len(items) > 1):
        yield f"The text seems cut off: it ends with '...{items[-1][-40:]}'."


def _length_problems(blocks: Sequence[_Block], style: StyleContract) -> Iterator[str]:
    count = sum(len(words(block.body)) for block in blocks)
    fewest = int(style.min_words * (1 - LENGTH_TOLERANCE))
    most = int(style.max_words * (1 + LENGTH_TOLERANCE))
    if not fewest <= count <= most:
        allowed = _span(style.min_words, style.max_words)
        yield f"The summary has {count} words; the house style has {allowed}."


def _span(fewest: int, most: int) -> str:
    return str(fewest) if fewest == most else f"{fewest} to {most}"

"""Tells the sections of a summary apart by their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from goldbrief.core.documents import SectionStyle, StyleContract
from goldbrief.text.sentences import split_sentences

ROLES = ("overview", "takeaways", "actions")
"""The sections that every part of the system knows; a house style may have others."""

_MARKED_HEADING = re.compile(r"#{1,6}\s*(?P<title>.+?)[\s#]*$|\*\*(?P<bold>[^*]+)\*\*:?\s*$")
_INLINE_HEADING = re.compile(
    r"(?:\*\*)?(?P<title>[^*:]{3,80})(?::\*\*|\*\*:|:|\*\*)\s*(?P<rest>.*)$"
)
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
class Item:
    """A bullet, or a sentence of prose."""

    text: str
    place: int
    """Number of its first line in the summary, from 1."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and the lines under it; `name` is empty for a heading that we do not know."""

    name: str
    heading: str
    lines: tuple[str, ...]
    place: int
    """Number of the heading's line in the summary, from 1."""
    first: int
    """Number of the first of `lines`; the heading's own where text stands behind it."""

    @property
    def body(self) -> str:
        """What stands under the heading."""
        return "\n".join(self.lines).strip()

    @property
    def has_bullets(self) -> bool:
        """Whether any line is a bullet."""
        return any(_BULLET.match(line) for line in self.lines)

    def items(self, form: str) -> tuple[Item, ...]:
        """Sentences of `prose`; for `bullets` these, or without any, each line."""
        if form == "bullets":
            return tuple(self._bullets())
        return tuple(Item(text, self.first) for text in split_sentences(self.body))

    def _bullets(self) -> Iterator[Item]:
        """Bullets with their continuation lines."""
        has_bullets = self.has_bullets
        text, place = "", 0
        for number, line in enumerate(self.lines, self.first):
            bullet = _BULLET.match(line)
            if not bullet and has_bullets:
                text = f"{text} {line.strip()}".strip()
                continue
            if text:
                yield Item(text, place)
            text, place = bullet["item"].strip() if bullet else line.strip(), number
        if text:
            yield Item(text, place)


class Titles:
    """Knows which section a title opens.

    Args:
        style: Its headings are known, and the usual titles of its sections; None knows the
            usual titles of overview, takeaways and actions.
    """

    def __init__(self, style: StyleContract | None) -> None:
        sections = style.sections if style else ()
        names = [section.name for section in sections] or ROLES
        usual = [(name, _TITLES[name]) for name in ROLES if name in names]
        self._patterns = [*((one.name, heading_pattern(one)) for one in sections), *usual]

    def name_of(self, title: str) -> str:
        """Name of the section; empty for a title that is not known."""
        return next((name for name, known in self._patterns if known.fullmatch(title)), "")

    def persona_in(self, title: str) -> str:
        """Whom a title names; empty when it names nobody."""
        for _, pattern in self._patterns:
            match = pattern.fullmatch(title)
            if match:
                found = match.groupdict()
                return (found.get("persona") or found.get("lead") or "").strip()
        return ""

    def heading_in(self, line: str) -> tuple[str, str, str] | None:
        """Section name, heading and the text behind it on the line; None for other lines."""
        marked = _MARKED_HEADING.match(line)
        if marked:
            title = _clean_title(marked["title"] or marked["bold"])
            return self.name_of(title), title, ""
        if not line or line[0] in _BULLET_SIGNS:
            return None
        inline = _INLINE_HEADING.match(line)
        title = _clean_title(inline["title"] if inline else line)
        name = self.name_of(title)
        # A sentence such as "Highlights of the year were cash and debt." is no heading.
        if not name or (not inline and line.endswith((".", ","))):
            return None
        return name, title, inline["rest"] if inline else ""


@lru_cache(maxsize=64)
def titles_of(style: StyleContract | None) -> Titles:
    """The titles of a house style; see `Titles`."""
    return Titles(style)


def find_blocks(markdown: str, style: StyleContract | None) -> list[Block]:
    """Take a text apart at its headings.

    Args:
        markdown: The text; headings may be `#`, bold, or a line such as `Overview:`.
        style: Whose headings are known; see `Titles`.

    Returns:
        The blocks in order, without the document's title.
    """
    titles = titles_of(style)
    blocks: list[Block] = []
    name, heading, place, first, lines = "", "", 1, 1, list[str]()
    for number, line in enumerate(markdown.splitlines(), 1):
        found = titles.heading_in(line.strip())
        if found is None:
            lines.append(line)
            continue
        blocks.append(Block(name, heading, tuple(lines), place, first))
        name, heading, rest = found
        lines = [rest] if rest else []
        place, first = number, number if rest else number + 1
    blocks.append(Block(name, heading, tuple(lines), place, first))
    return _without_title([block for block in blocks if block.heading or block.body])


def items_in(block: Block, style: StyleContract) -> tuple[Item, ...]:
    """Items of a section of the house style, in its form."""
    return block.items(section_of(block, style).form)


def section_of(block: Block, style: StyleContract) -> SectionStyle:
    """What the house style says of a block that it knows."""
    return next(section for section in style.sections if section.name == block.name)


def _without_title(blocks: list[Block]) -> list[Block]:
    """Drop the document's title: a first heading with nothing under it that is no section."""
    if not blocks or blocks[0].body:
        return blocks
    is_repeated = blocks[0].name in {block.name for block in blocks[1:]}
    return blocks[1:] if is_repeated or not blocks[0].name else blocks


def heading_pattern(section: SectionStyle) -> re.Pattern[str]:
    """How a section's heading looks with whatever persona in it."""
    written = re.escape(_clean_title(section.heading))
    return re.compile(written.replace(r"\{persona\}", r"(?P<persona>.{1,60}?)", 1), re.IGNORECASE)


def _clean_title(title: str) -> str:
    return _DECORATION.sub("", title.replace("*", "")).rstrip(": ")

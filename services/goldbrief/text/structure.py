"""Checks the structure of a summary against its house style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goldbrief.core.documents import SectionStyle, StyleContract
from goldbrief.text.departures import Departure
from goldbrief.text.headings import Block, find_blocks
from goldbrief.text.sentences import ends_properly, words

LENGTH_TOLERANCE = 0.25
"""How far outside the goldens' length a summary may be: three goldens show a narrow band."""
_ITEM_TOLERANCE = 1
"""Bullets or sentences beyond what the goldens show: three goldens are a small sample."""


def structure_departures(markdown: str, style: StyleContract) -> Iterator[Departure]:
    """Find what is wrong with sections, order, forms, items and length.

    Args:
        markdown: The summary.
        style: The house style.

    Yields:
        The departures, all errors.
    """
    blocks = find_blocks(markdown, style)
    by_name = {block.name: block for block in reversed(blocks) if block.name}
    yield from _headings(blocks, style)
    for section in style.sections:
        if section.name in by_name:
            yield from _section(by_name[section.name], section)
    yield from _ending(blocks, style)
    yield from _length(blocks, style)


def fewest_items(section: SectionStyle) -> int:
    """Items that a section has at least, with the tolerance of the check."""
    return max(1, section.min_items - _ITEM_TOLERANCE)


def most_words(style: StyleContract) -> int:
    """Words that a summary has at most, with the tolerance of the check."""
    return int(style.max_words * (1 + LENGTH_TOLERANCE))


def _headings(blocks: Sequence[Block], style: StyleContract) -> Iterator[Departure]:
    expected = [section.name for section in style.sections]
    found = [block.name for block in blocks if block.name]
    for section in style.sections:
        if section.name not in found:
            yield Departure("sections", f"The section '{_shown(section)}' is missing.")
        elif found.count(section.name) > 1:
            times = found.count(section.name)
            yield Departure("sections", f"The section '{_shown(section)}' occurs {times} times.")
    for block in blocks:
        if not block.heading:
            yield Departure("sections", "There is text before the first heading.", block.place)
        elif not block.name:
            message = f"'{block.heading}' is not a section of the house style."
            yield Departure("sections", message, block.place)
    if found != sorted(found, key=expected.index):
        order = ", ".join(map(_shown, style.sections))
        yield Departure("sections", f"The sections are out of order; the order is {order}.")


def _shown(section: SectionStyle) -> str:
    """A heading for people, whoever the summary is for."""
    return section.heading.replace("{persona}", "…")


def _section(block: Block, section: SectionStyle) -> Iterator[Departure]:
    line = f"sections.{section.name}"
    if not block.body:
        yield Departure(line, f"The section '{block.heading}' is empty.", block.place)
        return
    if block.has_bullets != (section.form == "bullets"):
        found = "bullets" if block.has_bullets else "prose"
        message = f"'{block.heading}' is written as {found}; the house style has {section.form}."
        yield Departure(f"{line}.form", message, block.place)
        return
    unit = "sentences" if section.form == "prose" else "bullets"
    count = len(block.items(section.form))
    if not fewest_items(section) <= count <= section.max_items + _ITEM_TOLERANCE:
        allowed = _span(section.min_items, section.max_items)
        message = f"'{block.heading}' has {count} {unit}; the house style has {allowed}."
        yield Departure(f"{line}.items", message, block.place)


def _ending(blocks: Sequence[Block], style: StyleContract) -> Iterator[Departure]:
    """An unfinished last item, unless the author ends no such item with a full stop."""
    forms = {section.name: section.form for section in style.sections}
    shown = [(forms.get(block.name, "bullets"), block) for block in blocks if block.body]
    items = [item for form, block in shown if form == shown[-1][0] for item in block.items(form)]
    if not items or ends_properly(items[-1].text):
        return
    if any(ends_properly(item.text) for item in items[:-1]):
        message = f"The text seems cut off: it ends with '...{items[-1].text[-40:]}'."
        yield Departure("sections", message, items[-1].place)


def _length(blocks: Sequence[Block], style: StyleContract) -> Iterator[Departure]:
    count = sum(len(words(block.body)) for block in blocks)
    fewest = int(style.min_words * (1 - LENGTH_TOLERANCE))
    if not fewest <= count <= most_words(style):
        allowed = _span(style.min_words, style.max_words)
        message = f"The summary has {count} words; the house style has {allowed}."
        yield Departure("words", message)


def _span(fewest: int, most: int) -> str:
    return str(fewest) if fewest == most else f"{fewest} to {most}"

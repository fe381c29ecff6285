"""Checks a summary against its house style, line by line of the contract."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from goldbrief.core.documents import SectionStyle, StyleContract
from goldbrief.text import traits
from goldbrief.text.departures import Departure
from goldbrief.text.headings import Block, Item, find_blocks, heading_pattern, items_in, section_of
from goldbrief.text.sentences import ends_properly, words
from goldbrief.text.structure import structure_departures

_SPARE_HEDGES = 1
"""Hedges beyond what the goldens show: three goldens are a small sample."""
_FEW_SENTENCES = 3
"""Sentences below which a share of tenses says nothing."""
_SHOWN = 60


def find_departures(markdown: str, style: StyleContract) -> list[Departure]:
    """Find everything that a summary does otherwise than its house style.

    Args:
        markdown: The summary.
        style: The house style.

    Returns:
        Departures from the structure, then those in manner; errors are those that break
        the form.
    """
    blocks = [block for block in find_blocks(markdown, style) if block.name]
    return [
        *structure_departures(markdown, style),
        *(problem for block in blocks for problem in _heading(block, style)),
        *_never(markdown, style),
        *_person(blocks, style),
        *_tense(blocks, style),
        *_hedges(blocks, style),
        *_figures(blocks, style),
        *(problem for block in blocks for problem in _bullets(block, style)),
    ]


def style_problems(markdown: str, style: StyleContract) -> list[str]:
    """List departures in manner, in sentences meant for the summary's author.

    Those that break the form are `sections.structure_problems`.
    """
    return [one.message for one in find_departures(markdown, style) if one.severity == "warning"]


def _heading(block: Block, style: StyleContract) -> Iterator[Departure]:
    section = section_of(block, style)
    if not heading_pattern(section).fullmatch(block.heading):
        line = f"sections.{section.name}.heading"
        message = f"It says '{block.heading}'; the house style says '{section.heading}'."
        yield Departure(line, message, block.place, "warning")


def _never(markdown: str, style: StyleContract) -> Iterator[Departure]:
    for name in style.never:
        for place, line in enumerate(markdown.splitlines(), 1):
            match = traits.NEVER[name].search(line)
            if match:
                message = f"The house style has no {name}, as in “{_around(line, match.start())}”."
                breaks = name in traits.BREAKS_FORM
                yield Departure("never", message, place, "error" if breaks else "warning")
                break


def _person(blocks: Sequence[Block], style: StyleContract) -> Iterator[Departure]:
    if style.voice.person != "third":
        return
    for place, line in _lines(blocks):
        match = traits.first_person(line)
        if match:
            said = _around(line, match.start())
            message = f"The house style speaks of the company by name, not as in “{said}”."
            yield Departure("voice.person", message, place)
            return


def _tense(blocks: Sequence[Block], style: StyleContract) -> Iterator[Departure]:
    told = [
        item.text for block in blocks if block.name != "actions" for item in items_in(block, style)
    ]
    tenses = [tense for tense in map(traits.tense_of, told) if tense]
    wanted = style.voice.tense
    if wanted and len(tenses) >= _FEW_SENTENCES and tenses.count(wanted) * 2 < len(tenses):
        message = (
            f"Only {tenses.count(wanted)} of {len(tenses)} sentences are in the {wanted} tense, "
            "which is that of the house style."
        )
        yield Departure("voice.tense", message, severity="warning")


def _hedges(blocks: Sequence[Block], style: StyleContract) -> Iterator[Departure]:
    most = style.voice.hedges_per_100_words
    if most is None:
        return
    text = "\n".join(block.body for block in blocks)
    found = traits.hedges(text)
    if len(found) > math.ceil(most * len(words(text)) / 100) + _SPARE_HEDGES:
        message = f"It hedges {len(found)} times ({', '.join(dict.fromkeys(found))})."
        yield Departure("voice.hedges_per_100_words", message, severity="warning")


def _figures(blocks: Sequence[Block], style: StyleContract) -> Iterator[Departure]:
    for name, forms in traits.FIGURE_FORMS.items():
        wanted = getattr(style.figures, name)
        others = [pattern for form, pattern in forms.items() if wanted and form != wanted]
        odd = (
            (place, _around(line, match.start()))
            for place, line in _lines(blocks)
            for pattern in others
            if (match := pattern.search(line))
        )
        place, written = next(odd, (0, ""))
        if written:
            example = traits.FIGURE_EXAMPLES[name, wanted]
            message = f"The house style writes figures as in {example}, not as in “{written}”."
            yield Departure(f"figures.{name}", message, place, "warning")
    yield from _decimals(blocks, style)


def _decimals(blocks: Sequence[Block], style: StyleContract) -> Iterator[Departure]:
    most = style.figures.max_decimals
    for place, line in _lines(blocks):
        found = traits.most_decimals(line)
        if most is not None and found is not None and found > most:
            message = f"A figure has {found} decimals; the house style has at most {most}."
            yield Departure("figures.max_decimals", message, place, "warning")
            return


def _bullets(block: Block, style: StyleContract) -> Iterator[Departure]:
    section = section_of(block, style)
    if section.form == "bullets":
        items = block.items("bullets")
        yield from _ends(items, section)
        yield from _leads(items, section)
    if section.name == "actions" and style.voice.imperative_actions:
        for item in block.items(section.form):
            if not traits.begins_with_verb(item.text):
                message = f"The action item “{_start(item.text)}” does not begin with a verb."
                yield Departure("voice.imperative_actions", message, item.place, "warning")


def _ends(items: Sequence[Item], section: SectionStyle) -> Iterator[Departure]:
    for item in items:
        if section.ends and ends_properly(item.text) != (section.ends == "full stop"):
            without = "without" if section.ends == "full stop" else "with"
            message = f"The bullet “{_start(item.text)}” ends {without} a full stop."
            yield Departure(f"sections.{section.name}.ends", message, item.place, "warning")
            return


def _leads(items: Sequence[Item], section: SectionStyle) -> Iterator[Departure]:
    for item in items:
        if section.leads and traits.has_bold_lead(item.text) != (section.leads == "bold"):
            without = "without" if section.leads == "bold" else "with"
            message = f"The bullet “{_start(item.text)}” begins {without} words in bold."
            yield Departure(f"sections.{section.name}.leads", message, item.place, "warning")
            return


def _lines(blocks: Sequence[Block]) -> Iterator[tuple[int, str]]:
    for block in blocks:
        yield from enumerate(block.lines, block.first)


def _start(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN].rsplit(" ", 1)[0] + " ..."


def _around(line: str, index: int) -> str:
    """Some whole words of a line around a place in it."""
    start = line.rfind(" ", 0, max(0, index - _SHOWN // 2)) + 1
    end = line.find(" ", index + _SHOWN // 2)
    return line[start : end if end > 0 else len(line)].strip()

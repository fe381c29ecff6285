"""Lets a growing text be written only in the form of a house style: its sections, in their order.

A text grows line by line: headings, blank lines, prose and bullets. Where it stands is a `Place`;
from there a line may begin, go on or end only so that the whole can still become valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from goldbrief.core.documents import SectionStyle, SummaryForm
from goldbrief.text.sentences import ends_properly, split_sentences, vocabulary, words
from goldbrief.text.similarity import ngrams
from goldbrief.text.traits import first_person

BULLET = "- "
_CLAUSE = re.compile(r"(?:[^\d],|(?:\d{4}|[.,]\d+),|;| [–—-])\s?$|\d, \w*$")
"""Behind a year or decimals, or before a space, a comma does not belong to a number."""
_DATE = re.compile(r"\b[A-Z][a-z]+ \d{1,2}, \d*$")
_JOINTS = vocabulary(
    "and or but as which who that while whereas when because since if with without during from "
    "including excluding compared versus due driven led related resulting reflecting throughout "
    "beginning primarily mainly fully completely partially partly offset"
)
"""Words that begin what could as well be left out."""
_OPEN = _JOINTS | vocabulary("is are was were be been being has have had not")
"""Words behind which something must follow."""
_LONG = 1.75
"""Times its share of the words from which an item opens no further clause. Where less are allowed,
sentences that tell two results lose one (docs/benchmarks/guards.md)."""
_FULL = 1.1
"""Times the most words until which items beyond the fewest may be begun: a summary may have a
quarter more (`structure.LENGTH_TOLERANCE`), and items end later than they might."""
_SAME_START = 8
"""Words that two bullets may not both begin with: short of it are phrases such as `Explain to the
board why`."""
_SAME_RUN = 12
"""Words in a row that no two bullets may share: short of it are a figure with its period, and ends
such as `in the coming year, and by how much`."""
_FIGURE = re.compile(r"\d|^(?:trillion|billion|million|thousand|percent|points?)$")
"""In a word. Such words are not compared: a figure that is begun may have to go on as it does."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands at the start of a line."""

    section: int = -1
    """Number of the section that is written; -1 before the first heading."""
    items: int = 0
    """Its bullets, or sentences, so far."""
    is_after_blank: bool = False
    bullets: tuple[tuple[str, ...], ...] = ()
    """The words of all so far, of every section, without figures."""
    words: int = 0
    """All so far, without headings."""


START = Place()


class FormGuard:
    """Says whether a text may go on so.

    Args:
        form: Of the house style.
    """

    def __init__(self, form: SummaryForm) -> None:
        self._sections = form.sections
        self._max_words = form.max_words
        self._is_third_person = form.person == "third"
        fewest = [section.min_items for section in form.sections]
        self._share = form.max_words / sum(fewest)
        """Words that an item may have if there are as few as may be."""
        later = (form.sections[index + 1 :] for index in range(len(fewest)))
        self._reserved = [sum(section.max_words for section in sections) for sections in later]
        """Words to leave for what follows each section."""

    def permits(self, place: Place, line: str) -> bool:
        """Whether a line may begin so.

        Args:
            place: Where it begins.
            line: As far as it is written.

        Returns:
            Whether the text can still become valid.
        """
        if not line or any(lead.startswith(line) for lead in self._leads(place)):
            return True
        if line.startswith("#"):
            return False
        section = self._section(place)
        if section is None or not self._has_room(place, section):
            return False
        if self._is_third_person and first_person(f"{line} a"):  # as if a bare `I` were whole
            return False
        if section.form == "bullets":
            is_new = line.startswith(BULLET) and not _repeats(line, place.bullets)
            return is_new and not self._opens_clause(line)
        sentences = split_sentences(line)
        is_prose = not line[0].isspace() and not line.startswith(("-", "*", "|"))
        fits = is_prose and len(sentences) <= section.max_items
        return fits and not self._opens_clause(sentences[-1])

    def after(self, place: Place, line: str) -> Place | None:
        """Where a text stands when a line has ended; None where it may not end so.

        Args:
            place: Where the line began.
            line: Whole.

        Returns:
            The place.
        """
        if not self.permits(place, line):
            return None
        if not line.strip():
            begun = place.section >= 0 and not place.is_after_blank
            return replace(place, is_after_blank=True) if begun else None
        if line.startswith("#"):
            is_whole = line.rstrip() == self._heading(place.section + 1)
            next_one = Place(place.section + 1, bullets=place.bullets, words=place.words)
            return next_one if is_whole else None
        section = self._section(place)
        if section is None or not _is_ended(line, section):
            return None
        num_words = place.words + len(words(line))
        end = replace(place, is_after_blank=False, words=num_words)
        if section.form == "bullets":
            return replace(end, items=place.items + 1, bullets=(*place.bullets, _told(line)))
        count = len(split_sentences(line))
        return replace(end, items=count) if count >= section.min_items else None

    def may_end(self, place: Place, line: str) -> bool:
        """Whether the whole text may end with a line, which may be empty."""
        end = self.after(place, line) if line else place
        if end is None or end.section != len(self._sections) - 1:
            return False
        return end.items >= self._sections[-1].min_items

    def continuations(self, place: Place, line: str) -> set[str]:
        """The letters that lead on from a heading or bullet that is only begun, or a full line."""
        leads = [lead for lead in self._leads(place) if lead.startswith(line)]
        found = {lead[len(line)] for lead in leads if len(lead) > len(line)}
        return found | ({"\n"} if line and self.after(place, line) else set())

    def _leads(self, place: Place) -> Iterator[str]:
        """What a line may begin with, but for prose."""
        section = self._section(place)
        if section is None or place.items >= section.min_items:
            heading = self._heading(place.section + 1)
            if heading and (section is None or place.is_after_blank):
                yield heading
        if section and section.form == "bullets" and self._has_room(place, section):
            yield BULLET

    def _heading(self, section: int) -> str:
        return f"## {self._sections[section].heading}" if section < len(self._sections) else ""

    def _section(self, place: Place) -> SectionStyle | None:
        return self._sections[place.section] if place.section >= 0 else None

    def _has_room(self, place: Place, section: SectionStyle) -> bool:
        """Prose is one paragraph; the blank line after a heading comes first."""
        if place.items == 0:
            return place.is_after_blank
        if section.form == "prose" or place.items == section.max_items:
            return False
        ahead = self._share + self._reserved[place.section]
        is_short = place.words + ahead <= _FULL * self._max_words
        return place.items < section.min_items or is_short

    def _opens_clause(self, item: str) -> bool:
        """Whether an item that is long already goes on after a comma, or a word such as `during`.

        A comma behind a digit may belong to a number, or to a date.
        """
        said = words(item)
        if len(said) <= _LONG * self._share:
            return False
        if _CLAUSE.search(item):
            return not _DATE.search(item)
        before, last = ["", *said][-2:]
        return item.rstrip()[-1].isalpha() and last in _JOINTS and before not in _OPEN


def _repeats(line: str, bullets: Sequence[tuple[str, ...]]) -> bool:
    """Whether a bullet begins as another one does, or has just said much in its very words."""
    told = _told(line)
    start, run = told[:_SAME_START], told[-_SAME_RUN:]
    begins = len(start) == _SAME_START and any(one[:_SAME_START] == start for one in bullets)
    return begins or (
        len(run) == _SAME_RUN and any(run in ngrams(one, _SAME_RUN) for one in bullets)
    )


def _told(bullet: str) -> tuple[str, ...]:
    return tuple(word for word in words(bullet) if not _FIGURE.search(word))


def _is_ended(line: str, section: SectionStyle) -> bool:
    text = line.removeprefix(BULLET).strip()
    return bool(text) and (section.ends == "none" or ends_properly(text))

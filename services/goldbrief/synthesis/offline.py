"""The offline teacher: a summary of the article's own sentences, guided by the goldens."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from goldbrief.core.documents import SectionStyle
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import Embedder
from goldbrief.synthesis.action_choice import ActionChoice, actions_in, repeats
from goldbrief.synthesis.actions import Action
from goldbrief.synthesis.calls import as_prose, company_of_call, is_call
from goldbrief.synthesis.manner import figures_in_house, in_house_manner
from goldbrief.synthesis.phrases import Vocabulary, short_name
from goldbrief.synthesis.salience import (
    GoldenProfile,
    best,
    embed,
    headline_score,
    is_outlook,
    key_score,
    likeness,
    newest_year,
    profile_goldens,
    redundancy,
    stakes_score,
    stale_loss,
    takeaway_scores,
)
from goldbrief.synthesis.statements import (
    MIN_WORDS,
    House,
    Statement,
    amount_of,
    find_statements,
    surnames,
)
from goldbrief.synthesis.teachers import Assignment, BadDraftError, Draft
from goldbrief.synthesis.third_person import name_owner
from goldbrief.text.headings import ROLES
from goldbrief.text.key_figures import key_figures
from goldbrief.text.sections import Summary, render_summary
from goldbrief.text.similarity import repeated_items
from goldbrief.text.structure import fewest_items

NAME = "offline-extractive-4"

_SPARE_STATEMENTS = 1
"""Statements left to choose among, so that the action items may take theirs first."""
_LENGTH_TOLERANCE = 1.1
"""Times the most words of a section in the goldens: an article's sentences fit no mold."""
_WORTHWHILE = 0.35
"""Score below which a statement does not make a takeaway beyond the fewest."""
_SAME = {False: 0.5, True: 0.6}
"""Share of words from which a statement says what another says; filings word all results alike."""
_QUOTED = re.compile(r"“([^”]+)”")


class OfflineTeacher:
    """Extracts, tidies and lays out; calls no language model but an embedding model.

    Statements like the goldens' bullets, with amounts and causes, come first; none repeats
    a figure of another. The same assignment gives the same text.

    Args:
        embedder: Compares statements with the goldens.
    """

    name = NAME

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._profiles: dict[str, GoldenProfile] = {}

    @property
    def identity(self) -> dict[str, Any]:
        """The embedding model decides too."""
        return {"embedder": self._embedder.name}

    def write(self, assignment: Assignment) -> Draft:
        """Write a summary.

        Args:
            assignment: What to write.

        Returns:
            The draft; its token counts are zero, as no language model was asked.

        Raises:
            BadDraftError: The article has too few sentences that can stand alone.
        """
        start = time.monotonic()
        summary = self._compose(assignment)
        text = render_summary(summary, assignment.style, assignment.persona)
        return Draft(text, latency_s=time.monotonic() - start)

    def _compose(self, assignment: Assignment) -> Summary:
        """Try each effort in turn, so that no article's summary changes with a later one."""
        profile = self._profile(assignment)
        *efforts, last = _EFFORTS
        for effort in efforts:
            try:
                return _Composition(assignment, self._embedder, profile, effort).summary()
            except BadDraftError:
                continue
        return _Composition(assignment, self._embedder, profile, last).summary()

    def _profile(self, assignment: Assignment) -> GoldenProfile:
        style = assignment.style
        key = sha256_json([style.version, *(golden.summary for golden in assignment.goldens)])
        if key not in self._profiles:
            self._profiles[key] = profile_goldens(assignment.goldens, style, self._embedder)
        return self._profiles[key]


@dataclass(frozen=True, slots=True)
class _Room:
    """How much a section takes."""

    fewest: int
    most: int
    least: int
    """Items below which the section breaks the house form."""
    words: int
    """Most words; one more where else there would be too few items."""


@dataclass(frozen=True, slots=True)
class _Effort:
    """How far to go for enough statements and action items."""

    lenient: bool = False
    """Fewer of them, and longer ones."""
    filing: bool = False
    """Those in the words of company filings too."""


_EFFORTS = (_Effort(), _Effort(lenient=True), _Effort(lenient=True, filing=True))


class _Composition:
    """One summary in the making."""

    def __init__(
        self,
        assignment: Assignment,
        embedder: Embedder,
        profile: GoldenProfile,
        effort: _Effort,
    ) -> None:
        company = assignment.article.company
        if is_call(assignment.passage):
            company = company or company_of_call(assignment.article.text)
            assignment = replace(assignment, passage=as_prose(assignment.passage))
        self._assignment = assignment
        self._profile = profile
        self._embedder = embedder
        self._company = short_name(company, assignment.passage)
        self._vocabulary = Vocabulary(
            [assignment.passage, *(golden.summary for golden in assignment.goldens)], company
        )
        self._effort = effort
        self._banned = set(_offending(assignment))
        says_we = assignment.style.voice.person == "first"
        house = House(profile.longest, says_we, effort.lenient, effort.filing)
        people = surnames(assignment.article.text)
        found = find_statements(assignment.passage, company, self._vocabulary, people, house)
        self._statements = [s for s in found if not self._is_banned(s.text)]
        self._vectors = embed([statement.text for statement in self._statements], embedder)
        self._newest = newest_year(self._statements)
        self._key = [amount_of(figure) for figure in key_figures(assignment.passage)]
        self._used: list[int] = []
        self._taken: set[int] = set()
        self._skipped: set[int] = set()

    def summary(self) -> Summary:
        """Compose the summary.

        Action items on what lies ahead are chosen first, and the other sections leave out what
        these tell, as long as there is enough to tell without it; items on results fill up what
        is left.
        """
        room = dict.fromkeys(ROLES, _Room(0, 0, 0, 0))
        room.update({s.name: self._room(s) for s in self._assignment.style.sections})
        actions = self._action_choice()
        actions.take_ahead(room["actions"].most)
        self._reserve(actions.chosen, sum(room[name].fewest for name in room if name != "actions"))
        sections = self._told(room)
        if self._taken and _is_short(sections, room):
            self._used, self._skipped, self._taken = [], set(), set()
            sections = self._told(room)
        if _is_short(sections, room):
            raise BadDraftError(
                f"Only {len(self._used)} sentences of what the model is to see of the article "
                "can stand alone; a larger `article.tokens` shows it more.",
                self._assignment.passage,
            )
        said = [text for texts in sections.values() for text in texts]
        its = room["actions"]
        actions.fill(its.least, its.fewest, its.most, said)
        if len(actions.chosen) < its.least:
            raise BadDraftError("The article gives no cause for action.", self._assignment.passage)
        sections["actions"] = [action.text for action in actions.chosen]
        style = self._assignment.style
        written = {
            one.name: in_house_manner(sections[one.name], one, style.figures)
            for one in style.sections
        }
        return Summary(written, "", {})

    def _told(self, room: Mapping[str, _Room]) -> dict[str, list[str]]:
        """Every section but the action items."""
        sections = {"overview": self._overview(room["overview"])}
        for name in (one.name for one in self._assignment.style.sections if one.name not in ROLES):
            sections[name] = self._own_section(name, room[name])
        sections["takeaways"] = self._takeaways(room["takeaways"])
        return sections

    def _action_choice(self) -> ActionChoice:
        assignment = self._assignment
        found = actions_in(
            assignment.passage,
            self._company,
            assignment.persona,
            self._vocabulary,
            filing=self._effort.filing,
        )
        return ActionChoice(
            [action for action in found if not self._is_banned(action.text)],
            self._profile.of("actions"),
            self._embedder,
            newest=self._newest,
            rank=self._rank,
        )

    def _room(self, section: SectionStyle) -> _Room:
        """Items of a section; one fewer passes for the house style too (see `text.sections`)."""
        least = fewest_items(section)
        fewest = least if self._effort.lenient else max(1, section.min_items)
        words = round(_LENGTH_TOLERANCE * section.max_words)
        return _Room(fewest, section.max_items, least, words)

    def _reserve(self, actions: Sequence[Action], wanted: int) -> None:
        """Keep what the action items tell out of the other sections, if enough is left."""
        for action in actions:
            told = {
                index
                for index, statement in enumerate(self._statements)
                if action.source in statement.sources or repeats(action.text, [statement.text])
            }
            if len(self._statements) - len(self._taken | told) >= wanted + _SPARE_STATEMENTS:
                self._taken |= told

    def _choice(self, scores: dict[int, float], slot: int) -> int:
        """The best statement, or the second-best, and then the best is left out for good."""
        chosen = best(scores, self._rank(slot))
        first = best(scores, 0)
        if chosen != first and not is_outlook(self._statements[first].text):
            self._skipped.add(first)
        return chosen

    def _rank(self, slot: int) -> int:
        """Which best choice to take: later candidates and rewrites take second-best ones too."""
        variant = self._assignment.candidate + self._assignment.round
        return variant >> (slot % 3) & 1

    def _is_banned(self, text: str) -> bool:
        written = figures_in_house(text, self._assignment.style.figures)
        core = written.rstrip(".")[1:]  # the first letter changes behind the company's name
        return any(core in quote or quote.rstrip(".")[1:] in written for quote in self._banned)

    def _overview(self, room: _Room) -> list[str]:
        singles = {
            index: round(headline_score(statement, self._newest) + self._news(index), 4)
            for index, statement in enumerate(self._statements)
        }
        if not singles or not room.most:
            return []
        first = best(singles, 0)
        self._used.append(first)
        likes = likeness(self._vectors, self._profile.stakes)
        for slot in range(1, room.fewest):
            scores = {
                index: round(
                    stakes_score(self._statements[index], likes[index], self._newest)
                    + self._news(index) / 2
                    - loss,
                    4,
                )
                for index, loss in self._free()
                if not is_outlook(self._statements[index].text)
            }
            scores = self._fitting(scores, room, self._used)
            if scores:
                self._used.append(self._choice(scores, slot))
        texts = [self._statements[index].text for index in self._used]
        return [name_owner(texts[0], self._company, self._vocabulary), *texts[1:]]

    def _own_section(self, name: str, room: _Room) -> list[str]:
        """Statements most like what the goldens say in a section of the house's own."""
        likes = likeness(self._vectors, self._profile.of(name))
        chosen: list[int] = []
        for slot in range(room.fewest):
            scores = {index: round(likes[index] - loss, 4) for index, loss in self._free()}
            if not scores:
                break
            chosen.append(self._choice(scores, slot))
            self._used.append(chosen[-1])
        chosen.sort(key=lambda index: self._statements[index].sources)
        return [self._statements[index].text for index in chosen]

    def _takeaways(self, room: _Room) -> list[str]:
        likes = likeness(self._vectors, self._profile.of("takeaways"))
        values = takeaway_scores(self._statements, likes, self._profile.takeaway_words)
        chosen: list[int] = []
        for slot in range(room.most):
            scores = {
                index: round(values[index] + self._news(index) - loss, 4)
                for index, loss in self._free()
            }
            scores = self._fitting(scores, room, chosen)
            if not scores:
                break
            index = self._choice(scores, slot)
            if slot >= room.fewest and scores[index] < _WORTHWHILE:
                break
            chosen.append(index)
            self._used.append(index)
        chosen.sort(
            key=lambda index: (
                is_outlook(self._statements[index].text),
                self._statements[index].sources,
            )
        )
        # as the article words them: a small pupil that sees names put in makes names up
        return [self._statements[index].text for index in chosen]

    def _fitting(
        self, scores: dict[int, float], room: _Room, chosen: Sequence[int]
    ) -> dict[int, float]:
        """Statements that leave words for the fewest items; the shortest where none does."""
        sizes = {index: self._statements[index].num_words for index in [*scores, *chosen]}
        open_items = max(0, room.fewest - len(chosen) - 1)
        left = room.words - sum(sizes[index] for index in chosen)
        fitting = {
            index: score
            for index, score in scores.items()
            if sizes[index] <= max(left - open_items * MIN_WORDS, left / (open_items + 1))
        }
        if fitting or len(chosen) >= room.fewest or not scores:
            return fitting
        shortest = min(scores, key=lambda index: (sizes[index], index))
        return {shortest: scores[shortest]}

    def _news(self, index: int) -> float:
        """What a statement adds of the key figures of the article's own year."""
        if stale_loss(self._statements[index].text, self._newest):
            return 0.0
        told = {amount for used in self._used for amount in self._statements[used].figures}
        return key_score(self._statements[index], self._key, told)

    def _free(self) -> Iterator[tuple[int, float]]:
        """Statements that repeat nothing used so far, with their likeness to it."""
        used = [self._statements[index] for index in self._used]
        for index, statement in enumerate(self._statements):
            is_new = index not in self._skipped and not any(
                _repeats(statement, other, self._effort.filing) for other in used
            )
            if is_new and index not in self._taken:
                yield index, redundancy(self._vectors, index, self._used)


def _is_short(sections: Mapping[str, Sequence[str]], room: Mapping[str, _Room]) -> bool:
    return any(len(texts) < room[name].fewest for name, texts in sections.items())


def _repeats(statement: Statement, other: Statement, filing: bool) -> bool:
    are_clauses = statement.clause and other.clause and statement.clause != other.clause
    if set(statement.sources) & set(other.sources) and not are_clauses:
        return True
    shared = statement.figures & other.figures
    if shared and len(shared) * 3 >= min(len(statement.figures), len(other.figures)):
        return True
    return bool(repeated_items([statement.text, other.text], threshold=_SAME[filing]))


def _offending(assignment: Assignment) -> Iterator[str]:
    """Texts of the previous draft that the judge quoted in its findings."""
    for finding in assignment.feedback:
        yield from _QUOTED.findall(finding)

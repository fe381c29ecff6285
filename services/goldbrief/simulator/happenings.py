"""Tells events, risks and plans: what happened, what belongs to it, and who says what of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from goldbrief.simulator.composing import capital, sentence, with_articles
from goldbrief.simulator.facts import Fact
from goldbrief.simulator.page import Clause, Page, plain
from goldbrief.simulator.telling import Telling

Room = Callable[[int], int]
"""Sentences for the next fact, given how many of its kind are to come."""

_FILLERS = {
    "quote": 2.0, "market": 1.5, "analyst_view": 1.0, "context": 1.2, "history": 0.8,
    "remark": 12.0,
}  # fmt: skip
"""How often a paragraph is filled with what, beside remarks by its tone."""
_FORMAL_FILLERS = {**_FILLERS, "quote": 1.0, "history": 0.4}
_COLOR = 2.0
_GENERAL = 2
"""One sentence in so many is a general remark, as no event has that much to tell."""
_TAILED = 0.75
"""Share of first sentences about a fact that go on with what followed."""
_BUSY = re.compile(r", (?:which|and|while|but)|;| – ")
"""Signs of a clause that takes no further one."""
_VOICED = 0.3
"""Share of sentences without figures that somebody says, where the first words allow it."""
_LONGEST_PARAGRAPH = 7
"""Sentences; a longer wish is split into two paragraphs."""


class Happenings:
    """Tells what a company did, plans and fears.

    Args:
        page: Where it is written.
        formal: Whether the text is a company's own, which quotes less.
        is_long: Whether the text needs more general remarks.
    """

    def __init__(self, page: Page, *, formal: bool, is_long: bool) -> None:
        self.page = page
        self.telling: Telling = page.telling
        self.rng = page.rng
        self.grammar = page.telling.grammar
        self.formal = formal
        self.is_long = is_long
        self.quoting = 0.25 if formal else 0.55
        """Share of facts on which the speaker is quoted."""
        self.contexts = [fact for fact in page.telling.world.facts if fact.kind == "context"]
        self.has_spoken = False
        self.remarks: set[str] = set()

    def tell(self, facts: Sequence[Fact], opening: str, room: Room, *, asked: bool = False) -> None:
        """Tell some facts, a paragraph or more each.

        Args:
            facts: Of one kind.
            opening: Rule of the sentence before the first; empty for none.
            room: How long.
            asked: Whether a reporter's question leads to the answer, as in an interview.
        """
        for i, fact in enumerate(facts):
            first = self.once(opening, fact) if opening and not i else []
            self._tell(fact, [sentence(one) for one in first], room(len(facts) - i), asked=asked)

    def clause(self, fact: Fact, *, bare: float = 0.5) -> Clause:
        """The fact in a clause, now and then within a frame such as `X said that`."""
        return self._framed(self.telling.say(f"{fact.frame}.tell", fact), fact, bare=bare)

    def context(self, *, bare: float) -> list[Clause]:
        """Something of the company's surroundings; none when all has been told."""
        return [self.clause(self.contexts.pop(), bare=bare)] if self.contexts else []

    def questions(self, facts: Sequence[Fact], goal: int) -> None:
        """Questions that have not been asked, with answers, until the page is long enough.

        Args:
            facts: What may be asked about.
            goal: Words of the page.
        """
        for fact in facts:
            if self.page.num_words >= goal:
                return
            answer = self.speech(fact, "said")
            question = self._own(fact, "ask") if answer else None
            if question:
                detail = self._detail(fact)
                self.page.add(_asked(question), *answer, *([detail] if detail else []))

    def speech(self, fact: Fact, rule: str = "quote") -> list[Clause]:
        """What the speaker says: of just this fact by the rule `said`, else in general."""
        words = self._own(fact, rule) if rule == "said" else self.telling.say_once(rule, fact)
        if not words:
            return []
        first = frozenset() if self.has_spoken else frozenset({"first"})
        self.has_spoken = True
        said = self.telling.say("said", fact, extra=first)
        return [["“", capital(words[0]), *words[1:], ",” ", *said]]

    def once(self, rule: str, fact: Fact) -> list[Clause]:
        """A sentence by a rule, or none when the article has used up its alternatives."""
        pieces = self.telling.say_once(rule, fact)
        return [pieces] if pieces else []

    def _tell(self, fact: Fact, first: list[Clause], room: int, *, asked: bool) -> None:
        told = [*first, self._opening(fact)]
        while pieces := self._more(fact):
            told.append(self._framed(pieces, fact, bare=0.8, rule="tell_more"))
        said = self._details(fact, room - len(told), asked=asked)
        question = self._own(fact, "ask") if asked and said else None
        if question:
            self.page.add(*told, loose=True)
            self.page.add(_asked(question))
            told = []
        sentences = told + said
        size = math.ceil(len(sentences) / math.ceil(len(sentences) / _LONGEST_PARAGRAPH))
        for start in range(0, len(sentences), size):
            self.page.add(*sentences[start : start + size], loose=True)

    def _details(self, fact: Fact, room: int, *, asked: bool) -> list[Clause]:
        """What the lexicon has to say of just this fact, then one general remark or two."""
        sentences: list[Clause] = []
        speech = [self.speech(fact, "said")] if asked or self.rng.random() < self.quoting else []
        general = room // _GENERAL
        while len(sentences) + len(speech) < room - general and (detail := self._detail(fact)):
            sentences.append(detail)
        place = 0 if asked else self.rng.randint(min(1, len(sentences)), len(sentences))
        sentences[place:place] = [one for found in speech for one in found]
        most = max(general, 3 if self.is_long else 1)
        sentences += self._fill(fact, min(most, room - len(sentences)))
        if room - len(sentences) > 2 and not self.is_long:
            sentences += self.speech(fact, "said")
        return sentences

    def _fill(self, fact: Fact, number: int) -> list[Clause]:
        """General remarks, of each kind one at most but for composed ones, which differ."""
        color = f"color_{fact.tone if fact.kind == 'event' else fact.kind}"
        weights = {color: _COLOR, **(_FORMAL_FILLERS if self.formal else _FILLERS)}
        found: list[Clause] = []
        while len(found) < number and weights:
            name = self.rng.choices(list(weights), list(weights.values()))[0]
            if name != "remark":
                del weights[name]
            found += self._filler(name, fact)
        return found

    def _filler(self, name: str, fact: Fact) -> list[Clause]:
        if name == "quote":
            return self.speech(fact)
        if name == "context":
            return self.context(bare=0.7)
        return self._remark(fact) if name == "remark" else self.once(name, fact)

    def _remark(self, fact: Fact) -> list[Clause]:
        """A composed sentence that the article does not have yet."""
        pieces = self.telling.say("remark", fact)
        text = "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)
        if text in self.remarks:
            return []
        self.remarks.add(text)
        return [pieces]

    def _detail(self, fact: Fact) -> Clause | None:
        names = ("detail", "more") if self.rng.random() < 0.6 else ("more", "detail")
        found = self._own(fact, names[0]) or self._own(fact, names[1])
        if not found or self.rng.random() >= _VOICED:
            return found
        return self.telling.say("voice", fact, clauses=(with_articles(found),))

    def _own(self, fact: Fact, name: str) -> Clause | None:
        """A sentence that belongs to the fact's frame; None when there is none left."""
        rule = f"{fact.frame}.{name}"
        return self.telling.say_plain(rule, fact) if rule in self.grammar else None

    def _more(self, fact: Fact) -> Clause | None:
        """A clause with a figure of a fact that has not been told; None when all are told."""
        rule = f"{fact.frame}.more"
        return self.telling.say_news(rule, fact) if rule in self.grammar else None

    def _opening(self, fact: Fact) -> Clause:
        """The first sentence about a fact, mostly with a second clause joined to it."""
        first = with_articles(self.telling.say(f"{fact.frame}.tell", fact))
        drawn = self.rng.random()
        after = self._own(fact, "after") if drawn < _TAILED else None
        if after and not _BUSY.search(plain(first)):
            return self._framed([*first, ", ", *with_articles(after)], fact, bare=0.7)
        second = self._more(fact) if drawn < _TAILED + 0.15 else None
        if not second:
            return self._framed(first, fact, bare=0.5)
        joint = self.telling.say("join", fact, clauses=((), with_articles(second)))
        return [*first, *joint]

    def _framed(self, clause: Clause, fact: Fact, *, bare: float, rule: str = "") -> Clause:
        """A clause as a sentence, now and then within a frame such as `X said that`."""
        if self.rng.random() < bare:
            return clause
        ahead = fact.kind in {"risk", "plan"}
        frame = rule or ("tell_ahead" if ahead else "tell")
        return self.telling.say(frame, fact, clauses=(clause,))


def _asked(question: Clause) -> Clause:
    return sentence(["“", capital(question[0]), *question[1:], "?”"])

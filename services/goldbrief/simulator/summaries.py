"""The reference summary of a world: what a reader must not miss, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Literal, get_args

from goldbrief.simulator.composing import AnnotatedText, annotate, capital, sentence
from goldbrief.simulator.facts import Action, Fact, World
from goldbrief.simulator.formats import Format
from goldbrief.simulator.grammar import Piece
from goldbrief.simulator.lexicon import Lexicon
from goldbrief.simulator.telling import Telling

SummaryStyle = Literal["standard", "brief", "labelled"]
STYLES: tuple[SummaryStyle, ...] = get_args(SummaryStyle)
"""`standard` as the quickstart's goldens; `brief` is shorter; `labelled` starts each bullet with
its subject in bold."""

_NUM_BULLETS = {"standard": 5, "brief": 4, "labelled": 5}
_NUM_ACTIONS = {"standard": 3, "brief": 2, "labelled": 3}
_ABOUT_RESULTS = 2
"""Bullets at most about results beyond the headline."""


@dataclass(frozen=True, slots=True)
class ReferenceSummary:
    """A summary that says what is true."""

    persona: str
    style: SummaryStyle
    content: AnnotatedText
    fact_ids: tuple[str, ...]
    """Facts of which it gives a figure, actions aside; most salient first."""
    action_ids: tuple[str, ...]


def write_summary(
    world: World,
    lexicon: Lexicon,
    article: AnnotatedText,
    persona: str,
    style: SummaryStyle = "standard",
) -> ReferenceSummary:
    """Write the reference summary for a persona.

    Args:
        world: What is true.
        lexicon: The words.
        article: What a reader knows; no figure that it leaves out is used.
        persona: For whom the action items are.
        style: How it is laid out.

    Returns:
        The summary.
    """
    return _Summary(world, lexicon, article, persona, style).write()


class _Summary:
    def __init__(
        self,
        world: World,
        lexicon: Lexicon,
        article: AnnotatedText,
        persona: str,
        style: SummaryStyle,
    ) -> None:
        self.world = world
        self.persona = persona
        self.style = style
        self.grammar = lexicon.grammar
        self.rng = Random(f"summary:{world.seed}:{persona}:{style}")
        self.telling = Telling(
            world, lexicon.grammar, self.rng, Format(scale="short" if style == "brief" else "word")
        )
        self.telling.num_company = 1
        known: dict[str, set[str]] = {}
        for figure in article.figures:
            known.setdefault(figure.fact_id, set()).add(figure.role)
        self.telling.known = self.known = known

    def write(self) -> ReferenceSummary:
        known = (fact for fact in self.world.facts if fact.id in self.known)
        ranked = sorted(known, key=lambda fact: -fact.salience)
        events = [fact for fact in ranked if fact.kind in {"event", "risk", "plan"}]
        out: list[Piece] = ["## Overview\n", *self._overview(events[0])]
        out.append("\n\n## Key Takeaways")
        reported = {"result.revenue", "result.profit", events[0].id}
        for fact, bullet in self._bullets(ranked, events):
            out += ["\n- ", *bullet]
            reported.add(fact.id)
        out.append(f"\n\n## Action Items for the {self.persona}")
        actions = []
        for action, item in self._actions():
            out += ["\n- ", *item]
            actions.append(action)
        content = annotate(out)
        reported &= {figure.fact_id for figure in content.figures}
        return ReferenceSummary(
            persona=self.persona,
            style=self.style,
            content=content,
            fact_ids=tuple(fact.id for fact in ranked if fact.id in reported),
            action_ids=tuple(action.id for action in actions),
        )

    def _bullets(
        self, ranked: list[Fact], events: list[Fact]
    ) -> Iterator[tuple[Fact, list[Piece]]]:
        """The takeaways: events above all, and some results, most salient first."""
        results = [fact for fact in ranked if fact.kind == "result" and fact.topic != "headline"]
        outlook = [fact for fact in ranked if fact.kind == "outlook"]
        chosen = [*results[:_ABOUT_RESULTS], *outlook, *events[1:]]
        chosen.sort(key=lambda fact: -fact.salience)
        found = ((fact, self._bullet(fact)) for fact in chosen)
        yield from islice((pair for pair in found if pair[1]), _NUM_BULLETS[self.style])

    def _overview(self, event: Fact) -> list[Piece]:
        revenue, profit = self.world.facts[:2]
        first = "overview_flat" if revenue.direction == "flat" else "overview_first"
        sentences = [
            self.telling.say(first, revenue),
            self.telling.say("overview_second", profit),
        ]
        if self.style != "brief":
            clause = self.telling.say(f"{event.frame}.tell", event)
            sentences.append(self.telling.say("overview_third", event, clauses=(clause,)))
        out: list[Piece] = []
        for one in sentences:
            if out:
                out.append(" ")
            out += sentence(one)
        return out

    def _bullet(self, fact: Fact) -> list[Piece]:
        rule = {"result": "bullet_result", "outlook": "bullet_outlook"}.get(
            fact.kind, f"{fact.frame}.brief"
        )
        text = sentence(self.telling.say(rule, fact))
        if len(text) > 1 and self.style == "labelled":
            return [f"**{capital(fact.label)}:** ", *text]
        return text

    def _actions(self) -> Iterator[tuple[Action, list[Piece]]]:
        """The persona's most salient actions; results give more where events give too few."""
        mine = [action for action in self.world.actions if action.persona == self.persona]
        mine.sort(key=lambda action: -action.salience)
        mine += [self._from_result(fact) for fact in self.world.facts if fact.kind == "result"]
        found = ((action, self._action(action)) for action in mine)
        yield from islice((pair for pair in found if pair[1]), _NUM_ACTIONS[self.style])

    def _from_result(self, fact: Fact) -> Action:
        return Action(
            id=f"{fact.id}.{self.persona}",
            persona=self.persona,
            fact_ids=(fact.id,),
            rule=f"do_{fact.topic}",
            salience=fact.salience,
        )

    def _action(self, action: Action) -> list[Piece]:
        return sentence(self.telling.say(action.rule, self.world.fact(action.fact_ids[0])))

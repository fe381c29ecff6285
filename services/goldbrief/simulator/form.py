"""Faults of form that the truth shows: sections, persona, repetition, vague action items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.facts import Fact, Partition
from goldbrief.simulator.lexicon import PERSONAS, load_lexicon
from goldbrief.simulator.truths import Truth, tokens
from goldbrief.text.figures import extract_figures
from goldbrief.text.sections import Summary, parse_summary
from goldbrief.text.similarity import repeated_items

FormFaultKind = Literal["sections", "wrong_section", "wrong_persona", "repetition", "vague_action"]

_REPEATED = 0.8
"""Share of common words from which an item repeats another."""


@dataclass(frozen=True, slots=True)
class FormFault:
    """Something that is said in the wrong place, to the wrong person, twice, or of nothing."""

    kind: FormFaultKind
    text: str
    """The line; of missing sections, what is missing."""


def find_form_faults(truth: Truth, text: str, persona: str = "") -> tuple[FormFault, ...]:
    """Find faults of form.

    Args:
        truth: Of the article.
        text: A summary.
        persona: For whom it was asked; empty where nobody knows.

    Returns:
        The faults; where the three sections cannot be read, that alone.
    """
    try:
        summary = parse_summary(text)
    except InvalidInputError as error:
        return (FormFault("sections", error.message),)
    return tuple(_faults(truth, summary, persona))


def _faults(truth: Truth, summary: Summary, persona: str) -> Iterator[FormFault]:
    if persona and summary.persona and summary.persona != persona:
        yield FormFault("wrong_persona", summary.headings["actions"])
    commands = _commands(truth.partition)
    for item in summary.takeaways:
        if item.partition(" ")[0] in commands:
            yield FormFault("wrong_section", item)
    for items in (summary.takeaways, summary.actions):
        for later in sorted({later for _, later in repeated_items(items, _REPEATED)}):
            yield FormFault("repetition", items[later])
    named = _named(truth)
    for item in summary.actions:
        if not extract_figures(item) and not tokens(item) & named:
            yield FormFault("vague_action", item)


@cache
def _commands(partition: Partition) -> frozenset[str]:
    """The words that the lexicon's action items begin with."""
    rules = load_lexicon(partition).grammar.rules.values()
    return frozenset(
        alternative.text.partition(" ")[0]
        for rule in rules
        if rule.name.startswith("do_") or rule.name.rpartition(".")[2] in PERSONAS
        for alternative in rule.alternatives
    )


def _named(truth: Truth) -> set[str]:
    """Content words of what facts are called and of their places, products and people."""
    return {word for fact in truth.facts.values() for word in _names(fact)}


def _names(fact: Fact) -> set[str]:
    return tokens(" ".join((fact.label, fact.subject, *fact.words.values())))

"""Faults of form that the truth shows: sections, persona, repetition, vague action items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.facts import Fact, Partition
from goldbrief.simulator.grammar import Rule
from goldbrief.simulator.lexicon import PERSONAS, load_lexicon
from goldbrief.simulator.truths import Truth, tokens
from goldbrief.text.figure_support import supported
from goldbrief.text.figures import extract_figures
from goldbrief.text.sections import Summary, parse_summary
from goldbrief.text.similarity import repeated_items

FormFaultKind = Literal["sections", "wrong_section", "wrong_persona", "repetition", "vague_action"]

_REPEATED = 0.8
"""Share of common words from which an item repeats another."""
_ABOUT_A_FACT = 2.0
"""Words of a fact, rare ones counting in full, from which an item is about it."""
_NAME = re.compile(r"(?<=\w )[A-Z]")


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
        pairs = repeated_items(items, _REPEATED)
        for later in sorted({j for i, j in pairs if not _differ(items[i], items[j])}):
            yield FormFault("repetition", items[later])
    for item in summary.actions:
        if _is_vague(item, truth):
            yield FormFault("vague_action", item)


def _differ(first: str, second: str) -> bool:
    """Whether two items in the same words give other figures, and so say other things."""
    figures, others = extract_figures(first), extract_figures(second)
    return bool(figures and others) and not any(supported(one, others) for one in figures)


def _is_vague(item: str, truth: Truth) -> bool:
    """Whether an item gives no figure, no name, and next to no word of any one fact."""
    if extract_figures(item) or _NAME.search(item):
        return False
    found = tokens(item) - truth.company_words
    return not found & _named(truth) and all(
        truth.likeness(found, fact.id) < _ABOUT_A_FACT for fact in truth.happenings
    )


@cache
def _commands(partition: Partition) -> frozenset[str]:
    """The words that the lexicon's action items begin with, and its takeaways do not."""
    rules = load_lexicon(partition).grammar.rules.values()
    actions = (
        rule
        for rule in rules
        if rule.name.startswith("do_") or rule.name.rpartition(".")[2] in PERSONAS
    )
    takeaways = (rule for rule in rules if rule.name.endswith((".brief", ".tell")))
    return _first_words(actions) - _first_words(takeaways)


def _first_words(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset(
        alternative.text.partition(" ")[0] for rule in rules for alternative in rule.alternatives
    )


def _named(truth: Truth) -> set[str]:
    """Content words of what facts are called and of their places, products and people."""
    return {word for fact in truth.facts.values() for word in _names(truth, fact)}


def _names(truth: Truth, fact: Fact) -> set[str]:
    told = (word for word in fact.words.values() if word in truth.text)
    return tokens(" ".join((fact.label, fact.subject, *told)))

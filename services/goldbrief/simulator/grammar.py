"""The phrase-structure grammar that all texts are composed with.

A lexicon file maps the name of a rule to its alternatives:

    moved_up:
      - rose
      - climbed (steadily|)            # inline choice; nothing after the bar: optional
      - when: sharp                    # only where the feature `sharp` holds, `-sharp`: not
        weight: 2
        say: [jumped, surged]

`$moved_up` expands a rule, `<value>` fills a slot, `a(n)` becomes `a` or `an`.
Alternatives of one group alternate between the partitions, the first to development, the
second to final, so new ones are added at the end; one that stands alone serves both.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Protocol, TypeAlias

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.facts import Measure, Partition

_TOKEN = re.compile(r"\$(?P<rule>[a-z_][\w.]*\w)|<(?P<slot>[^<>]*)>|(?P<article>\b[Aa]\(n\))|[(|)]")
_RETRIES = 6
"""How often an alternative that the article has used is drawn again."""


@dataclass(frozen=True, slots=True)
class Written:
    """A figure as it is written in a text."""

    text: str
    fact_id: str
    measure: Measure
    share: str = ""
    """The same in words, as in `a quarter`, for where `of` follows; empty for none."""


Piece: TypeAlias = str | Written
"""A run of plain text, or a figure within it."""


@dataclass(slots=True)
class Scope:
    """What an expansion may use."""

    rng: Random
    features: frozenset[str]
    slots: Mapping[str, Piece | Sequence[Piece]]
    used: set[int] = field(default_factory=set)
    """Alternatives that the article has used, by identity; they are avoided."""


class Part(Protocol):
    """A part of a template that has to be expanded."""

    def write(self, grammar: Grammar, scope: Scope, out: list[Piece]) -> None:
        """Append its expansion."""
        ...


Parts: TypeAlias = tuple["str | Part", ...]


@dataclass(frozen=True, slots=True)
class RulePart:
    """A reference to a rule."""

    name: str

    def write(self, grammar: Grammar, scope: Scope, out: list[Piece]) -> None:
        """Append an expansion of the rule."""
        grammar.expand(self.name, scope, out)


@dataclass(frozen=True, slots=True)
class SlotPart:
    """A slot to fill."""

    name: str
    is_share: bool = False
    """Whether `of` follows, as in `<share> of sales`."""

    def write(self, grammar: Grammar, scope: Scope, out: list[Piece]) -> None:
        """Append what the scope has for the slot."""
        filling = scope.slots[self.name]
        if self.is_share and isinstance(filling, Written) and filling.share:
            out.append(replace(filling, text=filling.share))
        elif isinstance(filling, (str, Written)):
            out.append(filling)
        else:
            out.extend(filling)


@dataclass(frozen=True, slots=True)
class WordsPart:
    """Inline options without rules and slots, equally likely; most choices are."""

    texts: tuple[str, ...]

    def write(self, grammar: Grammar, scope: Scope, out: list[Piece]) -> None:
        """Append one of the texts."""
        texts = self.texts
        out.append(texts[int(scope.rng.random() * len(texts))])


@dataclass(frozen=True, slots=True)
class ChoicePart:
    """Inline options, equally likely."""

    options: tuple[Parts, ...]

    def write(self, grammar: Grammar, scope: Scope, out: list[Piece]) -> None:
        """Append one of the options."""
        options = self.options
        grammar.write(options[int(scope.rng.random() * len(options))], scope, out)


@dataclass(frozen=True, slots=True)
class Line:
    """A place in a lexicon file."""

    file: str
    number: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.number}"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to write a rule."""

    text: str
    parts: Parts
    weight: float
    wanted: frozenset[str]
    unwanted: frozenset[str]
    partition: Partition | None
    """None where it stands alone in its group and serves both."""
    line: Line
    slots: frozenset[str]
    """Names of the slots that it fills itself, not by a rule."""


_Options: TypeAlias = tuple[list[Alternative], list[float]]


class Rule:
    """A name and its alternatives."""

    def __init__(self, name: str, alternatives: Sequence[Alternative]) -> None:
        self.name = name
        self.alternatives = tuple(alternatives)
        self.line = alternatives[0].line
        self._features = frozenset[str]().union(
            *(alternative.wanted | alternative.unwanted for alternative in alternatives)
        )
        self._options: dict[frozenset[str], _Options] = {}

    @cached_property
    def plain(self) -> _Options:
        """The alternatives that fit where nothing is known, and their accumulated weights."""
        return self._select(frozenset())

    def options(self, features: frozenset[str]) -> _Options:
        """The alternatives that fit the features, and their accumulated weights."""
        key = features & self._features
        options = self._options.get(key)
        if options is None:
            options = self._options[key] = self._select(key)
        return options

    def _select(self, features: frozenset[str]) -> _Options:
        fitting = [
            alternative
            for alternative in self.alternatives
            if alternative.wanted <= features and not alternative.unwanted & features
        ]
        if not fitting:
            raise InvalidInputError(
                f"{self.line}: no alternative of the rule {self.name!r} fits the features "
                f"{', '.join(sorted(features)) or '(none)'}.",
                reason="LEXICON_NO_ALTERNATIVE",
                remedy="Add an alternative without `when`.",
            )
        return fitting, list(accumulate(alternative.weight for alternative in fitting))


class Grammar:
    """Rules by name, of one partition.

    Args:
        rules: All rules.

    Raises:
        InvalidInputError: A rule refers to one that does not exist, or can never end.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        _check_references(self.rules)
        _check_ends(self.rules)

    def __contains__(self, name: str) -> bool:
        return name in self.rules

    def choose(self, name: str, scope: Scope) -> Alternative:
        """Draw an alternative of a rule, by weight, fresh ones first."""
        fitting, weights = self.rules[name].options(scope.features)
        if len(fitting) == 1:
            return fitting[0]
        used, random, total = scope.used, scope.rng.random, weights[-1]
        for _ in range(_RETRIES):
            alternative = fitting[bisect(weights, random() * total)]
            if id(alternative) not in used:
                break
        used.add(id(alternative))
        return alternative

    def expand(self, name: str, scope: Scope, out: list[Piece]) -> None:
        """Append an expansion of a rule."""
        self.write(self.choose(name, scope).parts, scope, out)

    def write(self, parts: Parts, scope: Scope, out: list[Piece]) -> None:
        """Append the expansion of parsed parts."""
        for part in parts:
            if type(part) is str:
                out.append(part)
            else:
                part.write(self, scope, out)  # type: ignore[union-attr]  # narrowed by type()

    def pick(self, name: str, rng: Random) -> str:
        """Draw one of a rule's alternatives as it is written, for plain word lists."""
        fitting, weights = self.rules[name].plain
        return fitting[bisect(weights, rng.random() * weights[-1])].text

    def words(self, name: str) -> list[str]:
        """All alternatives of a rule as they are written, for plain word lists."""
        return [alternative.text for alternative in self.rules[name].alternatives]


def parse(text: str, line: Line) -> Parts:
    """Parse the template of an alternative.

    Args:
        text: As in the lexicon file.
        line: Where it stands, for errors.

    Returns:
        Plain text and parts to expand, in order.

    Raises:
        InvalidInputError: It is empty or its brackets do not match.
    """
    if not text.strip():
        raise _broken(line, "an alternative is empty", "Write a text, or delete the line.")
    stack: list[list[list[str | Part]]] = [[[]]]
    position = 0
    for match in _TOKEN.finditer(text):
        _add_text(stack[-1][-1], text[position : match.start()])
        position = match.end()
        _take(match, stack, line)
    _add_text(stack[-1][-1], text[position:])
    if len(stack) > 1:
        raise _broken(line, f"a bracket stays open in {text!r}", "Close it with `)`.")
    return tuple(stack[0][0])


def _take(match: re.Match[str], stack: list[list[list[str | Part]]], line: Line) -> None:
    found = match[0]
    if match["rule"]:
        stack[-1][-1].append(RulePart(match["rule"]))
    elif match["slot"] is not None:
        is_share = match.string.startswith(" of ", match.end())
        stack[-1][-1].append(SlotPart(match["slot"], is_share))
    elif match["article"] or (found == "|" and len(stack) == 1):
        _add_text(stack[-1][-1], found)
    elif found == "(":
        stack.append([[]])
    elif found == "|":
        stack[-1].append([])
    else:
        if len(stack) == 1:
            raise _broken(line, "a bracket closes that was never opened", "Delete the `)`.")
        options = tuple(tuple(option) for option in stack.pop())
        stack[-1][-1].append(_choice(options))


def _choice(options: tuple[Parts, ...]) -> Part:
    if all(isinstance(part, str) for option in options for part in option):
        return WordsPart(tuple("".join(map(str, option)) for option in options))
    return ChoicePart(options)


def _add_text(parts: list[str | Part], text: str) -> None:
    if text:
        parts.append(text)


def references(parts: Parts, kind: type[RulePart] | type[SlotPart]) -> set[str]:
    """Names of the rules or slots that a template refers to, options included."""
    names: set[str] = set()
    for part in parts:
        if isinstance(part, kind):
            names.add(part.name)
        elif isinstance(part, ChoicePart):
            for option in part.options:
                names |= references(option, kind)
    return names


def check_slots(rule: Rule, known: frozenset[str]) -> None:
    """Check that a rule uses known slots only.

    Args:
        rule: The rule.
        known: Names of the slots that its users fill.

    Raises:
        InvalidInputError: It uses another one; named with file and line.
    """
    for alternative in rule.alternatives:
        unknown = references(alternative.parts, SlotPart) - known
        if unknown:
            raise _broken(
                alternative.line,
                f"unknown slot <{min(unknown)}> in the rule {rule.name!r}",
                f"Use one of: {', '.join(sorted(known))}.",
            )


def _check_references(rules: Mapping[str, Rule]) -> None:
    for rule in rules.values():
        for alternative in rule.alternatives:
            for name in sorted(references(alternative.parts, RulePart)):
                if name not in rules:
                    raise _broken(
                        alternative.line,
                        f"unknown rule ${name} in the rule {rule.name!r}",
                        "Correct the name, or write the rule.",
                    )


def _check_ends(rules: Mapping[str, Rule]) -> None:
    ending: set[str] = set()
    while True:
        more = {
            name
            for name, rule in rules.items()
            if name not in ending
            and any(
                references(alternative.parts, RulePart) <= ending
                for alternative in rule.alternatives
            )
        }
        if not more:
            break
        ending |= more
    for name, rule in rules.items():
        if name not in ending:
            raise _broken(
                rule.line,
                f"the rule {name!r} refers to itself in every alternative and never ends",
                "Add an alternative that does not lead back to it.",
            )


def _broken(line: Line, what: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(
        f"{line}: {what}.",
        reason="LEXICON_BROKEN",
        remedy=remedy,
        metadata={"file": line.file, "line": str(line.number)},
    )

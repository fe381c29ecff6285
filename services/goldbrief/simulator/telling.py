"""Fills the slots of the grammar for one text: names, periods, figures, clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import cycle
from random import Random

from goldbrief.simulator.facts import Fact, Measure, Quantity, World
from goldbrief.simulator.formats import MONTHS, Format, write, write_in_words
from goldbrief.simulator.grammar import (
    Alternative,
    Grammar,
    Piece,
    Scope,
    Written,
)

_ROUNDED = 0.3
"""Share of clauses that round money to three digits; tables never round."""
_IN_WORDS = 0.3
"""Share of small exact figures that are spelled out."""
_TAIL = re.compile(r" (?:of|per|for|in|as|paying|passed|shipped|written|cancelled|sold|at)\b")
_PRIOR_YEAR = (
    "in the year before", "in {year}", "the year before", "in the previous year", "one year before",
)  # fmt: skip
_PRIOR_PERIOD = (
    "a year before", "in the same {kind} of {year}", "twelve months before", "one year earlier",
    "in the {ordinal} {kind} of {year}", "in the same {kind} a year ago", "in the year-ago {kind}",
    "in the corresponding {kind} of {year}", "in the prior-year {kind}",
)  # fmt: skip
_NONE = frozenset[str]()
_TURNS = {
    "buyers": "customers", "goods": "products", "area": "regions", "plant": "sites",
    "input": "costs", "tailwind": "good", "headwind": "bad",
}  # fmt: skip
"""Slots that take the words of a sector's list in turn, so that a sentence has no two alike."""
_TOWNS = 10
"""Towns that a text may speak of beside the regions of its sector."""
_ROLES = {"ceo": "chief executive", "cfo": "chief financial officer", "coo": "head of operations"}


class Telling:
    """What a text has said so far, and how it says things.

    Args:
        world: The truth.
        grammar: The words.
        rng: Source of chance of this text.
        style: How figures are written.
        features: What holds in the whole text, such as `formal`.
    """

    def __init__(
        self,
        world: World,
        grammar: Grammar,
        rng: Random,
        style: Format,
        features: frozenset[str] = _NONE,
    ) -> None:
        self.world = world
        self.grammar = grammar
        self.rng = rng
        self.style = style
        self.features = features
        self.used: set[int] = set()
        self.known_features: dict[str, frozenset[str]] = {}
        self.num_company = 0
        self.speaker = rng.choice(("ceo", "cfo"))
        self.words = self._general_words()
        self.told: dict[str, set[str]] = {}
        """Roles of the figures that have been written, by fact."""
        self._turns: dict[str, Iterator[str]] = {}
        self.known: Mapping[str, set[str]] | None = None
        """What may be written, in the same shape; None for everything."""

    def _general_words(self) -> dict[str, str]:
        company, period, rng = self.world.company, self.world.period, self.rng
        people = company.people
        return {
            "company_name": company.name,
            "home": company.place,
            "industry": company.description,
            "industry_name": self.grammar.pick(f"sector.{company.sector}.peers", rng),
            "period": period.name,
            "quarter": f"the {period.kind}",
            "next_year": str(period.year + 1),
            "prior_period": "a year earlier",
            "month": MONTHS[(period.end[0] + period.num_months) % 12],
            "ceo_last": people["ceo"].rpartition(" ")[2],
            "cfo_last": people["cfo"].rpartition(" ")[2],
            "speaker": people[self.speaker],
            "speaker_last": people[self.speaker].rpartition(" ")[2],
            "speaker_role": _ROLES[self.speaker],
            "analyst": people["analyst"],
            "analyst_firm": self.grammar.pick("analyst_firm", rng),
        }

    def company(self) -> str:
        """The company's name: in full once, then short or by its trade."""
        self.num_company += 1
        company = self.world.company
        if self.num_company == 1:
            return company.name
        drawn = self.rng.random()
        if drawn < 0.68 or self.known is not None:
            return company.short_name
        return "the company" if drawn < 0.92 else f"the {company.description}"

    def prior_period(self) -> str:
        """How the period of comparison is called."""
        period, drawn = self.world.period, self.rng.random()
        if drawn < 0.2 or self.known is not None:
            return "a year earlier"
        phrases = _PRIOR_YEAR if period.kind == "year" else _PRIOR_PERIOD
        phrase = phrases[int(self.rng.random() * len(phrases))]
        return phrase.format(kind=period.kind, year=period.year - 1, ordinal=period.ordinal)

    def period_phrase(self) -> str:
        """The period as an adverbial, as in `in the quarter`."""
        period, drawn = self.world.period, self.rng.random()
        if drawn < 0.45:
            return f"in the {period.kind}"
        if drawn < 0.75 or period.kind == "year":
            return f"in {period.name}"
        return f"in the {period.num_months} months to the end of {period.end_month}".replace(
            " 3 ", " three "
        ).replace(" 6 ", " six ")

    def turn(self, slot: str) -> str:
        """The next word of the sector's list for a slot, in an order of this text's own."""
        words = self._turns.get(slot)
        if words is None:
            rule = f"sector.{self.world.company.sector}.{_TURNS[slot]}"
            listed = list(dict.fromkeys(self.grammar.words(rule)))
            if slot == "area":
                listed += self.rng.sample(self.grammar.words("place"), _TOWNS)
            self.rng.shuffle(listed)
            words = self._turns[slot] = cycle(listed)
        return next(words)

    def figure(self, fact: Fact, measure: Measure, *, rounded: bool = False) -> Written:
        """Write a figure of a fact as prose does; `rounded` leaves three digits of money."""
        quantity = measure.quantity
        self.told.setdefault(fact.id, set()).add(measure.role)
        if measure.role == "change":
            quantity = Quantity(abs(quantity.value), quantity.unit, quantity.precision)
        spelled = ""
        if fact.kind != "result" and self.known is None and self.rng.random() < _IN_WORDS:
            spelled = write_in_words(quantity) or ""
        if spelled and quantity.unit != "percent":
            return Written(spelled, fact.id, measure)
        places = 3
        if quantity.unit.startswith("money") and (rounded or self.known is not None):
            places = _places_of_three(quantity, self.style, places)
        return Written(write(quantity, self.style, places=places), fact.id, measure, spelled)

    def say(
        self,
        rule: str,
        fact: Fact,
        *,
        other: Fact | None = None,
        clauses: Sequence[Sequence[Piece]] = (),
        extra: frozenset[str] = _NONE,
    ) -> list[Piece]:
        """Expand a rule about a fact.

        Args:
            rule: Name of the rule.
            fact: Fills the slots.
            other: Fills `<metric_b>`, `<value_b>` and `<prior_b>`.
            clauses: Fill `<clause>` and `<clause_b>`.
            extra: Features beside those of the text and the fact.

        Returns:
            The pieces of the clause.
        """
        features = self._features_of(fact) | extra
        slots = Slots(self, fact, other, clauses)
        out: list[Piece] = []
        scope = Scope(self.rng, features, slots, self.used)
        if self.known is None:
            self.grammar.expand(rule, scope, out)
            return out
        fitting = [
            one for one in self.grammar.rules[rule].options(features)[0] if self._knows(one, fact)
        ]
        if fitting:
            self.grammar.write(self.rng.choice(fitting).parts, scope, out)
        return out

    def _features_of(self, fact: Fact) -> frozenset[str]:
        """Features of the text and of a fact; they never change."""
        features = self.known_features.get(fact.id)
        if features is None:
            features = self.known_features[fact.id] = self.features | features_of(fact)
        return features

    def _knows(self, alternative: Alternative, fact: Fact) -> bool:
        """Whether every figure of the fact that an alternative writes is known."""
        return self.known is None or roles_of(alternative, fact) <= self.known.get(fact.id, set())

    def say_once(self, rule: str, fact: Fact) -> list[Piece] | None:
        """Expand a rule by an alternative that the text has not used; None if there is none."""
        return self._say_one(fact, self._fresh(rule, fact))

    def say_news(self, rule: str, fact: Fact) -> list[Piece] | None:
        """As `say_once`, with a figure of the fact that has not been written."""
        told = self.told.get(fact.id, set())
        return self._say_one(fact, [o for o in self._fresh(rule, fact) if roles_of(o, fact) - told])

    def say_plain(self, rule: str, fact: Fact) -> list[Piece] | None:
        """As `say_once`, without figures of the fact."""
        return self._say_one(fact, [o for o in self._fresh(rule, fact) if not roles_of(o, fact)])

    def _fresh(self, rule: str, fact: Fact) -> list[Alternative]:
        fitting, _ = self.grammar.rules[rule].options(self._features_of(fact))
        return [one for one in fitting if id(one) not in self.used]

    def _say_one(self, fact: Fact, fresh: Sequence[Alternative]) -> list[Piece] | None:
        if not fresh:
            return None
        chosen = fresh[int(self.rng.random() * len(fresh))]
        self.used.add(id(chosen))
        out: list[Piece] = []
        features = self._features_of(fact)
        scope = Scope(self.rng, features, Slots(self, fact, None, ()), self.used)
        self.grammar.write(chosen.parts, scope, out)
        return out


class Slots(dict[str, Piece | Sequence[Piece]]):
    """The slots of one clause, filled when asked for."""

    def __init__(
        self,
        telling: Telling,
        fact: Fact,
        other: Fact | None,
        clauses: Sequence[Sequence[Piece]],
    ) -> None:
        super().__init__()
        self.telling = telling
        self.fact = fact
        self.other = other
        self.clauses = clauses
        self.rounded = telling.rng.random() < _ROUNDED
        """One for the clause, as nobody compares $1.284 billion with $1.3 billion."""

    def __missing__(self, name: str) -> Piece | Sequence[Piece]:
        fact, telling = self.fact, self.telling
        measure = fact.measure(name)
        if measure is not None:
            return telling.figure(fact, measure, rounded=self.rounded)
        if name == "company":
            return telling.company()
        if name == "metric":
            return _metric(telling, fact)
        if name == "prior_period":
            return telling.prior_period()
        if name == "period_pp":
            return telling.period_phrase()
        word = fact.words.get(name) or telling.words.get(name)
        return word if word is not None else self._composed(name)

    def _composed(self, name: str) -> Piece | Sequence[Piece]:
        fact, telling = self.fact, self.telling
        if name in _TURNS:
            word = telling.turn(name)
            return word if word not in fact.words.values() else telling.turn(name)
        if name.startswith("clause"):
            return self.clauses[1 if name == "clause_b" else 0]
        if name == "topic":
            return fact.subject
        if name == "change_words":
            return _change_words(telling, fact)
        if name == "midpoint":
            return _midpoint(telling, fact)
        if self.other is not None and name.endswith("_b"):
            other = Slots(telling, self.other, None, ())
            return other.__missing__(name.removesuffix("_b"))
        raise KeyError(f"{name} of {fact.id}")


def roles_of(alternative: Alternative, fact: Fact) -> set[str]:
    """Which of a fact's figures an alternative writes itself."""
    roles = {measure.role for measure in fact.measures if measure.role in alternative.slots}
    return roles | {"change"} if "change_words" in alternative.slots else roles


def features_of(fact: Fact) -> frozenset[str]:
    """What the grammar may know of a fact."""
    features = {fact.direction, fact.tone, fact.topic}
    if is_plural(fact.label):
        features.add("plural")
    change = fact.measure("change")
    if fact.kind == "result":
        if change is None:
            features |= {"negative", "loss"} if fact.value.value < 0 else {"negative"}
        else:
            features |= _magnitude(change.quantity)
    return frozenset(features)


@cache
def is_plural(label: str) -> bool:
    """Whether a label takes `were`: whether its main noun ends in s."""
    head = _TAIL.split(label)[0].rpartition(" ")[2]
    return head.endswith("s") and not head.endswith(("ss", "us"))


def _magnitude(change: Quantity) -> set[str]:
    size = abs(change.value)
    if change.unit != "percent":
        points = size / 100 if change.unit == "bps" else size
        return {"level"} | (
            {"sharp"} if points >= 4 else {"slight"} if points <= Decimal("0.3") else set()
        )
    return {"sharp"} if size >= 15 else {"slight"} if size <= Decimal("1.5") else set()


def _change_words(telling: Telling, fact: Fact) -> Sequence[Piece]:
    measure = fact.measure("change")
    if measure is None or fact.direction == "flat":
        return ["compared with ", telling.figure(fact, fact.measures[1])]
    words = {
        "up": (" more than", " above the level of", " higher than"),
        "down": (" less than", " below the level of", " lower than"),
    }
    phrase = telling.rng.choice(words[fact.direction][:1] * 2 + words[fact.direction][2:])
    if measure.quantity.unit != "percent":
        phrase = words[fact.direction][2]
    return [telling.figure(fact, measure), phrase]


def _metric(telling: Telling, fact: Fact) -> str:
    """What a fact measures; a division's revenue has several names."""
    if fact.topic != "segment":
        return fact.label
    name = fact.label.removeprefix(f"{fact.subject} ")
    return telling.rng.choice(
        (fact.label, f"{name} at {fact.subject}", f"{name} in the {fact.subject} division")
    )


def _midpoint(telling: Telling, fact: Fact) -> Piece:
    low, high = fact.measures[0], fact.measures[1]
    value = (low.quantity.value + high.quantity.value) / 2
    precision = min(low.quantity.precision, high.quantity.precision)
    if value % precision:
        precision /= 10
    quantity = Quantity(value, low.quantity.unit, precision)
    return telling.figure(fact, Measure("midpoint", f"{low.label}: midpoint", low.period, quantity))


def _places_of_three(quantity: Quantity, style: Format, most: int) -> int:
    """Decimals that leave three digits; `most` where that would take more than decimals."""
    value = abs(quantity.value)
    for scale in (10**9, 10**6):
        if value >= scale and (style.billions or scale < 10**9):
            digits = len(str(int(value / scale)))
            return max(0, 3 - digits) if digits <= 3 else most
    return most

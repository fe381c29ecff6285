"""Draws a world: a company, its results and what happens to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random

from goldbrief.simulator.facts import (
    Action,
    Company,
    Currency,
    Fact,
    FactKind,
    Measure,
    Period,
    Quantity,
    Tone,
    World,
)
from goldbrief.simulator.formats import Locale
from goldbrief.simulator.lexicon import Draw, Frame, Lexicon
from goldbrief.simulator.quantities import count, decimal_of, money
from goldbrief.simulator.results import Books, draw_results

_CURRENCIES: tuple[tuple[Currency, float], ...] = (
    ("USD", 10), ("EUR", 3), ("GBP", 3), ("CAD", 0.7), ("AUD", 0.7), ("CHF", 0.4),
)  # fmt: skip
_PLACES = {"GBP": "place_pound", "EUR": "place_euro"}
_WORDS = {
    "site": "sites", "product": "products", "customer": "customers", "region": "regions",
    "cost_driver": "costs",
}  # fmt: skip
"""Slots that a fact fills from its sector's lists."""


def draw_world(
    seed: str,
    lexicon: Lexicon,
    *,
    num_words: int,
    locale: Locale = "en",
    currency: Currency | None = None,
) -> World:
    """Draw all that is true in one article.

    Args:
        seed: Everything follows from it.
        lexicon: Where words, sectors and frames come from.
        num_words: Length of the article to write; a longer one needs more facts.
        locale: `de` draws a company that reports in euros.
        currency: What the company reports in; None draws it.

    Returns:
        The world.
    """
    if currency is None:
        currency = "EUR" if locale == "de" else _draw_currency(Random(f"currency:{seed}"))
    return _Drawing(seed, lexicon, num_words, currency).draw()


def _draw_currency(rng: Random) -> Currency:
    codes, weights = zip(*_CURRENCIES, strict=True)
    drawn: Currency = rng.choices(codes, weights)[0]
    return drawn


class _Drawing:
    def __init__(self, seed: str, lexicon: Lexicon, num_words: int, currency: Currency) -> None:
        self.seed = seed
        self.rng = Random(f"world:{seed}")
        self.lexicon = lexicon
        self.grammar = lexicon.grammar
        self.num_words = num_words
        self.sector = self.rng.choice(lexicon.sectors)
        self.currency = currency
        self.taken: set[str] = set()
        """Names in use, so that no two people or customers share one."""
        self.place_rule = _PLACES.get(currency, "place")
        self.words = {slot: self._listed(name) for slot, name in _WORDS.items()}
        self.words["place"] = self.grammar.words(self.place_rule)
        self.drivers = {tone: self._listed(tone) for tone in ("good", "bad")}
        self.period = self._period()
        self.company = self._company()

    def draw(self) -> World:
        books = self._books()
        words = self.num_words
        facts = draw_results(
            books, num_segments=2 if words < 550 else 3 if words < 1000 else 4,
            num_kpis=1 if words < 550 else 4,
        )  # fmt: skip
        facts += self._framed("event", max(2, words // 240), books)
        facts += self._framed("risk", max(1, words // 330), books)
        facts += self._framed("plan", max(1, words // 330), books)
        facts += self._framed("context", max(1, words // 300), books)
        return World(
            seed=self.seed,
            partition=self.lexicon.partition,
            company=self.company,
            period=self.period,
            facts=tuple(facts),
            actions=tuple(self._actions(facts)),
        )

    def _period(self) -> Period:
        kind = self.rng.choices(("quarter", "half", "year"), (6, 2, 3))[0]
        number = self.rng.randint(1, {"quarter": 4, "half": 2, "year": 1}[kind])
        return Period(kind, self.rng.randint(2023, 2026), number)  # type: ignore[arg-type]

    def _fresh(self, rule: str) -> str:
        """Draw a name that is not taken; after a few tries, any."""
        for _ in range(8):
            name = self.grammar.pick(rule, self.rng)
            if name not in self.taken:
                break
        self.taken.add(name)
        return name

    def _person(self) -> str:
        return f"{self._fresh('first_name')} {self._fresh('last_name')}"

    def _stem(self) -> str:
        head, tail = self._fresh("stem_head"), self.grammar.pick("stem_tail", self.rng)
        joined = head + (tail[1:] if head[-1] == tail[0] else tail)
        return (
            f"{joined} {self.grammar.pick('name_pair', self.rng)}"
            if self.rng.random() < 0.06
            else joined
        )

    def _company_name(self) -> tuple[str, str]:
        short = self._stem()
        return f"{short} {self.grammar.pick(f'sector.{self.sector.name}.suffix', self.rng)}", short

    def _listed(self, name: str) -> list[str]:
        return self.grammar.words(f"sector.{self.sector.name}.{name}")

    def _company(self) -> Company:
        name, short = self._company_name()
        if self.rng.random() < 0.12:
            name += {"GBP": " plc", "EUR": " SE", "USD": " Inc."}.get(self.currency, " Ltd")
        return Company(
            name=name.removesuffix("."),
            short_name=short,
            sector=self.sector.name,
            description=self.grammar.pick(f"sector.{self.sector.name}.description", self.rng),
            currency=self.currency,
            place=self.grammar.pick(self.place_rule, self.rng),
            people={role: self._person() for role in ("ceo", "cfo", "coo", "analyst")},
            competitors=(self._company_name()[0], self._company_name()[0]),
        )

    def _books(self) -> Books:
        low, high = self.sector.scale
        millions = math.exp(self.rng.uniform(math.log(low), math.log(high)))
        millions *= self.period.num_months / 3
        return Books(
            rng=self.rng,
            grammar=self.grammar,
            sector=self.sector,
            company=self.company,
            period=self.period,
            tick=1_000_000 if millions >= 2000 else 100_000,
            revenue=round(millions * 1_000_000),
            words=self._words,
        )

    def _framed(self, kind: FactKind, number: int, books: Books) -> list[Fact]:
        fitting = [frame for frame in self.lexicon.frames[kind] if frame.needs <= self.sector.tags]
        frames = self.rng.sample(fitting, min(number, len(fitting)))
        return [self._fact(frame, kind, books) for frame in frames]

    def _fact(self, frame: Frame, kind: FactKind, books: Books) -> Fact:
        title = frame.name.partition(".")[2].replace("_", " ")
        drawn: dict[str, Quantity] = {}
        for role, draw in frame.draws.items():
            drawn[role] = self._quantity(draw, books, drawn)
        measures = tuple(
            Measure(role, f"{title}: {role}", self.period, quantity)
            for role, quantity in drawn.items()
        )
        names = {slot: self._name(rule) for slot, rule in frame.words.items()}
        jitter = self.rng.uniform(-0.05, 0.05)
        return Fact(
            id=frame.name,
            kind=kind,
            frame=frame.name,
            topic=kind,
            subject=self.company.name,
            label=title,
            period=self.period,
            measures=measures,
            direction="none",
            tone=frame.tone,
            salience=0.1 if kind == "context" else round(min(1.0, frame.salience + jitter), 3),
            words={**self._words(frame.tone), **names},
        )

    def _name(self, rule: str) -> str:
        return self._person() if rule == "person" else self._fresh(rule)

    def _quantity(self, draw: Draw, books: Books, before: Mapping[str, Quantity]) -> Quantity:
        """Draw one figure of a fact, given those drawn before it."""
        drawn = self.rng.uniform(draw.low, draw.high)
        if draw.bought_with:
            return count(max(2, float(before[draw.bought_with].value) / drawn), self.rng)
        if draw.unit == "money":
            return money(drawn * books.revenue_a_quarter / 1000, self.currency, self.rng)
        if draw.unit == "price":
            return Quantity(
                decimal_of(drawn, draw.decimals),
                f"money:{self.currency}",
                decimal_of(10**-draw.decimals, draw.decimals),
            )
        if draw.unit == "count":
            return count(drawn, self.rng)
        if draw.unit == "date":
            month = (self.period.end[0] - 1 + round(drawn)) % 12 + 1
            return Quantity(decimal_of(month * 100 + self.rng.randint(1, 28), 0), "date")
        decimals = max(
            draw.decimals,
            1
            if draw.unit in {"percent", "multiple"} and (draw.high < 20 or self.rng.random() < 0.3)
            else 0,
        )
        return Quantity(decimal_of(drawn, decimals), draw.unit, decimal_of(10**-decimals, decimals))

    def _words(self, tone: Tone) -> Mapping[str, str]:
        """What every fact can be told with, drawn once so that all texts agree."""
        random = self.rng.random
        words = {slot: one[int(random() * len(one))] for slot, one in self.words.items()}
        drivers = self.drivers["bad" if tone == "bad" else "good"]
        words["driver"] = drivers[int(random() * len(drivers))]
        words["competitor"] = self.rng.choice(self.company.competitors)
        return words

    def _actions(self, facts: list[Fact]) -> list[Action]:
        personas = {
            frame.name: frame.personas
            for frames in self.lexicon.frames.values()
            for frame in frames
        }
        return [
            Action(
                id=f"{fact.frame}.{persona}",
                persona=persona,
                fact_ids=(fact.id,),
                rule=f"{fact.frame}.{persona}",
                salience=fact.salience,
            )
            for fact in facts
            for persona in personas.get(fact.frame, ())
        ]

"""Scores a summary against the truth of its article: facts right, wrong, missing, invented.

A figure is tied to a fact by value and unit, and then by the words of its sentence: a result by
the label nearest to it, anything else by the words that it shares with what the article says
of the fact. What no figure shows (sections, persona, vagueness), and tables, are not judged.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from goldbrief.simulator.facts import Fact, Measure, Quantity
from goldbrief.simulator.simulating import SimulatedArticle
from goldbrief.text.figures import Figure, extract_figures, supported
from goldbrief.text.sentences import vocabulary, words

Verdict = Literal["right", "wrong", "invented"]
Reason = Literal["", "subject", "period", "unit", "direction"]
"""What is wrong with a wrong figure; empty for the other verdicts."""

_NO_FIGURES = frozenset({"year", "quarter", "ordinal"})
_SENTENCE = re.compile(r"[^\s].*?(?:[.?!]”?(?=\s+[A-Z“*])|(?=\n)|$)", re.DOTALL)
_UP = re.compile(
    r"\b(?:rose|rise|risen|increas\w+|grew|grow\w*|climb\w+|advanc\w+|(?:went|moved|shot|up) up|up|"
    r"higher|more than|above|jump\w*|surg\w+|leapt|leap|soar\w+|gain\w*|expand\w+|bounded|firmed|"
    r"nudged|improv\w+)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:fell|fall\w*|declin\w+|decreas\w+|drop\w*|slipp?\w*|retreat\w*|down|lower|less than|"
    r"below|tumbl\w+|slump\w*|plung\w+|slid|sank|dived|eased|dipped|softened|shrank|shrunk|lost)\b",
    re.IGNORECASE,
)
_FLAT = re.compile(
    r"\b(?:unchanged|(?:exactly )?the same as|flat|no figure\b.*\bchanged|nothing changed)\b",
    re.IGNORECASE,
)
_ALL_FIGURES = re.compile(r"\b(?:no figure|nothing|none of the figures|all figures)\b", re.I)
_COMPARED = re.compile(r"(?:from|against|compared with|compared to|after|versus) (?:about )?$")
_COMPARES = re.compile(r"\b(?:than|from|against|compared|versus|of|to|above|below)\b[^.]{0,30}$")
_AGAINST = re.compile(r"\b(?:than|against|compared|versus)\b")
_AHEAD = re.compile(
    r"\b(?:expect\w*|forecasts?|guid\w+|outlook|should|targets?|aims?|next year)\b", re.IGNORECASE
)
_NEAR = 25
"""Letters between a figure and a label after it, as in `$5 million in revenue`."""
_SHARE_OF_BEST = 0.34
"""How much of the best fact's common words a fact needs, to be what a sentence is about."""
_STOP = vocabulary(
    "a an the and or of to in on at by for from with as is are was were be been has have had "
    "it its that this which who will would could should can may not no than more less about "
    "after before into over per year years quarter half period million billion thousand "
    "percent said says company management their his her they he she out up down all one two "
    "three so far first last"
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be said of a figure, or of a claim without one."""

    verdict: Verdict
    reason: Reason
    start: int
    end: int
    text: str
    fact_id: str
    """The fact that it states, or misstates; empty for an invented figure."""
    role: str


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A fact that the article tells and the summary does not."""

    fact_id: str
    salience: float


@dataclass(frozen=True, slots=True)
class SummaryScore:
    """A summary measured by the truth."""

    judgements: tuple[Judgement, ...]
    """In the order of the text."""
    present: tuple[str, ...]
    """Facts of which the summary gives a figure rightly, most salient first."""
    missing: tuple[MissingFact, ...]
    """Most salient first."""
    salience: dict[str, float]
    """Of every fact that the article tells, its surroundings left out."""

    def count(self, verdict: Verdict) -> int:
        """How many judgements have this verdict."""
        return sum(one.verdict == verdict for one in self.judgements)

    @property
    def precision(self) -> float:
        """Share of judgements that are right; 1 where there is none."""
        return self.count("right") / len(self.judgements) if self.judgements else 1.0

    @property
    def weighted_recall(self) -> float:
        """Share of the salience that is present."""
        total = sum(self.salience.values())
        return sum(self.salience[one] for one in self.present) / total if total else 1.0

    def recall(self, threshold: float = 0.8) -> float:
        """Share of the facts with at least this salience that are present; 1 for no such fact."""
        salient = [one for one, salience in self.salience.items() if salience >= threshold]
        return sum(one in self.present for one in salient) / len(salient) if salient else 1.0


def score_summary(article: SimulatedArticle, summary: str) -> SummaryScore:
    """Score a summary against the truth of its article.

    Args:
        article: What was summarized.
        summary: Any text.

    Returns:
        What is right, wrong, invented and missing.
    """
    return Scorer(article).score(summary)


class Scorer:
    """Scores summaries of one article.

    Args:
        article: What is summarized.
    """

    def __init__(self, article: SimulatedArticle) -> None:
        self.facts = {fact.id: fact for fact in article.world.facts}
        self.year = article.world.period.year
        self.quarter = (
            article.world.period.number if article.world.period.kind == "quarter" else None
        )
        told = {figure.fact_id for figure in article.content.figures}
        self.told = {
            fact.id: fact.salience
            for fact in sorted(self.facts.values(), key=lambda fact: -fact.salience)
            if fact.kind != "context" and fact.id in told
        }
        self.measures = [
            (fact, measure, _as_figure(measure.quantity))
            for fact in self.facts.values()
            for measure in (*fact.measures, *_derived(fact))
        ]
        self.labels = _label_pattern(self.facts.values())
        self.said = extract_figures(article.content.text)
        told_by = _sentences_of(article)
        self.vocabularies = {
            fact.id: _tokens(" ".join((fact.label, *fact.words.values(), *told_by[fact.id])))
            for fact in self.facts.values()
            if fact.kind not in {"result", "outlook"}
        }
        self.spread = Counter(word for one in self.vocabularies.values() for word in one)

    def score(self, summary: str) -> SummaryScore:
        """Score a summary.

        Args:
            summary: Any text.

        Returns:
            What is right, wrong, invented and missing.
        """
        figures = extract_figures(summary)
        judgements: list[Judgement] = []
        for match in _SENTENCE.finditer(summary):
            if match[0].startswith(("#", "|")):
                continue
            within = [one for one in figures if match.start() <= one.start < match.end()]
            sentence = _Sentence(self, match[0], match.start(), within)
            judgements += sentence.judge()
        right = {
            one.fact_id
            for one in judgements
            if one.verdict == "right" and one.role in _key_roles(self.facts[one.fact_id])
        }
        return SummaryScore(
            judgements=tuple(judgements),
            present=tuple(one for one in self.told if one in right),
            missing=tuple(
                MissingFact(one, salience)
                for one, salience in self.told.items()
                if one not in right
            ),
            salience=self.told,
        )

    def likeness(self, tokens: set[str], fact_id: str) -> float:
        """How many words a sentence shares with a fact, rare ones counting more."""
        common = tokens & self.vocabularies.get(fact_id, set())
        return sum(1 / self.spread[word] for word in common)


class _Sentence:
    """A sentence of a summary and what it says of which fact."""

    def __init__(self, scorer: Scorer, text: str, start: int, figures: Sequence[Figure]) -> None:
        self.scorer = scorer
        self.text = text
        self.start = start
        self.figures = [
            replace(one, start=one.start - start, end=one.end - start) for one in figures
        ]
        self.mentions = [
            (match.start(), match.end(), scorer.labels.ids[match.lastindex or 0])
            for match in scorer.labels.pattern.finditer(text)
        ]
        tokens = _tokens(text)
        self.likeness = {one: scorer.likeness(tokens, one) for one in scorer.vocabularies}
        self.best = max(self.likeness.values(), default=0.0)

    def judge(self) -> Iterator[Judgement]:
        """Judge every figure; a claim of direction without a figure counts when it is wrong."""
        stated = [one for one in self.figures if _states(one) and not self._is_aside(one)]
        for figure in stated:
            yield self._judge_figure(figure)
        if not stated:
            yield from self._judge_claim()

    def _is_aside(self, figure: Figure) -> bool:
        """Whether it is a number in words that the article says beside its facts."""
        scorer = self.scorer
        return (
            figure.in_words
            and supported(figure, scorer.said)
            and not any(supported(figure, [true]) for _, _, true in scorer.measures)
        )

    def _judge_figure(self, figure: Figure) -> Judgement:
        found: list[tuple[Fact, Measure, Reason]] = []
        for fact, measure, true in self.scorer.measures:
            if not supported(figure, [true]):
                continue
            reason = self._fault(figure, fact, measure)
            if not reason:
                return self._judgement("right", "", figure, fact, measure.role)
            found.append((fact, measure, reason))
        if not found:
            found = [
                (fact, measure, "unit")
                for fact, measure, true in self.scorer.measures
                if self._is_about(figure, fact) and _has_same_digits(figure, true)
            ]
        if not found:
            return Judgement(
                "invented", "", self.start + figure.start, self.start + figure.end, figure.text,
                "", "",
            )  # fmt: skip
        fact, measure, reason = min(found, key=lambda each: each[2] == "subject")
        return self._judgement("wrong", reason, figure, fact, measure.role)

    def _judgement(
        self, verdict: Verdict, reason: Reason, figure: Figure, fact: Fact, role: str
    ) -> Judgement:
        start, end = self.start + figure.start, self.start + figure.end
        return Judgement(verdict, reason, start, end, figure.text, fact.id, role)

    def _fault(self, figure: Figure, fact: Fact, measure: Measure) -> Reason:
        if not self._is_about(figure, fact):
            return "subject"
        if fact.kind != "result":
            return ""
        if self._is_other_period(figure, fact, measure):
            return "period"
        if measure.role in {"value", "change"} and self._contradicts(fact, figure):
            return "direction"
        return ""

    def _is_about(self, figure: Figure, fact: Fact) -> bool:
        if fact.kind == "result":
            return fact.id in self._nearest(figure)
        if fact.kind == "outlook":
            labels = {self.scorer.facts[one].label for one in self._nearest(figure)}
            return fact.label in labels and self._looks_ahead(fact)
        share = self.likeness.get(fact.id, 0.0)
        return share > 0 and share >= _SHARE_OF_BEST * self.best

    def _nearest(self, figure: Figure) -> set[str]:
        """The results that a figure may belong to, by the labels around it."""
        before = [one for one in self.mentions if one[0] <= figure.start]
        after = [one for one in self.mentions if one[0] > figure.start]
        near = {before[-1][2]} if before else set()
        if len(before) > 1 and self.text[before[-2][1] : before[-1][0]].strip() in {"and", ","}:
            near.add(before[-2][2])
        if after and (not before or after[0][0] - figure.end <= _NEAR):
            near.add(after[0][2])
        return near

    def _years(self) -> list[Figure]:
        return [one for one in self.figures if one.unit == "year"]

    def _looks_ahead(self, fact: Fact) -> bool:
        years = {int(one.value) for one in self._years()}
        if years:
            return fact.period.year in years
        return bool(_AHEAD.search(self.text))

    def _is_other_period(self, figure: Figure, fact: Fact, measure: Measure) -> bool:
        year = fact.period.year
        for one in self._years():
            said = int(one.value)
            if said == year - 1:
                compares = _COMPARES.search(self.text, 0, one.start)
                if not compares and measure.role != "prior":
                    return True
            elif said != year and not _AGAINST.search(self.text, one.end, figure.start):
                return True
        quarters = {int(one.value) for one in self.figures if one.unit == "quarter"}
        if quarters and self.scorer.quarter and self.scorer.quarter not in quarters:
            return True
        before = self.text[max(0, figure.start - 20) : figure.start]
        if _COMPARED.search(before):
            return measure.role == "value"
        return measure.role == "prior" and before.endswith(" to ")

    def _contradicts(self, fact: Fact, figure: Figure | None = None) -> bool:
        """Whether the words about a fact say another direction than the true one."""
        start, end = self._clause(fact.id, figure)
        clause = self.text[start:end]
        says = _directions(clause) | ({"flat"} if _FLAT.search(clause) else set())
        return (
            bool(says) and fact.direction in {"up", "down", "flat"} and fact.direction not in says
        )

    def _clause(self, fact_id: str, figure: Figure | None) -> tuple[int, int]:
        """From the label of a result to the next one's; the whole sentence if it is alone."""
        starts = [one[0] for one in self.mentions]
        if len(starts) < 2:
            return 0, len(self.text)
        mine = [one[0] for one in self.mentions if one[2] == fact_id]
        position = figure.start if figure else mine[0]
        start = max((one for one in mine if one <= position), default=mine[0])
        end = min((one for one in starts if one > max(start, position)), default=len(self.text))
        return start, end

    def _judge_claim(self) -> Iterator[Judgement]:
        claimed = list(dict.fromkeys(fact_id for _, _, fact_id in self.mentions))
        if _FLAT.search(self.text) and _ALL_FIGURES.search(self.text):
            claimed = [next(iter(self.scorer.facts))]
        for fact_id in claimed[:1]:
            if self._contradicts(self.scorer.facts[fact_id]):
                end = self.start + len(self.text)
                yield Judgement(
                    "wrong", "direction", self.start, end, self.text, fact_id, "direction"
                )


@dataclass(frozen=True, slots=True)
class _Labels:
    """Finds the names of results; a group of the pattern stands for a fact."""

    pattern: re.Pattern[str]
    ids: tuple[str, ...]


def _label_pattern(facts: Iterable[Fact]) -> _Labels:
    names: list[tuple[str, str]] = []
    for fact in facts:
        if fact.kind != "result":
            continue
        if fact.topic == "segment":
            subject = re.escape(fact.subject)
            name = re.escape(fact.label.removeprefix(f"{fact.subject} "))
            forms = (f"{subject}(?:'s)? {name}", f"{name} (?:at|in|of|for) (?:the )?{subject}")
            names += [(form, fact.id) for form in (*forms, subject)]
        else:
            names.append((re.escape(fact.label), fact.id))
            if fact.id == "result.revenue":
                names += [(word, fact.id) for word in ("revenues?", "sales", "turnover")]
    names.sort(key=lambda each: -len(each[0]))
    groups = "|".join(f"({form})" for form, _ in names)
    return _Labels(
        re.compile(rf"(?<!\w)(?:{groups})(?!\w)", re.IGNORECASE),
        ("", *(fact_id for _, fact_id in names)),
    )


def _sentences_of(article: SimulatedArticle) -> dict[str, list[str]]:
    """The sentences of article and references that give a figure of a fact, by fact."""
    told: dict[str, list[str]] = {fact.id: [] for fact in article.world.facts}
    for content in (article.content, *(summary.content for summary in article.summaries)):
        sentences = [match.span() for match in _SENTENCE.finditer(content.text)]
        position = 0
        for figure in content.figures:
            while sentences[position][1] <= figure.start:
                position += 1
            start, end = sentences[position]
            told[figure.fact_id].append(content.text[start:end])
    return told


def _directions(text: str) -> set[str]:
    return {name for name, pattern in (("up", _UP), ("down", _DOWN)) if pattern.search(text)}


def _tokens(text: str) -> set[str]:
    """Content words, cut to their first five letters as a simple stem."""
    return {
        word[:5]
        for word in (each.lower() for each in words(text))
        if word not in _STOP and len(word) > 2 and word.isalpha()
    }


def _key_roles(fact: Fact) -> set[str]:
    """The figures that make a fact present: of a result, what it is or how it changed."""
    if fact.kind == "result":
        return {"value", "change"}
    return {measure.role for measure in fact.measures} | {"midpoint"}


def _derived(fact: Fact) -> Iterator[Measure]:
    """Figures that follow from a fact: the difference of a result, the middle of a range."""
    value, prior, high = (fact.measure(role) for role in ("value", "prior", "high"))
    if value and prior:
        difference = abs(value.quantity.value - prior.quantity.value)
        yield replace(value, role="difference", quantity=replace(value.quantity, value=difference))
    if value and high:
        middle = (value.quantity.value + high.quantity.value) / 2
        precision = value.quantity.precision / 10
        quantity = replace(value.quantity, value=middle, precision=precision)
        yield replace(value, role="midpoint", quantity=quantity)


def _as_figure(quantity: Quantity) -> Figure:
    return Figure("", quantity.value, quantity.unit, 0, 0, quantity.precision)


def _states(figure: Figure) -> bool:
    """Whether a figure can state a fact: no year, and no small number in words."""
    is_small = figure.in_words and figure.unit == "count" and figure.value <= 3
    return figure.unit not in _NO_FIGURES and not is_small


def _has_same_digits(figure: Figure, true: Figure) -> bool:
    """Whether a figure is a true one in another unit, or by a power of ten too large or small."""
    if "date" in {figure.unit, true.unit} or not figure.value or not true.value:
        return False
    written, known = abs(figure.value), abs(true.value)
    power = round(math.log10(written / known))
    scaled = known * Decimal(10) ** power
    return abs(written - scaled) <= figure.precision / 2

"""What a scorer knows of an article: its figures, and the words that each fact is told with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from goldbrief.simulator.facts import Fact, Measure, Partition, Quantity
from goldbrief.simulator.lexicon import load_lexicon
from goldbrief.simulator.simulating import SimulatedArticle
from goldbrief.text.figures import Figure, extract_figures
from goldbrief.text.sentences import vocabulary, words

SENTENCE = re.compile(r"[^\s].*?(?:[.?!]”?(?=\s+[A-Z“*])|(?=\n)|$)", re.DOTALL)
"""A sentence, heading or bullet."""
_STOP = vocabulary(
    "a an the and or of to in on at by for from with as is are was were be been has have had "
    "it its that this which who will would could should can may not no than more less about "
    "after before into over per year years quarter half period million billion thousand "
    "percent said says company management their his her they he she out up down all one two "
    "three so far first last"
)

_UP = re.compile(
    r"\b(?:rose|rise|risen|increas\w+|grew|grow\w*|climb\w+|advanc\w+|(?:went|moved|shot|up) up|up|"
    r"higher|more than|above|jump\w*|surg\w+|leapt|leap|soar\w+|gain\w*|expand\w+|bounded|firmed|"
    r"nudged|improv\w+)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:fell|fall\w*|declin\w+|decreas\w+|drop\w*|slipp?\w*|retreated|down|lower|less than|"
    r"below|tumbl\w+|slump\w*|plung\w+|slid|sank|dived|eased|dipped|softened|shrank|shrunk)\b",
    re.IGNORECASE,
)
_DUE = re.compile(r"\bfalls? due\b", re.IGNORECASE)
_NO_MOVE = re.compile(
    r"\b(?:falls? due|(?:more|less) than|above|below|up|down|growth|(?:a|an|the|of|its|in) \w+)\b",
    re.IGNORECASE,
)
"""What only with the label of a result says that it moved: of an event a limit, or a noun."""


class Truth:
    """An article's truth, laid out to judge sentences by.

    Args:
        article: What is summarized.
    """

    def __init__(self, article: SimulatedArticle) -> None:
        self.partition = article.world.partition
        self.facts = {fact.id: fact for fact in article.world.facts}
        period = article.world.period
        self.year = period.year
        self.quarter = period.number if period.kind == "quarter" else None
        told = {figure.fact_id for figure in article.content.figures}
        self.told = {
            fact.id: fact.salience
            for fact in sorted(self.facts.values(), key=lambda fact: -fact.salience)
            if fact.kind != "context" and fact.id in told
        }
        """Salience of the facts that the article tells, surroundings left out; highest first."""
        self.measures = [
            (fact, measure, _as_figure(measure.quantity))
            for fact in self.facts.values()
            for measure in (*fact.measures, *_derived(fact))
        ]
        company = article.world.company
        self.labels = _label_pattern(self.facts.values(), (company.name, company.short_name))
        self.company_words = tokens(company.name)
        """They go with every fact, and so speak for none."""
        self.text = article.content.text
        self.said = extract_figures(self.text)
        self.happenings = [
            fact for fact in self.facts.values() if fact.kind not in {"result", "outlook"}
        ]
        """Facts that no label names."""
        self.figures_of = {
            fact.id: [_as_figure(measure.quantity) for measure in fact.measures]
            for fact in self.facts.values()
        }
        told_by, told_near = _told_by(article)
        self.vocabularies = {
            fact.id: tokens(" ".join((fact.label, *told_by[fact.id]))) for fact in self.happenings
        }
        """Words that the article tells each of them with."""
        self.surroundings = {
            fact.id: self.vocabularies[fact.id]
            | tokens(" ".join((*fact.words.values(), *told_near[fact.id])))
            for fact in self.happenings
        }
        """Words that may go with each of them: those of its paragraphs too."""
        self.directions = {
            fact.id: _directions_of(self.partition, fact.frame) for fact in self.happenings
        }
        """Which ways things move by the words that the lexicon has for such a fact."""
        self.spread = Counter(word for one in self.vocabularies.values() for word in one)
        """How many facts a word goes with."""

    def likeness(self, found: set[str], fact_id: str) -> float:
        """How many words of a sentence may go with a fact, rare ones counting more."""
        return self._weight(found & self.surroundings[fact_id])

    def plain_likeness(self, found: set[str], fact_id: str) -> float:
        """How many words a sentence shares with those that tell a fact, rare ones counting more."""
        return self._weight(found & self.vocabularies[fact_id])

    def _weight(self, common: set[str]) -> float:
        return sum(1 / max(1, self.spread[word]) for word in common)


@dataclass(frozen=True, slots=True)
class Labels:
    """Finds the names of results; a group of the pattern stands for a fact."""

    pattern: re.Pattern[str]
    ids: tuple[str, ...]


def _label_pattern(facts: Iterable[Fact], company: Iterable[str]) -> Labels:
    """The labels; a company's name is no label, though a division's may be part of it."""
    names = [(re.escape(name), "") for name in company]
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
    return Labels(
        re.compile(rf"(?<!\w)(?:{groups})(?!\w)", re.IGNORECASE),
        ("", *(fact_id for _, fact_id in names)),
    )


def _told_by(article: SimulatedArticle) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The sentences that give a figure of each fact, and their paragraphs."""
    told: dict[str, list[str]] = {fact.id: [] for fact in article.world.facts}
    near: dict[str, list[str]] = {fact.id: [] for fact in article.world.facts}
    for content in (article.content, *(summary.content for summary in article.summaries)):
        text = content.text
        sentences = [match.span() for match in SENTENCE.finditer(text)]
        position = 0
        for figure in content.figures:
            while sentences[position][1] <= figure.start:
                position += 1
            start, end = sentences[position]
            told[figure.fact_id].append(text[start:end])
            last = text.find("\n", end)
            near[figure.fact_id].append(
                text[text.rfind("\n", 0, start) + 1 : last if last >= 0 else len(text)]
            )
    return told, near


def tokens(text: str) -> set[str]:
    """Content words, cut to their first five letters as a simple stem."""
    return {
        word[:5]
        for word in (each.lower() for each in words(text))
        if word not in _STOP and len(word) > 2 and word.isalpha()
    }


def directions(text: str) -> set[str]:
    """Which ways a text says that something moved: `up`, `down`."""
    return {name for name, pattern in (("up", _UP), ("down", _DOWN)) if pattern.search(text)}


def moves(text: str) -> set[str]:
    """As `directions`, for verbs and comparisons that can say nothing else."""
    return directions(_NO_MOVE.sub("", text))


@cache
def _directions_of(partition: Partition, frame: str) -> set[str]:
    rules = load_lexicon(partition).grammar.rules
    told = (rules[name] for name in (f"{frame}.tell", f"{frame}.brief") if name in rules)
    texts = " ".join(one.text for rule in told for one in rule.alternatives)
    return directions(_DUE.sub("", texts))


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

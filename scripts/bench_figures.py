"""Measure the figure check on planted errors: in simulated summaries, real sentences and tables.

python scripts/bench_figures.py [--reserved] [--articles 40] [--real FILE.jsonl] [--tuning]
prints the tables of docs/benchmarks/figures.md. FILE has an article a line, in its field `text`
(`.gz` is read too). They are split in halves by hash: the check was tuned on one, and figures are
reported for the other. `--reserved` and the held-out half are for final measurements: change
nothing because of what they show. `--examples N` prints the first misses and false alarms.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

from goldbrief.core.hashing import sha256_text
from goldbrief.platform.statistics import estimate
from goldbrief.simulator.defects import DEFECT_KINDS, plant
from goldbrief.simulator.facts import Fact, Partition
from goldbrief.simulator.formats import Format, write
from goldbrief.simulator.simulating import SimulatedArticle, SimulationSettings, simulate
from goldbrief.text.figure_check import ArticleFigures
from goldbrief.text.figures import EXACT_UNITS, Figure, extract_figures
from goldbrief.text.sentences import is_prose, split_sentences

_FIGURE_DEFECTS = DEFECT_KINDS[:9]
_MAX_STATEMENTS = 30
"""Sentences taken from an article."""
_MAX_WORDS = 60
_MIN_WORDS = 6
_NEAR = 60
"""Letters within which a word or figure belongs to another figure."""
_PHRASES = (
    ("as compared to", "against"), ("compared to", "against"), ("increased", "rose"),
    ("decreased", "fell"), ("approximately", "about"), ("revenues", "revenue"),
    ("net income", "net profit"), ("primarily due to", "mainly because of"),
    ("during", "in"), ("for the year ended December 31,", "in"),
)  # fmt: skip
_OPPOSITES = (
    ("increased", "decreased"), ("increase", "decrease"), ("rose", "fell"), ("grew", "shrank"),
    ("growth", "decline"), ("up from", "down from"),
)  # fmt: skip
_SCALES = (("million", "billion"), ("billion", "million"), ("thousand", "million"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A right sentence about an article."""

    text: str
    article: str
    form: str


class Tally:
    """Outcomes by row and column, grouped by article, so that intervals are over articles."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], dict[str, list[bool]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def add(self, row: str, column: str, article: str, outcome: bool) -> None:
        """Count one outcome."""
        self._found[row, column][article].append(outcome)

    def show(self, title: str) -> None:
        """Print shares with 95% intervals and the number of cases."""
        columns = list(dict.fromkeys(column for _, column in self._found))
        print(f"\n| {title} | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
        for row in dict.fromkeys(row for row, _ in self._found):
            print(f"| {row} | {' | '.join(self._cell(row, column) for column in columns)} |")

    def _cell(self, row: str, column: str) -> str:
        found = self._found.get((row, column))
        if not found:
            return "–"
        cases = [outcome for outcomes in found.values() for outcome in outcomes]
        interval = estimate([sum(outcomes) / len(outcomes) for outcomes in found.values()])
        share = sum(cases) / len(cases)
        return f"{share:.1%} [{interval.low:.0%}, {interval.high:.0%}] of {len(cases)}"


class Examples:
    """Prints the first few cases that went wrong."""

    def __init__(self, most: int) -> None:
        self._left: dict[str, int] = defaultdict(lambda: most)

    def show(self, kind: str, text: str) -> None:
        """Print a case, unless enough of its kind were."""
        if self._left[kind] > 0:
            self._left[kind] -= 1
            print(f"  {kind}: {text}")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reserved", action="store_true")
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--examples", type=int, default=0)
    options = parser.parse_args()
    half: Partition = "final" if options.reserved else "development"
    examples = Examples(options.examples)
    settings = SimulationSettings(count=options.articles, partition=half, personas=("CFO",))
    simulated = list(simulate(settings))
    summaries(simulated, examples)
    tables(simulated, examples)
    if options.real:
        real_sentences(list(read_half(options.real, tuning=options.tuning)), examples)


def summaries(articles: Sequence[SimulatedArticle], examples: Examples) -> None:
    """Defects that the simulator plants in its reference summaries."""
    tally = Tally()
    for article in articles:
        checker = ArticleFigures(article.content.text)
        name, reference = str(article.index), article.summaries[0]
        clean = checker.check(reference.content.text)
        for one in clean.figures:
            tally.add("clean figure flagged", "not supported", name, one.state != "supported")
            tally.add("clean figure flagged", "unsupported", name, one.state == "unsupported")
            if one.state != "supported":
                examples.show("false alarm", f"{one.figure.text} {one.reason}: {name}")
        any_flagged = clean.supported < clean.total
        tally.add("clean summary flagged", "not supported", name, any_flagged)
        tally.add("clean summary flagged", "unsupported", name, bool(clean.unsupported))
        for kind in _FIGURE_DEFECTS:
            planted = plant(article, reference, kind, Random(f"bench:{kind}:{article.index}"))
            if planted:
                found = checker.check(planted.text)
                flagged = found.total - found.supported > clean.total - clean.supported
                tally.add(kind, "not supported", name, flagged)
                worse = len(found.unsupported) > len(clean.unsupported)
                tally.add(kind, "unsupported", name, worse)
    tally.show("simulated summaries")


def tables(articles: Sequence[SimulatedArticle], examples: Examples) -> None:
    """Statements of what only a table says, right and wrong, in three layouts of the table."""
    tally = Tally()
    for article in articles:
        lines = article.content.text.split("\n")
        rows = [line for line in lines if line.startswith("|")]
        if not rows:
            continue
        for layout, lay_out in _LAYOUTS.items():
            checker = ArticleFigures(f"{article.title}\n\n{lay_out(rows)}\n")
            rng = Random(f"tables:{article.index}")
            for kind, statement in table_statements(article, rows, rng):
                found = checker.check(statement)
                flagged = found.supported < found.total
                tally.add(kind, layout, str(article.index), flagged)
                if flagged == (kind == "clean flagged"):
                    examples.show(f"table, {layout}, {kind}", statement)
    tally.show("tables")


def table_statements(
    article: SimulatedArticle, rows: Sequence[str], rng: Random
) -> Iterator[tuple[str, str]]:
    """Statements of table rows with the kind of their error."""
    told = [fact for fact in article.world.facts if _has_row(fact, rows)]
    style, period = Format(), article.world.period
    for fact in told:
        value, prior = (fact.measure(role) for role in ("value", "prior"))
        if value is None or prior is None or not value.quantity.unit.startswith("money"):
            continue
        right, earlier = write(value.quantity, style), write(prior.quantity, style)
        if right == earlier:
            continue

        def say(figure: str, fact: Fact = fact) -> str:
            return f"In {period.name}, {fact.label} came to {figure}."

        yield "clean flagged", say(right)
        yield "clean flagged", f"In {period.prior.name}, {fact.label} came to {earlier}."
        yield "changed digit", say(_changed_digit(right, rng))
        if _rescaled(right) != right:
            yield "wrong scale", say(_rescaled(right))
        yield "wrong column", say(earlier)
        others = [one for one in told if one is not fact and one.value.unit == fact.value.unit]
        if others and write(others[0].value, style) != right:
            yield "wrong row", say(write(rng.choice(others).value, style))


def _has_row(fact: Fact, rows: Sequence[str]) -> bool:
    return any(row[2 : 2 + len(fact.label)].lower() == fact.label.lower() for row in rows)


def _as_spaces(rows: Sequence[str]) -> str:
    cells = [_cells(row) for row in rows if "---" not in row]
    return "\n".join(f"{row[0]:<40}" + "".join(f"{cell:>16}" for cell in row[1:]) for row in cells)


def _as_flat(rows: Sequence[str]) -> str:
    return "\n".join(" ".join(_cells(row)) for row in rows if "---" not in row)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


_LAYOUTS: dict[str, Callable[[Sequence[str]], str]] = {
    "pipes": "\n".join,
    "columns of spaces": _as_spaces,
    "nothing between cells": _as_flat,
}


def read_half(path: Path, *, tuning: bool) -> Iterator[str]:
    """Articles of one half of a file."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        for line in file:
            text = json.loads(line)["text"]
            if (int(sha256_text(text), 16) % 2 == 0) == tuning:
                yield text


def real_sentences(articles: Sequence[str], examples: Examples) -> None:
    """Sentences of real articles, as they are and reworded, right and with an error."""
    tally, seconds = Tally(), []
    for article in articles:
        started = time.process_time()
        checker = ArticleFigures(article)
        seconds.append(time.process_time() - started)
        name, known = sha256_text(article), extract_figures(article)
        for one in statements(article):
            clean = checker.check(one.text)
            for figure in clean.figures:
                tally.add("clean figure flagged", one.form, name, figure.state != "supported")
            if clean.supported < clean.total:
                reasons = [f"{f.figure.text} {f.reason}" for f in clean.figures if f.reason]
                examples.show(f"false alarm, {one.form}", f"{reasons} in: {one.text}")
                continue
            rng = Random(f"corrupt:{one.text}")
            for kind, corrupt in _CORRUPTIONS.items():
                wrong = corrupt(one.text, known, rng)
                if wrong is None or wrong == one.text:
                    continue
                found = checker.check(wrong)
                flagged = found.supported < found.total
                tally.add(kind, one.form, name, flagged)
                if not flagged:
                    examples.show(f"missed {kind}, {one.form}", f"{wrong}\n      was: {one.text}")
    tally.show(f"sentences of {len(articles)} real articles")
    print(f"\nReading an article: median {1000 * median(seconds):.0f} ms, longest "
          f"{1000 * max(seconds):.0f} ms of processor time.")  # fmt: skip


def statements(article: str) -> Iterator[Statement]:
    """Sentences with amounts, each as it is, reworded, and reworded and shortened."""
    prose = [
        text
        for text in dict.fromkeys(split_sentences(article))
        if is_prose(text) and len(text.split()) <= _MAX_WORDS and any(_amounts(text))
    ]
    for text in Random(sha256_text(article)).sample(prose, min(_MAX_STATEMENTS, len(prose))):
        yield Statement(text, article, "as written")
        yield Statement(reworded(text), article, "reworded")
        short = shortened(text)
        if short:
            yield Statement(reworded(short), article, "shortened")


def reworded(text: str) -> str:
    """The same said otherwise: a clause moved, other words, other forms of the figures."""
    figures = [figure for figure in _amounts(text) if figure.unit.startswith("money")]
    for figure in reversed(figures):
        text = text[: figure.start] + _other_form(figure) + text[figure.end :]
    opening = re.match(r"((?:In|During|For|At) [^,]{4,40}(?:, (?:19|20)\d\d)?), (?=\w)", text)
    if opening and text.endswith(".") and ";" not in text:
        rest = text[opening.end() :]
        moved = opening[1][0].lower() + opening[1][1:]
        text = f"{rest[0].upper()}{rest[1:-1]} {moved}." if rest.count(",") == 0 else text
    text = re.sub(r",? (?:primarily|mainly|largely) (?:due to|as a result of|driven by)[^,;]*\.$",
                  ".", text)  # fmt: skip
    for phrase, other in _PHRASES:
        text = re.sub(rf"\b{re.escape(phrase)}\b", other, text)
    return text


def shortened(text: str) -> str:
    """The sentence up to the end of the clause of its first amount; empty where nothing goes."""
    first = _amounts(text)[0]
    cut = re.compile(r"(?:,|;| as compared| compared| and\b| from\b| or\b| primarily| due) ")
    end = cut.search(text, first.end)
    if end is None or len(text[: end.start()].split()) < _MIN_WORDS or " between " in text:
        return ""
    return f"{text[: end.start()]}."


def _other_form(figure: Figure) -> str:
    """`$1,234.5 million` for `$1.2345 billion` and the like, a digit shorter where it is long."""
    number = re.search(r"\d[\d,]*(?:\.\d+)?", figure.text)
    if number is None or figure.value < 0:
        return figure.text
    digits = len(number[0].replace(",", "").replace(".", "").lstrip("0"))
    place = figure.precision * (10 if digits > 3 else 1)
    value = abs(figure.value).quantize(place) if place == 1 else round(figure.value / place) * place
    symbol = figure.text[: number.start()]
    for scale, name in ((Decimal(10**9), " billion"), (Decimal(10**6), " million")):
        if value >= scale and place >= scale / 1000:
            return f"{symbol}{(value / scale).normalize():f}{name}"
    return figure.text


def _amounts(text: str) -> list[Figure]:
    return [
        figure
        for figure in extract_figures(text)
        if figure.unit not in EXACT_UNITS and not figure.in_words
    ]


def _replaced(text: str, figure: Figure, other: str) -> str:
    return text[: figure.start] + other + text[figure.end :]


def _pick(figures: Iterable[Figure], rng: Random) -> Figure | None:
    choice = list(figures)
    return rng.choice(choice) if choice else None


def digit(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """One digit of an amount."""
    figure = _pick(_amounts(text), rng)
    return _replaced(text, figure, _changed_digit(figure.text, rng)) if figure else None


def _changed_digit(written: str, rng: Random) -> str:
    places = [i for i, letter in enumerate(written) if letter.isdigit()]
    i = rng.choice(places)
    digit = rng.choice([one for one in "123456789" if one != written[i]])
    return written[:i] + digit + written[i + 1 :]


def by_ten(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """The decimal point moved."""
    figure = _pick((one for one in _amounts(text) if re.search(r"\d\.\d", one.text)), rng)
    if figure is None:
        return None
    return _replaced(text, figure, re.sub(r"(\d)\.(\d)", r"\1\2", figure.text, count=1))


def unit(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """Million for billion, basis points for percent, euros for dollars."""
    swaps = [
        _replaced(text, figure, wrong)
        for figure in _amounts(text)
        for wrong in (_rescaled(figure.text), figure.text.replace("$", "€"),
                      re.sub(r"%$| percent$", " basis points", figure.text))
        if wrong != figure.text
    ]  # fmt: skip
    return rng.choice(swaps) if swaps else None


def _rescaled(written: str) -> str:
    for scale, wrong in _SCALES:
        if scale in written:
            return written.replace(scale, wrong)
    return written


def shifted_percent(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """A percentage off by 1 to 5 points."""
    figure = _pick((one for one in _amounts(text) if one.unit == "percent"), rng)
    number = re.search(r"\d+", figure.text) if figure else None
    if figure is None or number is None:
        return None
    shifted = int(number[0]) + rng.randint(1, 5)
    return _replaced(text, figure, figure.text.replace(number[0], str(shifted), 1))


def subject(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """Another true figure of the article, of the same unit."""
    figure = _pick(_amounts(text), rng)
    if figure is None:
        return None
    mine = {one.value for one in extract_figures(text)}
    other = _pick(
        (one for one in known if one.unit == figure.unit and one.value not in mine
         and not one.in_words and (one.scale > 1) == (figure.scale > 1)),
        rng,
    )  # fmt: skip
    return _replaced(text, figure, other.text) if other else None


def year(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """Another year of the article."""
    mine = [one for one in extract_figures(text) if one.unit == "year"]
    values = {one.value for one in mine}
    others = [one for one in known if one.unit == "year" and one.value not in values]
    figure, other = _pick(mine, rng), _pick(others, rng)
    return _replaced(text, figure, other.text) if figure and other else None


def exchanged(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """`rose from 3 to 4` made `rose from 4 to 3`, and the like."""
    amounts = _amounts(text)
    pairs = [
        (one, two)
        for one, two in pairwise(amounts)
        if one.unit == two.unit and one.value != two.value
        and re.search(r"\b(?:to|from|against|compared (?:to|with)|versus)\b",
                      text[one.end : two.start])
        and two.start - one.end < _NEAR and not re.search("range|between", text)
    ]  # fmt: skip
    if not pairs or not re.search(r"\b(?:from|against|compared|versus)\b", text):
        return None
    one, two = rng.choice(pairs)
    return _replaced(_replaced(text, two, one.text), one, two.text)


def direction(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """A rise right before an amount made a fall, or the reverse."""
    starts = [figure.start for figure in _amounts(text)]
    pairs = [*_OPPOSITES, *((fall, rise) for rise, fall in _OPPOSITES)]
    for word, other in rng.sample(pairs, len(pairs)):
        for match in re.finditer(rf"\b{word}\b", text):
            if any(0 < start - match.end() < _NEAR / 3 for start in starts):
                return text[: match.start()] + other + text[match.end() :]
    return None


_CORRUPTIONS: dict[str, Callable[[str, Sequence[Figure], Random], str | None]] = {
    "changed digit": digit,
    "scaled by ten": by_ten,
    "wrong unit": unit,
    "shifted percentage": shifted_percent,
    "wrong subject": subject,
    "wrong year": year,
    "periods exchanged": exchanged,
    "wrong direction": direction,
}


if __name__ == "__main__":
    main()

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
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median

from goldbrief.core.hashing import sha256_text
from goldbrief.platform.statistics import estimate
from goldbrief.simulator.defects import DefectKind, plant
from goldbrief.simulator.facts import Fact, Partition
from goldbrief.simulator.formats import Format, write
from goldbrief.simulator.simulating import SimulatedArticle, SimulationSettings, simulate
from goldbrief.testing.figure_corruptions import (
    CORRUPTIONS,
    changed_digit,
    rescaled,
    statements,
)
from goldbrief.text.figure_check import ArticleFigures
from goldbrief.text.figures import extract_figures

_FIGURE_DEFECTS: tuple[DefectKind, ...] = (
    "changed_digit", "scaled_by_ten", "wrong_unit", "wrong_period", "swapped_figures",
    "invented_figure", "wrong_direction", "contradiction",
)  # fmt: skip
_VALUE_ALONE = "reworded, by value alone"
"""What would be found if subject, period and direction were not looked at."""


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
        """Print shares of cases, 95% intervals of the articles' means, and numbers of cases."""
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
        yield "changed digit", say(changed_digit(right, rng))
        if rescaled(right) != right:
            yield "wrong scale", say(rescaled(right))
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
            for kind, corrupt in CORRUPTIONS.items():
                wrong = corrupt(one.text, known, rng)
                if wrong is None or wrong == one.text:
                    continue
                found = checker.check(wrong)
                flagged = found.supported < found.total
                tally.add(kind, one.form, name, flagged)
                if one.form == "reworded":
                    tally.add(kind, _VALUE_ALONE, name, bool(found.unsupported))
                if not flagged:
                    examples.show(f"missed {kind}, {one.form}", f"{wrong}\n      was: {one.text}")
    tally.show(f"sentences of {len(articles)} real articles")
    print(f"\nReading an article: median {1000 * median(seconds):.0f} ms, longest "
          f"{1000 * max(seconds):.0f} ms of processor time.")  # fmt: skip


if __name__ == "__main__":
    main()

"""What scripts/bench_small_model.py measures of summaries, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from goldbrief.core.documents import StyleContract
from goldbrief.platform.shares import wilson_interval
from goldbrief.platform.statistics import Estimate, estimate
from goldbrief.simulator.scoring import Scorer
from goldbrief.simulator.simulating import SimulatedArticle
from goldbrief.text.figure_check import check_figures
from goldbrief.text.sections import read_sections, structure_problems
from goldbrief.text.sentences import words
from goldbrief.text.similarity import repeated_items

_MEASURES = {
    "valid": "structure valid",
    "repeats": "a bullet repeated in its section",
    "echoes": "an action item that repeats a takeaway",
    "clean": "no figure without support",
    "figures": "figures",
    "supported": "share of figures that the article has",
    "subject": "… and of their subject and period, as far as can be told",
    "facts": "truth: salient facts told",
    "salience": "truth: salience told",
    "right": "truth: share of figures right",
    "words": "words",
    "calls": "texts written for it",
    "withheld": "withheld, because of figures",
    "failed": "refused",
}
_YES_OR_NO = {"valid", "repeats", "echoes", "clean", "withheld", "failed"}
_COUNTS = {"figures", "words", "calls"}

Row = dict[str, float]
"""Measure to value."""
Rows = Mapping[str, Mapping[str, Row]]
"""System to article to measures."""


@dataclass(frozen=True, slots=True)
class Source:
    """An article; with its truth where it is simulated."""

    kind: str
    number: int
    text: str
    simulated: SimulatedArticle | None = None

    @property
    def name(self) -> str:
        """What it is kept under."""
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class Written:
    """A summary; empty where there is none, and then why."""

    summary: str
    calls: int = 1
    withheld: bool = False
    error: str = ""


def measures(
    written: Written, source: Source, style: StyleContract, persona: str
) -> Iterator[tuple[str, float]]:
    """What is measured of one summary.

    Args:
        written: The summary.
        source: Its article.
        style: The house style.
        persona: For whom it was asked.

    Yields:
        Measure and value; of an empty summary only that it is none.
    """
    yield "calls", float(written.calls)
    yield "withheld", float(written.withheld)
    yield "failed", float(bool(written.error))
    text = written.summary
    yield "valid", float(bool(text) and not structure_problems(text, style))
    if not text:
        return
    sections = read_sections(text, style).sections
    bullets = [sections.get(one.name, ()) for one in style.sections if one.form == "bullets"]
    is_repeated = any(map(repeated_items, bullets))
    yield "repeats", float(is_repeated)
    yield "echoes", float(not is_repeated and bool(repeated_items(sum(bullets, ()))))
    yield "words", float(len(words(text)))
    check = check_figures(text, source.text)
    yield "figures", float(check.total)
    yield "clean", float(not check.unsupported)
    if check.total:
        yield "supported", 1 - len(check.unsupported) / check.total
        yield "subject", check.supported / check.total
    if source.simulated:
        score = Scorer(source.simulated).score(text, persona)
        yield "facts", score.recall()
        yield "salience", score.weighted_recall
        if score.judgements:
            yield "right", score.precision


def summarize(systems: Rows) -> dict[str, dict[str, Estimate]]:
    """Means over articles with 95% intervals: system to measure to estimate."""
    return {
        system: {
            name: _estimate(name, found)
            for name in _MEASURES
            if (found := [row[name] for row in rows.values() if name in row])
        }
        for system, rows in systems.items()
    }


def _estimate(name: str, values: Sequence[float]) -> Estimate:
    """By Wilson where it is yes or no, else by the bootstrap over articles."""
    if name not in _YES_OR_NO:
        return estimate(values)
    share = sum(values) / len(values)
    return Estimate(share, *wilson_interval(share, len(values)), len(values))


def show_table(kind: str, systems: Mapping[str, Mapping[str, Estimate]]) -> None:
    """Print a table of the systems over articles of one kind."""
    print(f"\n| {kind} articles | {' | '.join(systems)} |\n|---|{'---|' * len(systems)}")
    print(f"| articles | {' | '.join(str(one['valid'].n) for one in systems.values())} |")
    for name, label in _MEASURES.items():
        found = [one.get(name) for one in systems.values()]
        if any(found):
            cells = ((_cell(name, one) if one else "–") for one in found)
            print(f"| {label} | {' | '.join(cells)} |")


def _cell(name: str, one: Estimate) -> str:
    if name in _COUNTS:
        return f"{one.mean:.1f}"
    return f"{100 * one.mean:.1f}% ({100 * one.low:.1f} to {100 * one.high:.1f})"


def sample_articles(rows: Rows, count: int) -> list[str]:
    """The articles to show: those that every system summarized, and the tuned model's extremes.

    Args:
        rows: Of simulated articles.
        count: How many.

    Returns:
        Names, the tuned model's worst first; half of them are its worst.
    """
    tuned = rows["tuned"]
    ranked = sorted(tuned, key=lambda name: _goodness(tuned[name]))
    by_all = [name for name in ranked if all(name in found for found in rows.values())]
    others = [name for name in ranked if name not in by_all]
    half = count // 2
    chosen = {*by_all[: count - half - 1], *others[:half]}
    chosen |= set(others[::-1][: count - len(chosen)])
    return [name for name in ranked if name in chosen]


def _goodness(row: Row) -> tuple[float, float]:
    return row["valid"], row.get("facts", 0.0) + row.get("right", 0.0)


def show_sample(
    source: Source, summaries: Mapping[str, str], rows: Mapping[str, Row], place: int
) -> None:
    """Print what each system wrote of an article, with what the truth says of it."""
    print(f"\n## {place}. {source.simulated.title if source.simulated else source.name}")
    for system, summary in summaries.items():
        row = rows[system]
        facts, right = (f"{100 * row.get(name, 1.0):.0f}%" for name in ("facts", "right"))
        form = "in house form" if row["valid"] else "**not in house form**"
        print(f"\n{system}: {form}, salient facts told {facts}, figures right {right}\n")
        print("\n".join(f"> {line}".rstrip() for line in summary.splitlines()))

"""The page as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import resources

from goldbrief.evaluation.material import Material
from goldbrief.evaluation.metrics import COST, KEY_METRICS, LATENCY, QUALITY, metric_named
from goldbrief.evaluation.report import charts
from goldbrief.evaluation.report.articles import render_articles
from goldbrief.evaluation.report.markup import figure, paragraph
from goldbrief.evaluation.report.methods import legend, render_methods, render_training
from goldbrief.evaluation.report.people import render_people
from goldbrief.evaluation.report.summary import render_summary
from goldbrief.evaluation.report.tables import (
    more_tables,
    render_changes,
    render_differences,
    render_pairwise,
    render_slices,
    render_speed,
    systems_table,
)
from goldbrief.evaluation.results import Results

_LABELS = {
    "demonstration": "An offline judge scored this, neither people nor an LLM. "
    "It finds broken form, wrong figures and repetition; it cannot tell good advice from bad.",
    "production": "Scored by an LLM judge.",
}


def render_report(results: Results, material: Material, losses: Sequence[charts.Loss]) -> str:
    """Render the report.

    Args:
        results: See `publishing`.
        material: What they were computed from.
        losses: Training loss of the last system; empty when unknown.

    Returns:
        A whole HTML document.
    """
    systems = material.systems
    sections = (
        _section("Judged, rated, measured", render_summary(results, systems)),
        _section("The systems", systems_table(results, systems, KEY_METRICS)),
        _section("The differences", render_differences(results, systems)),
        _section("Side by side", render_pairwise(results, systems)),
        _section("What people say", render_people(results, systems)),
        _section("For whom, and on what", render_slices(results, systems)),
        _section("Speed and steadiness", render_speed(results, systems)),
        _section("Since the evaluation before", render_changes(results)),
        _section("Charts", _charts(results, systems)),
        _section("In detail", more_tables(results, systems)),
        _section("Training", render_training(results, losses)),
        _section("The articles, worst first", legend() + render_articles(material)),
        _section("How this was measured", render_methods(results, material.rows)),
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation of {escape(systems[-1])}</title><style>{_css()}</style></head>"
        f"<body><main>{_header(results, systems)}{''.join(sections)}</main></body></html>\n"
    )


def _css() -> str:
    file = resources.files("goldbrief.evaluation") / "report" / "report.css"
    return file.read_text(encoding="utf-8")


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""


def _header(results: Results, systems: Sequence[str]) -> str:
    label = results["label"]
    calibrated = "" if results["calibrated"] else " It has no record of agreement with people."
    known = " ".join((calibrated, *results["judge_cards"]))
    count = results["articles"]
    facts = (
        f"{count} article{'s' if count != 1 else ''} · systems: {', '.join(systems)} · "
        f"summaries written at once: {results['concurrency']} · judge: {results['judge']}"
    )
    return (
        f'<header><p class="kicker">Executive summaries: evaluation of {escape(systems[-1])}</p>'
        f"<h1>{escape(_sentence_case(results['headline']))}</h1>"
        f'<p class="label {label}"><b>{label.upper()}</b> {escape(_LABELS[label] + known)}</p>'
        f"{_missing(results)}{_unmeasured(results)}{paragraph(facts, 'facts')}</header>"
    )


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _missing(results: Results) -> str:
    found = [
        f"{number} {what} of {name}"
        for name, missing in results["failures"].items()
        for what, number in missing.items()
        if number
    ]
    if not found:
        return ""
    incomplete = " Too many are missing to rely on the scores." if results["incomplete"] else ""
    text = f"Missing, and left out of every mean: {'; '.join(found)}.{incomplete}"
    return paragraph(text, "label warning")


def _unmeasured(results: Results) -> str:
    """Reasons for metrics without a value, each with the metrics and systems it concerns."""
    reasons: dict[str, tuple[set[str], list[str]]] = {}
    for system, metrics in results["unmeasured"].items():
        for metric, of in metrics.items():
            names, counts = reasons.setdefault(of["why"], (set(), []))
            names.add(metric_named(metric).label)
            count = f"{of['n']} of {system}"
            if count not in counts:
                counts.append(count)
    found = [
        f"{why} Not measured: {', '.join(sorted(names))} ({', '.join(counts)})."
        for why, (names, counts) in reasons.items()
    ]
    return "".join(paragraph(text, "label") for text in found)


def _charts(results: Results, systems: Sequence[str]) -> str:
    drawn = (
        ("Judge's score by system", charts.interval_chart(results, systems, QUALITY)),
        ("Score against time", charts.trade_off_chart(results, systems, LATENCY)),
        ("Score against cost", charts.trade_off_chart(results, systems, COST)),
        ("Figures found in the article", charts.figures_chart(results, systems)),
    )
    return f'<div class="charts">{"".join(figure(*chart) for chart in drawn)}</div>'

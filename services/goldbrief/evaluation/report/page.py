"""The page as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from typing import Any

from goldbrief.evaluation.report import charts
from goldbrief.evaluation.report.articles import render_articles
from goldbrief.evaluation.report.markup import details, paragraph, table
from goldbrief.evaluation.report.metrics import (
    CLOSENESS,
    KEY_METRICS,
    QUALITY,
    Metric,
    dimension,
)
from goldbrief.evaluation.results import Results, difference_of
from goldbrief.evaluation.rows import Row
from goldbrief.platform.statistics import MIN_PAIRS, RESAMPLES, is_shown

_LABELS = {
    "demonstration": "An offline judge scored this, neither people nor an LLM. "
    "It finds broken form, wrong figures and repetition; it cannot tell good advice from bad.",
    "production": "Scored by an LLM judge.",
}


def render_report(
    results: Results, systems: Sequence[str], rows: Sequence[Row], losses: Sequence[charts.Loss]
) -> str:
    """Render the report.

    Args:
        results: Of `compute_results`.
        systems: Names; the last is the one in question.
        rows: All rows.
        losses: Training loss of the last system; empty when unknown.

    Returns:
        A whole HTML document.
    """
    sections = (
        _section("The systems", _systems_table(results, systems, KEY_METRICS)),
        _section("The differences", _differences(results, systems)),
        _section("Charts", _charts(results, systems)),
        _section("In detail", _more_tables(results, systems)),
        _section("Training", _training(results, losses)),
        _section("The articles, worst first", _legend() + render_articles(rows, systems)),
        _section("How this was measured", _methods(results, rows)),
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
        f"{_missing(results)}{paragraph(facts, 'facts')}</header>"
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


def _systems_table(results: Results, systems: Sequence[str], metrics: Sequence[Metric]) -> str:
    metrics = [m for m in metrics if any(m.name in results["systems"][s] for s in systems)]
    rows = (
        [escape(name), *(_cell(results["systems"][name].get(m.name), m) for m in metrics)]
        for name in systems
    )
    return table(["System", *(escape(metric.label) for metric in metrics)], rows) if metrics else ""


def _cell(value: dict[str, Any] | None, metric: Metric) -> str:
    if value is None:
        return "–"
    low, high = metric.write(value["low"]), metric.write(value["high"])
    return f"{metric.write(value['mean'])} <small>{low}–{high}</small>"


def _differences(results: Results, systems: Sequence[str]) -> str:
    *others, last = systems
    if not others:
        return ""
    metrics = [m for m in (*KEY_METRICS, *CLOSENESS) if m.better]
    rows = (
        [escape(metric.label), *(_difference(results, f"{last}-{o}", metric) for o in others)]
        for metric in metrics
    )
    head = ["", *(f"{escape(last)} against {escape(other)}" for other in others)]
    note = "Differences over the same n articles, with their 95% intervals."
    return paragraph(note) + table(head, rows)


def _difference(results: Results, pair: str, metric: Metric) -> str:
    difference = difference_of(results, pair, metric.name)
    if difference is None:
        return "–"
    if not is_shown(difference):
        word, css_class = "no difference shown", "neutral"
    elif difference.mean * metric.better > 0:
        word, css_class = "better", "good"
    else:
        word, css_class = "worse", "bad"
    mean, low, high = (
        _signed(value, metric) for value in (difference.mean, difference.low, difference.high)
    )
    return (
        f'<span class="{css_class}">{word}</span> {mean} '
        f"<small>{low} to {high}, n = {difference.n}</small>"
    )


def _signed(value: float, metric: Metric) -> str:
    written = metric.write(abs(value)).replace("%", " points")
    if not re.search("[1-9]", written):
        return written
    return f"{'−' if value < 0 else '+'}{written}"


def _charts(results: Results, systems: Sequence[str]) -> str:
    drawn = (
        ("Judge's score by system", charts.interval_chart(results, systems, QUALITY)),
        ("Score against time", charts.latency_chart(results, systems)),
        ("Figures found in the article", charts.figures_chart(results, systems)),
    )
    return f'<div class="charts">{"".join(_chart(*chart) for chart in drawn)}</div>'


def _chart(caption: str, svg: str) -> str:
    return f"<figure><figcaption>{caption}</figcaption>{svg}</figure>" if svg else ""


def _more_tables(results: Results, systems: Sequence[str]) -> str:
    names = {name for system in systems for name in results["systems"][system]}
    judged = sorted(n for n in names if n.startswith("judge_") and n != QUALITY.name)
    parts = (
        ("The judge's dimensions, 1 to 5", [dimension(name) for name in judged]),
        ("Closeness to the dataset's summaries, 0 to 1", CLOSENESS),
    )
    tables = ((title, _systems_table(results, systems, metrics)) for title, metrics in parts)
    return "".join(details(title, body) for title, body in tables if body)


def _training(results: Results, losses: Sequence[charts.Loss]) -> str:
    intrinsic = results["intrinsic"]
    body = ""
    if intrinsic:
        accuracy = [f"{100 * intrinsic[f'{who}_token_accuracy']:.1f}%" for who in ("base", "tuned")]
        perplexity = [f"{intrinsic[f'{who}_perplexity']:.2f}" for who in ("base", "tuned")]
        body += table(
            ["On held-out summaries", "base", "tuned"],
            (["Next token guessed right", *accuracy], ["Perplexity (less is better)", *perplexity]),
        )
        body += paragraph(
            f"Over the {intrinsic['tokens']:,} summary tokens of {intrinsic['rows']} held-out "
            f"rows; tokenizer {intrinsic['tokenizer']}. Perplexities compare only within one "
            "tokenizer."
        )
    return body + _chart("Training loss", charts.loss_chart(losses))


def _legend() -> str:
    return (
        '<p>Figures are marked: <mark class="ok">found in the article</mark>, '
        '<mark class="unclear">found, but seemingly of another subject, period or direction</mark>'
        ', <mark class="bad">not found</mark>.</p>'
    )


def _methods(results: Results, rows: Sequence[Row]) -> str:
    golden = len({row.article.sha256 for row in rows if row.target.origin == "golden"})
    points = (
        f"Every system saw the same passages of the same {results['articles']} held-out articles "
        "and answered greedily. The dataset keeps their companies out of training, as far as it "
        "knows them.",
        f"{golden} of the articles have a summary approved by people; the others are compared "
        "with the teacher's, which favors a system that was trained on the teacher.",
        "A system of the kind PROMPT_CHAIN is version 1's chain of prompts on the untuned base "
        "model. Version 1 used a much larger model: this shows what tuning adds at equal size, "
        "not what a larger model would do.",
        f"Intervals are 95% percentile intervals of {RESAMPLES:,} bootstrap resamples over "
        "articles; differences are paired by article. With few articles they are too narrow: "
        f"fewer than {MIN_PAIRS} pairs never count as a difference, and no correction is made "
        "for looking at several metrics.",
        "A judge's failure is counted as missing, never as a score. The judge was "
        f"{'' if results['calibrated'] else 'not '}found to agree with people's judgment.",
        "Figures are checked by value and unit against the whole article. A summary without "
        "figures counts as 100% found, so look at the figures a summary too.",
        "Seconds are time in the engine, one summary at a time a worker, on the machine that "
        "ran this evaluation. Tokens are counted by the engine.",
    )
    return _list(points)


def _list(points: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(point)}</li>' for point in points)}</ul>"

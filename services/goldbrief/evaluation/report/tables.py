"""Tables of the results: systems, differences, slices, and what took how long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from goldbrief.evaluation.headline import articles, is_offline, power_sentences
from goldbrief.evaluation.metrics import (
    ANSWERS,
    CLOSENESS,
    FIGURES,
    KEY_METRICS,
    LIKELIHOOD,
    PREFERENCE,
    QUALITY,
    TEXT,
    Metric,
    metric_named,
)
from goldbrief.evaluation.report.markup import details, paragraph, table
from goldbrief.evaluation.results import Results

_VERDICTS = {"better": "good", "worse": "bad", "none shown": "neutral"}


def systems_table(results: Results, systems: Sequence[str], metrics: Sequence[Metric]) -> str:
    """Means with their intervals; empty when no system has any of the metrics."""
    metrics = [m for m in metrics if any(m.name in results["systems"][s] for s in systems)]
    rows = (
        [escape(name), *(cell(results["systems"][name].get(m.name), m) for m in metrics)]
        for name in systems
    )
    return table(["System", *(escape(metric.label) for metric in metrics)], rows) if metrics else ""


def cell(value: dict[str, Any] | None, metric: Metric) -> str:
    """A mean with its interval, or a dash where there is none."""
    if value is None:
        return "–"
    low, high = metric.write(value["low"]), metric.write(value["high"])
    return f"{metric.write(value['mean'])} <small>{low}–{high}</small>"


def render_differences(results: Results, systems: Sequence[str]) -> str:
    """How the last system compares with each other one; empty without others."""
    *others, last = systems
    if not others:
        return ""
    metrics = [m for m in _compared(results) if m.better and m is not PREFERENCE]
    key = [m for m in metrics if m in KEY_METRICS]
    rest = [m for m in metrics if m not in KEY_METRICS]
    note = (
        "Differences over the same n articles, with their 95% intervals. The effect runs from "
        "−1 to +1 (rank-biserial); p is Wilcoxon's, corrected for asking about several "
        "metrics (Holm)."
    )
    power = "".join(paragraph(sentence) for sentence in power_sentences(results, last))
    more = details("The other metrics", _differences(results, last, others, rest)) if rest else ""
    return paragraph(note) + _differences(results, last, others, key) + more + power


def render_pairwise(results: Results, systems: Sequence[str]) -> str:
    """How often the judge prefers the last system's summary; empty where it was not asked."""
    last = systems[-1]
    rows = [
        [f"{escape(last)} against {escape(other)}", *_contest_cells(results, f"{last}-{other}")]
        for other in systems[:-1]
        if f"{last}-{other}" in results["pairwise"]
    ]
    if not rows:
        return ""
    note = (
        "The judge was shown two summaries of an article, in both orders; what it prefers in one "
        "order alone is even. The share won counts an even article half; p is corrected as above."
    )
    if is_offline(results["judge"]):
        note = (
            "The offline judge compares its scores of the two summaries; less than 0.1 apart is "
            "even. The share won counts an even article half; p is corrected as above."
        )
    head = ["By the judge", "Share won", "Won", "Even", "Lost", "Not answered", "Verdict"]
    return paragraph(note) + table(head, rows)


def _contest_cells(results: Results, pair: str) -> list[str]:
    found = results["pairwise"][pair]
    rate = found["win_rate"]
    share = "–"
    if rate:
        low, high = FIGURES.write(rate["low"]), FIGURES.write(rate["high"])
        share = f"{FIGURES.write(rate['mean'])} <small>{low}–{high}, n = {rate['n']}</small>"
    swayed = f" ({found['swayed']} by order)" if found["swayed"] else ""
    unmet = f" ({found['unmet']} without two)" if found["unmet"] else ""
    return [
        share,
        str(found["wins"]),
        f"{found['ties']}{swayed}",
        str(found["losses"]),
        f"{found['failures']}{unmet}",
        _contest_verdict(results["paired"][pair].get(PREFERENCE.name)),
    ]


def _contest_verdict(found: dict[str, Any] | None) -> str:
    if found is None:
        return "–"
    needed = found["articles_needed"]
    more = f"; about {needed:,} articles show it" if needed and needed > found["n"] else ""
    more = more if found["verdict"] == "none shown" else ""
    return (
        f'<span class="{_VERDICTS[found["verdict"]]}">{_words(found["verdict"])}</span> '
        f"<small>p = {found['p_adjusted']:.2g}{more}</small>"
    )


def _differences(
    results: Results, last: str, others: Sequence[str], metrics: Sequence[Metric]
) -> str:
    rows = (
        [escape(metric.label), *(_difference(results, f"{last}-{o}", metric) for o in others)]
        for metric in metrics
    )
    return table(["", *(f"{escape(last)} against {escape(other)}" for other in others)], rows)


def _compared(results: Results) -> list[Metric]:
    """The metrics that any pair has, the known ones in their order, then judges' and users'."""
    found = {name for pair in results["paired"].values() for name in pair}
    known = [m for m in (*KEY_METRICS, *ANSWERS, *CLOSENESS, *LIKELIHOOD, *TEXT) if m.name in found]
    others = found.difference(metric.name for metric in known)
    return [*known, *(metric_named(name) for name in sorted(others))]


def _difference(results: Results, pair: str, metric: Metric) -> str:
    found = results["paired"][pair].get(metric.name)
    if found is None:
        return "–"
    mean, low, high = (_signed(found[end], metric) for end in ("difference", "low", "high"))
    wins = f"{found['wins']} won, {found['ties']} even, {found['losses']} lost"
    return (
        f'<span class="{_VERDICTS[found["verdict"]]}">{_words(found["verdict"])}</span> {mean} '
        f"<small>{low} to {high}, n = {found['n']}</small>"
        f"<small>{wins}; p = {found['p_adjusted']:.2g}; effect {found['effect']:+.2f}</small>"
    )


def _words(verdict: str) -> str:
    return "no difference shown" if verdict == "none shown" else verdict


def _signed(value: float, metric: Metric) -> str:
    written = metric.write(abs(value)).replace("%", " points")
    if not re.search("[1-9]", written):
        return written
    return f"{'−' if value < 0 else '+'}{written}"


def render_slices(results: Results, systems: Sequence[str]) -> str:
    """The judge's score and the figures by kind of article; empty where all are of one kind."""
    rows = [
        [
            _slice_name(part),
            *(_slice_cell(part["systems"].get(system, {})) for system in systems),
        ]
        for part in results["slices"]
    ]
    if not rows:
        return ""
    note = "Each cell is the judge's score with its interval, and the figures found in the article."
    return paragraph(note) + table(["Articles", *map(escape, systems)], rows)


def _slice_name(part: dict[str, Any]) -> str:
    name = f"{escape(part['by'])}: {escape(part['slice'])}"
    return f"{name} <small>{articles(part['articles'])}</small>"


def _slice_cell(metrics: dict[str, Any]) -> str:
    figures = metrics.get(FIGURES.name)
    found = f"<small>figures {FIGURES.write(figures['mean'])}</small>" if figures else ""
    return cell(metrics.get(QUALITY.name), QUALITY) + found


def more_tables(results: Results, systems: Sequence[str]) -> str:
    """What is told on a click: the judge's dimensions, closeness, the texts, users' metrics."""
    names = {name for system in systems for name in results["systems"][system]}
    judged = sorted(n for n in names if n.startswith("judge_") and n != QUALITY.name)
    known = {metric.name for metric in (*KEY_METRICS, *ANSWERS, *CLOSENESS, *LIKELIHOOD, *TEXT)}
    own = sorted(names.difference(known, judged))
    parts = (
        ("The judge's dimensions, 1 to 5", [metric_named(name) for name in judged]),
        ("MLflow's metrics of an answer, by the judge, 1 to 5", ANSWERS),
        ("Closeness to the summaries that the articles come with, 0 to 1", CLOSENESS),
        ("How probable a system finds these summaries", LIKELIHOOD),
        ("The texts, and what they took", TEXT),
        ("Metrics of your own", [metric_named(name) for name in own]),
    )
    tables = ((title, systems_table(results, systems, metrics)) for title, metrics in parts)
    return "".join(details(title, body) for title, body in tables if body)


_SPEED = (
    ("latency_s_p50", "Half done within, s"),
    ("latency_s_p95", "95% done within, s"),
    ("first_token_s_p50", "First token, half within, s"),
    ("first_token_s_p95", "First token, 95% within, s"),
)
_CONSISTENCY = (
    Metric("same_figures", "Figures in common", FIGURES.write, 1),
    Metric("same_structure", "Same structure", FIGURES.write, 1),
    Metric("length_spread", "Spread of length", FIGURES.write, -1),
)


def render_speed(results: Results, systems: Sequence[str]) -> str:
    """Percentiles of the times, and how far summaries of the same article agree."""
    speed = results["speed"]
    shown = [(name, label) for name, label in _SPEED if any(name in speed[s] for s in systems)]
    rows = (
        [escape(s), *(f"{speed[s][name]:.2f}" if name in speed[s] else "–" for name, _ in shown)]
        for s in systems
    )
    html = table(["System", *(label for _, label in shown)], rows) if shown else ""
    consistency = results["consistency"]
    if consistency:
        note = "Summaries that a system wrote of the same article, compared with each other."
        html += paragraph(note)
        html += systems_table({"systems": consistency}, list(consistency), _CONSISTENCY)
    return html


def render_changes(results: Results) -> str:
    """What changed since the evaluation before, over the articles that both have."""
    since = results["since"]
    if not since:
        return ""
    rows = (
        [f"{escape(system)}: {metric_named(name).label}", _change(change, metric_named(name))]
        for system, changes in since["systems"].items()
        for name, change in changes.items()
    )
    note = f"Compared with {since['evaluation']}, over the articles that both have."
    return paragraph(note) + table(["", "Change"], rows)


def _change(change: dict[str, Any], metric: Metric) -> str:
    mean, low, high = (_signed(change[end], metric) for end in ("change", "low", "high"))
    word, css = ("no change shown", "neutral")
    if change["is_shown"]:
        word, css = ("better", "good") if change["change"] > 0 else ("worse", "bad")
    told = f"{mean} <small>{low} to {high}, n = {change['n']}</small>"
    return f'<span class="{css}">{word}</span> {told}'

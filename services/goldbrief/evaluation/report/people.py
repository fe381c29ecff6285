"""What people say of the summaries, how far they agree, and how to ask them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from goldbrief.core.review_criteria import CRITERIA
from goldbrief.evaluation.metrics import FIGURES, Metric
from goldbrief.evaluation.report.markup import paragraph, table
from goldbrief.evaluation.report.tables import cell
from goldbrief.evaluation.results import Results

_FIRM = 0.8
_TENTATIVE = 0.667
"""Krippendorff's own limits for alpha (2004)."""


def _two_decimals(value: float) -> str:
    return f"{value:.2f}"


RATED = Metric("overall", "Mean of five ratings (1–5)", _two_decimals, 1)


def render_people(results: Results) -> str:
    """Ratings with intervals, blind preferences, and agreement; or how to get them."""
    reviews = results["reviews"]
    if not reviews:
        return (
            "<p>No human ratings yet: <code>goldbrief reviews create "
            f"{escape(results['evaluation'])}</code> makes blind pairs of these summaries for "
            "people to rate; <code>goldbrief report</code> then tells what they say.</p>"
        )
    count = (
        f"{reviews['ratings']} ratings of {reviews['pairs']} blind pairs by "
        f"{reviews['raters']} reviewer{'s' if reviews['raters'] != 1 else ''}. Means over "
        "articles, from 1 to 5, with 95% intervals."
    )
    warning = (
        paragraph(
            "SIMULATED: programs rated these, no person. It counts for no gate.", "label warning"
        )
        if reviews["simulated"]
        else ""
    )
    ratings = _ratings(reviews["systems"])
    return warning + paragraph(count) + ratings + _preferences(reviews) + _agreement(reviews)


def _ratings(systems: dict[str, Any]) -> str:
    metrics = [Metric(name, _words(name), _two_decimals, 1) for name in CRITERIA]
    columns = [RATED, *metrics]
    rows = (
        [
            escape(system),
            *(cell(found[one.name], one) for one in columns),
            str(found["overall"]["n"]),
        ]
        for system, found in systems.items()
    )
    return table(["System", *(escape(one.label) for one in columns), "Articles"], rows)


def _preferences(reviews: dict[str, Any]) -> str:
    rows = [_preference(found) for found in reviews["preferences"]]
    head = ["Side by side, blind", "First won", "Even", "Both bad", "Second won", "Verdict"]
    return table(head, rows) if rows else ""


def _preference(found: dict[str, Any]) -> Sequence[str]:
    difference = found["difference"]
    low, high = (f"{difference[end]:+.2f}" for end in ("low", "high"))
    verdict = (
        f"{escape(found['verdict'])} <small>won less lost {difference['mean']:+.2f}, {low} to "
        f"{high}, n = {difference['n']}</small>"
    )
    return [
        f"{escape(found['first'])} against {escape(found['second'])}",
        *(str(found[name]) for name in ("first_wins", "ties", "both_bad", "second_wins")),
        verdict,
    ]


def _agreement(reviews: dict[str, Any]) -> str:
    agreement = reviews["agreement"]
    if not agreement["alpha"]:
        return paragraph(
            "No pair has two reviewers, so nothing is known of how far they agree: "
            "goldbrief reviews assign … --raters 2."
        )
    rows = (
        [_words(name), _alpha(found), _standing(found["mean"])]
        for name, found in agreement["alpha"].items()
    )
    note = (
        f"How far reviewers agree, over the {agreement['pairs_with_several_raters']} pairs that "
        "several rated: Krippendorff's alpha, 1 for full agreement and 0 for chance; from 0.8 on "
        "it is firm, from 0.67 on tentative. They prefer the same summary "
        f"{FIGURES.write(agreement['same_preference'])} of the time."
    )
    return paragraph(note) + table(["Agreement", "Alpha", ""], rows)


def _alpha(found: dict[str, Any]) -> str:
    return f"{found['mean']:.2f} <small>{found['low']:.2f} to {found['high']:.2f}</small>"


def _standing(alpha: float) -> str:
    if alpha >= _FIRM:
        return "firm"
    return "tentative" if alpha >= _TENTATIVE else "they see different things"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()

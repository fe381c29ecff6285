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


def render_people(results: Results, systems: Sequence[str]) -> str:
    """Ratings with intervals, blind preferences, and agreement; or how to get them."""
    reviews = results["reviews"]
    if not reviews:
        return (
            "<p>No human ratings yet: <code>goldbrief reviews create "
            f"{escape(results['evaluation'])}</code> makes blind pairs of these summaries for "
            "people to rate; <code>goldbrief report</code> then tells what they say.</p>"
        )
    reviewers = "1 reviewer" if reviews["raters"] == 1 else f"{reviews['raters']} reviewers"
    note = (
        f"{reviews['ratings']} ratings of {reviews['pairs']} blind pairs by {reviewers}. Means "
        f"over articles, from 1 to 5, with 95% intervals. {_agreement(reviews)}"
    )
    warning = "SIMULATED: programs rated these, no person. It counts for no gate."
    label = paragraph(warning, "label warning") if reviews["simulated"] else ""
    return label + paragraph(note) + _ratings(reviews, systems) + _preferences(reviews)


def _ratings(reviews: dict[str, Any], systems: Sequence[str]) -> str:
    """By system and criterion, and beneath how far reviewers agree."""
    criteria = [Metric(name, _words(name), _two_decimals, 1) for name in CRITERIA]
    columns = [RATED, *criteria]
    rows = [
        [
            escape(system),
            *(cell(found[one.name], one) for one in columns),
            str(found["overall"]["n"]),
        ]
        for system in systems
        for found in (reviews["systems"].get(system),)
        if found
    ]
    alpha = reviews["agreement"]["alpha"]
    if alpha:
        agreed = [_alpha(alpha[one.name]) for one in criteria]
        rows.append(["Agreement (alpha)", "", *agreed, ""])
    return table(["System", *(escape(one.label) for one in columns), "Articles"], rows)


def _alpha(found: dict[str, Any]) -> str:
    limits = {"firm": _FIRM, "tentative": _TENTATIVE}
    standing = next((name for name, least in limits.items() if found["mean"] >= least), "weak")
    mean, low, high = (f"{found[end]:.2f}".replace("-", "−") for end in ("mean", "low", "high"))
    return f"{mean} <small>{low} to {high}</small><small>{standing}</small>"


def _agreement(reviews: dict[str, Any]) -> str:
    agreement = reviews["agreement"]
    if not agreement["alpha"]:
        return "No pair has two reviewers, so nothing is known of how far they agree."
    return (
        f"{agreement['pairs_with_several_raters']} pairs have several reviewers: Krippendorff's "
        "alpha is 1 where these agree fully and 0 where chance would do as well, firm from 0.8 on "
        "and tentative from 0.67. They prefer the same summary "
        f"{FIGURES.write(agreement['same_preference'])} of the time."
    )


def _preferences(reviews: dict[str, Any]) -> str:
    rows = [_preference(found) for found in reviews["preferences"]]
    head = ["Side by side, blind", "First won", "Even", "Both bad", "Second won", "Verdict"]
    return table(head, rows) if rows else ""


def _preference(found: dict[str, Any]) -> Sequence[str]:
    difference = found["difference"]
    mean, low, high = (_signed(difference[end]) for end in ("mean", "low", "high"))
    verdict = (
        f"{escape(found['verdict'])} <small>won less lost {mean}, {low} to {high}, "
        f"n = {difference['n']}</small>"
    )
    return [
        f"{escape(found['first'])} against {escape(found['second'])}",
        *(str(found[name]) for name in ("first_wins", "ties", "both_bad", "second_wins")),
        verdict,
    ]


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()

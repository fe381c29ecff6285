"""What people say of an evaluation's summaries, as its results tell it."""

from __future__ import annotations

from typing import Any

from goldbrief.evaluation.reviews.findings import opinions, shares_won
from goldbrief.evaluation.reviews.results import ReviewResults


def what_people_say(ratings: ReviewResults, evaluation_id: str) -> dict[str, Any]:
    """Sum up the ratings of all review sets of an evaluation.

    Args:
        ratings: Where they are.
        evaluation_id: Which evaluation; somebody, or some program, has rated its summaries.

    Returns:
        `human` and `human_paired`, which gates read: by system and criterion, and `preferred` for
        the share of pairs won, a mean with its interval; by `<one>-<other>` and criterion a
        difference likewise. And `reviews`, all that the report tells: these means as `systems`,
        `paired`, `preferences` and `agreement` (see `reviews.findings.find`), the numbers of
        `pairs`, `ratings` and `raters`, and whether they are `simulated`. Programs stand in where
        no person has rated anything, in `reviews` alone.
    """
    people = ratings.of_evaluation(evaluation_id, simulated=False)
    pairs = people or ratings.of_evaluation(evaluation_id, simulated=True)
    found = opinions(pairs)
    firsts = [one for pair in pairs for one in pair.ratings if not one.row.is_repeat]
    won = shares_won(pairs)
    human = {
        system: {**criteria, **({"preferred": won[system]} if system in won else {})}
        for system, criteria in found["systems"].items()
    }
    return {
        "human": human if people else {},
        "human_paired": found["paired"] if people else {},
        "reviews": {
            "simulated": not people,
            "pairs": len(pairs),
            "ratings": len(firsts),
            "raters": len({one.row.reviewer for one in firsts}),
            **found,
        },
    }

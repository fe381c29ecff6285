"""What people say of an evaluation's summaries, as its results tell it, and one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from goldbrief.evaluation.reviews.findings import opinions, shares_won
from goldbrief.evaluation.reviews.results import RatedPair, ReviewResults

_OF_FIRST = {"first": "yes", "second": "no", "tie": "tie", "both_bad": "both bad"}
_OF_SECOND = {**_OF_FIRST, "first": "no", "second": "yes"}


def what_people_say(ratings: ReviewResults, evaluation_id: str) -> dict[str, Any]:
    """Sum up the ratings of all review sets of an evaluation.

    Args:
        ratings: Where they are.
        evaluation_id: Which evaluation; somebody, or some program, has rated its summaries.

    Returns:
        `human` and `human_paired`, which gates read: by system and criterion, and `preferred` for
        the share of pairs won, a mean with its interval; by `<one>-<other>` and criterion a
        difference likewise. And `reviews`, all that the report tells: these means as `systems`,
        `paired`, `preferences` and `agreement` (see `reviews.findings.find`), the shares of pairs
        `won`, the numbers of `pairs`, `ratings` and `raters`, when the last of it was said
        (`last_time`), and whether they are `simulated`. Programs stand in where no person has
        rated anything, in `reviews` alone.
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
            "won": won,
            "last_time": max(_times(pairs), default=0.0),
            **found,
        },
    }


def _times(pairs: Iterable[RatedPair]) -> Iterator[float]:
    """When each rating, and each decision of a lead, was last changed."""
    for pair in pairs:
        yield from (one.row.updated_at or 0.0 for one in pair.ratings)
        if pair.verdict is not None:
            yield pair.verdict.time


def rated_summaries(ratings: ReviewResults, evaluation_id: str) -> Iterator[dict[str, Any]]:
    """What was said of each summary, planted repeats left out.

    Args:
        ratings: Where it is.
        evaluation_id: Which evaluation.

    Yields:
        For each rating and each decision of a lead two, one a summary: `system`, `article` (hash),
        `persona`; `beside`, the other system, and `preferred` to it: yes, no, tie or both bad; `by`
        whom, whether that is `simulated`, and whether it is a `decision`; `scores` by criterion and
        `wrong` sentences by number, none in a decision; `comment`; and `occasion`, the pair.
    """
    for simulated in (False, True):
        for pair in ratings.of_evaluation(evaluation_id, simulated=simulated):
            yield from _rated(pair, simulated)


def _rated(pair: RatedPair, simulated: bool) -> Iterator[dict[str, Any]]:
    for rating in pair.ratings:
        if rating.row.is_repeat:
            continue
        said = {
            "by": rating.row.reviewer,
            "simulated": simulated,
            "decision": False,
            "comment": rating.row.rating["comment"],
            "occasion": f"{rating.row.set_id}/{rating.row.number}",
        }
        sides = ({**said, **side.model_dump()} for side in (rating.first, rating.second))
        yield from _both(pair, rating.preference, *sides)
    if pair.verdict is not None:
        said = {
            "by": pair.verdict.author,
            "simulated": simulated,
            "decision": True,
            "comment": pair.verdict.comment,
            "occasion": f"{pair.verdict.set_id}/{pair.verdict.number}",
            "scores": {},
            "wrong": (),
        }
        yield from _both(pair, pair.verdict.preference, said, said)


def _both(
    pair: RatedPair, preference: str, first: dict[str, Any], second: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    row = pair.row
    place = {"article": row.article_sha256, "persona": row.persona}
    one, other = row.first_system, row.second_system
    yield {**first, **place, "system": one, "beside": other, "preferred": _OF_FIRST[preference]}
    yield {**second, **place, "system": other, "beside": one, "preferred": _OF_SECOND[preference]}

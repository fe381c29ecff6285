"""Wiring of reviews."""

from __future__ import annotations

from goldbrief.evaluation.evaluations import Evaluations
from goldbrief.evaluation.mirroring import RatingsMirror
from goldbrief.evaluation.reviews.accounts import Accounts
from goldbrief.evaluation.reviews.rating import RatingDesk
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.evaluation.reviews.server import ReviewsServicer
from goldbrief.evaluation.reviews.sets import ReviewSets
from goldbrief.platform.hosting import Resources


def build_reviews(
    resources: Resources, evaluations: Evaluations, mirror: RatingsMirror
) -> ReviewsServicer:
    """Make the RPCs of reviews."""
    database, store = resources.database, resources.store
    return ReviewsServicer(
        ReviewSets(database, store, evaluations),
        RatingDesk(database, store),
        ReviewResults(database, store),
        Accounts(database),
        mirror,
    )

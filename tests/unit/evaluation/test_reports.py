"""The report with what people have said of the summaries by now."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from goldbrief.core.review_criteria import CRITERIA
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.material import read_material
from goldbrief.evaluation.people import what_people_say
from goldbrief.evaluation.report import render_report
from goldbrief.evaluation.reviews.accounts import Accounts
from goldbrief.evaluation.reviews.rating import Rating, RatingDesk, SideRating
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.evaluation.reviews.sets import ReviewSets
from goldbrief.platform.ledger import Work

from .samples import HashEmbedder, put_dataset
from .test_evaluations import House


class Reviewed:
    """A finished evaluation of base and tuned, and people who rate it."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder)
        put_dataset(self.house.store)
        self.work: Work = self.house.run()
        database, store = self.house.ledger.database, self.house.store
        self.accounts = Accounts(database)
        self.sets = ReviewSets(database, store, self.house.evaluations)
        self.desk = RatingDesk(database, store)

    @property
    def store(self) -> ObjectStore:
        return self.house.store

    def rate(self, *names: str, is_simulated: bool = False, tuned: int = 5, base: int = 2) -> None:
        """Let each rate all pairs of a new set."""
        for name in names:
            self.accounts.create(name, "reviewer", is_simulated=is_simulated)
        made = self.sets.create(f"r-{names[0]}", self.work.id, systems=["base", "tuned"])
        self.sets.assign(made.row.id, 0, names, len(names), 0)
        for name in names:
            self._submit(name, 0, tuned, base)

    def change_mind(self, name: str, *, tuned: int, base: int = 2) -> None:
        """Let one who has rated all pairs once rate them anew."""
        self._submit(name, 1, tuned, base)

    def decide(self, lead: str, preference: str, comment: str) -> None:
        """Let a lead decide all pairs."""
        results = ReviewResults(self.house.ledger.database, self.store)
        for state in self.sets.all():
            for pair in results.pairs(state.row.id):
                results.adjudicate(
                    state.row.id, pair.row.number, 0, lead, preference, comment=comment
                )

    def _submit(self, name: str, version: int, tuned: int, base: int) -> None:
        for sheet in self.desk.sheets(name):
            _, pair = self.desk.texts(sheet)
            left, right = (tuned, base) if pair.first.system == "tuned" else (base, tuned)
            rating = Rating(
                left=SideRating(scores=dict.fromkeys(CRITERIA, left)),
                right=SideRating(scores=dict.fromkeys(CRITERIA, right)),
                preference="left" if left > right else "right",
            )
            self.desk.save(sheet.assignment.id, name, version, rating, "SUBMIT", 60.0)

    def html(self) -> str:
        return self.house.reports.file(self.work.id, "report.html").decode()

    def results(self) -> dict[str, object]:
        return dict(json.loads(self.house.reports.results_json(self.work)))


@pytest.fixture
def reviewed(tmp_path: Path) -> Reviewed:
    return Reviewed(tmp_path)


def test_without_ratings_the_report_says_how_to_get_some(reviewed: Reviewed) -> None:
    assert (
        f"No human ratings yet: <code>goldbrief reviews create {reviewed.work.id}</code>"
        in reviewed.html()
    )
    assert (reviewed.results()["human"], reviewed.results()["reviews"]) == ({}, None)


def test_ratings_that_came_since_are_in_report_results_and_table(reviewed: Reviewed) -> None:
    stored = reviewed.store.get(f"evaluations/{reviewed.work.id}/report.html")
    reviewed.rate("ann", "ben")
    results = reviewed.results()
    assert results["human"]["tuned"]["overall"] == {  # type: ignore[index]
        "mean": 5.0, "low": 5.0, "high": 5.0, "n": 3,
    }  # fmt: skip
    reviews = results["reviews"]
    assert [reviews[name] for name in ("simulated", "pairs", "ratings", "raters")] == [  # type: ignore[index]
        False, 3, 6, 2,
    ]  # fmt: skip
    assert results["human"]["base"]["preferred"]["mean"] == 0.0  # type: ignore[index]
    html = reviewed.html()
    assert "6 ratings of 3 blind pairs by 2 reviewers" in html
    assert "alpha" in html
    assert "Mean of five ratings" in html
    table = csv.DictReader(
        io.StringIO(reviewed.house.reports.file(reviewed.work.id, "results.csv").decode())
    )
    told = {(line["of"], line["metric"]): line["mean"] for line in table}
    assert told["tuned", "human/coherence"] == "5.0"
    assert reviewed.store.get(f"evaluations/{reviewed.work.id}/report.html") == stored, (
        "what an evaluation wrote itself never changes"
    )


def test_what_is_said_later_is_told_later(reviewed: Reviewed) -> None:
    reviewed.rate("ann")
    first = reviewed.html()
    assert reviewed.html() == first
    reviewed.rate("ben", tuned=3, base=3 - 1)
    second = reviewed.results()
    assert second["human"]["tuned"]["overall"]["mean"] == 4.0  # type: ignore[index]
    assert second["reviews"]["pairs"] == 3, "the same pairs, though of two sets"  # type: ignore[index]
    assert "6 ratings of 3 blind pairs by 2 reviewers" in reviewed.html()


def test_what_programs_said_is_labelled_and_counts_for_no_gate(reviewed: Reviewed) -> None:
    reviewed.rate("sim", is_simulated=True)
    results = reviewed.results()
    assert results["human"] == {}
    assert results["reviews"]["simulated"] is True  # type: ignore[index]
    assert "SIMULATED: programs rated these" in reviewed.html()
    reviewed.rate("ann", tuned=4, base=1)
    people = what_people_say(reviewed.house.ratings, reviewed.work.id)
    assert people["human"]["tuned"]["overall"]["mean"] == 4.0
    assert people["reviews"]["raters"] == 1
    assert "SIMULATED" not in reviewed.html()


def test_a_single_reviewer_leaves_agreement_unknown(reviewed: Reviewed) -> None:
    reviewed.rate("ann")
    assert "nothing is known of how far they agree" in reviewed.html()


def test_a_report_can_be_told_again_after_an_article_was_deleted(reviewed: Reviewed) -> None:
    article = next(reviewed.house.evaluations.predictions(reviewed.work.id))["article"]
    reviewed.rate("ann")
    reviewed.store.delete(f"articles/{article}.json")
    assert "3 ratings of 3 blind pairs" in reviewed.html()


def test_an_article_of_50_000_words_leaves_the_page_small(reviewed: Reviewed) -> None:
    work, house = reviewed.work, reviewed.house
    material = read_material(house.store, HashEmbedder(), work, house.ledger.works.items(work.id))
    long = "Revenue rose 9% <b>again</b>. " * 10_000
    rows = [
        replace(row, article=row.article.model_copy(update={"text": long})) for row in material.rows
    ]
    results = json.loads(house.evaluations.results_json(work))
    html = render_report(results, replace(material, rows=rows), [])
    assert len(html) < 500_000
    assert "[…]" in html
    assert "<b>again" not in html


def test_an_evaluation_of_an_earlier_version_can_be_rated_too(reviewed: Reviewed) -> None:
    key = f"evaluations/{reviewed.work.id}/results.json"
    results = json.loads(reviewed.store.get(key))
    for name in ("pairwise", "human", "reviews", "evaluation"):
        del results[name]
    reviewed.store.put(key, json.dumps(results).encode())
    reviewed.rate("ann")
    assert "3 ratings of 3 blind pairs" in reviewed.html()

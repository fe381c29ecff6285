"""The console on a real run: what operators see, and ratings that calibrate the judge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from goldbrief import Client
from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.core.review_criteria import CRITERIA
from goldbrief.testing.laptop import Laptop, fill_with_examples, last_event, make_laptop

pytestmark = [pytest.mark.e2e, pytest.mark.models, pytest.mark.timeout(600)]

ARTICLES = 10


@dataclass(frozen=True)
class Place:
    """A laptop on which a run has ended and `goldbrief up` runs."""

    laptop: Laptop
    run_id: str
    browser: httpx.Client

    def page(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.page("/review"))
        assert found is not None
        return found[1]

    def goldbrief(self, *arguments: str) -> str:
        result = self.laptop.run(arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Iterator[Place]:
    laptop = make_laptop(tmp_path_factory.mktemp("console"))
    fill_with_examples(laptop, examples, ARTICLES)
    (laptop.folder / "articles" / "empty.md").write_bytes(b"")
    run = laptop.run(["run", "recipe.yaml", "--json"])
    assert run.returncode == 0, run.stderr + run.stdout
    with (
        laptop.up() as link,
        httpx.Client(
            base_url=link.partition("/sign-in")[0],
            trust_env=False,
            timeout=60,
            follow_redirects=True,
        ) as browser,
    ):
        token = link.partition("token=")[2]
        assert browser.post("/sign-in", data={"token": token}).status_code == 200
        yield Place(laptop, last_event(run.stdout)["run"], browser)


def test_an_operator_sees_the_run_its_data_and_its_model(place: Place) -> None:
    assert place.run_id in place.page("/operator/runs")
    run = place.page(f"/operator/runs/{place.run_id}")
    for told in ("finetune", "succeeded", "Events of training", "empty.md"):
        assert told in run
    assert "<html" not in place.page(f"/operator/runs/{place.run_id}/live")
    datasets = place.page("/operator/datasets")
    digest = re.search(r"/operator/datasets/(\w+)", datasets)
    assert digest is not None
    dataset = place.page(digest[0])
    assert "Not in it" in dataset
    assert "# " in dataset, "the card"
    models = place.page("/operator/models")
    assert "tiny" in models
    lineage = place.page("/operator/lineage/tiny/1")
    assert place.run_id in lineage
    assert digest[0] in lineage


def test_the_gate_of_the_run_decides_on_a_promotion(place: Place) -> None:
    fields = {"csrf": place.csrf(), "request_id": "once", "model": "tiny", "version": "1"}
    answer = place.browser.post("/operator/models/promote", data=fields)
    assert answer.status_code == 200
    assert "/operator/promotions/" in str(answer.url)
    nobody = place.browser.post(
        "/operator/models/rollback", data={"csrf": place.csrf(), "model": "tiny"}
    )
    assert nobody.status_code == 409
    assert 'role="alert"' in nobody.text


def test_a_pasted_text_is_summarized(place: Place) -> None:
    answer = place.browser.post(
        "/operator/try/write.json",
        json={"article": "Revenue rose 12% to $4.1 million in 2025. " * 30, "model": "tiny"},
        headers={"X-CSRF-Token": place.csrf()},
    )
    last = json.loads(answer.text.splitlines()[-1])
    assert (last["final"]["model"], last["final"]["version"]) == ("tiny", "1")


def test_ratings_of_the_run_calibrate_the_judge(place: Place, tmp_path: Path) -> None:
    made = place.goldbrief("reviews", "create", place.run_id, "--system", "v1", "--system", "tuned")
    set_id = made.split()[0]
    assert "2 pairs of v1, tuned" in made
    place.goldbrief("reviews", "invite", "sim", "--simulated")
    place.goldbrief("reviews", "assign", set_id, "sim", "--raters", "1", "--repeats", "0")
    with Client(place.laptop.environment["GOLDBRIEF_ADDRESS"]) as client:
        queue = client.reviews.ListAssignments(pb.ListAssignmentsRequest(reviewer="sim"))
        for number, one in enumerate(queue.assignments):
            scores = dict.fromkeys(CRITERIA, 2 + number)
            rating = pb.Rating(left_scores=scores, right_scores=scores, preference="tie")
            client.reviews.SaveRating(
                pb.SaveRatingRequest(id=one.id, reviewer="sim", rating=rating, action="SUBMIT")
            )
    assert "sim (simulated)" in place.page(f"/lead/sets/{set_id}")
    ratings = tmp_path / "ratings.csv"
    place.goldbrief(
        "reviews", "export", set_id, str(ratings), "--form", "calibration", "--simulated"
    )
    assert "sim (simulated)" in ratings.read_text(encoding="utf-8")
    card = place.goldbrief("judge", "calibrate", "--ratings", str(ratings))
    assert card.startswith("# Judge")

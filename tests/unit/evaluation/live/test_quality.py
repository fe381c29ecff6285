"""What is told of each version: live answers against the training set that it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from goldbrief.core.documents import Article, Pair
from goldbrief.core.hashing import canonical_json, sha256_text
from goldbrief.core.object_keys import article_key
from goldbrief.core.states import State
from goldbrief.evaluation.live.gauges import LiveGauges
from goldbrief.evaluation.live.heldout_scores import HeldOutScores
from goldbrief.evaluation.live.observing import Observer
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.quality import QualityReader
from goldbrief.evaluation.live.reporting import Reports
from goldbrief.evaluation.live.texts import LiveTexts
from goldbrief.platform.ledger import Ledger, Work
from goldbrief.platform.ledger.works import NewWork
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_ledger

from .conftest import FakeJudge, observed

TOPICS = ("harvest grain barley farm", "vessel harbour freight dock", "vaccine trial clinic dose")


def article(number: int, topic: str, words: int = 60) -> str:
    vocabulary = topic.split()
    text = " ".join(vocabulary[(number + place) % len(vocabulary)] for place in range(words))
    return f"Report {number}. {text}."


class House:
    """A dataset version of three topics, an evaluation of its model, and what watches it."""

    def __init__(self, folder: Path, embedder: Any) -> None:
        self.ledger: Ledger = make_ledger(folder)
        self.store = DirectoryStore(folder / "objects")
        self.judge = FakeJudge()
        self.profiles = TrainingProfiles(self.ledger, self.store, embedder)
        database = self.ledger.database
        self.observer = Observer(
            database, LiveTexts(self.store, 0), self.profiles, self.judge, 1000
        )
        scores = HeldOutScores(self.ledger, self.store)
        self.reader = QualityReader(database, self.profiles, scores, window_days=7)

    def publish(self, rows: int = 120) -> None:
        texts = [article(n, TOPICS[n % 3], 40 + n % 50) for n in range(rows)]
        for text in texts:
            stored = Article(sha256=sha256_text(text), text=text, title="", uri="")
            self.store.put(article_key(stored.sha256), stored.model_dump_json().encode())
        pairs = [
            Pair(
                prompt="p", response="Sales rose. " * (1 + n % 7), persona="CFO",
                article_sha256=sha256_text(text), company="", source="", teacher="t", judge="j",
                judge_score=4.0,
            )
            for n, text in enumerate(texts)
        ]  # fmt: skip
        lines = "".join(f"{pair.model_dump_json()}\n" for pair in pairs)
        self.store.put("datasets/briefs/d1/train.jsonl", lines.encode())
        self._ended("dataset", {}, {"digest": "d1", "prefix": "datasets/briefs/d1/"})

    def evaluate(self, judge: str = "a-judge") -> None:
        work = self._ended("evaluation", {"systems": [{"name": "tuned", "adapter": "briefs--2"}]})
        rows = [
            {"system": "tuned", "judge": judge, "overall": 3.8 + (n % 9) / 10} for n in range(60)
        ]
        data = b"".join(canonical_json(row) + b"\n" for row in rows)
        self.store.put(f"evaluations/{work}/judgments.jsonl", data)

    def observe(self, texts: list[str]) -> None:
        for text in texts:
            self.judge.answer.overall = 3.8 + len(text) % 9 / 10
            summary = "Sales rose. " * (1 + len(text) % 7)
            self.observer.observe(
                observed(sha256_text(text)[:16], article_text=text, summary=summary)
            )

    def _ended(self, kind: str, spec: dict[str, Any], result: dict[str, Any] | None = None) -> str:
        new = NewWork(kind=kind, request_id=kind, spec=spec, stages={"a": "b"}, items=[{}])
        made = self.ledger.works.create(new)
        with self.ledger.database.transaction() as session:
            work = session.get_one(Work, made.id)
            work.state, work.result = State.SUCCEEDED, result or {}
        return made.id


@pytest.fixture
def house(tmp_path: Path, embedder: Any) -> House:
    return House(tmp_path, embedder)


def fresh(count: int, *topics: str) -> list[str]:
    """Articles that the training set does not have, of some topics."""
    return [article(1000 + n, topics[n % len(topics)], 40 + n % 50) for n in range(count)]


def test_live_answers_like_the_training_set_are_steady(house: House) -> None:
    house.publish()
    house.evaluate()
    house.observe(fresh(90, *TOPICS))
    (one,) = house.reader.read().versions
    assert (one.model, one.version, one.judged, one.flawed) == ("briefs", "2", 90, 90)
    assert one.mean_score == pytest.approx(4.2, abs=0.1)
    assert {name: drift.verdict for name, drift in one.drift.items()} == dict.fromkeys(
        ("article_tokens", "summary_words", "topic", "novelty", "score"), "steady"
    )


def test_a_topic_of_training_that_takes_over_drifts_in_topic_alone(house: House) -> None:
    house.publish()
    house.observe(fresh(90, TOPICS[0]))
    drift = house.reader.read().versions[0].drift
    assert drift["topic"].verdict == "drifted"
    assert drift["article_tokens"].verdict == "steady"


def test_a_topic_that_training_does_not_have_is_new(house: House) -> None:
    house.publish()
    house.observe(fresh(90, "turbine blade wind rotor"))
    drift = house.reader.read().versions[0].drift
    assert drift["novelty"].verdict == "drifted"


def test_an_article_that_is_asked_for_often_counts_once(house: House) -> None:
    house.publish()
    house.observe(fresh(10, *TOPICS))
    for n in range(100):
        house.observer.observe(observed(f"again-{n}", article_text=article(1, TOPICS[0])))
    drift = house.reader.read().versions[0].drift["article_tokens"]
    assert (drift.verdict, drift.live, drift.needed) == ("not enough", 11, 50)


def test_scores_of_another_judge_are_not_compared(house: House) -> None:
    house.publish()
    house.evaluate(judge="another-judge")
    house.observe(fresh(60, *TOPICS))
    drift = house.reader.read().versions[0].drift["score"]
    assert (drift.verdict, drift.needed) == ("not enough", 0)


def test_a_version_without_a_training_set_is_judged_all_the_same(house: House) -> None:
    house.observe(fresh(3, *TOPICS))
    (one,) = house.reader.read().versions
    assert one.judged == 3
    assert {drift.verdict for drift in one.drift.values()} == {"not enough"}


def test_what_training_is_like_is_found_out_once_and_holds_no_text(house: House) -> None:
    house.publish()
    house.observe(fresh(1, *TOPICS))
    (key,) = house.store.list("live/profiles/")
    assert b"harbour" not in house.store.get(key)
    house.store.delete("datasets/briefs/d1/train.jsonl")
    again = TrainingProfiles(house.ledger, house.store, None)  # type: ignore[arg-type]
    assert again.make("d1") == house.profiles.find("d1")


def test_gauges_tell_drift_where_it_can_be_told_and_what_waits(house: House) -> None:
    house.publish()
    house.observe(fresh(60, TOPICS[0]))
    Reports(house.ledger.database, house.store, LiveTexts(house.store, 0)).add(
        observed(), "style", "", "newsroom"
    )
    gauges = LiveGauges(house.reader).register()
    try:
        labels = {"model": "briefs", "version": "2", "feature": "topic"}
        psi = REGISTRY.get_sample_value("goldbrief_live_drift", labels)
        limit = REGISTRY.get_sample_value("goldbrief_live_drift_limit", labels)
        assert psi is not None
        assert limit is not None
        assert psi > limit
        score = labels | {"feature": "score"}
        assert REGISTRY.get_sample_value("goldbrief_live_drift", score) is None
        assert REGISTRY.get_sample_value("goldbrief_live_answers_needed", score) == 0
        assert REGISTRY.get_sample_value("goldbrief_live_reports_open") == 1
        assert (REGISTRY.get_sample_value("goldbrief_live_report_age_seconds") or -1) >= 0
    finally:
        gauges.unregister()

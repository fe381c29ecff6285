"""Live summaries in laptop mode: judged beside the requests, marked wrong, and learnt from."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief import Client
from goldbrief.api.live.v1 import live_pb2
from goldbrief.sdk.live import live_quality
from goldbrief.testing.laptop import Laptop, fill_with_examples, make_laptop

pytestmark = [pytest.mark.e2e, pytest.mark.models, pytest.mark.timeout(1200)]

ARTICLES = 10
SENTENCE = "Calder Mills said on 3 March 2026 that sales of unit {n} rose {n}% to $1{n} million. "


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Iterator[Laptop]:
    """One whose server draws every answer and keeps texts; a tiny model is served."""
    laptop = make_laptop(tmp_path_factory.mktemp("live"))
    fill_with_examples(laptop, examples, ARTICLES)
    run = laptop.run(["run", "recipe.yaml", "--json"], timeout_s=600)
    assert run.returncode == 0, run.stderr + run.stdout
    laptop.environment.update(
        GOLDBRIEF_SUMMARIZE_SAMPLED_SHARE="1", GOLDBRIEF_LIVE_TEXT_DAYS="7",
        GOLDBRIEF_LIVE_DAILY_JUDGMENTS="2",
    )  # fmt: skip
    server = laptop.start(["up"])
    try:
        with Client(laptop.environment["GOLDBRIEF_ADDRESS"]) as client:
            assert client.is_up(timeout_s=120, wait=True)
        yield laptop
    finally:
        server.terminate()
        server.communicate(timeout=120)


def judged(client: Client) -> live_pb2.GetLiveQualityResponse:
    """What is known once the server has judged all that the day allows."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        found = live_quality(client)
        if sum(version.judged for version in found.versions) == found.daily_judgments:
            return found
        time.sleep(0.5)
    raise AssertionError(live_quality(client))


def test_a_live_summary_is_judged_marked_wrong_confirmed_and_in_the_next_round(
    laptop: Laptop,
) -> None:
    with Client(laptop.environment["GOLDBRIEF_ADDRESS"]) as client:
        answers = [client.summarize(SENTENCE.format(n=n) * 20, model="tiny") for n in range(3)]
        found = judged(client)
        assert found.judged_today == 2
        assert [one.model for one in found.versions] == ["tiny"]
        drift = {one.feature: one.verdict for one in found.versions[0].drift}
        assert set(drift.values()) == {"not enough"}
        digest = client.resolve_model("tiny").dataset_digest
    made = laptop.run(["summaries", "report", answers[0].request_id, "--reason", "invented"])
    assert made.returncode == 0, made.stderr
    report_id = made.stdout.split()[0]
    better = laptop.folder / "better.md"
    better.write_text("## Overview\n\nSales rose 5% to $12 million.\n", encoding="utf-8")
    decided = laptop.run(
        ["summaries", "decide", report_id, "confirmed", "--corrected", str(better)]
    )
    assert "for the next round" in decided.stdout, decided.stderr
    improve = laptop.run(["dataset", "improve", digest, "--json"])
    assert improve.returncode == 0, improve.stderr
    proposal = json.loads(improve.stdout)
    first = proposal["targets"][0]
    assert "marked wrong: it says what the article does not" in first["reason"]
    assert proposal["goldens"][0]["article_sha256"] == first["article_sha256"]

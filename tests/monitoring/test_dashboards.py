"""Every panel has data: its query runs on a real Prometheus that read a real run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief import Client
from goldbrief.core.errors import GoldbriefError
from goldbrief.testing.fake_openai import FakeOpenAI
from goldbrief.testing.laptop import Laptop, fill_with_examples, make_laptop
from goldbrief.testing.loaded_endpoint import GRADES
from goldbrief.testing.servers import free_port

from .prometheus import ROOT, Prometheus, program, running_prometheus

pytestmark = [pytest.mark.monitoring, pytest.mark.models, pytest.mark.timeout(900)]

ARTICLES = 10
PANELS = [
    (path.stem, panel["title"], target["expr"].replace("$__rate_interval", "10m"))
    for path in sorted((ROOT / "charts/goldbrief/dashboards").glob("*.json"))
    for panel in json.loads(path.read_text())["panels"]
    for target in panel["targets"]
]
NOT_HERE = ("DCGM_",)
"""Series of a GPU's exporter."""


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Iterator[Prometheus]:
    """One that watched a run of the tiny recipe, and summaries by its model."""
    program("prometheus")
    laptop = make_laptop(tmp_path_factory.mktemp("laptop"))
    fill_with_examples(laptop, examples, ARTICLES)
    recipe = laptop.folder / "recipe.yaml"
    # the judge below grades summaries, and knows no other question
    plain = recipe.read_text().replace(
        "evaluation: {", "evaluation: {answer_metrics: false, pairwise: false, "
    )
    recipe.write_text(plain)
    port = free_port()
    laptop.environment["GOLDBRIEF_METRICS_PORT"] = str(port)
    judge = FakeOpenAI(lambda _: GRADES)
    laptop.environment.update(
        GOLDBRIEF_JUDGE_URL=judge.url,
        GOLDBRIEF_JUDGE_MODEL=judge.models[0],
        GOLDBRIEF_JUDGE_API_KEY=judge.api_key,
    )
    inference = laptop.environment["GOLDBRIEF_INFERENCE_URL"].removeprefix("http://")
    with judge:
        yield from watched(laptop, tmp_path_factory, port, inference)


def watched(
    laptop: Laptop, tmp_path_factory: pytest.TempPathFactory, port: int, inference: str
) -> Iterator[Prometheus]:
    """What `prometheus` gives."""
    server = laptop.start(["up"])
    try:
        client = Client(laptop.environment["GOLDBRIEF_ADDRESS"])
        assert client.is_up(timeout_s=90, wait=True)
        targets = [f"127.0.0.1:{port}", inference]
        with running_prometheus(tmp_path_factory.mktemp("prometheus"), targets) as found:
            summaries(client, "nothing-yet")
            run = laptop.run(["run", "recipe.yaml"])
            assert run.returncode == 0, run.stderr
            article = next((laptop.folder / "articles").iterdir()).read_text(encoding="utf-8")
            for _ in range(3):
                summaries(client, "tiny", article)
                time.sleep(2)
            yield found
    finally:
        server.terminate()
        server.wait(timeout=60)


def summaries(client: Client, model: str, article: str = "Sales rose 5% in 2025. " * 20) -> None:
    """A summary whole and one in pieces; of a model that is not there, refusals."""
    try:
        client.summarize(article, model=model)
        list(client.stream_summarize(article, model=model, fresh=True))
    except GoldbriefError:
        assert model != "tiny"


@pytest.mark.parametrize(
    ("dashboard", "title", "expression"),
    PANELS,
    ids=[f"{one}: {title}" for one, title, _ in PANELS],
)
def test_a_panel_has_data(
    prometheus: Prometheus, dashboard: str, title: str, expression: str
) -> None:
    if any(name in expression for name in NOT_HERE):
        pytest.skip(f"!! {title}: needs a GPU with its exporter")
    assert prometheus.query(expression, 900), f"{dashboard}: {title}"

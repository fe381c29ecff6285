"""`goldbrief evaluate` and `goldbrief report`, over real services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldbrief.api.datasets.v1.datasets_pb2_grpc import add_DatasetsServiceServicer_to_server
from goldbrief.api.evaluation.v1.evaluation_pb2_grpc import add_EvaluationServiceServicer_to_server
from goldbrief.api.synthesis.v1.synthesis_pb2_grpc import add_SynthesisServiceServicer_to_server
from goldbrief.cli.main import cli
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.settings import Settings
from goldbrief.datasets import tasks as dataset_tasks
from goldbrief.datasets.imports import MAX_BYTES, Imports
from goldbrief.datasets.server import DatasetsServicer
from goldbrief.datasets.sources import Sources
from goldbrief.datasets.versions import DatasetVersions
from goldbrief.evaluation.server import EvaluationServicer
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.fetching import Fetcher
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.storage import Buckets
from goldbrief.synthesis.server import SynthesisServicer

from ..evaluation.samples import HashEmbedder
from ..evaluation.test_evaluations import House
from ..quickstart import QUICKSTART

ARTICLES = QUICKSTART / "golden-eval"
GOLDENS = QUICKSTART / "simulated" / "goldens"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    house = House(tmp_path_factory.mktemp("house"))
    sources = Sources(Fetcher(), Buckets(Settings()), MAX_BYTES)
    imports = Imports(house.ledger, house.store, sources)
    versions = DatasetVersions(house.ledger, house.store, HashEmbedder())
    dataset_tasks.register(house.broker, imports, versions)
    datasets = DatasetsServicer(imports, versions, house.ledger, house.store)
    evaluation = EvaluationServicer(house.evaluations, house.reports, house.ledger)
    synthesis = SynthesisServicer(None, None)  # type: ignore[arg-type]
    server = RpcServer(
        "127.0.0.1",
        0,
        [
            Service("datasets", lambda s: add_DatasetsServiceServicer_to_server(datasets, s)),
            Service("evaluation", lambda s: add_EvaluationServiceServicer_to_server(evaluation, s)),
            Service("synthesis", lambda s: add_SynthesisServiceServicer_to_server(synthesis, s)),
        ],
    )
    worker = BackgroundWorker(house.broker, threads=4)
    worker.start()
    yield f"127.0.0.1:{server.start()}"
    server.stop()
    worker.stop()
    house.broker.close()


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_articles_of_ones_own_are_evaluated_and_reported(address: str, tmp_path: Path) -> None:
    outputs = tmp_path / "theirs.jsonl"
    summary = (ARTICLES / "02.summary.md").read_text().split("---\n", 2)[2]
    outputs.write_text(json.dumps({"article": "02.md", "summary": summary}))
    out = tmp_path / "report"
    result = run(
        "evaluate", "base", f"file:{outputs}", "--articles", ARTICLES, "--goldens", GOLDENS,
        "--out", out, "--address", address,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "theirs scored 4.5 of 5" in result.output
    assert {path.name for path in out.iterdir()} >= {
        "report.html", "report.json", "results.csv", "rows.csv", "predictions.jsonl", "score.png",
        "comparisons.jsonl",
    }  # fmt: skip
    report = (out / "report.html").read_text()
    assert "Missing, and left out of every mean: 2 summaries of theirs" in report

    evaluation = result.stdout.split()[0]
    results = json.loads(run("report", evaluation, "--json", "--address", address).stdout)
    assert results["articles"] == 3
    assert results["systems"]["theirs"]["rougeLsum"]["mean"] == pytest.approx(1.0)
    assert run("report", evaluation, "--out", tmp_path / "b", "--address", address).exit_code == 0
    assert (tmp_path / "b" / "report.html").read_text() == report


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["v7"], InvalidInputError, "is no system"),
        (["endpoint:big"], NotFoundError, "no endpoint 'big'"),
        (["few-shot"], FailedPreconditionError, "training rows"),
        (["base", "base"], InvalidInputError, "different names"),
    ],
)
def test_what_cannot_be_compared_is_said(
    address: str, arguments: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        run(
            "evaluate", *arguments, "--articles", ARTICLES, "--goldens", GOLDENS,
            "--address", address,
        )  # fmt: skip


def test_an_evaluation_that_does_not_exist_is_not_found(address: str) -> None:
    with pytest.raises(NotFoundError):
        run("report", "eval-unknown", "--address", address)

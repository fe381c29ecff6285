"""`goldbrief articles delete`: says what it touches, asks, and says what remains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.cli.main import cli
from goldbrief.core.errors import FailedPreconditionError, NotFoundError
from goldbrief.core.object_keys import article_key
from goldbrief.sdk import Client
from goldbrief.sdk.lineage import trace

from ..governed import Governed, govern


@pytest.fixture
def governed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Governed]:
    with govern(tmp_path) as governed:
        monkeypatch.setenv("GOLDBRIEF_ADDRESS", governed.address)
        yield governed


@pytest.fixture
def sha256(governed: Governed) -> str:
    """Of an article that a model was trained on."""
    with Client(governed.address) as client:
        nodes = trace(client, "briefs@1").nodes()
        return next(node.id for node in nodes if node.kind == "article")


def run(*arguments: str, answer: str = "") -> Result:
    result = CliRunner().invoke(cli, arguments, input=answer)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_it_names_what_was_made_of_it_and_asks(governed: Governed, sha256: str) -> None:
    asked = run("articles", "delete", sha256[:8], answer="n\n")
    assert asked.exit_code == 1
    assert f"article {sha256}" in asked.stdout
    for made in (f"dataset {governed.dataset}", "model briefs@1", "evaluation eval-1"):
        assert f"went into {made}" in asked.stdout
    assert governed.place.store.exists(article_key(sha256))


def test_it_deletes_and_names_what_remains_and_how_to_make_the_model_anew(
    governed: Governed, sha256: str
) -> None:
    told = run("articles", "delete", sha256[:8], "--yes").stdout
    assert not governed.place.store.exists(article_key(sha256))
    assert f"{governed.dataset} keeps" in told
    assert "the weights of briefs@1" in told
    assert "what a model has learned of one article cannot be taken out of it" in told
    assert (
        "goldbrief finetune create --model smollm2-135m-instruct"
        f" --train-data {governed.dataset} --register-to briefs"
    ) in told


def test_dataset_versions_are_shown_as_made_of_deleted_material(
    governed: Governed, sha256: str
) -> None:
    run("articles", "delete", sha256[:8], "--yes")
    assert "1 of its articles deleted since" in run("dataset", "list").stdout
    assert (
        "1 of its articles deleted since; their rows are gone"
        in run("dataset", "show", "briefs").stdout
    )
    lineage = run("lineage", sha256[:8]).stdout
    assert lineage.startswith(f"article {sha256[:12]}  deleted by anonymous")
    assert "deleted_articles 1" in lineage
    assert "model briefs@1" in lineage


def test_an_article_that_is_being_trained_on_stays(governed: Governed, sha256: str) -> None:
    training = finetuning_pb2.FinetuningRun(train_data_path=governed.dataset)
    training.work.id = "fine-9"
    governed.finetuning.runs.append(training)
    with pytest.raises(FailedPreconditionError, match="fine-9 is training on"):
        run("articles", "delete", sha256[:8], "--yes")
    assert governed.place.store.exists(article_key(sha256))


def test_what_is_no_article_is_not_deleted(governed: Governed) -> None:
    for reference in ("briefs@1", "briefs", governed.dataset):
        with pytest.raises(NotFoundError, match="begins the hash of no article"):
            run("articles", "delete", reference, "--yes")

"""Lineage leads from a model to its articles and from an article to all that was made of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from goldbrief.api.summarize.v1.summarize_pb2 import SummarizeResponse
from goldbrief.cli.output import message_as_json
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.sdk import Client
from goldbrief.sdk.lineage import Lineage, Node, openlineage_events, trace

from ..datasets.samples import make_article
from ..governed import ARTICLES, ENDED, GOLDEN, REVIEW, RUN, Governed, govern


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Governed]:
    with govern(tmp_path_factory.mktemp("governed")) as governed:
        yield governed


@pytest.fixture
def client(governed: Governed) -> Iterator[Client]:
    with Client(governed.address) as client:
        yield client


def below(lineage: Lineage, node: Node) -> set[tuple[str, str]]:
    """Keys of all that a thing was made of, at any remove."""
    return {
        key for source in lineage.sources(node) for key in {source.key} | below(lineage, source)
    }


def above(lineage: Lineage, node: Node) -> set[tuple[str, str]]:
    return {
        key for product in lineage.products(node) for key in {product.key} | above(lineage, product)
    }


@pytest.mark.parametrize("reference", ["briefs@1", "briefs", "fine-1", RUN])
def test_a_model_leads_to_dataset_pairs_and_articles(
    client: Client, governed: Governed, reference: str
) -> None:
    lineage = trace(client, reference)
    assert lineage.subject.key == ("model", "briefs@1")
    assert lineage.subject.made_by is not None
    assert (lineage.subject.made_by.id, lineage.subject.made_by.run_id) == ("fine-1", RUN)
    sources = below(lineage, lineage.subject)
    assert ("dataset", governed.dataset) in sources
    articles = {id_ for kind, id_ in sources if kind == "article"}
    assert len(articles) == 7
    assert articles <= {make_article(n, f"C{n}").sha256 for n in range(8)}
    assert above(lineage, lineage.subject) == {("evaluation", "eval-1")}


def test_a_pair_tells_teacher_call_and_verdict_and_they_are_there(
    client: Client, governed: Governed
) -> None:
    pairs = [node for node in trace(client, "briefs@1").nodes() if node.kind == "pair"]
    assert len(pairs) == 7
    assert {pair.facts["split"] for pair in pairs} == {"train", "eval"}
    for pair in pairs:
        assert pair.facts["teacher"] == "offline-extractive-1"
        assert pair.facts["score"] == 4.0
        for key in (pair.facts["teacher_call"], pair.facts["verdict"]):
            assert governed.place.store.exists(key)


def test_an_article_leads_to_datasets_models_and_evaluations(
    client: Client, governed: Governed
) -> None:
    used = [node.id for node in trace(client, "briefs@1").nodes() if node.kind == "article"]
    for sha256 in used:
        lineage = trace(client, sha256[:12])
        assert lineage.subject.key == ("article", sha256)
        assert above(lineage, lineage.subject) == {
            ("dataset", governed.dataset),
            ("model", "briefs@1"),
            ("evaluation", "eval-1"),
        }
    (unused,) = {make_article(n, f"C{n}").sha256 for n in range(8)} - set(used)
    alone = trace(client, unused)
    assert above(alone, alone.subject) == set()


def test_a_golden_file_leads_to_what_its_runs_made(
    client: Client, governed: Governed, tmp_path: Path
) -> None:
    file = tmp_path / "renamed.md"
    file.write_bytes(GOLDEN)
    lineage = trace(client, str(file))
    assert lineage.subject.facts == {"name": "first.md", "role": "golden"}
    assert ("model", "briefs@1") in above(lineage, lineage.subject)
    file.write_bytes(GOLDEN + b"changed")
    with pytest.raises(NotFoundError, match="as it is now"):
        trace(client, str(file))


def test_a_file_of_articles_leads_to_each_of_them(
    client: Client, governed: Governed, tmp_path: Path
) -> None:
    file = tmp_path / "wire.jsonl"
    file.write_bytes(ARTICLES)
    lineage = trace(client, str(file))
    assert lineage.subject.facts == {"name": "wire.jsonl", "role": "article"}
    articles = {node.id for node in lineage.products(lineage.subject)}
    assert articles == {make_article(n).sha256 for n in range(2)}
    for article in lineage.products(lineage.subject):
        alone = trace(client, article.id)
        assert above(lineage, article) == above(alone, alone.subject)


def test_an_answer_leads_to_the_articles_behind_it(
    client: Client, governed: Governed, tmp_path: Path
) -> None:
    file = tmp_path / "answer.json"
    answer = SummarizeResponse(request_id="summary-12", model="briefs", version="1", text="...")
    file.write_text(message_as_json(answer))  # what `goldbrief summarize --json` prints
    lineage = trace(client, str(file))
    assert lineage.subject.key == ("answer", "summary-12")
    assert {("model", "briefs@1"), ("dataset", governed.dataset)} < below(lineage, lineage.subject)
    with pytest.raises(InvalidInputError, match="answers are kept nowhere"):
        trace(client, "summary-12")


def test_what_is_not_there_is_told(client: Client) -> None:
    with pytest.raises(NotFoundError, match="no version 7"):
        trace(client, "briefs@7")
    with pytest.raises(NotFoundError, match="no dataset version 'nothing'"):
        trace(client, "nothing")


def test_a_second_round_leads_back_to_the_review_of_the_first(tmp_path: Path) -> None:
    with govern(tmp_path, is_reviewed=True) as governed, Client(governed.address) as client:
        lineage = trace(client, governed.next_dataset)
        behind = below(lineage, lineage.subject)
        assert {one for one in behind if one[0] not in ("pair", "article")} == {
            ("review", REVIEW),
            ("evaluation", "eval-1"),
            ("model", "briefs@1"),
            ("dataset", governed.dataset),
        }
        (review,) = (node for node in lineage.nodes() if node.kind == "review")
        assert review.facts["raters"] == {"people": 1, "simulated": 1}
        assert "confidence" not in json.dumps(lineage.as_json())
        first = trace(client, "briefs@1")
        assert above(first, first.subject) == {
            ("evaluation", "eval-1"), ("review", REVIEW), ("dataset", governed.next_dataset),
        }  # fmt: skip


def test_lineage_tells_no_text(client: Client, governed: Governed) -> None:
    told = json.dumps(trace(client, "briefs@1").as_json())
    texts = [make_article(n, f"C{n}").text for n in range(8)]
    assert not any(sentence in told for text in texts for sentence in text.split(". "))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Job(_Strict):
    namespace: str = Field(min_length=1)
    name: str = Field(min_length=1)


class _ParentRun(_Strict):
    runId: uuid.UUID  # noqa: N815 - the spec's name


class _ParentFacet(_Strict):
    producer: str = Field(alias="_producer", min_length=1)
    schema_url: str = Field(alias="_schemaURL", min_length=1)
    run: _ParentRun
    job: _Job


class _Run(_Strict):
    runId: uuid.UUID  # noqa: N815
    facets: dict[Literal["parent"], _ParentFacet] = Field(default_factory=dict)


class _RunEvent(_Strict):
    """RunEvent of OpenLineage 2-0-2, as far as we fill it; all that it requires is required."""

    eventTime: datetime  # noqa: N815
    producer: str = Field(min_length=1)
    schemaURL: str = Field(pattern=r"^https://openlineage\.io/spec/")  # noqa: N815
    eventType: Literal["COMPLETE"]  # noqa: N815
    run: _Run
    job: _Job
    inputs: list[_Job]
    outputs: list[_Job]


def test_the_openlineage_export_has_the_specs_shape(client: Client, governed: Governed) -> None:
    lines = [json.dumps(event) for event in openlineage_events(trace(client, "briefs@1"))]
    events = [TypeAdapter(_RunEvent).validate_json(line) for line in lines]
    made = {event.outputs[0].name: event for event in events}
    assert set(made) == {"model/briefs@1", f"dataset/{governed.dataset}", "evaluation/eval-1"}
    training = made["model/briefs@1"]
    assert training.eventTime.timestamp() == ENDED
    assert [one.name for one in training.inputs] == [f"dataset/{governed.dataset}"]
    curated = made[f"dataset/{governed.dataset}"]
    assert len(curated.inputs) == 7
    assert all(one.name.startswith("article/") for one in curated.inputs)
    parents = {
        event.run.facets["parent"].run.runId for event in (training, made["evaluation/eval-1"])
    }
    assert len(parents) == 1, "both belong to one pipeline run"
    again = [json.dumps(event) for event in openlineage_events(trace(client, "briefs@1"))]
    assert again == lines

"""The try-it page: text as it is written, figures checked, and nothing that a model wrote runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.registry.v1.registry_pb2_grpc import (
    RegistryServiceServicer,
    add_RegistryServiceServicer_to_server,
)
from goldbrief.api.summarize.v1 import summarize_pb2
from goldbrief.api.summarize.v1.summarize_pb2_grpc import (
    SummarizeServiceServicer,
    add_SummarizeServiceServicer_to_server,
)
from goldbrief.core.errors import InvalidInputError
from goldbrief.platform.rpc.server import Service
from goldbrief.testing.reviewing import ReviewWorkplace

from .conftest import Console

TEXT = "Revenue rose 5% to $3 million."


class Gateway(SummarizeServiceServicer):
    def StreamSummarize(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        if not request.request.article_text:
            raise InvalidInputError("The article is empty.")
        yield summarize_pb2.StreamSummarizeResponse(delta="Revenue rose ")
        span = summarize_pb2.Span
        figures = [
            summarize_pb2.FigureCheck(
                text="5%", support=summarize_pb2.FIGURE_SUPPORT_SUPPORTED,
                summary_span=span(start=13, end=15),
            ),
            summarize_pb2.FigureCheck(
                text="$3 million", support=summarize_pb2.FIGURE_SUPPORT_UNSUPPORTED,
                summary_span=span(start=19, end=29),
            ),
        ]  # fmt: skip
        yield summarize_pb2.StreamSummarizeResponse(
            final=summarize_pb2.SummarizeResponse(
                text=TEXT, figures=figures, model="briefs", version="3"
            )
        )


class Registry(RegistryServiceServicer):
    def ListModelVersions(self, request: Any, context: Any) -> Any:  # noqa: N802
        version = registry_pb2.ModelVersion(model="briefs", version="3")
        return registry_pb2.ListModelVersionsResponse(model_versions=[version])


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    workplace = ReviewWorkplace(tmp_path, {"a": "text"}, {"base": ["x"], "tuned": ["y"]})
    services = (
        Service("summarize", lambda s: add_SummarizeServiceServicer_to_server(Gateway(), s)),
        Service("registry", lambda s: add_RegistryServiceServicer_to_server(Registry(), s)),
    )
    with workplace.serving(*services) as address:
        yield Console(tmp_path, address, workplace)


def test_a_summary_comes_as_it_is_written_with_its_figures_marked(console: Console) -> None:
    operator = console.browser("olga", "operator")
    headers = {"X-CSRF-Token": operator.csrf("/operator/try")}
    write = "/operator/try/write.json"
    answer = operator.http.post(write, json={"article": "text", "model": "briefs"}, headers=headers)
    delta, final = (json.loads(line) for line in answer.text.splitlines())
    assert delta == {"delta": "Revenue rose "}
    pieces = final["final"]["pieces"]
    assert "".join(piece["text"] for piece in pieces) == TEXT
    assert [(piece["text"], piece["kind"]) for piece in pieces if piece["kind"]] == [
        ("5%", "ok"), ("$3 million", "bad"),
    ]  # fmt: skip
    assert (final["final"]["supported"], final["final"]["figures"]) == (1, 2)


def test_why_there_is_no_summary_is_said(console: Console) -> None:
    operator = console.browser("olga", "operator")
    headers = {"X-CSRF-Token": operator.csrf("/operator/try")}
    write = "/operator/try/write.json"
    answer = operator.http.post(write, json={"article": ""}, headers=headers)
    assert json.loads(answer.text) == {"problem": "The article is empty."}
    for _ in range(6):
        answer = operator.http.post(write, json={"article": ""}, headers=headers)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1

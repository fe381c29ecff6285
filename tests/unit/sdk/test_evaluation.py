"""Evaluations from the client's side: which systems, which articles, and what is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.evaluation.v1 import evaluation_pb2 as pb
from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.synthesis.v1 import synthesis_pb2
from goldbrief.core.documents import Golden
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import EvaluationPlan
from goldbrief.sdk import Client, evaluate, get_evaluation
from goldbrief.sdk.evaluated_systems import parse_system
from goldbrief.sdk.evaluation import EvaluationFailedError
from goldbrief.text.style import infer_style

EXAMPLES = Path(__file__).parents[3] / "examples" / "quickstart"
GOLDENS = EXAMPLES / "simulated" / "goldens"
DONE = work_pb2.STATE_SUCCEEDED


class Server:
    """Answers as the services do, and keeps what it was asked."""

    def __init__(self, state: work_pb2.State = DONE) -> None:
        self.created = pb.CreateEvaluationRequest()
        self.files: dict[str, bytes] = {"report.html": b"<html>", "results.csv": b"of,metric"}
        self._state = state
        self.evaluation = SimpleNamespace(
            CreateEvaluation=self._create, GetEvaluation=self._get, GetReport=self._report
        )
        self.datasets = SimpleNamespace(CreateImport=self._import)
        self.synthesis = SimpleNamespace(InferStyle=self._style)
        self.registry = SimpleNamespace(DeliverModelVersion=self._deliver)
        self.uploaded: list[str] = []

    def upload(self, path: Path, name: str = "") -> str:
        self.uploaded.append(name)
        return f"{len(self.uploaded):064}"

    def resolve_model(self, model: str) -> registry_pb2.ModelVersion:
        return registry_pb2.ModelVersion(model=model, version="7")

    def get_import(self, import_id: str) -> datasets_pb2.Import:
        return datasets_pb2.Import(work=self._work("impo-1"))

    def list_imported_files(self, import_id: str) -> list[datasets_pb2.ImportedFile]:
        return [
            datasets_pb2.ImportedFile(
                name=name, fate="REJECTED" if "bad" in name else "KEPT",
                article_sha256s=[] if "bad" in name else [f"{number:064}"],
            )
            for number, name in enumerate(self.uploaded)
        ]  # fmt: skip

    def save_report(self, evaluation_id: str, path: Path, file: str = "") -> None:
        path.write_bytes(self.files[file])

    def _work(self, name: str) -> work_pb2.Work:
        work = work_pb2.Work(id=name, state=self._state)
        work.end_time.GetCurrentTime()
        work.cause.message = "it broke" if self._state != DONE else ""
        return work

    def _create(self, request: pb.CreateEvaluationRequest) -> pb.CreateEvaluationResponse:
        self.created = request
        return pb.CreateEvaluationResponse(evaluation=self._message())

    def _get(self, request: pb.GetEvaluationRequest) -> pb.GetEvaluationResponse:
        return pb.GetEvaluationResponse(evaluation=self._message())

    def _message(self) -> pb.Evaluation:
        return pb.Evaluation(
            work=self._work("eval-1"), results_json='{"headline": "Even."}', files=self.files
        )

    def _report(self, request: pb.GetReportRequest) -> Iterator[pb.GetReportResponse]:
        yield pb.GetReportResponse(chunk=self.files[request.file])

    def _import(self, request: datasets_pb2.CreateImportRequest) -> Any:
        return datasets_pb2.CreateImportResponse(
            **{"import": datasets_pb2.Import(work=self._work("impo-1"))}
        )

    def _style(self, request: synthesis_pb2.InferStyleRequest) -> synthesis_pb2.InferStyleResponse:
        goldens = [
            Golden(name=one.name, persona=one.persona or "CFO", summary=one.summary)
            for one in request.goldens
        ]
        return synthesis_pb2.InferStyleResponse(style_json=infer_style(goldens).model_dump_json())

    def _deliver(self, request: registry_pb2.DeliverModelVersionRequest) -> Any:
        version = registry_pb2.ModelVersion(
            model=request.model, version=request.version,
            served_name=f"{request.model}--{request.version}",
        )  # fmt: skip
        return registry_pb2.DeliverModelVersionResponse(model_version=version)


def _client(server: Server) -> Client:
    return cast(Client, server)


@pytest.mark.parametrize(
    ("text", "name", "kind", "adapter", "endpoint"),
    [
        ("v1", "v1", "PROMPT_CHAIN", "", ""),
        ("old=v1:big", "old", "PROMPT_CHAIN", "", "big"),
        ("base", "base", "BASE", "", ""),
        ("few-shot", "few-shot", "FEW_SHOT", "", ""),
        ("teacher", "teacher", "TEACHER", "", ""),
        ("endpoint:big", "big", "ENDPOINT", "", "big"),
        ("model:briefs@3", "briefs--3", "ADAPTER", "briefs--3", ""),
        ("tuned=model:briefs", "tuned", "ADAPTER", "briefs--7", ""),
    ],
)
def test_systems_are_read_as_people_write_them(
    text: str, name: str, kind: str, adapter: str, endpoint: str
) -> None:
    system, _ = parse_system(_client(Server()), text)
    assert (system.name, system.kind, system.adapter, system.endpoint) == (
        name, kind, adapter, endpoint,
    )  # fmt: skip


def test_a_file_of_outputs_travels_with_the_request(tmp_path: Path) -> None:
    path = tmp_path / "a=b.jsonl"
    path.write_text('{"article": "a.md", "summary": "x"}')
    system, _ = parse_system(_client(Server()), f"file:{path}")
    assert (system.name, system.kind) == ("a=b", "OUTPUTS")
    assert system.outputs_jsonl == path.read_text()
    with pytest.raises(InvalidInputError, match="cannot be read"):
        parse_system(_client(Server()), f"file:{tmp_path / 'missing'}")


@pytest.mark.parametrize("text", ["", "v2", "model:", "endpoint:", "base:x", "=", "teacher:x"])
def test_what_is_no_system_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is no system"):
        parse_system(_client(Server()), text)


def test_articles_come_with_the_summaries_beside_them(tmp_path: Path) -> None:
    server = Server()
    for name in ("a.md", "b.md", "bad.md"):
        (tmp_path / name).write_text("An article.")
    (tmp_path / "a.summary.md").write_text("---\npersona: CFO\n---\n## Overview\nShort.\n")
    found = evaluate(_client(server), ["base"], articles=tmp_path, goldens=GOLDENS)
    assert found.id == "eval-1"
    plan = EvaluationPlan.model_validate_json(server.created.plan_json)
    assert server.uploaded == ["a.md", "b.md", "bad.md"], "summaries are no articles"
    assert [one.reference for one in plan.given] == ["## Overview\nShort.", ""]
    assert {one.persona for one in plan.given} == {plan.prompt.style.personas[0]}
    assert len(plan.goldens) == len(list(GOLDENS.glob("*.md")))


def test_without_style_articles_or_success_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text("x")
    with pytest.raises(InvalidInputError, match="in what style"):
        evaluate(_client(Server()), ["base"], articles=tmp_path)
    with pytest.raises(EvaluationFailedError, match="no article"):
        evaluate(_client(Server()), ["base"], articles=tmp_path, goldens=GOLDENS)
    with pytest.raises(InvalidInputError, match="not both"):
        evaluate(_client(Server()), ["base"], articles=tmp_path, dataset="briefs")
    with pytest.raises(InvalidInputError, match="not both"):
        evaluate(_client(Server()), ["base"])


def test_files_are_saved_the_report_first(tmp_path: Path) -> None:
    found = get_evaluation(_client(Server()), "eval-1").wait()
    assert found.results == {"headline": "Even."}
    paths = found.save(tmp_path / "new")
    assert [path.name for path in paths] == ["report.html", "results.csv"]
    assert paths[1].read_bytes() == b"of,metric"


def test_a_failed_evaluation_raises_its_cause() -> None:
    found = get_evaluation(_client(Server(work_pb2.STATE_FAILED)), "eval-1")
    with pytest.raises(EvaluationFailedError, match="eval-1 failed: it broke"):
        found.wait()

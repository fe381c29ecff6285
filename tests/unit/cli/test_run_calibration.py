"""`goldbrief judge calibrate --run`: what a run accepted is judged as the run judges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from goldbrief.api.datasets.v1 import datasets_pb2, datasets_pb2_grpc
from goldbrief.api.judge.v1 import judge_pb2, judge_pb2_grpc
from goldbrief.api.runs.v1 import runs_pb2, runs_pb2_grpc
from goldbrief.api.synthesis.v1 import synthesis_pb2, synthesis_pb2_grpc
from goldbrief.cli.main import cli
from goldbrief.core.documents import PromptFormat, StyleContract
from goldbrief.platform.rpc.server import RpcServer, Service


class Place(
    runs_pb2_grpc.RunsServiceServicer,
    datasets_pb2_grpc.DatasetsServiceServicer,
    synthesis_pb2_grpc.SynthesisServiceServicer,
    judge_pb2_grpc.JudgeServiceServicer,
):
    """A run that has accepted one summary, and a judge that notes what it is given."""

    def __init__(self, style: StyleContract) -> None:
        self.prompt = PromptFormat(
            template="brief-1", strategy="select", article_tokens=420, wrap="chatml",
            max_new_tokens=420, style=style,
        )  # fmt: skip
        self.is_curated = True
        self.styles: list[str] = []

    def GetRun(self, request: Any, context: Any) -> runs_pb2.GetRunResponse:  # noqa: N802
        run = runs_pb2.Run(id=request.id)
        run.phases.add(name="synthesize", resource_id="synt-1")
        run.phases.add(name="curate", resource_id="data-1" if self.is_curated else "")
        return runs_pb2.GetRunResponse(run=run)

    def GetDatasetVersion(  # noqa: N802
        self, request: Any, context: Any
    ) -> datasets_pb2.GetDatasetVersionResponse:
        assert request.id == "data-1"
        version = datasets_pb2.DatasetVersion(prompt_json=self.prompt.model_dump_json())
        return datasets_pb2.GetDatasetVersionResponse(dataset_version=version)

    def ListCandidates(  # noqa: N802
        self, request: Any, context: Any
    ) -> synthesis_pb2.ListCandidatesResponse:
        assert (request.synthesis_id, request.outcome) == ("synt-1", "ACCEPTED")
        found = synthesis_pb2.ListCandidatesResponse()
        found.candidates.add(article_sha256="a" * 64, text="## Overview\n\nSales rose.")
        return found

    def GetJudge(self, request: Any, context: Any) -> judge_pb2.GetJudgeResponse:  # noqa: N802
        return judge_pb2.GetJudgeResponse(dimensions=["overall"])

    def CalibrateJudge(  # noqa: N802
        self, request_iterator: Any, context: Any
    ) -> Iterator[judge_pb2.CalibrateJudgeResponse]:
        self.styles = [request.style_json for request in request_iterator]
        yield judge_pb2.CalibrateJudgeResponse(card_markdown="# Judge\n")


@pytest.mark.parametrize("is_curated", [True, False])
def test_the_summaries_are_judged_in_the_style_of_the_runs_dataset_version(
    style: StyleContract, *, is_curated: bool
) -> None:
    place = Place(style)
    place.is_curated = is_curated
    added = (
        runs_pb2_grpc.add_RunsServiceServicer_to_server,
        datasets_pb2_grpc.add_DatasetsServiceServicer_to_server,
        synthesis_pb2_grpc.add_SynthesisServiceServicer_to_server,
        judge_pb2_grpc.add_JudgeServiceServicer_to_server,
    )
    services = [
        Service(str(number), lambda server, add=add: add(place, server))
        for number, add in enumerate(added)
    ]
    server = RpcServer("127.0.0.1", 0, services)
    address = f"127.0.0.1:{server.start()}"
    try:
        arguments = ["judge", "calibrate", "--run", "run-1", "--address", address]
        result = CliRunner().invoke(cli, arguments)
    finally:
        server.stop()
    assert result.exit_code == 0, result.output
    (told,) = place.styles
    assert (StyleContract.model_validate_json(told) if told else None) == (
        style if is_curated else None
    )

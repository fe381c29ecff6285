"""What `helm test` tells: every service asked, a summary shown, failures named."""

from collections.abc import Iterator

import pytest

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1.summarize_pb2_grpc import (
    SummarizeServiceServicer,
    add_SummarizeServiceServicer_to_server,
)
from goldbrief.cli import smoke
from goldbrief.core.errors import NotFoundError, TransientError
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.testing.servers import free_port


class Gateway(SummarizeServiceServicer):
    """Answers with a summary, or with the error that it is given."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    async def Summarize(self, request, context):  # noqa: N802 - the name is the API's
        if self.error is not None:
            raise self.error
        return pb.SummarizeResponse(text="## Overview", model="briefs", version="3")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """One server for all services, at GOLDBRIEF_ADDRESS."""
    found = Gateway()
    service = Service(
        "goldbrief.api.summarize.v1.SummarizeService",
        lambda server: add_SummarizeServiceServicer_to_server(found, server),
    )
    server = RpcServer("127.0.0.1", 0, [service])
    monkeypatch.setenv("GOLDBRIEF_ADDRESS", f"127.0.0.1:{server.start()}")
    yield found
    server.stop()


def test_shows_a_summary_and_the_version_that_wrote_it(gateway, capsys):
    assert smoke.main() == 0

    printed = capsys.readouterr().out
    assert printed.count("ok  ") == 8
    assert "## Overview" in printed
    assert "briefs version 3" in printed


def test_an_installation_without_a_model_is_no_failure(gateway, capsys):
    gateway.error = NotFoundError("No model briefs is promoted.")

    assert smoke.main() == 0
    assert "goldbrief run RECIPE" in capsys.readouterr().out


def test_names_the_services_that_do_not_answer(gateway, capsys, monkeypatch):
    monkeypatch.setenv("GOLDBRIEF_JUDGE_ADDRESS", f"127.0.0.1:{free_port()}")
    monkeypatch.setattr(smoke, "_HEALTH_S", 0.3)

    assert smoke.main() == 1
    assert "No answer from: judge." in capsys.readouterr().out


def test_a_summary_that_fails_is_a_failure_with_its_cause(gateway, capsys):
    gateway.error = TransientError("The engine does not answer.")

    assert smoke.main() == 1
    assert "The engine does not answer." in capsys.readouterr().out

"""What the tests of the gateway share."""

from __future__ import annotations

import json
import socket
import threading
import time

import httpx

from goldbrief.api.live.v1 import live_pb2
from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1.summarize_pb2_grpc import (
    SummarizeServiceStub,
    add_SummarizeServiceServicer_to_server,
)
from goldbrief.core.documents import PromptFormat, SectionStyle, StyleContract
from goldbrief.core.errors import NotFoundError, TransientError
from goldbrief.core.seams import Completion
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.web.server import HttpServer, listen
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.http_server import create_app
from goldbrief.summarize.models import ModelDirectory, Served, ServedModel
from goldbrief.summarize.reporting import Reporter
from goldbrief.summarize.server import SummarizeServicer
from goldbrief.summarize.writing import SummaryWriter

ARTICLE = """\
Harborline Freight Inc. said on October 24, 2023 that third-quarter revenue rose 8.4% to \
$1.18 billion. Operating margin fell to 9.1% from 10.4% because fuel cost $21 million more.

Chief Executive Maria Okafor expects full-year revenue of $4.7 billion to $4.9 billion. The \
company plans to close 14 depots by the end of 2024 and to save about $38 million a year."""

SUMMARY = """\
## Overview

Revenue rose 8.4% to $1.18 billion while the margin fell to 9.1%.

## Key Takeaways

- Fuel cost $21 million more.
- 14 depots close by the end of 2024, which saves $99 million a year.

## Action Items for the CFO

- Review the fuel contracts."""

RIGHT = SUMMARY.replace("$99 million", "$38 million")
"""With no figure that the article does not have."""
FORMLESS = "Revenue rose 8.4%."


def section(name, heading, form):
    return SectionStyle(
        name=name, heading=heading, form=form, min_items=1, max_items=3, min_words=3, max_words=60
    )


def prompt_format(**changes):
    prompt = PromptFormat(
        template="brief-1",
        strategy="select",
        article_tokens=900,
        wrap="plain",
        max_new_tokens=320,
        style=StyleContract(
            sections=(
                section("overview", "Overview", "prose"),
                section("takeaways", "Key Takeaways", "bullets"),
                section("actions", "Action Items for the {persona}", "bullets"),
            ),
            personas=("CFO", "CEO"),
            min_words=20,
            max_words=120,
            figures_per_100_words=2.0,
        ),
    )
    return prompt.model_copy(update=changes)


def served_model(**changes):
    return ServedModel(
        model="briefs",
        version="2",
        served_name="briefs--2",
        finetuning_run_id="fine-1",
        run_id="run-1",
        base_model="acme/tiny@9f1c",
        prompt=prompt_format(**changes),
    )


class FakeRegistry:
    """Serves one model, `briefs`."""

    def __init__(self):
        self.model = served_model()
        self.error = None
        self.calls = 0

    def __call__(self, name):
        self.calls += 1
        if self.error is not None:
            raise self.error
        if name not in {"briefs", "briefs@2"}:
            raise NotFoundError(f"No version of {name!r} is served.", reason="MODEL_NOT_FOUND")
        return Served(self.model)


class FakeEngine:
    """Streams a text word by word; waits before each piece until `go` is set.

    What is asked for with a temperature gets the text `again`.
    """

    def __init__(self, text=SUMMARY, finish_reason="stop", fails_after=None, again=None):
        self.again = text if again is None else again
        self.fails_after = fails_after
        self.text = text
        self.finish_reason = finish_reason
        self.error = None
        self.go = threading.Event()
        self.go.set()
        self.pieces = 0
        self.calls = []
        self.figure_sources = []
        self.forms = []
        self.closed = threading.Event()

    def stream(
        self,
        prompt,
        *,
        adapter,
        max_tokens,
        temperature=0.0,
        timeout_s=600.0,
        figure_source="",
        form=None,
    ):
        self.calls.append((prompt, adapter, max_tokens, timeout_s, temperature))
        self.figure_sources.append(figure_source)
        self.forms.append(form)
        text = self.again if temperature else self.text
        try:
            for count, piece in enumerate(text.split(" ")):
                self.go.wait(10)
                if count == self.fails_after:
                    raise TransientError("It went away.", reason="ENGINE_BROKE_OFF")
                if self.error is not None:
                    raise self.error
                self.pieces += 1
                yield f" {piece}" if count else piece
            yield Completion(text, self.finish_reason, 70, 30, adapter, 0.5)
        finally:
            self.closed.set()


class EndlessEngine(FakeEngine):
    """Never comes to an end."""

    def stream(self, prompt, **_):
        try:
            while True:
                time.sleep(0.01)
                self.pieces += 1
                yield "and "
        finally:
            self.closed.set()


def wait_for(condition, timeout_s=10.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


class FakeLive:
    """Keeps reports."""

    def __init__(self):
        self.reports = []
        self.error = None

    def ReportAnswer(self, request, timeout):  # noqa: N802 - the RPC's name
        if self.error is not None:
            raise self.error
        self.reports.append(request)
        return live_pb2.ReportAnswerResponse(
            report=live_pb2.LiveReport(id="report-1", text_kept=True)
        )


class RunningGateway:
    """A gateway with both interfaces on ports of their own; one summary in work, one waiting."""

    def __init__(self, engine, figure_policy="annotate", cache=None):
        self.engine = engine
        self.registry = FakeRegistry()
        models = ModelDirectory(self.registry)
        writer = SummaryWriter(engine, models, figure_policy, cache)
        self.admission = Admission(concurrency=1, waiting=1)
        gateway = Gateway(writer, self.admission)
        self.live = FakeLive()
        reporter = Reporter(models, self.live)
        servicer = SummarizeServicer(gateway, reporter)

        def start_http(grace_s):
            self.http_server = HttpServer(
                create_app(gateway, reporter), listen("127.0.0.1", 0, ""), grace_s
            )
            self.http_server.start()
            return self.http_server

        service = Service(
            "goldbrief.api.summarize.v1.SummarizeService",
            lambda server: add_SummarizeServiceServicer_to_server(servicer, server),
            start_http,
        )
        self.server = RpcServer("127.0.0.1", 0, [service], grace_s=1.0)
        self.address = f"127.0.0.1:{self.server.start()}"
        self.channel = connect(self.address)
        self.stub = SummarizeServiceStub(self.channel)
        self.http = httpx.Client(base_url=self.http_server.url, timeout=30, trust_env=False)

    def summarize(self, article=ARTICLE, model="briefs", persona=""):
        return self.stub.Summarize(request(article, model, persona))

    def stream(self, timeout=30):
        message = pb.StreamSummarizeRequest(request=request())
        return self.stub.StreamSummarize(message, timeout=timeout)

    def post(self, article=ARTICLE, **fields):
        return self.http.post("/v1/summarize", json={"article_text": article, **fields})

    def post_and_leave(self, path, body):
        """Send a request, and close the connection once the engine is at work."""
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n"
        with socket.create_connection(("127.0.0.1", self.http_server.port)) as connection:
            connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + data)
            wait_for(lambda: self.engine.pieces > 3)

    def close(self):
        if isinstance(self.engine, FakeEngine):
            self.engine.go.set()
        self.http.close()
        self.channel.close()
        self.server.stop()


def request(article=ARTICLE, model="briefs", persona=""):
    return pb.SummarizeRequest(article_text=article, model=model, persona=persona)


def events(response):
    """Names and data of server-sent events."""
    found = []
    for event in response.text.split("\n\n")[:-1]:
        name, data = event.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found

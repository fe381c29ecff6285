"""Time what the gateway adds to an engine: CPU a request, by each way to ask it, in one run.

python scripts/bench_gateway.py     prints a Markdown table for docs/benchmarks/.
The engine is a stub that has its text at once, so that all CPU is the gateway's; a bare grpc.aio
echo of the same article is what a request costs at least. Everything is on loopback.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import grpc
import httpx

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1 import summarize_pb2_grpc
from goldbrief.cli.output import plain_file_text
from goldbrief.core.documents import Golden, PromptFormat
from goldbrief.core.seams import Completion
from goldbrief.platform.rpc.server import Companion, RpcServer, Service
from goldbrief.platform.web.server import HttpServer, listen
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.http_server import create_app
from goldbrief.summarize.models import ModelDirectory, Served, ServedModel
from goldbrief.summarize.server import SummarizeServicer
from goldbrief.summarize.writing import SummaryWriter
from goldbrief.text.style import infer_style

_QUICKSTART = Path("examples/quickstart")
_WARM_UP, _REQUESTS = 10, 100
_TIMEOUT_S = 30.0
_ECHO = "/bench.Echo/Echo"


class _StubEngine:
    """Has a golden summary at once, word by word."""

    def __init__(self, text: str) -> None:
        self._text = text

    def complete(self, *_: Any, **__: Any) -> Completion:
        raise NotImplementedError

    def adapters(self) -> list[str]:
        return []

    def stream(self, prompt: str, **_: Any) -> Iterator[str | Completion]:
        for word in self._text.split(" "):
            yield f"{word} "
        yield Completion(f"{self._text} ", "stop", 1000, 300, "briefs--1", 0.0)


def main() -> None:
    """Ask in each way and print the table."""
    article = plain_file_text(sorted((_QUICKSTART / "articles").glob("*.md"))[0])
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    server.start()
    grpc_port, http_port = ours.recv()
    print(f"An article of {len(article.split())} words, {_REQUESTS} requests one after another.\n")
    print("| request | server CPU, ms | beside the echo | median, ms |")
    print("|---|---|---|---|")
    with (
        grpc.insecure_channel(f"127.0.0.1:{grpc_port}") as channel,
        httpx.Client(base_url=f"http://127.0.0.1:{http_port}", trust_env=False) as http,
    ):
        least = 0.0
        for name, ask in _ways(channel, http, article).items():
            for number in range(_WARM_UP):
                ask(-1 - number)
            cpu_ms, median_ms = _measure(ours, ask)
            least = least or cpu_ms
            print(
                f"| {name} | {cpu_ms:.2f} | {cpu_ms / least:.0f}x | {median_ms:.2f} |", flush=True
            )
    ours.send("stop")
    server.join()


def _measure(server: Connection, ask: Callable[[int], object]) -> tuple[float, float]:
    """The server's CPU a request and the median time of one, in milliseconds."""
    server.send("cpu")
    before, times = server.recv(), []
    for number in range(_REQUESTS):
        started = time.perf_counter()
        ask(number)
        times.append(time.perf_counter() - started)
    server.send("cpu")
    return (server.recv() - before) / _REQUESTS * 1e3, statistics.median(times) * 1e3


def _ways(
    channel: grpc.Channel, http: httpx.Client, article: str
) -> dict[str, Callable[[int], object]]:
    stub = summarize_pb2_grpc.SummarizeServiceStub(channel)
    echo = channel.unary_unary(_ECHO)

    def request(number: int | None) -> pb.SummarizeRequest:
        text = article if number is None else f"{article}\n\nEdition {number}."
        return pb.SummarizeRequest(article_text=text, model="briefs", fresh=number is not None)

    def stream(number: int) -> object:
        message = pb.StreamSummarizeRequest(request=request(number))
        return list(stub.StreamSummarize(message, timeout=_TIMEOUT_S))

    def post(number: int, *, streamed: bool = False) -> object:
        body = {"article_text": request(number).article_text, "stream": streamed, "fresh": True}
        answer = http.post("/v1/summarize", content=json.dumps(body), headers=_JSON)
        return answer.raise_for_status()

    return {
        "bare grpc.aio echo": lambda n: echo(request(n).SerializeToString(), timeout=_TIMEOUT_S),
        "Summarize": lambda n: stub.Summarize(request(n), timeout=_TIMEOUT_S),
        "StreamSummarize": stream,
        "POST /v1/summarize": post,
        "POST /v1/summarize, stream": lambda n: post(n, streamed=True),
        "Summarize, kept text": lambda _: stub.Summarize(request(None), timeout=_TIMEOUT_S),
    }


_JSON = {"Content-Type": "application/json"}


def _serve(parent: Connection) -> None:
    """Run the gateway and the echo; tell the ports, then CPU seconds whenever asked."""
    summary = plain_file_text(sorted((_QUICKSTART / "goldens").glob("*.md"))[0])
    writer = SummaryWriter(
        _StubEngine(summary),
        ModelDirectory(lambda _: Served(_model())),
        cache=CompletionCache(10_000_000),
    )
    gateway = Gateway(writer, Admission(8, 32))
    http = HttpServer(create_app(gateway), listen("127.0.0.1", 0, ""), 1.0)

    def start_http(_: float) -> Companion:
        http.start()
        return http

    def register(server: grpc.aio.Server) -> None:
        summarize_pb2_grpc.add_SummarizeServiceServicer_to_server(
            SummarizeServicer(gateway), server
        )
        handler = grpc.unary_unary_rpc_method_handler(_echo)
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler("bench.Echo", {"Echo": handler})]
        )

    name = "goldbrief.api.summarize.v1.SummarizeService"
    server = RpcServer("127.0.0.1", 0, [Service(name, register, start_http)])
    parent.send((server.start(), http.port))
    while parent.recv() == "cpu":
        parent.send(time.process_time())
    server.stop()


async def _echo(request: bytes, _: Any) -> bytes:
    return request


def _model() -> ServedModel:
    goldens = [
        Golden(name=path.name, persona="CFO", summary=plain_file_text(path))
        for path in sorted((_QUICKSTART / "goldens").glob("*.md"))
    ]
    prompt = PromptFormat(
        template="brief-1",
        strategy="select",
        article_tokens=900,
        wrap="plain",
        max_new_tokens=420,
        style=infer_style(goldens),
    )
    return ServedModel("briefs", "1", "briefs--1", "", "", "tiny", prompt)


if __name__ == "__main__":
    main()

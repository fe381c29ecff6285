"""A gateway in a process of its own before a stub engine, for scripts/bench_gateway.py."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import grpc

from goldbrief.api.summarize.v1 import summarize_pb2_grpc
from goldbrief.cli.output import plain_file_text
from goldbrief.core.documents import Golden, PromptFormat
from goldbrief.core.seams import Completion, Window
from goldbrief.platform.rpc.server import Companion, RpcServer, Service
from goldbrief.platform.web.server import HttpServer, listen
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.http_server import create_app
from goldbrief.summarize.models import ModelDirectory, Served, ServedModel
from goldbrief.summarize.reporting import Reporter
from goldbrief.summarize.server import SummarizeServicer
from goldbrief.summarize.writing import SummaryWriter
from goldbrief.text.style import infer_style

ECHO = "/bench.Echo/Echo"
_EXAMPLES = Path("examples/handwritten")
_CACHE_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class StubEngine:
    """Has a golden summary, word by word; counts four letters a token."""

    text: str
    piece_s: float = 0.0
    """Seconds before each piece."""
    says_when: bool = False
    """Whether its pieces are the moments at which it gives them, by the monotonic clock."""
    window_tokens: int = 8192

    def stream(self, prompt: str, *, adapter: str | None, **_: Any) -> Iterator[str | Completion]:
        """See `Engine`."""
        for word in self.text.split(" "):
            if self.piece_s:
                time.sleep(self.piece_s)
            yield f"{time.monotonic()} " if self.says_when else f"{word} "
        yield self.complete(prompt, adapter=adapter)

    def complete(self, prompt: str, *, adapter: str | None, **_: Any) -> Completion:
        """See `Engine`."""
        tokens = (len(prompt) // 4, len(self.text) // 4)
        return Completion(f"{self.text} ", "stop", *tokens, adapter or "", 0.0)

    def adapters(self) -> list[str]:
        """See `Engine`."""
        return []

    def required_base(self) -> str | None:
        """See `Engine`."""
        return None

    def window(self) -> Window | None:
        """See `Engine`."""
        return Window(self.window_tokens - 1, self.window_tokens)

    def count_tokens(self, prompt: str) -> int | None:
        """See `Engine`."""
        return len(prompt) // 4


@dataclass(frozen=True, slots=True)
class Measured:
    """A running gateway, and what its process says of itself."""

    grpc_port: int
    http_port: int
    pipe: Connection

    def cpu_s(self) -> float:
        """Processor time of the process so far."""
        return float(self._ask("cpu"))

    def memory_mib(self) -> float:
        """Resident memory of the process."""
        return float(self._ask("memory"))

    def _ask(self, what: str) -> float:
        self.pipe.send(what)
        answer: float = self.pipe.recv()
        return answer


@contextmanager
def running(engine: StubEngine, concurrency: int = 8, waiting: int = 32) -> Iterator[Measured]:
    """Run a gateway with both interfaces, and an echo beside it.

    Args:
        engine: What it asks.
        concurrency: Summaries at once.
        waiting: Requests that may wait.

    Yields:
        The gateway.
    """
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs, engine, concurrency, waiting)
    )
    server.start()
    grpc_port, http_port = ours.recv()
    try:
        yield Measured(grpc_port, http_port, ours)
    finally:
        ours.send("stop")
        server.join()


def _serve(parent: Connection, engine: StubEngine, concurrency: int, waiting: int) -> None:
    cache = CompletionCache(_CACHE_BYTES)
    models = ModelDirectory(lambda _: Served(served_model()))
    writer = SummaryWriter(engine, models, cache=cache)
    reporter = Reporter(models, None)  # nobody reports here
    gateway = Gateway(writer, Admission(concurrency, waiting))
    http = HttpServer(create_app(gateway, reporter), listen("127.0.0.1", 0, ""), 1.0)

    def start_http(_: float) -> Companion:
        http.start()
        return http

    def register(server: grpc.aio.Server) -> None:
        summarize_pb2_grpc.add_SummarizeServiceServicer_to_server(
            SummarizeServicer(gateway, reporter), server
        )
        handler = grpc.unary_unary_rpc_method_handler(_echo)
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler("bench.Echo", {"Echo": handler})]
        )

    name = "goldbrief.api.summarize.v1.SummarizeService"
    server = RpcServer("127.0.0.1", 0, [Service(name, register, start_http)])
    parent.send((server.start(), http.port))
    tell = {"cpu": time.process_time, "memory": _memory_mib}
    while (what := parent.recv()) in tell:
        parent.send(tell[what]())
    server.stop()


async def _echo(request: bytes, _: Any) -> bytes:
    return request


def _memory_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def example_article() -> str:
    """An article of the examples."""
    return plain_file_text(sorted((_EXAMPLES / "articles").glob("*.md"))[0])


def example_summary() -> str:
    """A golden of the examples."""
    return plain_file_text(sorted((_EXAMPLES / "goldens").glob("*.md"))[0])


def served_model(**changes: Any) -> ServedModel:
    """A model whose prompts select passages; `changes` are of its prompt format."""
    goldens = [
        Golden(name=path.name, persona="CFO", summary=plain_file_text(path))
        for path in sorted((_EXAMPLES / "goldens").glob("*.md"))
    ]
    prompt = PromptFormat(
        template="brief-2",
        strategy="select",
        article_tokens=900,
        wrap="plain",
        max_new_tokens=420,
        style=infer_style(goldens),
    )
    form = prompt.model_copy(update=changes)
    return ServedModel("briefs", "1", "briefs--1", "", "", "tiny", form)

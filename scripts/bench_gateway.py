"""Measure what the gateway adds to an engine, each figure beside its baseline of the same run.

python -m scripts.bench_gateway     prints the tables of docs/benchmarks/gateway.md.
The engine is a stub, so that all CPU is the gateway's; a bare grpc.aio echo of the same article is
what a request costs at least. Everything is on loopback.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

import grpc
import httpx
from scripts.benchmarked_gateway import (
    ECHO,
    Measured,
    StubEngine,
    example_article,
    example_summary,
    running,
    served_model,
)

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1 import summarize_pb2_grpc
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.models import ModelDirectory, Served
from goldbrief.summarize.writing import SummaryWriter

_WARM_UP, _REQUESTS = 10, 100
_TIMEOUT_S = 60.0
_LOAD_S, _LOAD_RATES = 5, (50, 200)
_PIECES, _PIECE_S = 40, 0.005
_STREAMS, _ROUNDS = 1000, 10
_STREAM_PIECES, _STREAM_PIECE_S = 6, 0.8
_PART_S, _PART_TOKENS, _AT_ONCE = 0.005, 2048, (1, 2, 4, 8)
_JSON = {"Content-Type": "application/json"}
_numbers = itertools.count()


def main() -> None:
    """Print all tables."""
    with running(StubEngine(example_summary())) as gateway:
        cpu(gateway)
        asyncio.run(load(gateway))
    first_pieces()
    many_streams()
    long_articles()


def request(*, new: bool, fresh: bool = True) -> pb.SummarizeRequest:
    """Ask for a summary of an article that the gateway has, or has not, seen before."""
    article = f"{example_article()}\n\nEdition {next(_numbers)}." if new else example_article()
    return pb.SummarizeRequest(article_text=article, model="briefs", fresh=fresh)


def cpu(gateway: Measured) -> None:
    """The server's CPU a request, by each way to ask."""
    words = len(example_article().split())
    print(f"An article of {words} words, {_REQUESTS} requests one after another.\n")
    print("| request | server CPU, ms | beside the echo | median, ms |")
    print("|---|---|---|---|")
    with (
        grpc.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel,
        httpx.Client(base_url=f"http://127.0.0.1:{gateway.http_port}", trust_env=False) as http,
    ):
        least = 0.0
        for name, ask in _ways(channel, http).items():
            for _ in range(_WARM_UP):
                ask()
            cpu_ms, median_ms = _cost(gateway, ask)
            least = least or cpu_ms
            print(
                f"| {name} | {cpu_ms:.2f} | {cpu_ms / least:.0f}x | {median_ms:.2f} |", flush=True
            )


def _ways(channel: grpc.Channel, http: httpx.Client) -> dict[str, Callable[[], object]]:
    stub = summarize_pb2_grpc.SummarizeServiceStub(channel)
    echo = channel.unary_unary(ECHO)

    def summarize(*, new: bool, fresh: bool = True) -> object:
        return stub.Summarize(request(new=new, fresh=fresh), timeout=_TIMEOUT_S)

    def stream(*, new: bool) -> object:
        message = pb.StreamSummarizeRequest(request=request(new=new))
        return list(stub.StreamSummarize(message, timeout=_TIMEOUT_S))

    def post(*, new: bool, streamed: bool = False) -> object:
        body = {"article_text": request(new=new).article_text, "stream": streamed, "fresh": True}
        answer = http.post("/v1/summarize", content=json.dumps(body), headers=_JSON)
        return answer.raise_for_status()

    return {
        "bare grpc.aio echo": lambda: echo(
            request(new=True).SerializeToString(), timeout=_TIMEOUT_S
        ),
        "Summarize, new article": lambda: summarize(new=True),
        "Summarize, article of late": lambda: summarize(new=False),
        "Summarize, kept text": lambda: summarize(new=False, fresh=False),
        "StreamSummarize, new article": lambda: stream(new=True),
        "StreamSummarize, article of late": lambda: stream(new=False),
        "POST /v1/summarize, new article": lambda: post(new=True),
        "POST /v1/summarize, article of late": lambda: post(new=False),
        "POST, streamed, article of late": lambda: post(new=False, streamed=True),
    }


def _cost(gateway: Measured, ask: Callable[[], object]) -> tuple[float, float]:
    """The server's CPU a request and the median time of one, in milliseconds."""
    before, times = gateway.cpu_s(), []
    for _ in range(_REQUESTS):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return (gateway.cpu_s() - before) / _REQUESTS * 1e3, statistics.median(times) * 1e3


async def load(gateway: Measured) -> None:
    """Latency at a steady rate, whether or not earlier answers have come."""
    print(
        f"\n| at a steady rate for {_LOAD_S} s | requests a second | p50, ms | p99, ms | failed |"
    )
    print("|---|---|---|---|---|")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel:
        stub = summarize_pb2_grpc.SummarizeServiceStub(channel)
        echo = channel.unary_unary(ECHO)
        ways: dict[str, Callable[[], Awaitable[object]]] = {
            "bare grpc.aio echo": lambda: echo(
                request(new=True).SerializeToString(), timeout=_TIMEOUT_S
            ),
            "Summarize, kept text": lambda: stub.Summarize(
                request(new=False, fresh=False), timeout=_TIMEOUT_S
            ),
            "Summarize, article of late": lambda: stub.Summarize(
                request(new=False), timeout=_TIMEOUT_S
            ),
            "Summarize, new article": lambda: stub.Summarize(request(new=True), timeout=_TIMEOUT_S),
        }
        for rate in _LOAD_RATES:
            for name, ask in ways.items():
                await _print_load(name, ask, rate)


async def _print_load(name: str, ask: Callable[[], Awaitable[object]], rate: int) -> None:
    async def timed(due: float) -> float | None:
        await asyncio.sleep(due - time.perf_counter())
        try:
            await ask()
        except grpc.RpcError:
            return None
        return time.perf_counter() - due  # late sending counts, as for a client it would

    start = time.perf_counter() + 0.1
    found = await asyncio.gather(*(timed(start + i / rate) for i in range(rate * _LOAD_S)))
    times = [one * 1e3 for one in found if one is not None]
    p99 = statistics.quantiles(times, n=100)[98]
    failed = len(found) - len(times)
    print(
        f"| {name} | {rate} | {statistics.median(times):.1f} | {p99:.1f} | {failed} |", flush=True
    )


def first_pieces() -> None:
    """Time from the request to the engine's first piece, and of each piece to the client."""
    engine = StubEngine(" ".join(["word"] * _PIECES), piece_s=_PIECE_S, says_when=True)
    print("\n| a stream, engine with 5 ms a piece | median, ms | p99, ms |\n|---|---|---|")
    with (
        running(engine) as gateway,
        grpc.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel,
    ):
        stub = summarize_pb2_grpc.SummarizeServiceStub(channel)
        passed: list[float] = []
        for new in (True, False):
            waits = []
            for _ in range(_REQUESTS):
                message = pb.StreamSummarizeRequest(request=request(new=new))
                started = time.monotonic()
                given = []
                for step in stub.StreamSummarize(message, timeout=_TIMEOUT_S):
                    if step.WhichOneof("step") == "delta":
                        given.append(float(step.delta))
                        passed.append((time.monotonic() - given[-1]) * 1e3)
                waits.append((given[0] - started - _PIECE_S) * 1e3)
            name = "new article" if new else "article of late"
            _print_times(f"until the engine is asked, {name}", waits)
        _print_times("from the engine to the client, each piece", passed)


def _print_times(name: str, times: Sequence[float]) -> None:
    p99 = statistics.quantiles(times, n=100)[98]
    print(f"| {name} | {statistics.median(times):.2f} | {p99:.2f} |", flush=True)


def many_streams() -> None:
    """Memory of the gateway under many streams at once, round after round."""
    engine = StubEngine(" ".join(["word"] * _STREAM_PIECES), piece_s=_STREAM_PIECE_S)
    print(f"\n| {_STREAMS} streams at once, round | before, MiB | during, MiB | complete |")
    print("|---|---|---|---|")
    with running(engine, concurrency=_STREAMS, waiting=0) as gateway:
        for number in range(1, _ROUNDS + 1):
            before = gateway.memory_mib()
            complete, during = asyncio.run(_streams(gateway, _STREAMS))
            print(f"| {number} | {before:.0f} | {during:.0f} | {complete} |", flush=True)


async def _streams(gateway: Measured, count: int) -> tuple[int, float]:
    """How many of some streams at once come to their end, and the server's memory meanwhile."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel:
        stub = summarize_pb2_grpc.SummarizeServiceStub(channel)

        async def read() -> bool:
            message = pb.StreamSummarizeRequest(request=request(new=False))
            steps = [step async for step in stub.StreamSummarize(message, timeout=_TIMEOUT_S)]
            return bool(steps[-1].HasField("final"))

        async def look() -> float:
            await asyncio.sleep(_STREAM_PIECES * _STREAM_PIECE_S * 0.8)
            return gateway.memory_mib()

        *ended, memory = await asyncio.gather(*(read() for _ in range(count)), look())
        return sum(map(bool, ended)), float(memory)


def long_articles() -> None:
    """Time of an article in parts, by how many parts are written at once."""
    article = "\n\n".join([example_article()] * 16)
    engine = StubEngine(example_summary(), piece_s=_PART_S, window_tokens=_PART_TOKENS)
    model = served_model(strategy="full", article_tokens=4000)
    print(f"\nAn article of {len(article.split())} words, a window of {_PART_TOKENS} tokens.\n")
    print(
        "| parts at once | parts | calls | seconds | beside one at a time |\n|---|---|---|---|---|"
    )
    alone = 0.0
    for at_once in _AT_ONCE:
        writer = SummaryWriter(engine, ModelDirectory(lambda _: Served(model)), parts=at_once)
        started = time.monotonic()
        *_, answer = writer.write(Assignment(article, "briefs", "CFO"), 600.0)
        seconds = time.monotonic() - started
        assert isinstance(answer, Answer)
        alone = alone or seconds
        print(
            f"| {at_once} | {answer.chunks} | {answer.calls} | {seconds:.1f} "
            f"| {alone / seconds:.1f}x |",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Send the gateway a day's requests as fast as it takes them, and watch its memory.

python -m scripts.bench_soak [--requests 86400]    prints the table of docs/benchmarks/soak.md: the
default is what a request a second makes in 24 hours. The engine is a stub, so that what grows would
be the gateway's. Requests are of five kinds in turn: over gRPC a new article, one whose text is
kept, and a stream; over HTTP a new article, and a stream.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
from scripts.bench_gateway import request
from scripts.benchmarked_gateway import Measured, StubEngine, example_summary, running

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1 import summarize_pb2_grpc

_DAY = 86_400
_AT_ONCE = 8
_WARM_UP = 0.05
"""Share of the requests that fill caches and pools before anything is compared."""
_QUARTERS = 4
_MOST_GROWTH = 0.05
"""Of the memory, from the end of the first quarter to the end of the last."""
_TIMEOUT_S = 60.0
_JSON = {"Content-Type": "application/json"}


def main() -> int:
    """Run and print; 1 when a request failed or memory grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=_DAY)
    count = parser.parse_args().requests
    with (
        running(StubEngine(example_summary())) as gateway,
        grpc.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel,
        httpx.Client(base_url=f"http://127.0.0.1:{gateway.http_port}", trust_env=False) as http,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        ways = itertools.cycle(_ways(channel, http))
        started = gateway.memory_mib()
        _send(pool, ways, int(count * _WARM_UP))
        print(f"{count:,} requests, {_AT_ONCE} at once; {started:.0f} MiB before the first.\n")
        print("| after | memory, MiB | requests a second | CPU, ms each |\n|---|---|---|---|")
        memory = [_quarter(gateway, pool, ways, count // _QUARTERS, n) for n in range(_QUARTERS)]
    growth = memory[-1] / memory[0] - 1
    print(f"\nFrom the first quarter to the last memory grew by {growth:.1%}.")
    return int(growth > _MOST_GROWTH)


def _quarter(
    gateway: Measured,
    pool: ThreadPoolExecutor,
    ways: itertools.cycle[Callable[[], object]],
    count: int,
    number: int,
) -> float:
    """Send a quarter of the requests; returns the memory at its end."""
    began, cpu_s = time.monotonic(), gateway.cpu_s()
    _send(pool, ways, count)
    memory, seconds = gateway.memory_mib(), time.monotonic() - began
    each_ms = (gateway.cpu_s() - cpu_s) / count * 1e3
    print(
        f"| {(number + 1) * count:,} | {memory:.1f} | {count / seconds:.0f} | {each_ms:.1f} |",
        flush=True,
    )
    return memory


def _send(
    pool: ThreadPoolExecutor, ways: itertools.cycle[Callable[[], object]], count: int
) -> None:
    """Send requests; raises what the first that fails raises."""
    for first in range(0, count, 1000):
        chunk = itertools.islice(ways, min(1000, count - first))
        for asked in [pool.submit(way) for way in chunk]:
            asked.result()


def _ways(channel: grpc.Channel, http: httpx.Client) -> list[Callable[[], object]]:
    stub = summarize_pb2_grpc.SummarizeServiceStub(channel)

    def post(*, streamed: bool) -> object:
        body = {"article_text": request(new=True).article_text, "stream": streamed}
        return http.post(
            "/v1/summarize", content=json.dumps(body), headers=_JSON, timeout=_TIMEOUT_S
        ).raise_for_status()

    return [
        lambda: stub.Summarize(request(new=True), timeout=_TIMEOUT_S),
        lambda: stub.Summarize(request(new=False, fresh=False), timeout=_TIMEOUT_S),
        lambda: list(
            stub.StreamSummarize(
                pb.StreamSummarizeRequest(request=request(new=True)), timeout=_TIMEOUT_S
            )
        ),
        lambda: post(streamed=False),
        lambda: post(streamed=True),
    ]


if __name__ == "__main__":
    sys.exit(main())

"""How much of an endpoint's capacity synthesis uses, beside a plain loop and MLflow's evaluate.

python scripts/bench_fanout.py [--items 5000] [--rival-items 500] [--laptop]

A teacher writes and a judge grades each item, behind one endpoint of 64 slots whose answers take
a second in the median and three in one of twenty, and of which nine in a hundred are faults
(goldbrief.testing.loaded_endpoint). Three ways to the same result, one after another in one run:

- Goldbrief: durable works on its ledger; a process each for synthesis and judge over PostgreSQL,
  Redis and MinIO, or with --laptop both in one process on SQLite and a folder;
- gather: asyncio.gather over the same calls with 64 at once and five tries, nothing recorded;
- MLflow: mlflow.genai.evaluate with a function that calls the teacher and a scorer that calls
  the judge, at its defaults.

Capacity is 64 slots for the time between the first call and the end of the last, as the endpoint
sees it; used is the share of it in which a slot was taken, whatever came of the call, so also by
calls that were asked twice: these are counted. In the bulk: the same until a twentieth of the items
is left to write or grade, since those cannot fill the slots. --rival-items 0 leaves the other two
out, and the `mlflow` extra, which they need.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai

from goldbrief.core.settings import Settings
from goldbrief.judge.service import build as build_judge
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.hosting import Resources
from goldbrief.synthesis.service import build as build_synthesis
from goldbrief.testing.loaded_endpoint import MODEL, SLOTS
from goldbrief.testing.loaded_synthesis import (
    ARTICLE,
    TIMEOUT_S,
    Program,
    create_synthesis,
    endpoint,
    role_settings,
)
from goldbrief.testing.servers import (
    MINIO_KEY,
    MINIO_SECRET,
    free_port,
    minio_server,
    postgres_server,
    redis_server,
)

_THREADS = 80
"""A few more than slots: some items are in the database meanwhile."""
_BULK = 0.95


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way took."""

    name: str
    items: int
    wall_s: float
    used: float
    """Share of the endpoint's capacity, 0 to 1."""
    calls: int
    note: str

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.wall_s


def main() -> int:
    """Run all three and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--rival-items", type=int, default=500, help="0 leaves them out")
    parser.add_argument("--laptop", action="store_true", help="one process, no servers")
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    outcomes = []
    with tempfile.TemporaryDirectory() as name, endpoint(Path(name)) as (url, _):
        home = Path(name)
        ours = _in_one_process if options.laptop else _in_processes
        for title, items, do in (
            ("Goldbrief", options.items, lambda n: _goldbrief(url, home, n, ours)),
            ("gather", options.rival_items, lambda n: asyncio.run(_gather(url, n))),
            ("MLflow", options.rival_items, lambda n: _mlflow(url, n)),
        ):
            if not items:
                continue
            outcomes.append(_measured(title, url, items, do))
            print(f"{title} is done", file=sys.stderr, flush=True)
    _print(outcomes)
    return 0


def _measured(name: str, url: str, items: int, do: Callable[[int], str]) -> Outcome:
    httpx.post(f"{url}/reset")
    note = do(items)
    stats = httpx.get(f"{url}/stats").json()
    return Outcome(name, items, stats["wall_s"], _used(stats), sum(stats["fates"].values()), note)


def _used(stats: dict[str, Any]) -> float:
    return float(stats["busy_s"]) / (SLOTS * float(stats["wall_s"]))


def _goldbrief(
    url: str, home: Path, items: int, workers: Callable[[Settings, ExitStack], list[int]]
) -> str:
    with ExitStack() as stack:
        settings = _settings(url, home, stack, with_servers=workers is _in_processes)
        resources = Resources(settings)
        stack.callback(resources.close)
        works = resources.ledger.works
        work = create_synthesis(resources.ledger, resources.store, items)
        pids = workers(settings, stack)
        memory: list[tuple[int, int]] = []
        bulk = 0.0
        while works.get(work.id).ended_at is None:
            by_stage = works.counts(work.id).by_stage
            done = items - by_stage.get("write", 0) - by_stage.get("judge", 0)
            memory.append((done, sum(map(_resident_mib, pids))))
            if not bulk and done >= _BULK * items:
                bulk = _used(httpx.get(f"{url}/stats").json())
            time.sleep(1)
        counts = works.counts(work.id)
        cpu_s = sum(map(_cpu_s, pids))
        stats = httpx.get(f"{url}/stats").json()
        calls = sum(stats["fates"].values())
        return (
            f"{bulk:.0%} in the bulk; {counts.accepted} accepted, {counts.rejected} rejected, "
            f"{counts.failed} failed; {stats['asked_twice']} calls asked twice, "
            f"{stats['fates']['answer'] - 2 * items} answers more than needed; "
            f"memory {_memory_at(memory, items // 5)} MiB after a fifth, "
            f"{sum(map(_resident_mib, pids))} at the end; CPU {cpu_s:.0f} s, "
            f"{1000 * cpu_s / calls:.1f} ms a call"
        )


def _in_processes(settings: Settings, stack: ExitStack) -> list[int]:
    """Start synthesis and judge as an installation does; returns their process ids."""
    environment = {
        f"GOLDBRIEF_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude_none=True).items()
        if name in settings.model_fields_set
    }
    pids = []
    for room in ("synthesis", "judge"):
        program = Program(
            [f"goldbrief.{room}", "worker"], environment, settings.home / f"{room}.log"
        )
        stack.callback(program.stop)
        pids.append(program.pid)
    return pids


def _in_one_process(settings: Settings, stack: ExitStack) -> list[int]:
    resources = Resources(settings)
    stack.callback(resources.close)
    build_synthesis(resources)
    build_judge(resources)
    worker = BackgroundWorker(resources.broker, _THREADS)
    worker.start()
    stack.callback(worker.stop)
    return [os.getpid()]


def _settings(url: str, home: Path, stack: ExitStack, *, with_servers: bool) -> Settings:
    servers: dict[str, Any] = {}
    if with_servers:
        servers = {
            "broker_url": stack.enter_context(redis_server(home / "redis")),
            "database_url": stack.enter_context(postgres_server(home / "postgres")),
            "objects": "s3://goldbrief",
            "s3_endpoint": stack.enter_context(minio_server(home / "minio")),
            "s3_access_key": MINIO_KEY,
            "s3_secret_key": MINIO_SECRET,
            "s3_secure": False,
            "port": free_port(),
        }
    return Settings.model_validate(
        {"home": home, "worker_threads": _THREADS, **role_settings(url), **servers}
    )


async def _gather(url: str, items: int) -> str:
    client = openai.AsyncOpenAI(
        base_url=f"{url}/v1", api_key="none", max_retries=4, timeout=TIMEOUT_S
    )
    slots = asyncio.Semaphore(SLOTS)
    failed = 0

    async def ask(text: str) -> str:
        async with slots:
            answer = await client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": text}]
            )
            return answer.choices[0].message.content or ""

    async def item(n: int) -> None:
        nonlocal failed
        try:
            summary = await ask(f"Summarize: {ARTICLE.format(n=n)}")
            json.loads(await ask(f"You grade: {summary}"))
        except Exception:  # noqa: BLE001 - a plain loop has nothing better
            failed += 1

    await asyncio.gather(*(item(n) for n in range(items)))
    return f"{failed} failed"


def _mlflow(url: str, items: int) -> str:
    import mlflow  # noqa: PLC0415 - takes seconds, and is not there without its extra
    from mlflow.genai.scorers import scorer  # noqa: PLC0415

    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=4, timeout=TIMEOUT_S)

    def ask(text: str) -> str:
        answer = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": text}]
        )
        return answer.choices[0].message.content or ""

    def grade(outputs: str) -> float:
        return float(json.loads(ask(f"You grade: {outputs}"))["faithfulness"])

    def predict(article: str) -> str:
        return ask(f"Summarize: {article}")

    with tempfile.TemporaryDirectory() as folder:
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        experiment = mlflow.create_experiment("bench", artifact_location=f"{folder}/artifacts")
        mlflow.set_experiment(experiment_id=experiment)
        rows = [{"inputs": {"article": ARTICLE.format(n=n)}} for n in range(items)]
        result = mlflow.genai.evaluate(data=rows, predict_fn=predict, scorers=[scorer(grade)])
        mlflow.flush_trace_async_logging(terminate=True)
        graded = int(result.result_df["grade/value"].notna().sum())
    return f"{items - graded} failed or not kept"


def _resident_mib(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_at(samples: list[tuple[int, int]], done: int) -> int:
    return next((mib for so_far, mib in samples if so_far >= done), samples[-1][1])


def _print(outcomes: list[Outcome]) -> None:
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores\n")
    print("| | items | seconds | items a second | capacity used | calls | |")
    print("|---|---|---|---|---|---|---|")
    for o in outcomes:
        print(
            f"| {o.name} | {o.items} | {o.wall_s:.0f} | {o.rate:.1f} | {o.used:.0%} | {o.calls} | "
            f"{o.note} |"
        )
    ours, *rivals = outcomes
    for rival in rivals:
        print(f"\nGoldbrief's items a second are {ours.rate / rival.rate:.2f} of {rival.name}'s.")


if __name__ == "__main__":
    sys.exit(main())

"""How much of an endpoint's capacity synthesis uses, beside a plain loop and MLflow's evaluate.

python scripts/bench_fanout.py [--items 5000] [--rival-items 500] [--servers]

A teacher writes and a judge grades each item, behind one endpoint of 64 slots whose answers take
a second in the median and three in one of twenty, and of which nine in a hundred are faults
(goldbrief.testing.loaded_endpoint). Three ways to the same result, one after another in one run:

- Goldbrief: durable works on its ledger; SQLite and messages in memory, or with --servers
  PostgreSQL, Redis and MinIO;
- gather: asyncio.gather over the same calls with 64 at once and five tries, nothing recorded;
- MLflow: mlflow.genai.evaluate with a function that calls the teacher and a scorer that calls
  the judge, at its defaults.

Capacity is 64 slots for the time between the first call and the last answer; used is the share
of it in which a slot was taken, whatever came of the call. Needs the `mlflow` extra.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai

from goldbrief.core.documents import Article, Golden, PromptFormat
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import SynthesisPlan
from goldbrief.core.settings import Settings
from goldbrief.judge.service import build as build_judge
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.hosting import Resources
from goldbrief.synthesis.service import build as build_synthesis
from goldbrief.synthesis.synthesis import Syntheses
from goldbrief.testing.loaded_endpoint import MODEL, SLOTS
from goldbrief.testing.servers import (
    MINIO_KEY,
    MINIO_SECRET,
    free_port,
    minio_server,
    postgres_server,
    redis_server,
)
from goldbrief.text.prompts import TEMPLATE
from goldbrief.text.style import infer_style

_THREADS = 80
"""A few more than slots: some items are in the database meanwhile."""
_TIMEOUT_S = 15.0
"""Longest answer waited for: one in ten thousand takes nine seconds."""
_ARTICLE = (
    """Shop {n} reports for 2025. Revenue rose 8% to $412 million because prices held firm.
Net debt fell to $90 million from $120 million a year before. A term loan of $90 million ends in
March 2027. The plan for 2026 has capital spending of $40 million. The board meets in October.
"""
    + "The market was calm. " * 60
)
_GOLDEN = """## Overview

Orders grew 5% to $87 million in 2024. Cash reached $15 million.

## Key Takeaways

- Orders grew 5% to $87 million in 2024 as exports recovered.
- Cash reached $15 million after a sale of land for $6 million.
- Two plants will close by June 2025.

## Action Items for the CFO

- Decide by March 2025 how the $15 million of cash is to be used.
- Prepare the closure of two plants by June 2025.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way took."""

    name: str
    items: int
    wall_s: float
    used: float
    """Share of the endpoint's capacity, 0 to 1."""
    calls: int
    cpu_s: float
    note: str

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.wall_s


def main() -> int:
    """Run all three and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--rival-items", type=int, default=500)
    parser.add_argument("--servers", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    outcomes = []
    with _endpoint() as url:
        for name, items, do in (
            ("Goldbrief", options.items, lambda n: _goldbrief(url, n, options.servers)),
            ("gather", options.rival_items, lambda n: asyncio.run(_gather(url, n))),
            ("MLflow", options.rival_items, lambda n: _mlflow(url, n)),
        ):
            outcomes.append(_measured(name, url, items, do))
            print(f"{name} is done", file=sys.stderr, flush=True)
    _print(outcomes)
    return 0


@contextmanager
def _endpoint() -> Iterator[str]:
    port = free_port()
    module = "goldbrief.testing.loaded_endpoint"
    process = subprocess.Popen([sys.executable, "-m", module, str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(f"{url}/v1/models")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def _measured(name: str, url: str, items: int, do: Callable[[int], str]) -> Outcome:
    httpx.post(f"{url}/reset")
    cpu_before = resource.getrusage(resource.RUSAGE_SELF)
    note = do(items)
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    stats = httpx.get(f"{url}/stats").json()
    return Outcome(
        name,
        items,
        stats["wall_s"],
        stats["busy_s"] / (SLOTS * stats["wall_s"]),
        sum(stats["fates"].values()),
        cpu.ru_utime + cpu.ru_stime - cpu_before.ru_utime - cpu_before.ru_stime,
        note,
    )


def _goldbrief(url: str, items: int, with_servers: bool) -> str:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        resources = Resources(_settings(url, home, stack, with_servers))
        stack.callback(resources.close)
        build_synthesis(resources)
        build_judge(resources)
        plan_key, articles = _stored(resources, items)
        worker = BackgroundWorker(resources.broker, _THREADS)
        worker.start()
        stack.callback(worker.stop)
        works = resources.ledger.works
        syntheses = Syntheses(resources.ledger, resources.store, MODEL)
        work = syntheses.create("bench", "", articles, plan_key)
        memory = []
        while works.get(work.id).ended_at is None:
            memory.append((works.counts(work.id).done, _resident_mib()))
            time.sleep(5)
        counts = works.counts(work.id)
        return (
            f"{counts.accepted} accepted, {counts.rejected} rejected, {counts.failed} failed; "
            f"{_memory_at(memory, items // 5)} MiB after a fifth, {_resident_mib()} at the end"
        )


def _settings(url: str, home: Path, stack: ExitStack, with_servers: bool) -> Settings:
    roles = {
        f"{role}_{name}": value
        for role in ("teacher", "judge")
        for name, value in (("url", f"{url}/v1"), ("model", MODEL), ("timeout_s", _TIMEOUT_S))
    }
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
        }
    return Settings(home=home, **roles, **servers)


def _stored(resources: Resources, items: int) -> tuple[str, list[str]]:
    """Store plan and articles; returns the plan's key and the articles' hashes."""
    goldens = tuple(Golden(name=f"{n}.md", persona="CFO", summary=_GOLDEN) for n in range(3))
    prompt = PromptFormat(
        template=TEMPLATE, strategy="full", article_tokens=4000, wrap="plain",
        style=infer_style(goldens), max_new_tokens=320,
    )  # fmt: skip
    plan = SynthesisPlan(goldens=goldens, prompt=prompt, personas=("CFO",), max_rewrites=0)
    resources.store.put("plan.json", canonical_json(plan.model_dump(mode="json")))
    hashes = []
    for n in range(items):
        text = _ARTICLE.format(n=f"region {n}")
        article = Article(sha256=sha256_bytes(text.encode()), text=text)
        resources.store.put(article_key(article.sha256), article.model_dump_json().encode())
        hashes.append(article.sha256)
    return "plan.json", hashes


async def _gather(url: str, items: int) -> str:
    client = openai.AsyncOpenAI(
        base_url=f"{url}/v1", api_key="none", max_retries=4, timeout=_TIMEOUT_S
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
            summary = await ask(f"Summarize: {_ARTICLE.format(n=n)}")
            json.loads(await ask(f"You grade: {summary}"))
        except Exception:  # noqa: BLE001 - a plain loop has nothing better
            failed += 1

    await asyncio.gather(*(item(n) for n in range(items)))
    return f"{failed} failed"


def _mlflow(url: str, items: int) -> str:
    import mlflow  # noqa: PLC0415 - takes seconds, and is not there without its extra
    from mlflow.genai.scorers import scorer  # noqa: PLC0415

    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=4, timeout=_TIMEOUT_S)

    def ask(text: str) -> str:
        answer = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": text}]
        )
        return answer.choices[0].message.content or ""

    @scorer
    def grade(outputs: str) -> float:
        return float(json.loads(ask(f"You grade: {outputs}"))["faithfulness"])

    def predict(article: str) -> str:
        return ask(f"Summarize: {article}")

    with tempfile.TemporaryDirectory() as folder:
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        mlflow.set_experiment("bench")
        rows = [{"inputs": {"article": _ARTICLE.format(n=n)}} for n in range(items)]
        result = mlflow.genai.evaluate(data=rows, predict_fn=predict, scorers=[grade])
        mlflow.flush_trace_async_logging(terminate=True)
        graded = int(result.result_df["grade/value"].notna().sum())
    return f"{items - graded} failed or not kept"


def _resident_mib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _memory_at(samples: list[tuple[int, int]], done: int) -> int:
    return next((mib for so_far, mib in samples if so_far >= done), samples[-1][1])


def _print(outcomes: list[Outcome]) -> None:
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores\n")
    print("| | items | seconds | items a second | capacity used | calls | CPU s | |")
    print("|---|---|---|---|---|---|---|---|")
    for o in outcomes:
        print(
            f"| {o.name} | {o.items} | {o.wall_s:.0f} | {o.rate:.1f} | {o.used:.0%} | {o.calls} | "
            f"{o.cpu_s:.0f} | {o.note} |"
        )
    ours, *rivals = outcomes
    for rival in rivals:
        print(f"\nGoldbrief's items a second are {ours.rate / rival.rate:.2f} of {rival.name}'s.")


if __name__ == "__main__":
    sys.exit(main())

"""A synthesis against an endpoint under load: what benchmarks and fault tests start from."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from goldbrief.core.documents import Article, Golden, PromptFormat
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import SynthesisPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.ledger import Ledger, Work
from goldbrief.synthesis.synthesis import Syntheses
from goldbrief.testing.loaded_endpoint import MODEL
from goldbrief.testing.servers import free_port
from goldbrief.text.prompts import TEMPLATE
from goldbrief.text.style import infer_style

TIMEOUT_S = 15.0
"""Longest answer waited for: one in ten thousand takes nine seconds."""
_STOP_S = 30.0

ARTICLE = (
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


class Program:
    """A module of ours in a process of its own, which can be killed and started again.

    Args:
        arguments: Module name and its arguments.
        environment: Beside that of this process.
        log: Where its output goes.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._arguments = list(arguments)
        self._environment = {**os.environ, **environment}
        self._log = log
        self._clock_s = 0.0
        self._process = self._started()

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        return self._process.pid

    def kill(self, clock_s: float = 0.0) -> None:
        """SIGKILL it, and start it again.

        Args:
            clock_s: How far its clock is then ahead of the right one, in seconds.
        """
        self._process.kill()
        self._process.wait()
        self._clock_s = clock_s
        self._process = self._started()

    def revive(self) -> None:
        """Start it again when it has ended by itself, as its host would."""
        if self._process.poll() is not None:
            self._process = self._started()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop it for the time of the block, without its knowing."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it as its host would."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        moved = ["goldbrief.testing.moved_clock", str(self._clock_s)] if self._clock_s else []
        command = [sys.executable, "-m", *moved, *self._arguments]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)


@contextmanager
def endpoint(folder: Path, speed: float = 1.0) -> Iterator[tuple[str, Program]]:
    """Run the loaded endpoint.

    Args:
        folder: For its log.
        speed: Divides its latencies.

    Yields:
        Its URL, without /v1, and its process.
    """
    port = free_port()
    arguments = ["goldbrief.testing.loaded_endpoint", str(port), str(speed)]
    program = Program(arguments, {}, folder / "endpoint.log")
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url)
        yield url, program
    finally:
        program.stop()


def role_settings(url: str) -> dict[str, str]:
    """Fields of `Settings` that make the endpoint teacher and judge."""
    fields = {"url": f"{url}/v1", "model": MODEL, "timeout_s": str(TIMEOUT_S)}
    return {
        f"{role}_{name}": value for role in ("teacher", "judge") for name, value in fields.items()
    }


def create_synthesis(ledger: Ledger, store: ObjectStore, items: int) -> Work:
    """Store so many articles and a plan, and start the synthesis of a summary of each."""
    goldens = tuple(Golden(name=f"{n}.md", persona="CFO", summary=_GOLDEN) for n in range(3))
    prompt = PromptFormat(
        template=TEMPLATE, strategy="full", article_tokens=4000, wrap="plain",
        style=infer_style(goldens), max_new_tokens=320,
    )  # fmt: skip
    plan = SynthesisPlan(goldens=goldens, prompt=prompt, personas=("CFO",), max_rewrites=0)
    store.put("plan.json", canonical_json(plan.model_dump(mode="json")))
    hashes = []
    for n in range(items):
        text = ARTICLE.format(n=n)
        article = Article(sha256=sha256_bytes(text.encode()), text=text)
        store.put(article_key(article.sha256), article.model_dump_json().encode())
        hashes.append(article.sha256)
    return Syntheses(ledger, store, MODEL).create("loaded", "", hashes, "plan.json")


def _wait_until_up(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"{url}/v1/models").raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return

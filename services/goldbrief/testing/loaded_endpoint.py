"""An OpenAI-compatible endpoint as one meets it under load: slots, spread latencies, faults.

`python -m goldbrief.testing.loaded_endpoint PORT [SPEED]` serves it in a process of its own, so
that it takes no turns of the interpreter that is measured. `GET /stats` tells what it did,
`POST /reset` begins to count anew, and `POST /faults` takes other shares of faults.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from goldbrief.judge.verdicts import DIMENSIONS

MEDIAN_S, P95_S = 1.0, 3.0
"""Latencies are log-normal with these."""
_SIGMA = math.log(P95_S / MEDIAN_S) / 1.6449
FAULTS = {
    "rate_limit": 0.05,
    "server_error": 0.01,
    "hang": 0.01,
    "truncated": 0.01,
    "garbage": 0.01,
}
"""Share of the calls that end so."""
SLOTS = 64
MODEL = "latency-model"

SUMMARY = """## Overview

Revenue rose 8% to $412 million in 2025. Net debt fell to $90 million.

## Key Takeaways

- Revenue rose 8% to $412 million in 2025 on firm prices.
- Net debt fell to $90 million from $120 million a year earlier.
- Capital spending will reach $40 million in 2026.

## Action Items for the CFO

- Refinance the $90 million term loan before March 2027.
- Review the $40 million capital plan at the October board.
"""
GRADES = json.dumps(
    {
        "rationale": "Every figure is the article's.",
        **dict.fromkeys(DIMENSIONS, 4),
    }
)


@dataclass
class Stats:
    """What the endpoint did since the first call."""

    started: float = 0.0
    last: float = 0.0
    ended: float = 0.0
    """When a slot was last given back."""
    busy_s: float = 0.0
    """Sum over the slots of the time that each was taken."""
    in_flight: int = 0
    most_in_flight: int = 0
    asked_twice: int = 0
    """Calls for what another call asked for at that moment."""

    @property
    def wall_s(self) -> float:
        """From the first call to the last answer, or to now while a call is in flight."""
        return (self.last if self.in_flight else self.ended) - self.started

    def change(self, by: int) -> None:
        """A slot is taken or given back."""
        now = time.monotonic()
        self.started = self.started or now
        self.busy_s += self.in_flight * (now - self.last) if self.last else 0.0
        self.last = now
        self.in_flight += by
        self.ended = now if by < 0 else self.ended
        self.most_in_flight = max(self.most_in_flight, self.in_flight)


class LoadedEndpoint:
    """Answers chat completions with a summary, or with grades where a rubric is asked.

    Args:
        seed: Of latencies and faults.
        speed: Divides all latencies.
    """

    def __init__(self, seed: int = 0, speed: float = 1.0) -> None:
        self._random = random.Random(seed)
        self._speed = speed
        self._faults = dict(FAULTS)
        self.stats = Stats()
        self.fates: Counter[str] = Counter()
        self._asked: Counter[bytes] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection, request after request."""
        try:
            while (request := await _read_request(reader)) is not None:
                method_and_path, body = request
                await self._route(method_and_path, body, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, _HangUpError):
            pass
        finally:
            writer.close()

    async def _route(
        self,
        what: str,
        body: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if what == "GET /v1/models":
            await _send(writer, 200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        elif what == "GET /stats":
            self.stats.change(0)
            told = {**vars(self.stats), "wall_s": self.stats.wall_s, "fates": self.fates}
            await _send(writer, 200, told)
        elif what == "POST /faults":
            self._faults = json.loads(body)
            await _send(writer, 200, {})
        elif what == "POST /reset":
            self.stats, self.fates = Stats(), Counter()
            await _send(writer, 200, {})
        else:
            self.stats.asked_twice += self._asked[body] > 0
            self._asked[body] += 1
            try:
                await self._complete(json.loads(body), reader, writer)
            finally:
                self._asked -= Counter([body])

    async def _complete(
        self, body: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        fate = self._fate()
        self.fates[fate] += 1
        if fate in ("rate_limit", "full"):
            await _send(writer, 429, _error("slow down"), {"Retry-After": "1"})
            return
        self.stats.change(1)
        try:
            if fate == "hang":
                await _wait_for_hang_up(reader)
                raise _HangUpError
            latency_s = self._random.lognormvariate(math.log(MEDIAN_S), _SIGMA)
            await asyncio.sleep(latency_s / self._speed)
        finally:
            self.stats.change(-1)
        if fate == "server_error":
            await _send(writer, 500, _error("internal error"))
        elif fate == "garbage":
            await _send_bytes(writer, 200, b'{"choices": [{"mess', {})
        elif fate == "truncated":
            whole = json.dumps(_answer(body)).encode()
            writer.write(_head(200, len(whole), {}) + whole[: len(whole) // 2])
            await writer.drain()
            raise _HangUpError
        else:
            await _send(writer, 200, _answer(body))

    def _fate(self) -> str:
        if self.stats.in_flight >= SLOTS:
            return "full"
        drawn = self._random.random()
        for fate, share in self._faults.items():
            if drawn < share:
                return fate
            drawn -= share
        return "answer"


class _HangUpError(Exception):
    """The connection ends here."""


async def _wait_for_hang_up(reader: asyncio.StreamReader) -> None:
    await reader.read(1)  # the client gives up and closes; nothing else comes


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, bytes] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    lines = head.split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    body = await reader.readexactly(int(fields.get("content-length", "0")))
    return " ".join(lines[0].split(" ")[:2]), body


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    asked = body["messages"][0]["content"]
    text = GRADES if "You grade" in asked[:40] else SUMMARY
    usage = {"prompt_tokens": len(asked) // 4, "completion_tokens": len(text) // 4}
    return {
        "id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": MODEL,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        ],
        "usage": {**usage, "total_tokens": sum(usage.values())},
    }  # fmt: skip


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "server_error", "param": None, "code": None}}


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    body: dict[str, Any],
    headers: dict[str, str] | None = None,
) -> None:
    await _send_bytes(writer, status, json.dumps(body).encode(), headers or {})


async def _send_bytes(
    writer: asyncio.StreamWriter, status: int, data: bytes, headers: dict[str, str]
) -> None:
    writer.write(_head(status, len(data), headers) + data)
    await writer.drain()


def _head(status: int, length: int, headers: dict[str, str]) -> bytes:
    fields = {"Content-Type": "application/json", "Content-Length": str(length), **headers}
    lines = [f"HTTP/1.1 {status} Reason", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _main(port: int, speed: float) -> None:
    endpoint = LoadedEndpoint(speed=speed)
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1", port, limit=2**22)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 1.0))

"""A small OpenAI server that misbehaves on demand."""

from __future__ import annotations

import json
import select
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeAlias

from goldbrief.testing.loopback import LoopbackServer, QuietHandler

Messages: TypeAlias = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer normally, but with this text."""

    text: str
    finish_reason: str = "stop"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Decline, as OpenAI's models do: no content, a `refusal` instead."""

    text: str = "I cannot help with that."


@dataclass(frozen=True, slots=True)
class Fail:
    """Answer with an error status.

    `code` and `param` stand in the error's body; `retry_after` becomes the header.
    """

    status: int
    message: str = "scripted failure"
    code: str | None = None
    param: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Say nothing for so many seconds (or until server or client is closed), then hang up."""

    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Raw:
    """Answer 200 with these very bytes as JSON."""

    body: bytes = b"<html>this is no JSON</html>"


@dataclass(frozen=True, slots=True)
class Truncated:
    """Hang up after half of a normal answer."""


Behaviour: TypeAlias = Reply | Refusal | Fail | Hang | Raw | Truncated


class FakeOpenAI(LoopbackServer):
    """An OpenAI-compatible server on a free port of 127.0.0.1; a context manager.

    Args:
        answer: Text for the messages of a request that no script covers.
        models: Names that it serves; others are 404.
        api_key: The accepted bearer token; others are 401.
        tls: Has it speak TLS.
    """

    def __init__(
        self,
        answer: Callable[[Messages], str] = lambda messages: f"echo: {messages[-1]['content']}",
        *,
        models: Sequence[str] = ("fake-model",),
        api_key: str = "test-key",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answer = answer
        self.models = tuple(models)
        self.api_key = api_key
        self.requests: list[dict[str, Any]] = []
        """Bodies of the chat requests so far, in order of arrival."""
        self.headers: list[dict[str, str]] = []
        """Headers of the same requests, names in lower case."""
        self.given_up = 0
        """Requests whose client hung up while they hung."""
        self.closing = threading.Event()
        self._script: deque[Behaviour] = deque()
        self._lock = threading.Lock()
        super().__init__(_Handler, tls=tls)

    @property
    def url(self) -> str:
        """Base URL, ending in /v1."""
        return f"{super().url}/v1"

    def script(self, *behaviours: Behaviour) -> None:
        """Have the next chat requests answered so, one each; after them it is normal again."""
        with self._lock:
            self._script.extend(behaviours)

    def record(self, body: dict[str, Any], headers: dict[str, str]) -> Behaviour | None:
        """Note a chat request and return what the script says of it, if anything."""
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
            return self._script.popleft() if self._script else None

    def note_given_up(self) -> None:
        """Count a request whose client hung up."""
        with self._lock:
            self.given_up += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        super().__exit__(kind, error, trace)


class _Handler(QuietHandler):
    @property
    def _fake(self) -> FakeOpenAI:
        fake: FakeOpenAI = self.server.fake  # type: ignore[attr-defined]
        return fake

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        if not self._authorized():
            return
        if self.path != "/v1/models":
            self._fail(Fail(404, f"no route {self.path}"))
            return
        cards = [{"id": name, "object": "model", "created": 0} for name in self._fake.models]
        self._send(200, {"object": "list", "data": cards})

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._authorized():
            return
        if self.path != "/v1/chat/completions":
            self._fail(Fail(404, f"no route {self.path}"))
            return
        body = json.loads(data)
        headers = {name.lower(): value for name, value in self.headers.items()}
        behaviour = self._fake.record(body, headers)
        if behaviour is None and body["model"] not in self._fake.models:
            behaviour = Fail(404, f"The model {body['model']} does not exist", "model_not_found")
        self._behave(behaviour or Reply(self._fake.answer(body["messages"])), body)

    def _behave(self, behaviour: Behaviour, body: dict[str, Any]) -> None:
        if isinstance(behaviour, Fail):
            self._fail(behaviour)
        elif isinstance(behaviour, Hang):
            self._hang(behaviour.seconds)
            self.close_connection = True
        elif isinstance(behaviour, Raw):
            self._send_bytes(200, behaviour.body, {})
        elif isinstance(behaviour, Truncated):
            whole = json.dumps(_completion(body, Reply("this answer ends ear"))).encode()
            self._send_bytes(200, whole[: len(whole) // 2], {"Content-Length": str(len(whole))})
            self.close_connection = True
        else:
            self._send(200, _completion(body, behaviour))

    def _hang(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._fake.closing.is_set():
            hung_up, _, _ = select.select([self.connection], [], [], 0.02)  # nothing else comes
            if hung_up:
                self._fake.note_given_up()
                return

    def _authorized(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {self._fake.api_key}":
            return True
        self._fail(Fail(401, "Incorrect API key provided", "invalid_api_key"))
        return False

    def _fail(self, failure: Fail) -> None:
        kind = "server_error" if failure.status >= 500 else "invalid_request_error"
        error = {"message": failure.message, "type": kind}
        body = {"error": {**error, "param": failure.param, "code": failure.code}}
        headers = {"Retry-After": failure.retry_after} if failure.retry_after else {}
        self._send_bytes(failure.status, json.dumps(body).encode(), headers)

    def _send(self, status: int, body: dict[str, Any]) -> None:
        self._send_bytes(status, json.dumps(body).encode(), {})

    def _send_bytes(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        fields = {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _completion(body: dict[str, Any], behaviour: Reply | Refusal) -> dict[str, Any]:
    refused = isinstance(behaviour, Refusal)
    message = {
        "role": "assistant",
        "content": None if refused else behaviour.text,
        "refusal": behaviour.text if refused else None,
    }
    finish = "stop" if isinstance(behaviour, Refusal) else behaviour.finish_reason
    read = sum(len(turn["content"].split()) for turn in body["messages"])
    written = len(behaviour.text.split())
    usage = {"prompt_tokens": read, "completion_tokens": written}
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {**usage, "total_tokens": read + written},
    }

"""A small Text Generation Inference by its native routes, with its quirks and a shard that dies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

from pydantic import ValidationError

from goldbrief.testing.fake_tgi_model import (
    Generation,
    Limits,
    Request,
    TgiError,
    generation_of,
    said_of,
    tokens_of,
)
from goldbrief.testing.loopback import LoopbackServer, QuietHandler

_MAX_BODY_BYTES = 2_000_000
_GENERATES = ("/generate", "/generate_stream")
_READS = ("/info", "/health", "/metrics")


class FakeTgi(LoopbackServer):
    """A TGI on loopback; a context manager.

    It refuses parameters that it does not play (grammar and the like) with 501, so that no test
    takes its silence for TGI's.

    Args:
        answer: Tokens that a prompt gets from an adapter, None being the base; after them the
            model ends. `�` is a token that is part of a character.
        adapters: Those that it was started with; others are answered for by the base.
        limits: What it takes.
        token_s: Seconds that it takes over a token.
        host: See LoopbackServer.
        port: See LoopbackServer.
    """

    def __init__(
        self,
        answer: Callable[[str, str | None], Sequence[str]] = lambda prompt, adapter: (
            f"{adapter or 'the base'} was asked {len(prompt)} letters".split(" ")
        ),
        *,
        adapters: Sequence[str] = (),
        limits: Limits | None = None,
        token_s: float = 0.0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.adapters = tuple(adapters)
        self.limits = limits or Limits()
        self.token_s = token_s
        self.requests: list[Any] = []
        """Bodies of the requests to generate so far, in order of arrival."""
        self.shard_dies_after: int | None = None
        """Tokens that its shard still generates; 0 for a dead one, None for one that lives."""
        self.in_flight = 0
        """Requests that it works on."""
        self._lock = threading.Lock()
        super().__init__(_Handler, host, port)

    def enter(self) -> None:
        """Begin to work on a request; raises TgiError when it has as many as it takes."""
        with self._lock:
            if self.in_flight >= self.limits.max_concurrent_requests:
                raise TgiError(429, "Model is overloaded", "overloaded")
            self.in_flight += 1

    def leave(self) -> None:
        """Be done with a request."""
        with self._lock:
            self.in_flight -= 1

    def generate(self, generation: Generation) -> Iterator[int]:
        """Yield how many tokens there are, as they come; raises TgiError when the shard dies."""
        if self.shard_dies_after == 0:
            raise TgiError.of_shard("error trying to connect: Connection refused (os error 111)")
        for count in range(1, len(generation.tokens) + 1):
            if self.shard_dies_after == 0:
                raise TgiError.of_shard("transport error")
            if self.shard_dies_after is not None:
                self.shard_dies_after -= 1
            time.sleep(self.token_s)
            yield count


class _Handler(QuietHandler):
    @property
    def _fake(self) -> FakeTgi:
        fake: FakeTgi = self.server.fake  # type: ignore[attr-defined]
        return fake

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        if self.path == "/info":
            self._send_json(200, self._fake.limits.info())
        elif self.path == "/metrics":
            self._send(200, f"tgi_queue_size 0\ntgi_request_count {len(self._fake.requests)}\n")
        elif self.path == "/health" and self._fake.shard_dies_after == 0:
            self._send_json(503, {"error": "unhealthy", "error_type": "healthcheck"})
        elif self.path == "/health":
            self._send(200, "", None)
        else:
            self._send(405 if self.path in _GENERATES else 404, "", None)

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/tokenize":
            self._send(200, json.dumps(tokens_of(json.loads(data)["inputs"])), "application/json")
            return
        if self.path not in _GENERATES:
            self._send(405 if self.path in _READS else 404, "", None)
            return
        request = self._read(data)
        if request is None:
            return
        if self.path == "/generate":
            self._generate(request)
        else:
            self._stream(request)

    def _read(self, data: bytes) -> Request | None:
        """Read a request; what cannot be read is answered in plain text, also for a stream."""
        if self.headers.get_content_type() != "application/json":
            self._send(415, "Expected request with `Content-Type: application/json`")
        elif len(data) > _MAX_BODY_BYTES:
            self._send(413, "Failed to buffer the request body: length limit exceeded")
        else:
            try:
                body = json.loads(data)
                request = Request.model_validate(body)
            except ValidationError as error:
                said = said_of(error)
                self._send(422, f"Failed to deserialize the JSON body into the target type: {said}")
            except ValueError as error:
                self._send(400, f"Failed to parse the request body as JSON: {error}")
            else:
                self._fake.requests.append(body)
                return request
        return None

    def _generation(self, request: Request, *, stream: bool) -> Generation:
        fake = self._fake
        adapter = request.parameters.adapter_id
        known = adapter if adapter in fake.adapters else None
        return generation_of(request, fake.answer(request.inputs, known), fake.limits, stream)

    def _generate(self, request: Request) -> None:
        try:
            self._fake.enter()
            try:
                generation = self._generation(request, stream=False)
                for _ in self._fake.generate(generation):
                    pass
            finally:
                self._fake.leave()
        except TgiError as error:
            self._send_json(error.status, error.body())
            return
        headers = {
            "x-compute-type": "cpu",
            "x-prompt-tokens": str(generation.prompt_tokens),
            "x-generated-tokens": str(len(generation.tokens)),
        }
        self._send_json(200, generation.answer(), headers)

    def _stream(self, request: Request) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            with closing(self._events(request)) as events:
                for event in events:
                    self._chunk(f"data: {json.dumps(event)}\n\n".encode())
            self._chunk(b"")
        except ConnectionError:  # the client hung up, which ends the work
            self.close_connection = True

    def _events(self, request: Request) -> Generator[dict[str, Any]]:
        try:
            self._fake.enter()
            try:
                generation = self._generation(request, stream=True)
                for count in self._fake.generate(generation):
                    yield generation.event(count)
            finally:
                self._fake.leave()
        except TgiError as error:
            yield error.body()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _send_json(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        self._send(status, json.dumps(body), "application/json", headers)

    def _send(
        self,
        status: int,
        text: str,
        content_type: str | None = "text/plain; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        data = text.encode()
        kind = {"Content-Type": content_type} if content_type else {}
        self.send_response(status)
        for name, value in {**kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

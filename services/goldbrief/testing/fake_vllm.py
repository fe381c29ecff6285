"""A small vLLM by its OpenAI routes, which loads an adapter when it is first asked for it."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from goldbrief.testing.loopback import LoopbackServer, QuietHandler

_WINDOW = 2048


class FakeVllm(LoopbackServer):
    """A vLLM with the filesystem resolver; a context manager.

    It refuses streams and other routes than models and completions with 501, so that no test takes
    its silence for vLLM's.

    Args:
        folder: Where it looks for adapters: `VLLM_LORA_RESOLVER_CACHE_DIR`.
        model: What it was started with as `--model`; it passes over adapters of any other.
        answer: Text that a prompt gets from an adapter, None being the base.
        host: See LoopbackServer.
        port: See LoopbackServer.
        tls: Has it speak TLS.
    """

    def __init__(
        self,
        folder: Path,
        model: str,
        answer: Callable[[str, str | None], str] = lambda prompt, adapter: (
            f"{adapter or 'the base'} was asked {len(prompt)} letters"
        ),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.folder = folder
        self.model = model
        self.answer = answer
        self.loaded: list[str] = []
        """Adapters that it was asked for so far."""
        self.may_load = threading.Event()
        """Cleared, it takes for ever over loading an adapter."""
        self.may_load.set()
        self._loading = threading.Lock()
        self.callers: list[tuple[str, int]] = []
        """Where the connection of each request came from."""
        self.headers: list[dict[str, str]] = []
        """Headers of the same requests, names in lower case."""
        super().__init__(_Handler, host, port, tls)

    def knows(self, name: str) -> bool:
        """Whether it answers for a name; an adapter of its folder is loaded first."""
        if name == self.model:
            return True
        with self._loading:
            if name not in self.loaded and self._is_here(name):
                self.may_load.wait()
                self.loaded.append(name)
            return name in self.loaded

    def _is_here(self, name: str) -> bool:
        config = self.folder / name / "adapter_config.json"
        if not config.is_file():
            return False
        return bool(json.loads(config.read_text()).get("base_model_name_or_path") == self.model)


class _Handler(QuietHandler):
    @property
    def _fake(self) -> FakeVllm:
        fake: FakeVllm = self.server.fake  # type: ignore[attr-defined]
        return fake

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        self._note()
        if self.path != "/v1/models":
            self._refuse(501, f"this fake has no route {self.path}", "NotImplementedError")
            return
        fake = self._fake
        base = _card(fake.model, fake.model, None) | {"max_model_len": _WINDOW}
        adapters = [_card(name, str(fake.folder / name), fake.model) for name in fake.loaded]
        self._send(200, {"object": "list", "data": [base, *adapters]})

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        self._note()
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.path != "/v1/completions" or body.get("stream"):
            self._refuse(501, f"this fake has no {self.path} like that", "NotImplementedError")
        elif not self._fake.knows(body["model"]):
            said = f"The model `{body['model']}` does not exist."
            self._refuse(404, said, "NotFoundError")
        else:
            self._complete(body)

    def _complete(self, body: dict[str, Any]) -> None:
        adapter = body["model"] if body["model"] != self._fake.model else None
        prompts = [body["prompt"]] if isinstance(body["prompt"], str) else body["prompt"]
        texts = [self._fake.answer(prompt, adapter) for prompt in prompts]
        choices = [
            {"index": index, "text": text, "finish_reason": "stop"}
            for index, text in enumerate(texts)
        ]
        read, written = (sum(len(text.split()) for text in each) for each in (prompts, texts))
        usage = {"prompt_tokens": read, "completion_tokens": written}
        answer = {"object": "text_completion", "model": body["model"], "choices": choices}
        self._send(200, {**answer, "usage": {**usage, "total_tokens": read + written}})

    def _note(self) -> None:
        host, port = self.client_address
        self._fake.callers.append((host, port))
        self._fake.headers.append({name.lower(): value for name, value in self.headers.items()})

    def _refuse(self, status: int, message: str, kind: str) -> None:
        self._send(status, {"error": {"message": message, "type": kind, "code": status}})

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _card(name: str, root: str, parent: str | None) -> dict[str, Any]:
    return {"id": name, "object": "model", "owned_by": "vllm", "root": root, "parent": parent}

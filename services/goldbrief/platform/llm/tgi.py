"""Text Generation Inference 3.3.7 by its native routes."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing
from typing import Any

import httpx

from goldbrief.core.documents import SummaryForm
from goldbrief.core.errors import GoldbriefError, NotFoundError, TransientError
from goldbrief.core.seams import Completion, Window
from goldbrief.platform.llm.addresses import checked_url
from goldbrief.platform.llm.engines import OPERATION
from goldbrief.platform.llm.http import (
    engine_errors,
    event_data,
    malformed,
    new_client,
    parsed,
    status_error,
    timeout,
)
from goldbrief.platform.llm.tgi_wire import (
    STATUS,
    Answer,
    Event,
    TgiInfo,
    Tokens,
    request_body,
    whole_text,
)
from goldbrief.platform.tracing.model_calls import model_call

_LOOK_TIMEOUT_S = 10.0


class TgiEngine:
    """An `Engine` over TGI; safe to use from several threads. Tries once: callers retry.

    TGI answers for an adapter that it does not have with the base model, without a word, and
    lists its adapters nowhere. So this client knows them by name and refuses all others. That
    TGI has loaded what is named, it cannot know: name what TGI was started with. A promotion
    finds out, since it compares what the engine answers with what training saw.

    Args:
        base_url: Of TGI's root, e.g. `http://127.0.0.1:8080`.
        adapters: Names that TGI was started with; see `adapter_names` and `StoredAdapters`.
        client: For tests; None makes one.
        token: What the server wants of who calls it; empty for nothing.

    Raises:
        InvalidInputError: base_url is not an http or https URL.
    """

    def __init__(
        self,
        base_url: str,
        adapters: Collection[str],
        client: httpx.Client | None = None,
        *,
        token: str = "",
    ) -> None:
        self._url = checked_url(base_url, "base_url")
        self._adapters = adapters
        self._client = client or new_client(self._url, token)
        self._base = ""

    def complete(
        self,
        prompt: str,
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
        figure_source: str = "",
        form: SummaryForm | None = None,
    ) -> Completion:
        """Complete one prompt.

        Args:
            prompt: Raw text, as the model was trained on.
            adapter: Name of an adapter; None is the base.
            max_tokens: Longest completion; TGI takes more than 1,024 for 1,024.
            temperature: 0 is greedy.
            timeout_s: For the whole call, a place in the queue included.
            figure_source: TGI is not told, as it cannot be held to it.
            form: As `figure_source`.

        Returns:
            The completion; its `model` is the adapter's or the base's name, its `finish_reason`
            one of `eos_token`, `stop_sequence` and `length`.

        Raises:
            NotFoundError: TGI was not started with this adapter (ADAPTER_NOT_FOUND).
            ResourceExhaustedError: It has as many requests as it takes (ENGINE_OVERLOADED).
            TransientError: ENGINE_TIMEOUT, ENGINE_UNREACHABLE, ENGINE_BROKE_OFF,
                ENGINE_FAILED (also of a dead shard) or ENGINE_MALFORMED_ANSWER.
            InvalidInputError: The prompt is refused (CONTEXT_OVERFLOW, ENGINE_REFUSED).
        """
        started = time.monotonic()
        model = self._model(adapter, timeout_s)
        body = request_body(prompt, adapter, max_tokens, temperature)
        left_s = started + timeout_s - time.monotonic()
        with model_call(OPERATION, model, self._url) as call:
            with engine_errors(self._url):
                response = self._client.post(
                    "/generate", json=body, headers=call.headers, timeout=timeout(left_s)
                )
            completion = self._completion(response, model, started)
            call.answered(completion)
        return completion

    def _completion(self, response: httpx.Response, model: str, started: float) -> Completion:
        if response.status_code != 200:
            raise self._failed(response, model)
        answer = parsed(Answer, response.text, self._url)
        pieces = "".join(token.visible for token in answer.details.tokens)
        prompt_tokens = response.headers.get("x-prompt-tokens", "")
        return Completion(
            text=whole_text(answer.generated_text, pieces),
            finish_reason=answer.details.finish_reason,
            # of the prompt's tokens the body says nothing
            prompt_tokens=int(prompt_tokens) if prompt_tokens.isdecimal() else 0,
            completion_tokens=answer.details.generated_tokens,
            model=model,
            latency_s=time.monotonic() - started,
        )

    def stream(
        self,
        prompt: str,
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
        figure_source: str = "",
        form: SummaryForm | None = None,
    ) -> Iterator[str | Completion]:
        """Complete one prompt in pieces; closing the iterator hangs up, and TGI stops.

        Args:
            prompt: See `complete`.
            adapter: See `complete`.
            max_tokens: See `complete`.
            temperature: See `complete`.
            timeout_s: For the whole stream.
            figure_source: See `complete`.
            form: See `complete`.

        Yields:
            str | Completion: Pieces of text, then one Completion with the whole.

        Raises:
            NotFoundError: See `complete`, as for the errors below.
            ResourceExhaustedError: Overloaded.
            TransientError: Failed, also after pieces; a stream that ends without its final
                event has failed (ENGINE_BROKE_OFF).
            InvalidInputError: The prompt is refused.
        """
        started = time.monotonic()
        model = self._model(adapter, timeout_s)
        body = request_body(prompt, adapter, max_tokens, temperature)
        pieces: list[str] = []
        with (
            model_call(OPERATION, model, self._url) as call,
            closing(self._events(body, model, started + timeout_s, call.headers)) as events,
        ):
            for event in events:
                piece = event.token.visible if event.token else ""
                if piece:
                    pieces.append(piece)
                    yield piece
                if event.details is not None:
                    whole = Completion(
                        text=whole_text(event.generated_text or "", "".join(pieces)),
                        finish_reason=event.details.finish_reason,
                        prompt_tokens=event.details.input_length,
                        completion_tokens=event.details.generated_tokens,
                        model=model,
                        latency_s=time.monotonic() - started,
                    )
                    call.answered(whole)
                    yield whole
                    return
            raise TransientError(
                f"The engine at {self._url} ended the stream before the answer was complete.",
                reason="ENGINE_BROKE_OFF",
                metadata={"raw": "".join(pieces)},
            )

    def adapters(self) -> list[str]:
        """Names of the adapters that TGI was started with, as this client was told."""
        return list(self._adapters)

    def required_base(self) -> None:
        """None: who starts TGI with an adapter looks at its base model."""

    def window(self) -> Window | None:
        """How much fits, from TGI's limits; raises as `complete` does."""
        info = self.info()
        return Window(info.max_input_tokens, info.max_total_tokens)

    def count_tokens(self, prompt: str) -> int | None:
        """Count a prompt's tokens; raises as `complete` does."""
        body = {"inputs": prompt}
        with engine_errors(self._url):
            response = self._client.post("/tokenize", json=body, timeout=timeout(_LOOK_TIMEOUT_S))
        if response.status_code != 200:
            raise self._failed(response, "")
        return len(parsed(Tokens, response.text, self._url).root)

    def info(self, timeout_s: float = _LOOK_TIMEOUT_S) -> TgiInfo:
        """Ask TGI for its model and limits; raises as `complete` does."""
        return parsed(TgiInfo, self._get("/info", timeout_s).text, self._url)

    def check_health(self) -> None:
        """Ask whether router and shard work.

        Raises:
            TransientError: The shard is dead while the router answers (ENGINE_UNHEALTHY), or
                the router does not answer either; see `complete`.
        """
        self._get("/health")

    def metrics(self) -> str:
        """Metrics in Prometheus' text format; raises as `complete` does."""
        return self._get("/metrics").text

    def _get(self, path: str, timeout_s: float = _LOOK_TIMEOUT_S) -> httpx.Response:
        with engine_errors(self._url):
            response = self._client.get(path, timeout=timeout(timeout_s))
        if response.status_code != 200:
            raise self._failed(response, "")
        return response

    def _events(
        self, body: dict[str, Any], model: str, deadline: float, headers: Mapping[str, str]
    ) -> Generator[Event]:
        events = event_data(
            self._client,
            "/generate_stream",
            body,
            deadline,
            lambda it: self._failed(it, model),
            headers,
        )
        with closing(events):
            for data in events:
                event = parsed(Event, data, self._url)
                if event.error or event.error_type:
                    status = STATUS.get(event.error_type, 500)
                    raise self._failed(httpx.Response(status, text=data), model)
                yield event

    def _model(self, adapter: str | None, timeout_s: float) -> str:
        if adapter is None:
            self._base = self._base or self.info(timeout_s).model_id
            return self._base
        if adapter not in self._adapters:
            raise NotFoundError(
                f"The engine at {self._url} was not started with the adapter {adapter!r}.",
                reason="ADAPTER_NOT_FOUND",
                remedy="Start TGI with it (LORA_ADAPTERS), and name it in GOLDBRIEF_TGI_ADAPTERS."
                " Where the registry starts TGI, deliver the version.",
                metadata={"url": self._url, "model": adapter},
            )
        return adapter

    def _failed(self, response: httpx.Response, model: str) -> GoldbriefError:
        if response.status_code in (404, 405):  # never for want of an adapter
            return malformed(self._url, "it has no such route, so it is no TGI", response.text)
        error = status_error(response, self._url, model)
        if response.status_code == 503:
            return TransientError(error.message, reason="ENGINE_UNHEALTHY", metadata=error.metadata)
        return error


def adapter_names(lora_adapters: str) -> list[str]:
    """Read the names of adapters from what TGI takes as LORA_ADAPTERS.

    Args:
        lora_adapters: `name=/folder`, `owner/name` and `owner/name@revision`, with commas between.

    Returns:
        What each is asked for by.
    """
    entries = (entry.strip() for entry in lora_adapters.split(","))
    return [entry.partition("=")[0].partition("@")[0] for entry in entries if entry]

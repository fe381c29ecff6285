"""Serving engines by /v1/completions: the embedded server, vLLM."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import httpx
from pydantic import BaseModel, Field

from goldbrief.core.errors import GoldbriefError, TransientError
from goldbrief.core.seams import Completion, Window
from goldbrief.platform.llm.addresses import checked_url
from goldbrief.platform.llm.http import (
    engine_errors,
    event_data,
    malformed,
    new_client,
    parsed,
    status_error,
    timeout,
)

_LIST_TIMEOUT_S = 10.0


class _Choice(BaseModel):
    index: int = 0
    text: str = ""
    finish_reason: str | None = None
    token_ids: list[int] | None = None
    prompt_token_ids: list[int] | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Answer(BaseModel):
    choices: list[_Choice]
    usage: _Usage | None = None


class _Whole(_Answer):
    choices: list[_Choice] = Field(min_length=1)


class _Card(BaseModel):
    id: str
    parent: str | None = None
    kind: str = "generation"
    holds_figures: bool = False
    """Whether it takes a `figure_source`."""
    max_model_len: int | None = None


class _Cards(BaseModel):
    data: list[_Card]


class _Count(BaseModel):
    count: int


class OpenAIEngine:
    """An `Engine` over HTTP; safe to use from several threads. Tries once: callers retry.

    Args:
        base_url: Without /v1, e.g. `http://127.0.0.1:7701`.
        client: For tests; None makes one.
        token: What the server wants of who calls it; empty for nothing.

    Raises:
        InvalidInputError: base_url is not an http or https URL.
    """

    def __init__(
        self, base_url: str, client: httpx.Client | None = None, *, token: str = ""
    ) -> None:
        self._url = checked_url(base_url, "base_url")
        self._client = client or new_client(self._url, token)
        self._base: _Card | None = None

    def complete(
        self,
        prompt: str,
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
        figure_source: str = "",
    ) -> Completion:
        """Complete one prompt.

        Args:
            prompt: Raw text, as the model was trained on.
            adapter: Name of an adapter; None is the base.
            max_tokens: Longest completion.
            temperature: 0 is greedy.
            timeout_s: For the whole call, a place in the queue included.
            figure_source: Article whose figures alone may be written, by the embedded server;
                others are not told, and what they write needs a check.

        Returns:
            The completion; its `model` is the adapter's or the base's name.

        Raises:
            NotFoundError: The engine has no such adapter (ADAPTER_NOT_FOUND).
            ResourceExhaustedError: It is overloaded; may say when to retry.
            TransientError: ENGINE_TIMEOUT, ENGINE_UNREACHABLE, ENGINE_BROKE_OFF,
                ENGINE_FAILED or ENGINE_MALFORMED_ANSWER.
            InvalidInputError: The prompt is refused (CONTEXT_OVERFLOW, ENGINE_REFUSED).
        """
        (completion,) = self.complete_many(
            [prompt],
            adapter=adapter,
            max_tokens=max_tokens,
            temperature=temperature,
            timeout_s=timeout_s,
            figure_source=figure_source,
        )
        return completion

    def complete_many(
        self,
        prompts: Sequence[str],
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
        figure_source: str = "",
    ) -> list[Completion]:
        """Complete several prompts as one batch; see `complete`.

        Args:
            prompts: At most 128 for the embedded server.
            adapter: See `complete`.
            max_tokens: See `complete`; for each prompt.
            temperature: See `complete`.
            timeout_s: For the whole batch.
            figure_source: See `complete`.

        Returns:
            One completion a prompt, in order; each carries the latency of the whole batch.

        Raises:
            NotFoundError: See `complete`, as for the errors below.
            ResourceExhaustedError: Overloaded.
            TransientError: Failed.
            InvalidInputError: A prompt is refused.
        """
        if not prompts:
            return []
        started = time.monotonic()
        model = adapter or self.base_name()
        body = _body(model, max_tokens, temperature) | {"prompt": list(prompts)}
        body |= self._held_to(figure_source)
        with engine_errors(self._url):
            response = self._client.post("/v1/completions", json=body, timeout=timeout(timeout_s))
        if response.status_code != 200:
            raise self._failed(response, model)
        answer = parsed(_Whole, response.text, self._url)
        # Engines may answer out of order (TGI does).
        choices = {choice.index: choice for choice in answer.choices}
        if sorted(choices) != list(range(len(prompts))):
            raise malformed(self._url, "not one choice a prompt", response.text)
        latency_s = time.monotonic() - started
        usage = answer.usage if len(prompts) == 1 else None
        return [
            _completion(choices[index], choices[index].text, usage, model, latency_s)
            for index in range(len(prompts))
        ]

    def stream(
        self,
        prompt: str,
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
        figure_source: str = "",
    ) -> Iterator[str | Completion]:
        """Complete one prompt in pieces; closing the iterator stops the engine.

        Args:
            prompt: See `complete`.
            adapter: See `complete`.
            max_tokens: See `complete`.
            temperature: See `complete`.
            timeout_s: For the whole stream.
            figure_source: See `complete`.

        Yields:
            str | Completion: Pieces of text, then one Completion with the whole.

        Raises:
            NotFoundError: See `complete`, as for the errors below.
            ResourceExhaustedError: Overloaded.
            TransientError: Failed, also after pieces; a stream that ends without its final
                chunk has failed (ENGINE_BROKE_OFF).
            InvalidInputError: The prompt is refused.
        """
        started = time.monotonic()
        model = adapter or self.base_name()
        body = _body(model, max_tokens, temperature) | {"prompt": prompt, "stream": True}
        body["stream_options"] = {"include_usage": True}
        body |= self._held_to(figure_source)
        pieces: list[str] = []
        last: _Choice | None = None
        usage: _Usage | None = None
        for chunk in self._chunks(body, model, started + timeout_s):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                last = choice if choice.finish_reason else last
                if choice.text:
                    pieces.append(choice.text)
                    yield choice.text
        if last is None:
            raise TransientError(
                f"The engine at {self._url} ended the stream before the answer was complete.",
                reason="ENGINE_BROKE_OFF",
                metadata={"raw": "".join(pieces)},
            )
        whole = last.model_copy(update={"token_ids": None, "prompt_token_ids": None})
        latency_s = time.monotonic() - started
        yield _completion(whole, "".join(pieces), usage, model, latency_s)

    def adapters(self) -> list[str]:
        """Names of the adapters that the engine lists; raises as `complete` does."""
        return [card.id for card in self._cards() if card.parent is not None]

    def window(self) -> Window | None:
        """How much fits, from the base model's card; None without it. Raises as `complete` does."""
        card = next((one for one in self._cards() if one.id == self.base_name()), None)
        if card is None or card.max_model_len is None:
            return None
        return Window(card.max_model_len - 1, card.max_model_len)

    def count_tokens(self, prompt: str) -> int | None:
        """Count a prompt's tokens by vLLM's /tokenize, which the embedded server has too.

        Args:
            prompt: Raw text.

        Returns:
            The count; None where the engine has no such route. Raises as `complete` does.
        """
        body = {"model": self.base_name(), "prompt": prompt}
        with engine_errors(self._url):
            response = self._client.post("/tokenize", json=body, timeout=timeout(_LIST_TIMEOUT_S))
        if response.status_code in (404, 405):
            return None
        if response.status_code != 200:
            raise self._failed(response, "")
        return parsed(_Count, response.text, self._url).count

    def _chunks(self, body: dict[str, Any], model: str, deadline: float) -> Iterator[_Answer]:
        """Yield the events of a stream until `[DONE]` or its end."""
        events = event_data(
            self._client, "/v1/completions", body, deadline, lambda it: self._failed(it, model)
        )
        with closing(events):
            for event in events:
                if event == "[DONE]":
                    return
                yield self._event(event)

    def _event(self, data: str) -> _Answer:
        try:
            event = json.loads(data)
        except ValueError as error:
            raise malformed(self._url, "an event is not JSON", data) from error
        if isinstance(event, dict) and event.get("error"):
            raise TransientError(
                f"The engine at {self._url} failed in mid-stream: {event['error']}",
                reason="ENGINE_FAILED",
                metadata={"raw": data},
            )
        return parsed(_Answer, data, self._url)

    def _held_to(self, figure_source: str) -> dict[str, str]:
        if not figure_source or not self._base_card().holds_figures:
            return {}
        return {"figure_source": figure_source}

    def base_name(self) -> str:
        """Name of the base model that the engine lists; raises as `complete` does."""
        return self._base_card().id

    def _base_card(self) -> _Card:
        if self._base is None:
            cards = self._cards()
            bases = [card for card in cards if card.parent is None and card.kind == "generation"]
            if not bases:
                raise malformed(self._url, "it lists no base model", str(cards))
            self._base = bases[0]
        return self._base

    def _cards(self) -> list[_Card]:
        with engine_errors(self._url):
            response = self._client.get("/v1/models", timeout=timeout(_LIST_TIMEOUT_S))
        if response.status_code != 200:
            raise self._failed(response, "")
        return parsed(_Cards, response.text, self._url).data

    def _failed(self, response: httpx.Response, model: str) -> GoldbriefError:
        return status_error(response, self._url, model)


def _body(model: str, max_tokens: int, temperature: float) -> dict[str, Any]:
    # The temperature is always sent: TGI and OpenAI sample without one. Token ids give
    # each prompt of a batch its own count; engines without them ignore the request.
    options = {"max_tokens": max_tokens, "temperature": temperature}
    return {"model": model, "return_token_ids": True, **options}


def _completion(
    choice: _Choice, text: str, usage: _Usage | None, model: str, latency_s: float
) -> Completion:
    prompt_tokens, completion_tokens = (
        len(choice.prompt_token_ids or ()),
        len(choice.token_ids or ()),
    )
    if usage is not None:
        prompt_tokens, completion_tokens = usage.prompt_tokens, usage.completion_tokens
    return Completion(
        text=text,
        finish_reason=choice.finish_reason or "stop",
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        model=model,
        latency_s=latency_s,
    )

"""Serving engines by /v1/completions: the embedded server, vLLM."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import httpx
from pydantic import BaseModel, Field

from goldbrief.core.documents import SummaryForm
from goldbrief.core.errors import GoldbriefError, InvalidInputError, TransientError
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
from goldbrief.platform.tracing.model_calls import model_call

OPERATION = "text_completion"
"""What engines are asked for, in the words of OpenTelemetry."""
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
    holds: tuple[str, ...] = ()
    """Whether it takes a `figure_source` (figures) and a `form` (form)."""
    max_model_len: int | None = None
    owned_by: str = ""
    root: str | None = None


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
        form: SummaryForm | None = None,
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
            form: What a summary is held to, by the embedded server; as for `figure_source`.

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
            form=form,
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
        form: SummaryForm | None = None,
    ) -> list[Completion]:
        """Complete several prompts as one batch; see `complete`.

        Args:
            prompts: At most 128 for the embedded server.
            adapter: See `complete`.
            max_tokens: See `complete`; for each prompt.
            temperature: See `complete`.
            timeout_s: For the whole batch.
            figure_source: See `complete`.
            form: See `complete`.

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
        body |= self._held_to(figure_source, form)
        with model_call(OPERATION, model, self._url) as call:
            response = self._post(body, timeout_s, call.headers)
            found = self._completions(response, len(prompts), max_tokens, model, started)
            call.answered(*found)
        return found

    def _post(
        self, body: dict[str, Any], timeout_s: float, headers: Mapping[str, str]
    ) -> httpx.Response:
        with engine_errors(self._url):
            return self._client.post(
                "/v1/completions", json=body, headers=headers, timeout=timeout(timeout_s)
            )

    def _completions(
        self, response: httpx.Response, number: int, max_tokens: int, model: str, started: float
    ) -> list[Completion]:
        if response.status_code != 200:
            raise self._failed(response, model)
        answer = parsed(_Whole, response.text, self._url)
        # Engines may answer out of order (TGI does).
        choices = {choice.index: choice for choice in answer.choices}
        if sorted(choices) != list(range(number)):
            raise malformed(self._url, "not one choice a prompt", response.text)
        for choice in answer.choices:
            self._require_room(choice, max_tokens)
        latency_s = time.monotonic() - started
        usage = answer.usage if number == 1 else None
        return [
            _completion(choices[index], choices[index].text, usage, model, latency_s)
            for index in range(number)
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
        form: SummaryForm | None = None,
    ) -> Iterator[str | Completion]:
        """Complete one prompt in pieces; closing the iterator stops the engine.

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
                chunk has failed (ENGINE_BROKE_OFF).
            InvalidInputError: The prompt is refused.
        """
        started = time.monotonic()
        model = adapter or self.base_name()
        body = _body(model, max_tokens, temperature) | {"prompt": prompt, "stream": True}
        body["stream_options"] = {"include_usage": True}
        body |= self._held_to(figure_source, form)
        pieces: list[str] = []
        last: _Choice | None = None
        usage: _Usage | None = None
        with model_call(OPERATION, model, self._url) as call:
            for chunk in self._chunks(body, model, started + timeout_s, call.headers):
                usage = chunk.usage or usage
                for choice in chunk.choices:
                    self._require_room(choice, max_tokens)
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
            found = _completion(whole, "".join(pieces), usage, model, latency_s)
            call.answered(found)
        yield found

    def adapters(self) -> list[str]:
        """Names of the adapters that the engine lists; raises as `complete` does."""
        return [card.id for card in self._cards() if card.parent is not None]

    def required_base(self) -> str | None:
        """Name of the model that adapters must be of: vLLM passes over those of any other.

        Returns:
            What vLLM was given as `--model`; None for other engines. Raises as `complete` does.
        """
        card = _base_of(self._cards(), self._url)
        return card.root if card.owned_by == "vllm" else None

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

    def _chunks(
        self, body: dict[str, Any], model: str, deadline: float, headers: Mapping[str, str]
    ) -> Iterator[_Answer]:
        """Yield the events of a stream until `[DONE]` or its end."""
        events = event_data(
            self._client,
            "/v1/completions",
            body,
            deadline,
            lambda it: self._failed(it, model),
            headers,
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

    def _require_room(self, choice: _Choice, max_tokens: int) -> None:
        """Refuse what the other engines refuse: vLLM writes less where its window ends."""
        if choice.prompt_token_ids is None:
            return
        asked = len(choice.prompt_token_ids) + max_tokens
        if asked <= (self._base_card().max_model_len or asked):
            return
        window = self.window()  # it may have been started anew with another
        if window is not None and asked > window.total:
            raise InvalidInputError(
                f"The prompt has {len(choice.prompt_token_ids)} tokens and {max_tokens} more are"
                f" asked for: the engine at {self._url} takes {window.total} together.",
                reason="CONTEXT_OVERFLOW",
                remedy="Shorten the prompt or ask for fewer tokens.",
            )

    def _held_to(self, figure_source: str, form: SummaryForm | None) -> dict[str, Any]:
        held: dict[str, Any] = {}
        if figure_source and "figures" in self._base_card().holds:
            held["figure_source"] = figure_source
        if form is not None and "form" in self._base_card().holds:
            held["form"] = form.model_dump(mode="json")
        return held

    def base_name(self) -> str:
        """Name of the base model that the engine lists; raises as `complete` does."""
        return self._base_card().id

    def _base_card(self) -> _Card:
        if self._base is None:
            self._base = _base_of(self._cards(), self._url)
        return self._base

    def _cards(self) -> list[_Card]:
        with engine_errors(self._url):
            response = self._client.get("/v1/models", timeout=timeout(_LIST_TIMEOUT_S))
        if response.status_code != 200:
            raise self._failed(response, "")
        return parsed(_Cards, response.text, self._url).data

    def _failed(self, response: httpx.Response, model: str) -> GoldbriefError:
        return status_error(response, self._url, model)


def _base_of(cards: list[_Card], url: str) -> _Card:
    bases = [card for card in cards if card.parent is None and card.kind == "generation"]
    if not bases:
        raise malformed(url, "it lists no base model", str(cards))
    return bases[0]


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

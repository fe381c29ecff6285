"""The subset of OpenAI's API: completions, chat, embeddings, models."""

from __future__ import annotations

import asyncio
import base64
import struct
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.inference.bodies import ChatBody, CompletionBody, EmbeddingBody
from goldbrief.inference.exchange import (
    Ticket,
    answers,
    event_stream,
    figure_guard,
    seed_or_random,
    submit,
)
from goldbrief.inference.generation import Answer, Piece, Prompt
from goldbrief.inference.scoring import ScoredText
from goldbrief.inference.serving import EMBEDDING_MODEL, Serving
from goldbrief.platform.web.leaving import unless_left

_FINISH = {"stop": "stop", "stop_sequence": "stop", "length": "length"}


def openai_router(serving: Serving) -> APIRouter:
    """Make the routes under /v1.

    Args:
        serving: What answers.

    Returns:
        The router.
    """
    router = APIRouter(prefix="/v1")

    @router.get("/models")
    async def models() -> dict[str, Any]:
        base = serving.model.name
        cards = [_card(base, None), _card(EMBEDDING_MODEL, None, kind="embedding")]
        cards[0]["max_model_len"] = serving.model.context
        cards += [_card(name, base) for name in serving.model.adapters.names()]
        return {"object": "list", "data": cards}

    @router.post("/completions")
    async def completions(body: CompletionBody, request: Request) -> Response:
        if body.echo:
            return await _echo(serving, body, request)
        ids = await asyncio.to_thread(lambda: [serving.model.encode(text) for text in body.prompts])
        ticket = await _submit(serving, body, ids, body.max_tokens)
        return await _respond(_Shape(body, chat=False), ticket, request)

    @router.post("/chat/completions")
    async def chat(body: ChatBody, request: Request) -> Response:
        turns = [message.model_dump(include={"role", "content"}) for message in body.messages]
        ids = await asyncio.to_thread(serving.model.encode_chat, turns)
        room = max(1, serving.model.context - len(ids))
        ticket = await _submit(
            serving, body, [ids], body.max_completion_tokens or body.max_tokens or room
        )
        return await _respond(_Shape(body, chat=True), ticket, request)

    @router.post("/embeddings")
    async def embeddings(body: EmbeddingBody, request: Request) -> Response:
        if body.model != EMBEDDING_MODEL:
            raise NotFoundError(
                f"There is no embedding model {body.model!r}: {EMBEDDING_MODEL} is."
            )
        texts = [body.input] if isinstance(body.input, str) else body.input
        vectors, tokens = await unless_left(request, serving.embed(texts))
        data = [
            {"object": "embedding", "index": index, "embedding": _encoded(vector, body)}
            for index, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse(
            {"object": "list", "data": data, "model": EMBEDDING_MODEL, "usage": usage}
        )

    return router


async def _echo(serving: Serving, body: CompletionBody, request: Request) -> Response:
    if body.stream:
        raise InvalidInputError(
            "The log-probabilities of a prompt come at once, as no stream.",
            reason="SCORING_NOT_SERVED",
        )
    adapter = None if body.model == serving.model.name else body.model
    found = await unless_left(request, serving.score(body.prompts, adapter))
    return JSONResponse(_Shape(body, chat=False).echoed(body.prompts, found))


def _card(name: str, parent: str | None, kind: str = "generation") -> dict[str, Any]:
    # `parent` marks adapters, as in vLLM; `holds_figures` says that `figure_source` is heeded.
    card = {"id": name, "object": "model", "created": 0, "owned_by": "goldbrief"}
    return {**card, "parent": parent, "kind": kind, "holds_figures": kind == "generation"}


async def _submit(
    serving: Serving, body: CompletionBody | ChatBody, ids: list[list[int]], max_tokens: int
) -> Ticket:
    adapter = None if body.model == serving.model.name else body.model
    prompt = Prompt(
        ids=(),
        adapter=adapter,
        max_tokens=max_tokens,
        temperature=body.temperature,
        seed=seed_or_random(body.seed),
        stop=body.stop_sequences,
        figures=await figure_guard(body.figure_source),
    )
    prompts = [replace(prompt, ids=tuple(row)) for row in ids]
    return submit(serving.generator, serving.metrics, prompts, stream=body.stream)


async def _respond(shape: _Shape, ticket: Ticket, request: Request) -> Response:
    if shape.body.stream:
        return event_stream(shape.chunks(ticket), ticket, openai=True)
    return JSONResponse(shape.whole(ticket, await answers(request, ticket)))


def _encoded(vector: list[float], body: EmbeddingBody) -> list[float] | str:
    if body.encoding_format == "float":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


class _Shape:
    """The JSON of one request's answer: completion or chat, whole or in chunks."""

    def __init__(self, body: CompletionBody | ChatBody, *, chat: bool) -> None:
        self.body = body
        self._chat = chat
        self._id = f"{'chatcmpl' if chat else 'cmpl'}-{uuid.uuid4().hex}"
        self._created = int(time.time())

    def whole(self, ticket: Ticket, found: list[Answer]) -> dict[str, Any]:
        choices = [
            self._choice(index, answer.text, _FINISH[answer.finish_reason])
            | self._token_ids(ticket, index, answer.pieces)
            for index, answer in enumerate(found)
        ]
        kind = "chat.completion" if self._chat else "text_completion"
        return self._object(kind, choices) | {"usage": _usage(found)}

    def echoed(self, texts: list[str], scored: list[ScoredText]) -> dict[str, Any]:
        choices = [
            self._choice(index, text, "length") | {"logprobs": self._log_probs(one)}
            for index, (text, one) in enumerate(zip(texts, scored, strict=True))
        ]
        read = sum(len(one.tokens) for one in scored)
        usage = {"prompt_tokens": read, "completion_tokens": 0, "total_tokens": read}
        return self._object("text_completion", choices) | {"usage": usage}

    def _log_probs(self, scored: ScoredText) -> dict[str, Any]:
        asked = isinstance(self.body, CompletionBody) and self.body.logprobs
        return {
            "tokens": scored.tokens,
            "token_logprobs": [None, *scored.log_probs],
            "text_offset": scored.starts,
            "top_logprobs": [None, *({text: p} for text, p in scored.likeliest)] if asked else None,
        }

    async def chunks(self, ticket: Ticket) -> AsyncIterator[dict[str, Any]]:
        kind = "chat.completion.chunk" if self._chat else "text_completion"
        started: set[int] = set()
        found: list[Answer] = []
        async for index, event in ticket.events():
            if isinstance(event, Answer):
                found.append(event)
                choice = self._choice(index, "", _FINISH[event.finish_reason], delta=True)
                yield self._object(kind, [choice])
                continue
            first = index not in started
            started.add(index)
            choice = self._choice(index, event.text, None, delta=True, first=first)
            choice |= self._token_ids(ticket, index, (event,), first=first)
            yield self._object(kind, [choice])
        if self.body.include_usage:
            yield self._object(kind, []) | {"usage": _usage(found)}

    def _object(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        base = {"id": self._id, "object": kind, "created": self._created}
        return {**base, "model": self.body.model, "choices": choices}

    def _choice(
        self, index: int, text: str, finish: str | None, *, delta: bool = False, first: bool = False
    ) -> dict[str, Any]:
        if not self._chat:
            content: dict[str, Any] = {"text": text}
        elif delta:
            role = {"role": "assistant"} if first else {}
            content = {"delta": {**role, "content": text} if finish is None else {}}
        else:
            content = {"message": {"role": "assistant", "content": text, "refusal": None}}
        return {"index": index, **content, "logprobs": None, "finish_reason": finish}

    def _token_ids(
        self, ticket: Ticket, index: int, pieces: tuple[Piece, ...], *, first: bool = True
    ) -> dict[str, Any]:
        if not self.body.return_token_ids:
            return {}
        prompt = list(ticket.jobs[index].prompt.ids) if first else None
        return {"prompt_token_ids": prompt, "token_ids": [piece.token_id for piece in pieces]}


def _usage(found: list[Answer]) -> dict[str, int]:
    read = sum(answer.prompt_tokens for answer in found)
    written = sum(len(answer.pieces) for answer in found)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}

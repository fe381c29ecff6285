"""The subset of Text Generation Inference's API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from goldbrief import __version__
from goldbrief.inference.bodies import TgiBody, TokenizeBody
from goldbrief.inference.exchange import (
    Ticket,
    answers,
    event_stream,
    figure_guard,
    seed_or_random,
    submit,
)
from goldbrief.inference.generation import Answer, Piece, Prompt
from goldbrief.inference.serving import Serving
from goldbrief.text.form_guard import FormGuard

_FINISH = {"stop": "eos_token", "stop_sequence": "stop_sequence", "length": "length"}


def tgi_router(serving: Serving) -> APIRouter:
    """Make the routes of generation, health and metrics.

    Args:
        serving: What answers.

    Returns:
        The router.
    """
    router = APIRouter()

    @router.get("/health")
    async def health() -> Response:
        return Response()

    @router.get("/info")
    async def info() -> dict[str, Any]:
        return {
            "model_id": serving.model.name,
            "model_dtype": str(serving.model.module.dtype).removeprefix("torch."),
            "model_device_type": "cpu",
            "max_concurrent_requests": serving.settings.inference_queue,
            "max_best_of": 1,
            "max_stop_sequences": 4,
            "max_input_tokens": serving.model.context - 1,
            "max_total_tokens": serving.model.context,
            "max_batch_size": serving.settings.inference_max_batch,
            "adapters": serving.model.adapters.names(),
            "router": "goldbrief-inference",
            "version": __version__,
        }

    @router.get("/metrics")
    async def metrics() -> Response:
        text = serving.metrics.render(serving.generator.queue_size)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    @router.post("/tokenize")
    async def tokenize(body: TokenizeBody) -> dict[str, int]:
        # as vLLM has it; TGI's of this name answers with every token
        ids = await asyncio.to_thread(serving.model.encode, body.prompt)
        return {"count": len(ids), "max_model_len": serving.model.context}

    @router.post("/generate")
    async def generate(body: TgiBody, request: Request) -> Response:
        ticket = await _submit(serving, body, stream=False)
        (answer,) = await answers(request, ticket)
        reply: dict[str, Any] = {"generated_text": _text(body, answer)}
        if body.parameters.details:
            tokens = [_token(piece) for piece in answer.pieces]
            reply["details"] = {**_details(ticket, answer), "prefill": [], "tokens": tokens}
        headers = {"x-prompt-tokens": str(answer.prompt_tokens)}
        headers["x-generated-tokens"] = str(len(answer.pieces))
        return JSONResponse(reply, headers=headers)

    @router.post("/generate_stream")
    async def generate_stream(body: TgiBody) -> Response:
        ticket = await _submit(serving, body, stream=True)
        return event_stream(_chunks(body, ticket), ticket, openai=False)

    return router


async def _submit(serving: Serving, body: TgiBody, *, stream: bool) -> Ticket:
    options = body.parameters
    temperature = (options.temperature or 1.0) if options.do_sample else 0.0
    ids = await asyncio.to_thread(serving.model.encode, body.inputs)
    prompt = Prompt(
        ids=tuple(ids),
        adapter=options.adapter_id,
        max_tokens=options.max_new_tokens,
        temperature=temperature,
        seed=seed_or_random(options.seed),
        stop=tuple(options.stop),
        figures=await figure_guard(options.figure_source),
        form=FormGuard(options.form) if options.form else None,
    )
    return submit(serving.generator, serving.metrics, [prompt], stream=stream)


async def _chunks(body: TgiBody, ticket: Ticket) -> AsyncIterator[dict[str, Any]]:
    last: dict[str, Any] | None = None
    count = 0
    async for _, event in ticket.events():
        if isinstance(event, Piece):
            if last is not None:
                yield last
            count += 1
            last = {"index": count, "token": _token(event)}
            last |= {"generated_text": None, "details": None}
            continue
        details = _details(ticket, event) if body.parameters.details else None
        yield (last or {}) | {"generated_text": _text(body, event), "details": details}


def _text(body: TgiBody, answer: Answer) -> str:
    # TGI's answer contains the stop sequence that ended it.
    written = answer.text + answer.stopped_by
    return body.inputs + written if body.parameters.return_full_text else written


def _details(ticket: Ticket, answer: Answer) -> dict[str, Any]:
    prompt = ticket.jobs[0].prompt
    return {
        "finish_reason": _FINISH[answer.finish_reason],
        "generated_tokens": len(answer.pieces),
        "seed": prompt.seed if prompt.temperature else None,
        "input_length": answer.prompt_tokens,
    }


def _token(piece: Piece) -> dict[str, Any]:
    return {
        "id": piece.token_id,
        "text": piece.text,
        "logprob": piece.log_probability,
        "special": piece.special,
    }

"""Spans of calls of language models, in OpenTelemetry's words for generative AI."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind

from goldbrief.core.seams import Completion
from goldbrief.platform.tracing.carrying import headers_below
from goldbrief.platform.tracing.spans import note_failure, tracer


class ModelCall:
    """A call under way.

    Args:
        span: Its span.
    """

    def __init__(self, span: Span) -> None:
        self._span = span
        self.headers = headers_below(span)
        """To be sent with its request, so that the model's server goes on in the trace."""

    def answered(self, *answers: Completion) -> None:
        """Note what its answers took and why they ended; none of what they say."""
        self._span.set_attributes(
            {
                "gen_ai.response.model": answers[0].model,
                "gen_ai.response.finish_reasons": [answer.finish_reason for answer in answers],
                "gen_ai.usage.input_tokens": sum(answer.prompt_tokens for answer in answers),
                "gen_ai.usage.output_tokens": sum(answer.completion_tokens for answer in answers),
            }
        )


@contextmanager
def model_call(
    operation: str, model: str, url: str, *, is_backup: bool = False
) -> Iterator[ModelCall]:
    """Call a language model under a span, which is not made current: generators may hold it.

    Args:
        operation: `chat`, `text_completion` or `embeddings`.
        model: As its server names it.
        url: Of its server.
        is_backup: Whether the same was asked before, and has no answer yet.

    Yields:
        Gives the headers of the request, takes the answers; an error that passes fails the span.
    """
    server = urlsplit(url)
    attributes: dict[str, str | int | bool] = {
        "gen_ai.operation.name": operation,
        "gen_ai.request.model": model,
        "server.address": server.hostname or "",
        **({"server.port": server.port} if server.port else {}),
        **({"goldbrief.backup": True} if is_backup else {}),
    }
    span = tracer.start_span(f"{operation} {model}", kind=SpanKind.CLIENT, attributes=attributes)
    try:
        yield ModelCall(span)
    except Exception as error:
        note_failure(span, error)
        raise
    finally:
        span.end()

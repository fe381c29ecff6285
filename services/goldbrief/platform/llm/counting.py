"""Counts and traces calls of language models, each try by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.seams import Completion
from goldbrief.platform.metrics.instruments import LLM_SECONDS, LLM_TOKENS
from goldbrief.platform.tracing.model_calls import ModelCall, model_call


class CountedCall:
    """A call under way.

    Args:
        operation: Kind of call, in the words of OpenTelemetry: `chat`.
        model: Name of the model.
        traced: Its span.
    """

    def __init__(self, operation: str, model: str, traced: ModelCall) -> None:
        self._labels = operation, model
        self._traced = traced
        self.headers = traced.headers
        """See ModelCall.headers."""

    def answered(self, answer: Completion) -> None:
        """Count the tokens of its answer."""
        self._traced.answered(answer)
        LLM_TOKENS.labels(*self._labels, "input").observe(answer.prompt_tokens)
        LLM_TOKENS.labels(*self._labels, "output").observe(answer.completion_tokens)


@contextmanager
def counted_call(
    operation: str, model: str, url: str, *, is_backup: bool = False
) -> Iterator[CountedCall]:
    """Time a call, and note the reason of an error; see `CountedCall` and `model_call`."""
    started, error_type = time.monotonic(), ""
    try:
        with model_call(operation, model, url, is_backup=is_backup) as traced:
            yield CountedCall(operation, model, traced)
    except GoldbriefError as error:
        error_type = error.reason
        raise
    except BaseException:
        error_type = "UNEXPECTED"
        raise
    finally:
        LLM_SECONDS.labels(operation, model, error_type).observe(time.monotonic() - started)

"""Counts calls of language models, each try by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.seams import Completion
from goldbrief.platform.metrics.instruments import LLM_SECONDS, LLM_TOKENS


class CountedCall:
    """A call under way.

    Args:
        operation: Kind of call, in the words of OpenTelemetry: `chat`.
        model: Name of the model.
    """

    def __init__(self, operation: str, model: str) -> None:
        self._labels = operation, model

    def answered(self, answer: Completion) -> None:
        """Count the tokens of its answer."""
        LLM_TOKENS.labels(*self._labels, "input").observe(answer.prompt_tokens)
        LLM_TOKENS.labels(*self._labels, "output").observe(answer.completion_tokens)


@contextmanager
def counted_call(operation: str, model: str) -> Iterator[CountedCall]:
    """Time a call, and note the reason of an error; see `CountedCall`."""
    started, error_type = time.monotonic(), ""
    try:
        yield CountedCall(operation, model)
    except GoldbriefError as error:
        error_type = error.reason
        raise
    except BaseException:
        error_type = "UNEXPECTED"
        raise
    finally:
        LLM_SECONDS.labels(operation, model, error_type).observe(time.monotonic() - started)

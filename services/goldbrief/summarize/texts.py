"""Texts from the engine: greedy ones, which are kept for equal requests, and sampled ones."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

from goldbrief.core.documents import SummaryForm
from goldbrief.core.errors import TransientError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import Completion, Engine
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.models import ServedModel

AGAIN_TEMPERATURES = (0.2, 0.5, 0.5, 0.5, 0.5)
"""Of texts that are to be others than the greedy one. The first stays close to it: an engine that
is held to a form then strays least. Self-consistency (Wang et al. 2022, arXiv 2203.11171) samples
at 0.5 to 0.7."""


class TextSource:
    """Has the engine complete prompts with the adapter that is served.

    Args:
        engine: Completes prompts.
        cache: Keeps greedy texts; None has each written.
    """

    def __init__(self, engine: Engine, cache: CompletionCache | None) -> None:
        self._engine = engine
        self._cache = cache

    def greedy(
        self, prompt: str, model: ServedModel, deadline: float, *, fresh: bool, figure_source: str
    ) -> Iterator[str | Completion | None]:
        """Start the likeliest text; closing the iterator stops the engine.

        Args:
            prompt: What is completed.
            model: Who completes it.
            deadline: Of the whole text, by the monotonic clock.
            fresh: Whether a kept text will not do.
            figure_source: Article whose figures alone may be written; empty lets any.

        Returns:
            Pieces, or None while nothing is to be shown, then the whole.
        """

        def start() -> Iterator[str | Completion]:
            return self._ask(prompt, model, deadline - time.monotonic(), 0.0, figure_source)

        if self._cache is None:
            return start()
        # the prompt holds all that the request says, and how this version puts it
        key = sha256_json(
            [
                model.base_model,
                model.served_name,
                model.prompt.max_new_tokens,
                prompt,
                figure_source,
            ]
        )
        return self._cache.renew(key, start()) if fresh else self._cache.stream(key, start)

    def sampled(
        self,
        prompt: str,
        model: ServedModel,
        timeout_s: float,
        temperature: float,
        figure_source: str,
        form: SummaryForm | None,
    ) -> Iterator[str | Completion]:
        """Start another text than the likeliest; see `greedy` and `Engine.complete`."""
        return self._ask(prompt, model, timeout_s, temperature, figure_source, form)

    def _ask(
        self,
        prompt: str,
        model: ServedModel,
        timeout_s: float,
        temperature: float,
        figure_source: str,
        form: SummaryForm | None = None,
    ) -> Iterator[str | Completion]:
        return self._engine.stream(
            prompt,
            adapter=model.served_name,
            max_tokens=model.prompt.max_new_tokens,
            temperature=temperature,
            timeout_s=timeout_s,
            figure_source=figure_source,
            form=form,
        )


def completed(
    pieces: Iterator[str | Completion | None], *, is_shown: bool
) -> Generator[str | None, None, Completion]:
    """Pass the pieces of a text on, or None for each, and return the whole.

    Closing the generator stops the engine. Pieces that end without the whole are a TransientError
    (ENGINE_BROKE_OFF).
    """
    try:
        for piece in pieces:
            if isinstance(piece, Completion):
                return piece
            yield piece if is_shown else None
    finally:
        if isinstance(pieces, Generator):
            pieces.close()
    raise TransientError(
        "The engine ended the stream before the summary was complete.",
        reason="ENGINE_BROKE_OFF",
    )

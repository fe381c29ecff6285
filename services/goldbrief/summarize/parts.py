"""Articles that are too long for one prompt: summarized in parts, and these summaries together.

Hierarchical merging (Chang et al. 2024, arXiv 2310.00785): each part is put as an article to the
model, then what the summaries say, until that fits one prompt, which the answer is written from.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from dataclasses import dataclass

from goldbrief.core.errors import CancelledError, InvalidInputError
from goldbrief.core.seams import Completion, Engine
from goldbrief.platform.tracing.carrying import ContextPool
from goldbrief.summarize.assignments import Prepared
from goldbrief.summarize.texts import TextSource, completed
from goldbrief.text.chunks import chunk
from goldbrief.text.condensing import stated_items
from goldbrief.text.prompts import render_fitting
from goldbrief.text.selection import estimate_tokens
from goldbrief.text.tidying import drop_repeats

OVERFLOW = "CONTEXT_OVERFLOW"
"""Reason of the engines' error for a prompt that does not fit."""
_LOOK_S = 0.05
"""Between two looks of one who waits for parts, so that it can be told to stop."""
_MARGIN = 0.9
"""Share of the room that parts are cut for: some are denser than the article on the whole."""
_SLACK = 1.15
"""How much longer than the average a part may be, to end where a reader would pause."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A long article in a form that fits."""

    prompt: str
    chunks: int
    """Parts of the article; 1 where it fits after all."""
    completions: tuple[Completion, ...]
    """Everything that was written on the way."""


@dataclass(frozen=True, slots=True)
class _Room:
    """What fits into a prompt beside its frame, in the engine's tokens."""

    tokens: int
    ratio: float
    """Tokens of the engine for an estimated one."""

    def fits(self, text: str) -> bool:
        return estimate_tokens(text) * self.ratio <= self.tokens

    def cut_article(self, text: str) -> tuple[str, ...]:
        """Parts of about the same length, so that none is a mere rest."""
        total = estimate_tokens(text)
        average = total / math.ceil(total / self._most)
        return chunk(text, min(self._most, int(average * _SLACK)))

    def cut_summaries(self, text: str) -> tuple[str, ...]:
        """Parts with as many summaries as fit, so that they become fewer."""
        return chunk(text, self._most)

    @property
    def _most(self) -> int:
        """Estimated tokens of a part."""
        return int(self.tokens * _MARGIN / self.ratio)


class PartReader:
    """Has long articles summarized in parts.

    Args:
        engine: Says how much fits, and counts by its own tokenizer.
        texts: Writes.
        at_once: Parts that are written at once, of all articles together.
    """

    def __init__(self, engine: Engine, texts: TextSource, at_once: int) -> None:
        self._engine = engine
        self._texts = texts
        self._threads = ContextPool(at_once, thread_name_prefix="summarize-part")

    def merge(
        self, task: Prepared, deadline: float, *, fresh: bool
    ) -> Generator[None, None, Merged]:
        """Make a long article fit; yields None now and then, and closing it stops the engine.

        Args:
            task: What to summarize.
            deadline: Until when the answer is wanted, by the monotonic clock.
            fresh: Whether kept texts will not do.

        Returns:
            The prompt for the last text, and what was written for it.

        Raises:
            InvalidInputError: The room is too small for summaries to become shorter than
                what they summarize (ARTICLE_TOO_LONG).
            GoldbriefError: A part failed, as the engine does.
        """
        room = self._room(task)
        text, chunks, written = task.article.prompt_text, 1, list[Completion]()
        while not room.fits(text):
            parts = room.cut_summaries(text) if written else room.cut_article(text)
            chunks = chunks if written else len(parts)
            completions = yield from self._summaries(parts, task, deadline, fresh)
            written += completions
            merged = "\n\n".join(_statements(one.text, task) for one in completions)
            if len(merged) >= len(text):
                raise _too_long(task, room)
            text = merged
        prompt = render_fitting(text, task.persona, task.model.prompt)
        return Merged(prompt, chunks, tuple(written))

    def _room(self, task: Prepared) -> _Room:
        """Measure by the engine's tokenizer; by the estimate where it tells of none."""
        form = task.model.prompt
        window = self._engine.window()
        whole = self._engine.count_tokens(task.prompt)
        frame = self._engine.count_tokens(render_fitting("", task.persona, form))
        if window is None or whole is None or frame is None:
            return _Room(form.article_tokens, 1.0)
        tokens = min(form.article_tokens, window.room(form.max_new_tokens) - frame)
        if tokens < form.max_new_tokens:  # parts shorter than their summaries lead nowhere
            raise _too_long(task, _Room(tokens, 1.0))
        return _Room(tokens, (whole - frame) / task.article.estimated_tokens)

    def _summaries(
        self, parts: Sequence[str], task: Prepared, deadline: float, fresh: bool
    ) -> Generator[None, None, list[Completion]]:
        left = threading.Event()

        def summarize(part: str) -> list[Completion]:
            prompt = render_fitting(part.strip(), task.persona, task.model.prompt)
            try:
                pieces = self._texts.greedy(
                    prompt, task.model, deadline, fresh=fresh, figure_source=task.figure_source
                )
                return [_drain(completed(pieces, is_shown=False), left)]
            except InvalidInputError as error:
                if error.reason != OVERFLOW:
                    raise
            halves = chunk(part, estimate_tokens(part) // 2 + 1)
            return [one for half in halves for one in summarize(half)]

        futures = [self._threads.submit(summarize, part) for part in parts]
        try:
            pending: set[Future[list[Completion]]] = set(futures)
            while pending:
                done, pending = wait(pending, _LOOK_S, FIRST_EXCEPTION)
                for future in done:
                    future.result()
                yield None
        finally:
            left.set()
            for future in futures:
                future.cancel()
        return [one for future in futures for one in future.result()]


def _drain(steps: Generator[object, None, Completion], left: threading.Event) -> Completion:
    try:
        while not left.is_set():
            next(steps)
    except StopIteration as end:
        completion: Completion = end.value
        return completion
    finally:
        steps.close()
    raise CancelledError("Nobody waits for this part any more.")


def _statements(summary: str, task: Prepared) -> str:
    """What a summary states of the article: no headings, repeats, advice or wrong figures."""
    style = task.model.prompt.style
    kept = [
        item
        for item in stated_items(drop_repeats(summary, style, task.persona), style)
        if all(figure.support != "unsupported" for figure in task.article.check(item))
    ]
    return "\n".join(kept) or summary


def _too_long(task: Prepared, room: _Room) -> InvalidInputError:
    size = task.article.estimated_tokens
    return InvalidInputError(
        f"The article has about {size} tokens; with room for {max(0, room.tokens)} in a prompt, not"
        " even summaries of its parts become short enough.",
        reason="ARTICLE_TOO_LONG",
        remedy="Shorten it, or use a model with a longer context or the strategy select.",
        metadata={"field": "article_text", "tokens": str(size), "room": str(max(0, room.tokens))},
    )

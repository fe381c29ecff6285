"""The queue of prompts and the one thread that computes."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import torch

from goldbrief.core.errors import (
    GoldbriefError,
    InvalidInputError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.inference.decoding import Row, decode
from goldbrief.inference.detokenizing import TextAssembler
from goldbrief.inference.guarding import TokenGuard
from goldbrief.inference.language_model import LanguageModel
from goldbrief.inference.metrics import Metrics
from goldbrief.text.figure_guard import FigureGuard
from goldbrief.text.form_guard import FormGuard

_LOG = logging.getLogger(__name__)
_BATCH_TOKENS = 16_384
"""Padded tokens of the prompts of one batch: bounds the memory of its first pass."""
_RETRY_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to complete, and how."""

    ids: tuple[int, ...]
    adapter: str | None
    """None is the base."""
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    figures: FigureGuard | None = None
    """What figures may be written; None is any."""
    form: FormGuard | None = None
    """What sections may be written; None is any text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One generated token and the text that became certain with it."""

    text: str
    token_id: int
    log_probability: float
    special: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished completion."""

    text: str
    finish_reason: Literal["stop", "stop_sequence", "length"]
    stopped_by: str
    """The stop sequence that was met; it is not part of `text`."""
    prompt_tokens: int
    pieces: tuple[Piece, ...]
    """All tokens, the one that ended the text included."""


Event: TypeAlias = Piece | Answer | GoldbriefError
"""What happens to a job: pieces, then one answer; or one error at any time."""


class Job:
    """One prompt on its way."""

    def __init__(self, prompt: Prompt, model: LanguageModel, emit: Callable[[Event], None]) -> None:
        self.prompt = prompt
        self._eos = model.eos_ids
        self._special = model.special_ids
        self._emit = emit
        self._text = TextAssembler(model.decode, prompt.stop)
        self._guard = (
            TokenGuard(prompt.figures, prompt.form, model.decode, model.eos_ids, prompt.max_tokens)
            if prompt.figures or prompt.form
            else None
        )
        self._pieces: list[Piece] = []
        self._open = True

    def cancel(self) -> None:
        """Stop working on it, before the next token; no event follows. Any thread may call."""
        self._open = False

    def wanted(self) -> bool:
        """Whether anybody waits for it."""
        return self._open

    def fail(self, error: GoldbriefError) -> None:
        """End it with an error, unless it has ended."""
        if self._open:
            self._open = False
            self._emit(error)

    def row(self) -> Row:
        """Return the job as a row of a batch."""
        prompt = self.prompt
        return Row(
            prompt=prompt.ids,
            max_tokens=prompt.max_tokens,
            temperature=prompt.temperature,
            random=torch.Generator().manual_seed(prompt.seed),
            take=self._take,
            wanted=self.wanted,
            guard=self._guard,
        )

    @property
    def generated(self) -> int:
        """Tokens generated so far."""
        return len(self._pieces)

    def _take(self, token: int, log_probability: float) -> bool:
        ended = token in self._eos
        text = self._text.finish() if ended else self._text.push(token)
        reason: Literal["stop", "stop_sequence", "length"] | None = None
        if ended:
            reason = "stop"
        elif self._text.stopped_by:
            reason = "stop_sequence"
        elif len(self._pieces) + 1 == self.prompt.max_tokens:
            reason = "length"
            text += self._text.finish()
        piece = Piece(text, token, log_probability, token in self._special)
        self._pieces.append(piece)
        self._emit(piece)
        if reason is None:
            return True
        self._open = False
        self._emit(
            Answer(
                text=self._text.text,
                finish_reason=reason,
                stopped_by=self._text.stopped_by,
                prompt_tokens=len(self.prompt.ids),
                pieces=tuple(self._pieces),
            )
        )
        return False


class Generator:
    """Completes prompts, in order of arrival, on one thread.

    Prompts that ask for the same adapter are decoded together; one that comes while others are
    under way joins them before their next token, unless an older one waits for another adapter.
    Prompts submitted together form batches of their own, so that the same list is always
    answered the same (see `decoding` on ties).

    Args:
        model: Used by nobody else from now on, except for its tokenizer.
        metrics: Where work is counted.
        max_batch: Prompts decoded together.
        max_queue: Prompts that may wait.
        threads: CPU threads of a matrix product.
    """

    def __init__(
        self, model: LanguageModel, metrics: Metrics, max_batch: int, max_queue: int, threads: int
    ) -> None:
        self.model = model
        self._metrics = metrics
        self._max_batch = max_batch if model.takes_positions else 1
        self._max_queue = max_queue
        self._threads = threads
        self._waiting: deque[list[Job]] = deque()
        self._asides: deque[Callable[[], None]] = deque()
        self._running: list[Job] = []
        self._is_closed = False  # whether what runs was submitted together
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="inference", daemon=True)
        self._thread.start()

    def submit(self, prompts: Sequence[Prompt], emit: Callable[[int, Event], None]) -> list[Job]:
        """Queue prompts of one adapter, to be run as one batch where it fits.

        Args:
            prompts: What to complete.
            emit: Called from the computing thread with the prompt's index and each event.

        Returns:
            The jobs, in the order of the prompts; cancel those that nobody waits for.

        Raises:
            InvalidInputError: A prompt is empty or does not fit the context.
            NotFoundError: The adapter does not exist.
            ResourceExhaustedError: The queue is full.
            TransientError: The server is shutting down.
        """
        for prompt in prompts:
            self._check(prompt)
        jobs = [
            Job(prompt, self.model, lambda event, index=index: emit(index, event))  # type: ignore[misc]
            for index, prompt in enumerate(prompts)
        ]
        with self._changed:
            self._admit()
            self._waiting.append(jobs)
            self._changed.notify()
        return jobs

    def aside(self, work: Callable[[], object]) -> Future[object]:
        """Have the computing thread do something else between two tokens.

        One thread computes: two at once would fight for the same cores, and both be many
        times slower.

        Args:
            work: Short; every answer under way waits for it.

        Returns:
            Its result or exception, once it has run.

        Raises:
            ResourceExhaustedError: Too much is waiting.
            TransientError: The server is shutting down.
        """
        future: Future[object] = Future()
        with self._changed:
            self._admit()
            self._asides.append(lambda: _fulfil(future, work))
            self._changed.notify()
        return future

    @property
    def queue_size(self) -> int:
        """Prompts and other work waiting."""
        with self._changed:
            return self._size()

    def close(self) -> None:
        """Fail whatever is under way or waiting, and end the thread."""
        with self._changed:
            self._closing = True
            abandoned = [*self._running, *(job for jobs in self._waiting for job in jobs)]
            self._waiting.clear()
            self._changed.notify()
        for job in abandoned:
            job.fail(_shutting_down())
        self._thread.join()

    def _check(self, prompt: Prompt) -> None:
        if not prompt.ids:
            raise InvalidInputError("The prompt cannot be empty.", reason="EMPTY_PROMPT")
        total = len(prompt.ids) + prompt.max_tokens
        if total > self.model.context:
            raise InvalidInputError(
                f"The prompt has {len(prompt.ids)} tokens and {prompt.max_tokens} more are asked"
                f" for: {total} exceed the maximum context length of {self.model.context}.",
                reason="CONTEXT_OVERFLOW",
                remedy="Shorten the prompt or ask for fewer tokens.",
            )
        if prompt.adapter is not None:
            self.model.adapters.path(prompt.adapter)

    def _size(self) -> int:
        jobs = sum(job.wanted() for jobs in self._waiting for job in jobs)
        return jobs + len(self._asides)

    def _admit(self) -> None:
        if self._closing:
            raise _shutting_down()
        if self._size() >= self._max_queue:
            raise ResourceExhaustedError(
                f"The queue is full: {self._max_queue} prompts are waiting.",
                retry_after_s=_RETRY_AFTER_S,
                reason="QUEUE_FULL",
                remedy="Try again later, or raise GOLDBRIEF_INFERENCE_QUEUE.",
            )

    def _work(self) -> None:
        torch.set_num_threads(self._threads)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._waiting or self._asides)
                if self._closing and not self._asides:
                    return
                self._running = self._next_jobs()
            self._run_asides()
            for batch in self._batches(self._running):
                self._run(batch)
            self._running = []

    def _run_asides(self) -> None:
        while self._asides:
            self._asides.popleft()()

    def _between(self, batch: list[Job], takes_more: bool) -> list[Row]:
        """What happens before each token of a batch; returns the rows that join it."""
        self._run_asides()
        joining = self._joining(batch) if takes_more and not self._is_closed else []
        batch += joining
        return [job.row() for job in joining]

    def _joining(self, batch: list[Job]) -> list[Job]:
        """Take prompts from the head of the queue that fit a batch under way."""
        joining: list[Job] = []
        with self._changed:
            while self._waiting and len(self._waiting[0]) == 1:
                (job,) = self._waiting[0]
                together = [job, *joining, *(other for other in batch if other.wanted())]
                if job.prompt.adapter != batch[0].prompt.adapter or not self._fits(together):
                    break
                self._waiting.popleft()
                if job.wanted():
                    joining.append(job)
            self._running += joining
        return joining

    def _next_jobs(self) -> list[Job]:
        """Take the oldest submission, and single prompts behind it if it is one itself."""
        while self._waiting:
            submitted = self._waiting.popleft()
            taken = [job for job in submitted if job.wanted()]
            self._is_closed = len(submitted) > 1
            if not taken:
                continue
            if self._is_closed:
                return taken
            for jobs in [group for group in self._waiting if len(group) == 1]:
                fits = self._fits([*taken, *jobs])
                if fits and jobs[0].prompt.adapter == taken[0].prompt.adapter:
                    self._waiting.remove(jobs)
                    taken += [job for job in jobs if job.wanted()]
            return taken
        return []

    def _batches(self, jobs: list[Job]) -> list[list[Job]]:
        """Split into batches of similar length: padding is work too."""
        batches: list[list[Job]] = []
        for job in sorted(jobs, key=lambda job: len(job.prompt.ids)):
            if batches and self._fits([*batches[-1], job]):
                batches[-1].append(job)
            else:
                batches.append([job])
        return batches

    def _fits(self, jobs: list[Job]) -> bool:
        longest = max(len(job.prompt.ids) for job in jobs)
        return len(jobs) <= self._max_batch and len(jobs) * longest <= _BATCH_TOKENS

    def _run(self, batch: list[Job]) -> None:
        batch = [job for job in batch if job.wanted()]
        if not batch:
            return
        started = time.monotonic()
        try:
            self.model.select(batch[0].prompt.adapter)
            decode(self.model, [job.row() for job in batch], partial(self._between, batch))
        except GoldbriefError as error:
            for job in batch:
                job.fail(error)
        except Exception as error:  # noqa: BLE001 - the thread must outlive any one batch
            _LOG.exception("A batch of %d prompts failed", len(batch))
            failure = GoldbriefError(f"Generation failed: {error}", reason="GENERATION_FAILED")
            for job in batch:
                job.fail(failure)
        self._count(batch)
        _LOG.debug("%d prompts in %.2f s", len(batch), time.monotonic() - started)

    def _count(self, batch: list[Job]) -> None:
        self._metrics.add("batches")
        self._metrics.add("prompt_tokens", sum(len(job.prompt.ids) for job in batch))
        self._metrics.add("generated_tokens", sum(job.generated for job in batch))


def _fulfil(future: Future[object], work: Callable[[], object]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except Exception as error:  # noqa: BLE001 - handed to whoever waits for the future
        future.set_exception(error)


def _shutting_down() -> TransientError:
    return TransientError("The inference server is shutting down.", reason="SHUTTING_DOWN")

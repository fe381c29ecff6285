"""Writing a summary: stream the text, check it, and have it written once more where it fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator

from goldbrief.core.errors import GoldbriefError, TransientError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import Completion, Engine
from goldbrief.summarize.answers import Answer, check_text, with_usage_of_both, withhold
from goldbrief.summarize.assignments import Assignment, Prepared, prepare
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.figures import FigurePolicy
from goldbrief.summarize.models import ModelDirectory, ServedModel

_AGAIN_TEMPERATURE = 0.5
"""Of the second text; the first is greedy. Self-consistency (Wang et al. 2022, arXiv 2203.11171)
samples at 0.5 to 0.7."""
_SHARE_FOR_AGAIN = 0.9
"""Of the time that is left, what the second text may take: the answer must still arrive."""
_log = logging.getLogger(__name__)


class SummaryWriter:
    """Writes summaries with the adapter that is served.

    Args:
        engine: Completes prompts.
        models: Knows which adapter answers for a name.
        figure_policy: What is done about figures where a request leaves it open.
        cache: Keeps first texts, which are greedy; None has each written.
    """

    def __init__(
        self,
        engine: Engine,
        models: ModelDirectory,
        figure_policy: FigurePolicy = "annotate",
        cache: CompletionCache | None = None,
    ) -> None:
        self._engine = engine
        self._models = models
        self._figure_policy: FigurePolicy = figure_policy
        self._cache = cache
        self._deletions: dict[str, int] = {}

    def write(
        self, assignment: Assignment, timeout_s: float
    ) -> Generator[str | Answer | None, None, None]:
        """Write one summary; closing the generator stops the engine.

        A text whose structure is invalid, or whose figures the policy does not bear, is written
        once more if time allows. Of the two, the one with fewer unsupported figures is answered,
        then that with fewer problems of structure.

        Args:
            assignment: What to summarize.
            timeout_s: For all of it.

        Yields:
            Pieces of the first text, if nothing can keep it from being shown, else None for each;
            then the answer, its text without repeated bullets.

        Raises:
            InvalidInputError: See `prepare`.
            NotFoundError: Nothing is served under the model's name.
            ResourceExhaustedError: The engine is overloaded.
            TransientError: Engine or registry do not answer.
        """
        deadline = time.monotonic() + timeout_s
        model = self._models.find(assignment.model)
        self._follow_deletions(model)
        task = prepare(assignment, model)
        policy = assignment.figure_policy or self._figure_policy
        is_shown = policy == "annotate"
        first = self._first_text(task, deadline, fresh=assignment.fresh)
        completion = yield from _completed(first, is_shown=is_shown)
        answer = check_text(completion, task)
        left_s = (deadline - time.monotonic()) * _SHARE_FOR_AGAIN
        is_flawed = bool(answer.problems) or (not is_shown and answer.num_unsupported > 0)
        if is_flawed and completion.latency_s < left_s:
            answer = yield from self._improve(answer, task, left_s)
        yield withhold(answer) if policy == "withhold" and answer.num_unsupported else answer

    def _follow_deletions(self, model: ServedModel) -> None:
        """Drop all kept texts when an article behind a model was deleted: any may be of it."""
        known = self._deletions.setdefault(model.served_name, model.deleted_articles)
        if known != model.deleted_articles:
            self._deletions[model.served_name] = model.deleted_articles
            if self._cache is not None:
                self._cache.clear()

    def _first_text(
        self, task: Prepared, deadline: float, *, fresh: bool
    ) -> Iterator[str | Completion | None]:
        def start() -> Iterator[str | Completion]:
            return self._ask(task, deadline - time.monotonic())

        if self._cache is None:
            return start()
        # the prompt holds all that the request says, and how this version puts it
        model = task.model
        key = sha256_json(
            [model.base_model, model.served_name, model.prompt.max_new_tokens, task.prompt]
        )
        return self._cache.renew(key, start()) if fresh else self._cache.stream(key, start)

    def _improve(
        self, answer: Answer, task: Prepared, timeout_s: float
    ) -> Generator[str | None, None, Answer]:
        """Have a second text written and return the better answer; failing, it costs only time."""
        try:
            pieces = self._ask(task, timeout_s, temperature=_AGAIN_TEMPERATURE)
            second = yield from _completed(pieces, is_shown=False)
        except GoldbriefError as error:
            _log.warning("A summary stays as it was first written: %s", error)
            return answer
        other = check_text(second, task)
        better = min(answer, other, key=lambda each: (each.num_unsupported, len(each.problems)))
        return with_usage_of_both(better, answer.completion, second)

    def _ask(
        self, task: Prepared, timeout_s: float, temperature: float = 0.0
    ) -> Iterator[str | Completion]:
        return self._engine.stream(
            task.prompt,
            adapter=task.model.served_name,
            max_tokens=task.model.prompt.max_new_tokens,
            temperature=temperature,
            timeout_s=timeout_s,
        )


def _completed(
    pieces: Iterator[str | Completion | None], *, is_shown: bool
) -> Generator[str | None, None, Completion]:
    """Pass the pieces on, or None for each, and return the whole; closing stops the engine."""
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

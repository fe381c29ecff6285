"""Writing a summary: stream the text, check it, and have it written anew where it fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from dataclasses import dataclass, replace

from goldbrief.core.documents import SummaryForm
from goldbrief.core.errors import GoldbriefError, InvalidInputError
from goldbrief.core.seams import Completion, Engine
from goldbrief.summarize.answers import Answer, check_text, with_usage_of_all, withhold
from goldbrief.summarize.articles import ArticleShelf
from goldbrief.summarize.assignments import Assignment, Prepared, prepare
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.figures import FigurePolicy
from goldbrief.summarize.models import ModelDirectory, ServedModel
from goldbrief.summarize.parts import OVERFLOW, Merged, PartReader
from goldbrief.summarize.texts import AGAIN_TEMPERATURES, TextSource, completed
from goldbrief.text.sections import form_for

_SHARE_FOR_AGAIN = 0.9
"""Of the time that is left, what another text may take: the answer must still arrive."""
_PARTS = 4
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Draft:
    """The first text, and what it was completed from."""

    completion: Completion
    merged: Merged


class SummaryWriter:
    """Writes summaries with the adapter that is served.

    Args:
        engine: Completes prompts.
        models: Knows which adapter answers for a name.
        figure_policy: What is done about figures where a request leaves it open.
        cache: Keeps first texts, which are greedy; None has each written, and keeps no article
            either.
        parts: Parts of long articles that are summarized at once, of all requests together.
    """

    def __init__(
        self,
        engine: Engine,
        models: ModelDirectory,
        figure_policy: FigurePolicy = "annotate",
        cache: CompletionCache | None = None,
        parts: int = _PARTS,
    ) -> None:
        self._models = models
        self._figure_policy: FigurePolicy = figure_policy
        self._cache = cache
        self._deletions: dict[str, int] = {}
        self._texts = TextSource(engine, cache)
        self._parts = PartReader(engine, self._texts, parts)
        self._shelf = ArticleShelf() if cache else ArticleShelf(0)

    def write(
        self, assignment: Assignment, timeout_s: float
    ) -> Generator[str | Answer | None, None, None]:
        """Write one summary; closing the generator stops the engine.

        A text whose structure is invalid, or whose figures the policy does not bear, is written
        anew if time allows, up to five times; an engine that can be held to the house style's form
        writes an invalid one in no other. Of all, the one with the fewest unsupported figures is
        answered, then that with the fewest problems of structure.

        Args:
            assignment: What to summarize.
            timeout_s: For all of it.

        Yields:
            Pieces of the first text, if nothing can keep it from being shown, else None for each;
            then the answer, its text tidied.

        Raises:
            InvalidInputError: See `prepare` and `PartReader.merge`.
            NotFoundError: Nothing is served under the model's name.
            ResourceExhaustedError: The engine is overloaded.
            TransientError: Engine or registry do not answer.
        """
        deadline = time.monotonic() + timeout_s
        model = self._models.find(assignment.model)
        self._follow_deletions(model)
        task = prepare(assignment, model, self._shelf)
        preset = task.model.prompt.style.figures.policy or self._figure_policy
        policy = assignment.figure_policy or preset
        if policy == "enforce":
            task = replace(task, figure_source=task.article.text)
        is_shown = policy == "annotate"
        draft = yield from self._draft(task, deadline, is_shown=is_shown, fresh=assignment.fresh)
        answer = check_text(draft.completion, task, draft.merged.chunks)
        written = [*draft.merged.completions, draft.completion]
        for temperature in AGAIN_TEMPERATURES:
            is_flawed = bool(answer.problems) or (not is_shown and answer.num_unsupported > 0)
            left_s = (deadline - time.monotonic()) * _SHARE_FOR_AGAIN
            if not is_flawed or draft.completion.latency_s >= left_s:
                break
            form = form_for(task.model.prompt.style, task.persona) if answer.problems else None
            prompt = draft.merged.prompt
            another = yield from self._again(task, prompt, left_s, temperature, form)
            if another is None:
                break
            written.append(another)
            answer = min(answer, check_text(another, task, draft.merged.chunks), key=_flaws)
        answer = with_usage_of_all(answer, written, cached=draft.completion.cached)
        is_withheld = policy in {"withhold", "enforce"} and answer.num_unsupported > 0
        yield withhold(answer) if is_withheld else answer

    def _follow_deletions(self, model: ServedModel) -> None:
        """Drop all kept texts when an article behind a model was deleted: any may be of it."""
        known = self._deletions.setdefault(model.served_name, model.deleted_articles)
        if known != model.deleted_articles:
            self._deletions[model.served_name] = model.deleted_articles
            if self._cache is not None:
                self._cache.clear()
            self._shelf.clear()

    def _draft(
        self, task: Prepared, deadline: float, *, is_shown: bool, fresh: bool
    ) -> Generator[str | None, None, _Draft]:
        """The first text, of the article or, where that does not fit, of what its parts say."""

        def write(merged: Merged) -> Generator[str | None, None, _Draft]:
            pieces = self._texts.greedy(
                merged.prompt, task.model, deadline, fresh=fresh, figure_source=task.figure_source
            )
            completion = yield from completed(pieces, is_shown=is_shown)
            return _Draft(completion, merged)

        if not task.is_long:
            try:
                return (yield from write(Merged(task.prompt, 1, ())))
            except InvalidInputError as error:
                # by the engine's own tokenizer it is longer than was estimated
                if error.reason != OVERFLOW or task.model.prompt.strategy == "select":
                    raise
        merged = yield from self._parts.merge(task, deadline, fresh=fresh)
        return (yield from write(merged))

    def _again(
        self,
        task: Prepared,
        prompt: str,
        timeout_s: float,
        temperature: float,
        form: SummaryForm | None,
    ) -> Generator[str | None, None, Completion | None]:
        """Have another text written, held to a form if there is one; failing costs only time."""
        source = task.figure_source
        try:
            pieces = self._texts.sampled(prompt, task.model, timeout_s, temperature, source, form)
            return (yield from completed(pieces, is_shown=False))
        except GoldbriefError as error:
            _log.warning("A summary stays as it was first written: %s", error)
            return None


def _flaws(answer: Answer) -> tuple[int, int]:
    return answer.num_unsupported, len(answer.problems)

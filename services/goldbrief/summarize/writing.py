"""Writing a summary: check the request, render the prompt, stream the text, check the text."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from dataclasses import dataclass, replace

from goldbrief.core.errors import GoldbriefError, InvalidInputError, TransientError
from goldbrief.core.seams import Completion, Engine
from goldbrief.summarize.figures import CheckedFigure, FigurePolicy, checked_figures
from goldbrief.summarize.models import ModelDirectory, ServedModel
from goldbrief.text.normalization import normalize, strip_special_tokens
from goldbrief.text.prompts import render_prompt
from goldbrief.text.sections import Summary, parse_summary, structure_problems
from goldbrief.text.selection import select_passages
from goldbrief.text.tidying import drop_repeats

MAX_ARTICLE_BYTES = 1024 * 1024
_CUT = "The token limit cut the summary off."
_AGAIN_TEMPERATURE = 0.5
"""Of the second text; the first is greedy. Self-consistency (Wang et al. 2022, arXiv 2203.11171)
samples at 0.5 to 0.7."""
_SHARE_FOR_AGAIN = 0.9
"""Of the time that is left, what the second text may take: the answer must still arrive."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A request, checked; see SummarizeRequest for the fields."""

    article_text: str
    model: str
    persona: str
    figure_policy: FigurePolicy | None = None
    """None leaves it to the server's setting."""

    def __post_init__(self) -> None:
        if not self.article_text.strip():
            raise _invalid_article("is empty", "ARTICLE_EMPTY", "Send the text of an article.")
        if "\0" in self.article_text:
            raise _invalid_article(
                "holds characters of value zero: it is a binary file, or UTF-16 read as bytes",
                "ARTICLE_NOT_TEXT",
                "Send the text of the file.",
            )
        size = len(self.article_text.encode())
        if size > MAX_ARTICLE_BYTES:
            raise _invalid_article(
                f"has {size} bytes", "ARTICLE_TOO_LARGE", "Send at most 1 MiB of text."
            )


@dataclass(frozen=True, slots=True)
class Answer:
    """A summary with everything that is known of it."""

    completion: Completion
    summary: Summary | None
    """Its sections; None when they cannot be told apart."""
    problems: tuple[str, ...]
    """What is wrong with its structure."""
    figures: tuple[CheckedFigure, ...]
    article_share: float
    """Share of the article's sentences that the model saw, 0 to 1."""
    persona: str
    model: ServedModel
    calls: int = 1
    """Times that the engine was asked; tokens and seconds are those of all."""
    withheld: bool = False
    """Whether text and sections were taken out, because of figures."""

    @property
    def num_unsupported(self) -> int:
        """How many figures the article does not support."""
        return sum(figure.support == "unsupported" for figure in self.figures)


@dataclass(frozen=True, slots=True)
class _Task:
    """What an engine's text is asked for with, and checked against."""

    model: ServedModel
    persona: str
    sent: str
    """The article as it came."""
    article: str
    """The article, normalised."""
    prompt: str
    article_share: float


class SummaryWriter:
    """Writes summaries with the adapter that is served.

    Args:
        engine: Completes prompts.
        models: Knows which adapter answers for a name.
        figure_policy: What is done about figures where a request leaves it open.
    """

    def __init__(
        self, engine: Engine, models: ModelDirectory, figure_policy: FigurePolicy = "annotate"
    ) -> None:
        self._engine = engine
        self._models = models
        self._figure_policy = figure_policy

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
            InvalidInputError: The persona is unknown to the model's style, nothing of the
                article is left after cleaning, or it does not fit the prompt.
            NotFoundError: Nothing is served under the model's name.
            ResourceExhaustedError: The engine is overloaded.
            TransientError: Engine or registry do not answer.
        """
        deadline = time.monotonic() + timeout_s
        task = self._prepare(assignment)
        policy = assignment.figure_policy or self._figure_policy
        is_shown = policy == "annotate"
        completion = yield from self._ask(task, timeout_s, is_shown=is_shown)
        answer = _answer(completion, task)
        left_s = (deadline - time.monotonic()) * _SHARE_FOR_AGAIN
        is_flawed = bool(answer.problems) or (not is_shown and answer.num_unsupported > 0)
        if is_flawed and completion.latency_s < left_s:
            answer = yield from self._improve(answer, task, left_s)
        yield _withheld(answer) if policy == "withhold" and answer.num_unsupported else answer

    def _prepare(self, assignment: Assignment) -> _Task:
        model = self._models.find(assignment.model)
        persona = _known_persona(assignment.persona, model.prompt.style.personas)
        article = _visible_text(assignment.article_text)
        prompt, share = _render(article, persona, model)
        return _Task(model, persona, assignment.article_text, article, prompt, share)

    def _improve(
        self, answer: Answer, task: _Task, timeout_s: float
    ) -> Generator[str | None, None, Answer]:
        """Have a second text written and return the better answer; failing, it costs only time."""
        try:
            second = yield from self._ask(
                task, timeout_s, is_shown=False, temperature=_AGAIN_TEMPERATURE
            )
        except GoldbriefError as error:
            _log.warning("A summary stays as it was first written: %s", error)
            return answer
        other = _answer(second, task)
        better = min(answer, other, key=lambda each: (each.num_unsupported, len(each.problems)))
        return _with_usage_of_both(better, answer.completion, second)

    def _ask(
        self, task: _Task, timeout_s: float, *, is_shown: bool, temperature: float = 0.0
    ) -> Generator[str | None, None, Completion]:
        pieces = self._engine.stream(
            task.prompt,
            adapter=task.model.served_name,
            max_tokens=task.model.prompt.max_new_tokens,
            temperature=temperature,
            timeout_s=timeout_s,
        )
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


def _visible_text(article_text: str) -> str:
    article = normalize(article_text).text
    if not article.strip():
        raise _invalid_article(
            "has no visible text", "ARTICLE_EMPTY", "Send the text of an article."
        )
    return article


def _render(article: str, persona: str, model: ServedModel) -> tuple[str, float]:
    """The prompt, and the share of the article that is in it."""
    if model.prompt.strategy != "select":
        return render_prompt(article, persona, model.prompt), 1.0
    # selecting from a selection changes nothing, so that the long way is gone once
    selection = select_passages(strip_special_tokens(article), model.prompt.article_tokens)
    text = render_prompt(selection.text, persona, model.prompt)
    return text, len(selection.kept) / selection.total if selection.total else 1.0


def _known_persona(persona: str, known: tuple[str, ...]) -> str:
    if not persona.strip():
        return known[0] if known else ""
    for name in known:
        if name.casefold() == persona.strip().casefold():
            return name
    raise InvalidInputError(
        f"The model was not trained to write for {persona.strip()[:80]!r}.",
        reason="UNKNOWN_PERSONA",
        remedy=f"Personas it knows: {', '.join(known) or 'none; leave the field empty'}.",
        metadata={"field": "persona"},
    )


def _answer(completion: Completion, task: _Task) -> Answer:
    style = task.model.prompt.style
    completion = replace(completion, text=drop_repeats(completion.text, style, task.persona))
    problems = structure_problems(completion.text, style)
    if completion.finish_reason == "length":
        problems.append(_CUT)
    return Answer(
        completion=completion,
        summary=_sections(completion.text),
        problems=tuple(problems),
        figures=checked_figures(completion.text, task.article, task.sent),
        article_share=task.article_share,
        persona=task.persona,
        model=task.model,
    )


def _with_usage_of_both(answer: Answer, first: Completion, second: Completion) -> Answer:
    completion = replace(
        answer.completion,
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        completion_tokens=first.completion_tokens + second.completion_tokens,
        latency_s=first.latency_s + second.latency_s,
    )
    return replace(answer, completion=completion, calls=2)


def _withheld(answer: Answer) -> Answer:
    completion = replace(answer.completion, text="")
    return replace(answer, completion=completion, summary=None, withheld=True)


def _sections(text: str) -> Summary | None:
    try:
        return parse_summary(text)
    except InvalidInputError:  # the problems of structure say what is missing
        return None


def _invalid_article(problem: str, reason: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(
        f"The article {problem}.",
        reason=reason,
        remedy=remedy,
        metadata={"field": "article_text"},
    )

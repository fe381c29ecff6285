"""From a text to the answer: sections, what is wrong with them, and every figure checked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import Completion
from goldbrief.summarize.assignments import Prepared
from goldbrief.summarize.figures import CheckedFigure
from goldbrief.summarize.models import ServedModel
from goldbrief.text.sections import Summary, parse_summary
from goldbrief.text.style_check import find_departures
from goldbrief.text.tidying import tidy

_CUT = "The token limit cut the summary off."


@dataclass(frozen=True, slots=True)
class Answer:
    """A summary with everything that is known of it."""

    completion: Completion
    summary: Summary | None
    """Its sections; None when they cannot be told apart."""
    problems: tuple[str, ...]
    """What is wrong with its structure."""
    style_problems: tuple[str, ...]
    """What it does otherwise than the house style, in manner."""
    figures: tuple[CheckedFigure, ...]
    article_share: float
    """Share of the article's sentences that the model saw, 0 to 1."""
    chunks: int
    """Parts that the article was summarized in, whose summaries the text is of; 1 for a text of
    the article itself."""
    persona: str
    model: ServedModel
    calls: int
    """Times that the engine was asked; tokens and seconds are those of all."""
    cached: bool
    """Whether the first text was written for an equal request before."""
    withheld: bool = False
    """Whether text and sections were taken out, because of figures."""

    article_warnings: tuple[str, ...] = ()
    """What in the article a reader should know of: orders to models, and what nobody sees."""

    request_id: str = field(default_factory=lambda: f"summary-{secrets.token_hex(8)}")
    """Of the answer, for logs and for who reports it."""

    @property
    def strategy(self) -> str:
        """How the article was fed to the model: `full`, `select` or `map_reduce`."""
        return "map_reduce" if self.chunks > 1 else self.model.prompt.strategy

    @property
    def num_unsupported(self) -> int:
        """How many figures the article does not support."""
        return sum(figure.support == "unsupported" for figure in self.figures)


def check_text(completion: Completion, task: Prepared, chunks: int) -> Answer:
    """Tidy a text and tell all that can be told of it.

    Args:
        completion: The text, as the engine wrote it.
        task: What it was written for.
        chunks: In how many parts the article was read for it.

    Returns:
        The answer.
    """
    form = _form(completion.text, task.model.prompt.style, task.persona)
    # what was cut off may be what tidying dropped
    is_cut = completion.finish_reason == "length" and form.text == completion.text
    return Answer(
        completion=replace(completion, text=form.text),
        summary=form.summary,
        problems=form.problems + ((_CUT,) if is_cut else ()),
        style_problems=form.style_problems,
        figures=task.article.check(form.text),
        article_share=task.article_share,
        chunks=chunks,
        persona=task.persona,
        model=task.model,
        calls=0 if completion.cached else 1,
        cached=completion.cached,
        article_warnings=task.article.warnings,
    )


def with_usage_of_all(answer: Answer, written: Sequence[Completion], *, cached: bool) -> Answer:
    """Return an answer with what everything that was written for it took.

    Args:
        answer: Made of one of the texts.
        written: All texts.
        cached: Whether the answer's first text was kept from an equal request.

    Returns:
        The answer, its tokens and seconds being those of all texts.
    """
    completion = replace(
        answer.completion,
        prompt_tokens=sum(one.prompt_tokens for one in written),
        completion_tokens=sum(one.completion_tokens for one in written),
        latency_s=sum(one.latency_s for one in written),
    )
    calls = sum(not one.cached for one in written)
    return replace(answer, completion=completion, calls=calls, cached=cached)


def withhold(answer: Answer) -> Answer:
    """Return the answer without its text; its figures stay, and say why."""
    completion = replace(answer.completion, text="")
    return replace(answer, completion=completion, summary=None, withheld=True)


@dataclass(frozen=True, slots=True)
class _Form:
    """What is to be said of a text without its article."""

    text: str
    """Tidied."""
    summary: Summary | None
    problems: tuple[str, ...]
    style_problems: tuple[str, ...]


@lru_cache(maxsize=64)
def _form(text: str, style: StyleContract, persona: str) -> _Form:
    text = tidy(text, style, persona)
    departures = find_departures(text, style)
    return _Form(
        text=text,
        summary=_sections(text, style),
        problems=tuple(one.message for one in departures if one.severity == "error"),
        style_problems=tuple(one.message for one in departures if one.severity == "warning"),
    )


def _sections(text: str, style: StyleContract) -> Summary | None:
    try:
        return parse_summary(text, style)
    except InvalidInputError:  # the problems of structure say what is missing
        return None

"""Writing a summary: check the request, render the prompt, stream the text, check the text."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

from goldbrief.core.errors import InvalidInputError, TransientError
from goldbrief.core.seams import Completion, Engine
from goldbrief.summarize.models import ModelDirectory, ServedModel
from goldbrief.text.figure_check import check_figures
from goldbrief.text.figures import extract_figures
from goldbrief.text.normalization import normalize, strip_special_tokens
from goldbrief.text.prompts import render_prompt
from goldbrief.text.sections import Summary, parse_summary, structure_problems
from goldbrief.text.selection import select_passages
from goldbrief.text.tidying import drop_repeats

MAX_ARTICLE_BYTES = 1024 * 1024
_CUT = "The token limit cut the summary off."


@dataclass(frozen=True, slots=True)
class Assignment:
    """A request, checked; see SummarizeRequest for the fields."""

    article_text: str
    model: str
    persona: str

    def __post_init__(self) -> None:
        if not self.article_text.strip():
            raise _invalid_article("is empty", "ARTICLE_EMPTY", "Send the text of an article.")
        size = len(self.article_text.encode())
        if size > MAX_ARTICLE_BYTES:
            raise _invalid_article(
                f"has {size} bytes", "ARTICLE_TOO_LARGE", "Send at most 1 MiB of text."
            )


@dataclass(frozen=True, slots=True)
class CheckedFigure:
    """A figure of the summary, as written."""

    text: str
    supported: bool
    """Whether the whole article has it."""


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


@dataclass(frozen=True, slots=True)
class _Prompt:
    text: str
    article_share: float


class SummaryWriter:
    """Writes summaries with the adapter that is served.

    Args:
        engine: Completes prompts.
        models: Knows which adapter answers for a name.
    """

    def __init__(self, engine: Engine, models: ModelDirectory) -> None:
        self._engine = engine
        self._models = models

    def write(
        self, assignment: Assignment, timeout_s: float
    ) -> Generator[str | Answer, None, None]:
        """Write one summary; closing the generator stops the engine.

        Args:
            assignment: What to summarize.
            timeout_s: For the engine.

        Yields:
            Pieces of the text, then the answer: the same text without repeated bullets.

        Raises:
            InvalidInputError: The persona is unknown to the model's style, nothing of the
                article is left after cleaning, or it does not fit the prompt.
            NotFoundError: Nothing is served under the model's name.
            ResourceExhaustedError: The engine is overloaded.
            TransientError: Engine or registry do not answer.
        """
        model = self._models.find(assignment.model)
        persona = _known_persona(assignment.persona, model.prompt.style.personas)
        article = _visible_text(assignment.article_text)
        prompt = _render(article, persona, model)
        pieces = self._engine.stream(
            prompt.text,
            adapter=model.served_name,
            max_tokens=model.prompt.max_new_tokens,
            timeout_s=timeout_s,
        )
        try:
            for piece in pieces:
                if isinstance(piece, Completion):
                    yield _answer(piece, article, prompt.article_share, persona, model)
                    return
                yield piece
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


def _render(article: str, persona: str, model: ServedModel) -> _Prompt:
    if model.prompt.strategy != "select":
        return _Prompt(render_prompt(article, persona, model.prompt), 1.0)
    # selecting from a selection changes nothing, so that the long way is gone once
    selection = select_passages(strip_special_tokens(article), model.prompt.article_tokens)
    text = render_prompt(selection.text, persona, model.prompt)
    return _Prompt(text, len(selection.kept) / selection.total if selection.total else 1.0)


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


def _answer(
    completion: Completion, article: str, article_share: float, persona: str, model: ServedModel
) -> Answer:
    tidy = drop_repeats(completion.text, model.prompt.style, persona)
    completion = replace(completion, text=tidy)
    problems = structure_problems(completion.text, model.prompt.style)
    if completion.finish_reason == "length":
        problems.append(_CUT)
    unsupported = check_figures(completion.text, article).unsupported
    return Answer(
        completion=completion,
        summary=_sections(completion.text),
        problems=tuple(problems),
        figures=tuple(
            CheckedFigure(figure.text, figure not in unsupported)
            for figure in extract_figures(completion.text)
        ),
        article_share=article_share,
        persona=persona,
        model=model,
    )


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

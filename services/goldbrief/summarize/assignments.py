"""From a request to the prompt: what is refused, what is cleaned, what the model sees."""

from __future__ import annotations

from dataclasses import dataclass

from goldbrief.core.errors import InvalidInputError
from goldbrief.summarize.articles import Article, ArticleShelf
from goldbrief.summarize.figures import FigurePolicy
from goldbrief.summarize.models import ServedModel
from goldbrief.text.prompts import render_fitting, render_prompt

MAX_ARTICLE_BYTES = 1024 * 1024
_FILE_MARKS = ("%PDF-", "PK\x03\x04", "{\\rtf")
"""How files begin that hold text otherwise than plainly: PDF, Word's and other archives, RTF."""
_MOST_UNREADABLE = 0.3
"""Share of unreadable characters from which a text is none. Scripts with joiners, such as Persian,
have up to a tenth."""
_SEND_TEXT = "Send the text of the file."


@dataclass(frozen=True, slots=True)
class Assignment:
    """A request, checked; see SummarizeRequest for the fields."""

    article_text: str
    model: str
    persona: str
    figure_policy: FigurePolicy | None = None
    """None leaves it to the server's setting."""
    fresh: bool = False
    """Whether a text that is kept for an equal request will not do."""

    def __post_init__(self) -> None:
        if not self.article_text.strip():
            raise _invalid_article("is empty", "ARTICLE_EMPTY", "Send the text of an article.")
        if self.article_text.startswith(_FILE_MARKS):
            raise _invalid_article("is a file, not its text", "ARTICLE_NOT_TEXT", _SEND_TEXT)
        if "\0" in self.article_text:
            raise _invalid_article(
                "holds characters of value zero: it is a binary file, or UTF-16 read as bytes",
                "ARTICLE_NOT_TEXT",
                _SEND_TEXT,
            )
        size = len(self.article_text.encode())
        if size > MAX_ARTICLE_BYTES:
            raise _invalid_article(
                f"has {size} bytes", "ARTICLE_TOO_LARGE", "Send at most 1 MiB of text."
            )


@dataclass(frozen=True, slots=True)
class Prepared:
    """An assignment, ready for the engine, and what its text is checked against."""

    model: ServedModel
    persona: str
    """As the model was trained to write for; empty where it knows none."""
    article: Article
    prompt: str
    article_share: float
    """Share of the article's sentences that are in the prompt, 0 to 1."""
    is_long: bool
    """Whether the article seems longer than the model was trained on."""
    figure_source: str = ""
    """Article whose figures alone the engine may write; empty lets it write any."""


def prepare(assignment: Assignment, model: ServedModel, shelf: ArticleShelf) -> Prepared:
    """Clean the article and render the prompt.

    Args:
        assignment: What to summarize.
        model: Who is to do it.
        shelf: Knows the articles of late.

    Returns:
        The prompt and what belongs to it.

    Raises:
        InvalidInputError: The persona is unknown to the model's style, nothing of the article is
            left after cleaning, or it has no sentence to select.
    """
    persona = _known_persona(assignment.persona, model.prompt.style.personas)
    article = shelf.find(assignment.article_text)
    if not article.text.strip():
        raise _invalid_article(
            "has no visible text", "ARTICLE_EMPTY", "Send the text of an article."
        )
    if article.unreadable_share > _MOST_UNREADABLE:
        raise _invalid_article(
            f"has {article.unreadable_share:.0%} of characters that nobody can read",
            "ARTICLE_NOT_TEXT",
            _SEND_TEXT,
        )
    form = model.prompt
    if form.strategy != "select":
        prompt = render_fitting(article.prompt_text, persona, form)
        is_long = article.estimated_tokens > form.article_tokens
        return Prepared(model, persona, article, prompt, 1.0, is_long)
    # selecting from a selection changes nothing, so that the long way is gone once
    selection = article.passages(form.article_tokens)
    prompt = render_prompt(selection.text, persona, form)
    share = len(selection.kept) / selection.total if selection.total else 1.0
    return Prepared(model, persona, article, prompt, share, is_long=False)


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


def _invalid_article(problem: str, reason: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(
        f"The article {problem}.",
        reason=reason,
        remedy=remedy,
        metadata={"field": "article_text"},
    )

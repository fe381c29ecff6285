"""Renders prompts, in training and in serving alike."""

from __future__ import annotations

from goldbrief.core.documents import PromptFormat, SectionStyle, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_json
from goldbrief.text.normalization import strip_special_tokens
from goldbrief.text.sections import heading_for
from goldbrief.text.selection import apply_strategy
from goldbrief.text.style_rules import form_rule, manner_rules

TEMPLATE = "brief-2"
"""The current template; a change of wording is a new version."""
_TEMPLATES = ("brief-1", TEMPLATE)
"""All that models were trained with: `brief-1` states sections and lengths only."""

_BODY = "{instruction}\n\n<article>\n{article}\n</article>"
_WRAPS = {
    "plain": "{body}\n\nExecutive summary:\n",
    "chatml": "<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n",
}


def render_prompt(article_text: str, persona: str, prompt: PromptFormat) -> str:
    """Render the prompt that a model completes with the summary.

    Args:
        article_text: A normalized article.
        persona: For whom the action items are, e.g. `CFO`.
        prompt: The format that the model was trained with.

    Returns:
        The prompt, ending where the summary starts.

    Raises:
        InvalidInputError: The template is unknown (`UNKNOWN_TEMPLATE`), or the article does
            not fit (see `selection.apply_strategy`).
    """
    return _assemble(fit_article(article_text, prompt), persona, prompt)


def fit_article(article_text: str, prompt: PromptFormat) -> str:
    """Find what of an article its prompt shows, whoever reads the summary.

    Args:
        article_text: A normalized article.
        prompt: The format that the model was trained with.

    Returns:
        What `render_fitting` makes the same prompt of as `render_prompt` of the article.

    Raises:
        InvalidInputError: As `render_prompt`.
    """
    _require_known(prompt)
    return apply_strategy(strip_special_tokens(article_text), prompt)


def render_fitting(text: str, persona: str, prompt: PromptFormat) -> str:
    """Render a prompt of a text that fits, or is to be measured in its prompt.

    Args:
        text: What stands where the article does.
        persona: See `render_prompt`.
        prompt: See `render_prompt`.

    Returns:
        The prompt, ending where the summary starts.

    Raises:
        InvalidInputError: The template is unknown (`UNKNOWN_TEMPLATE`).
    """
    _require_known(prompt)
    return _assemble(strip_special_tokens(text), persona, prompt)


def prompt_body(rendered: str, prompt: PromptFormat) -> str:
    """A rendered prompt without what its wrap put around it: the user's turn of a chat."""
    before, after = _WRAPS[prompt.wrap].split("{body}")
    return rendered.removeprefix(before).removesuffix(after)


def render_instruction(persona: str, style: StyleContract) -> str:
    """State the task and the whole house style, without the article: for teacher and judge.

    Args:
        persona: For whom the action items are; empty for executives in general.
        style: The house style.

    Returns:
        The instruction, for completion and chat models alike.
    """
    parts = (
        _task(persona, style),
        form_rule(style),
        manner_rules(style, _clean_persona(persona)),
    )
    return "\n".join(filter(None, parts))


def template_sha256(prompt: PromptFormat) -> str:
    """Identify how prompts are made: template, house style, wrap, strategy and room.

    Args:
        prompt: The format.

    Returns:
        Hex SHA-256; two formats with the same hash make the same prompts.

    Raises:
        InvalidInputError: The template is unknown (`UNKNOWN_TEMPLATE`).
    """
    _require_known(prompt)
    return sha256_json(
        {
            "skeleton": _assemble("{article}", "{persona}", prompt),
            "strategy": prompt.strategy,
            "article_tokens": prompt.article_tokens,
        }
    )


def _require_known(prompt: PromptFormat) -> None:
    if prompt.template not in _TEMPLATES:
        raise InvalidInputError(
            f"The prompt template {prompt.template!r} is unknown.",
            reason="UNKNOWN_TEMPLATE",
            remedy=f"This version knows {', '.join(_TEMPLATES)}; serve the model with the "
            "version that trained it.",
            metadata={"template": prompt.template},
        )


def _assemble(article: str, persona: str, prompt: PromptFormat) -> str:
    instruction = _task(persona, prompt.style)
    rule = form_rule(prompt.style) if prompt.template != "brief-1" else ""
    # the manners are left to the examples: each word here is read again with every article
    instruction = f"{instruction}\n{rule}" if rule else instruction
    body = _BODY.format(instruction=instruction, article=article)
    return _WRAPS[prompt.wrap].format(body=body)


def _task(persona: str, style: StyleContract) -> str:
    reader = _clean_persona(persona)
    length = _span(style.min_words, style.max_words)
    sections = "\n".join(f"{_section_line(section, reader)}" for section in style.sections)
    return (
        f"Write an executive summary of the article for the {reader}: {length} words of Markdown, "
        f"with only the article's facts and figures.\n{sections}"
    )


def _clean_persona(persona: str) -> str:
    """One line without control tokens: the persona comes from the caller."""
    name = " ".join(strip_special_tokens(persona).split()).removeprefix("the ")
    return name or "executive"


def _section_line(section: SectionStyle, persona: str) -> str:
    unit = "sentence" if section.form == "prose" else "bullet"
    plural = "" if section.max_items == 1 else "s"
    count = _span(section.min_items, section.max_items)
    return f"## {heading_for(section, persona)}: {count} {unit}{plural}"


def _span(fewest: int, most: int) -> str:
    return str(fewest) if fewest == most else f"{fewest}-{most}"

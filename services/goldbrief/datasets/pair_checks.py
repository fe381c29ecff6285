"""The rule checks that a user's own pair goes through; those of teachers go through the judge's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from goldbrief.core.documents import StyleContract
from goldbrief.text.figure_check import check_figures
from goldbrief.text.normalization import normalize
from goldbrief.text.pii import mask_pii
from goldbrief.text.sentences import ends_properly
from goldbrief.text.similarity import repeated_items
from goldbrief.text.style_check import find_departures

_BULLET = re.compile(r"^[ \t]*[-*•][ \t]+(.+\S)", re.MULTILINE)


def faults(response: str, article: str, style: StyleContract | None) -> Iterator[str]:
    """Find why a pair is not to be trained on.

    Args:
        response: The summary.
        article: What it summarizes: the article, or a prompt that holds it.
        style: The house style; None when form is not to be checked.

    Yields:
        What would make the judge's checks reject a teacher's summary.
    """
    figures = check_figures(response, article).figures
    wrong = [one.figure.text for one in figures if one.state == "unsupported"]
    if wrong:
        yield f"the article does not have {', '.join(dict.fromkeys(wrong))}"
    if style is not None:
        errors = (d.message for d in find_departures(response, style) if d.severity == "error")
        yield from (message.rstrip(".") for message in errors)
    elif not ends_properly(response):
        yield f"it seems cut off: “…{response.rstrip()[-60:]}”"
    bullets = [match[1] for match in _BULLET.finditer(response)]
    for first, second in repeated_items(bullets)[:1]:
        yield f"“{bullets[second]}” repeats “{bullets[first]}”"


def findings(response: str) -> Iterator[str]:
    """Find what a user should know of a response, though it may be trained on.

    Args:
        response: The summary.

    Yields:
        `hidden_characters`, and kinds of personal data.
    """
    if normalize(response).removed_hidden:
        yield "hidden_characters"
    yield from mask_pii(response)[1]

"""Rule checks that run beside every judge.

Messages are for the author of the summary; they quote the text at fault in “ ”, so that a
teacher without language can find it too.
"""

from __future__ import annotations

from collections.abc import Iterator

from goldbrief.core.documents import Finding, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.judge.features import body_sentences
from goldbrief.judge.figure_findings import figure_findings
from goldbrief.judge.verdicts import Case
from goldbrief.text.entities import unsupported_names
from goldbrief.text.figure_check import FigureCheck
from goldbrief.text.instructions import find_instructions
from goldbrief.text.normalization import normalize, strip_special_tokens
from goldbrief.text.pii import mask_pii
from goldbrief.text.sections import Summary, parse_summary
from goldbrief.text.sentences import ends_properly, words
from goldbrief.text.similarity import copied_share, repeated_items
from goldbrief.text.structure import LENGTH_TOLERANCE
from goldbrief.text.style_check import find_departures

_COPIED = 0.9
"""Share of copied word runs from which a writing model has not summarized."""


def check(case: Case, figures: FigureCheck, *, is_extract: bool) -> list[Finding]:
    """Run every check.

    Args:
        case: The summary, its article and the house style.
        figures: Outcome of the figure check.
        is_extract: Whether the author copies by design, so that copying is no fault.

    Returns:
        The findings, errors first.
    """
    found = [
        *_form(case),
        *figure_findings(case, figures),
        *_names(case),
        *_repetition(_parsed(case)),
        *(() if is_extract else _copying(case)),
        *_instructions(case.summary),
        *_hidden(case.summary),
        *_personal_data(case.summary),
        *_article(case.article),
    ]
    return sorted(found, key=lambda finding: finding.severity)


def _form(case: Case) -> Iterator[Finding]:
    style = case.style
    last = body_sentences(case.summary)[-1]
    if style is None:
        if not ends_properly(last):
            yield _error("truncation", f"The text seems cut off: “{last}”.")
        return
    any_length = style.model_copy(update={"min_words": 0, "max_words": 10**6})
    departures = find_departures(case.summary, any_length)
    for message in (one.message for one in departures if one.severity == "error"):
        is_cut = message.startswith("The text seems cut off")
        yield _error("truncation" if is_cut else "sections", message)
    yield from _length(case.summary, style)
    for message in (one.message for one in departures if one.severity == "warning"):
        yield _warning("style", message)


def _length(summary: str, style: StyleContract) -> Iterator[Finding]:
    count = sum(len(words(text)) for text in body_sentences(summary))
    fewest, most = (
        style.min_words * (1 - LENGTH_TOLERANCE),
        style.max_words * (1 + LENGTH_TOLERANCE),
    )
    if not fewest <= count <= most:
        yield _warning(
            "length",
            f"The summary has {count} words; the house style has {style.min_words} to "
            f"{style.max_words}.",
        )


def _names(case: Case) -> Iterator[Finding]:
    for name in unsupported_names(case.summary, case.article):
        yield _warning("names", f"The article does not have the name {name}.")


def _repetition(summary: Summary | None) -> Iterator[Finding]:
    if summary is None:
        return
    for items in (items for name, items in summary.sections.items() if name != "overview"):
        for first, second in repeated_items(items):
            yield _error("repetition", f"“{items[second]}” repeats “{items[first]}”")


def _copying(case: Case) -> Iterator[Finding]:
    share = copied_share(case.summary, case.article)
    if share > _COPIED:
        yield _warning("copying", f"{share:.0%} of the summary is copied word for word.")


def _instructions(summary: str) -> Iterator[Finding]:
    """An error: what is trained on or shown to a judge must not give orders to either."""
    for instruction in find_instructions(summary):
        yield _error("instructions", f"The summary seems to instruct models: “{instruction}”.")


def _hidden(summary: str) -> Iterator[Finding]:
    hidden = normalize(summary).removed_hidden
    if hidden:
        yield _warning("hidden", f"The summary has {hidden} characters that no reader sees.")


def _personal_data(summary: str) -> Iterator[Finding]:
    _, found = mask_pii(summary)
    if found:
        yield _warning("pii", f"The summary has personal data: {', '.join(sorted(found))}.")


def _article(article: str) -> Iterator[Finding]:
    hidden = normalize(article).removed_hidden
    if hidden:
        yield _warning("article", f"The article has {hidden} characters that no reader sees.")
    if strip_special_tokens(article) != article:
        yield _warning("article", "The article has control tokens of language models.")
    injected = find_instructions(article)
    if injected:
        yield _warning("article", f"The article seems to instruct models: “{injected[0]}”.")


def _parsed(case: Case) -> Summary | None:
    try:
        return parse_summary(case.summary, case.style)
    except InvalidInputError:
        return None


def _error(check_name: str, message: str) -> Finding:
    return Finding(check=check_name, severity="error", message=message)


def _warning(check_name: str, message: str) -> Finding:
    return Finding(check=check_name, severity="warning", message=message)

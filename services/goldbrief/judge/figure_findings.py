"""What the figure check has to say to the author of a summary."""

from __future__ import annotations

from collections.abc import Iterator

from goldbrief.core.documents import Finding
from goldbrief.judge.features import body_sentences
from goldbrief.judge.verdicts import Case
from goldbrief.text.figure_check import CheckedFigure, FigureCheck, Span
from goldbrief.text.figures import Figure, extract_figures
from goldbrief.text.key_figures import figure_coverage
from goldbrief.text.sentences import sentence_spans, words

_ENOUGH_FIGURES = 0.9
"""Share of the house style's density that is near enough: a figure more or less is chance."""
_ENOUGH_KEY_FIGURES = 0.3
"""Of 160 right summaries of simulated articles 98% have more of the key figures than this."""
_FEW_KEY_FIGURES = 5
"""Articles with fewer key figures need not be covered by any share."""
_MAX_QUOTED = 3
_LONGEST_QUOTE = 400
"""Letters of the article's sentence; of a longer one what stands around the figure."""
_SAID = {
    "unit": "The article has {figure} in another unit",
    "subject": "The article says {figure} of something else",
    "period": "The article says {figure} of another period",
    "direction": "The article lets {figure} go the other way",
}
"""By what is wrong with a figure; the sentence at fault follows."""


def figure_findings(case: Case, figures: FigureCheck) -> Iterator[Finding]:
    """Findings on figures that are wrong, and on those that are missing.

    Args:
        case: The summary, its article and the house style.
        figures: Outcome of the figure check.

    Yields:
        Errors for what the article lacks, warnings for the rest: in words that the check was not
        built on, one right figure in a hundred seems to be of something else. Both quote the
        summary's sentence in “ ” and the article's between plain quotes.
    """
    yield from _unsupported(case, figures)
    for one in figures.unclear:
        said = _SAID[one.reason].format(figure=one.figure.text)
        sentence = _sentence_with(one.figure, case.summary)
        yield _warning("figures", f"{said}, in “{sentence}”{_instead(case, one)}")
    yield from _missing(case)
    yield from _density(case)


def _unsupported(case: Case, figures: FigureCheck) -> Iterator[Finding]:
    by_sentence: dict[str, dict[str, CheckedFigure]] = {}
    for one in figures.figures:
        if one.state == "unsupported":
            sentence = _sentence_with(one.figure, case.summary)
            by_sentence.setdefault(sentence, {})[one.figure.text] = one
    for sentence, wrong in by_sentence.items():
        known = next((text for one in wrong.values() if (text := _instead(case, one))), "")
        message = f"The article does not have {', '.join(wrong)}, in “{sentence}”{known}"
        yield Finding(check="figures", severity="error", message=message)


def _instead(case: Case, one: CheckedFigure) -> str:
    """The article's own sentence: that of the rival, else that of the figure."""
    span = one.rival or next(iter(one.spans), None)
    if span is None:
        return ""
    known = _sentence_at(span, case.article)
    if len(known) > _LONGEST_QUOTE:
        around = _LONGEST_QUOTE // 2
        known = case.article[max(0, span[0] - around) : span[1] + around]
    return f'; the article has: "{known}"'


def _sentence_at(span: Span, text: str) -> str:
    for start, end in sentence_spans(text):
        if start <= span[0] < end:
            return " ".join(text[start:end].split())
    return text[span[0] : span[1]]


def _sentence_with(figure: Figure, summary: str) -> str:
    """The sentence or bullet of a figure, without its marker."""
    whole = _sentence_at((figure.start, figure.end), summary)
    return next((text for text in body_sentences(summary) if whole.endswith(text)), whole)


def _missing(case: Case) -> Iterator[Finding]:
    coverage = figure_coverage(case.summary, case.article)
    total = len(coverage.present) + len(coverage.missing)
    if total >= _FEW_KEY_FIGURES and coverage.share < _ENOUGH_KEY_FIGURES:
        lacking = ", ".join(figure.text for figure in coverage.missing[:_MAX_QUOTED])
        yield _warning(
            "figure_coverage",
            f"The summary has {len(coverage.present)} of the article's {total} key figures; it "
            f"lacks {lacking}.",
        )


def _density(case: Case) -> Iterator[Finding]:
    if case.style is None:
        return
    density = 100 * len(extract_figures(case.summary)) / max(1, len(words(case.summary)))
    if density < case.style.figures_per_100_words * _ENOUGH_FIGURES:
        yield _warning(
            "figure_density",
            f"The summary has {density:.1f} figures in 100 words; the house style has "
            f"{case.style.figures_per_100_words:g}.",
        )


def _warning(check: str, message: str) -> Finding:
    return Finding(check=check, severity="warning", message=message)

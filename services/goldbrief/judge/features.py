"""Measurable features of a summary beside its article, each from 0 (bad) to 1 (good).

What the article supports (`support`), what is covered of it (`coverage`), how sentences hang
together (`coherence`), how clean the language is (`language`), what can be acted on
(`action_items`); here repetition, length, and the form that a house style asks for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import Embedder, TokenScorer
from goldbrief.judge.action_items import measure_actions
from goldbrief.judge.coherence import measure_coherence
from goldbrief.judge.coverage import measure_coverage
from goldbrief.judge.language import measure_language
from goldbrief.judge.likelihood import measure_likelihood
from goldbrief.judge.support import measure_support
from goldbrief.judge.verdicts import Case
from goldbrief.text.entities import proper_names, unsupported_names
from goldbrief.text.figure_check import check_figures
from goldbrief.text.figures import extract_figures
from goldbrief.text.sections import Summary, is_section_heading, parse_summary, structure_problems
from goldbrief.text.sentences import is_prose, split_sentences, words
from goldbrief.text.similarity import ngrams, repeated_items, rouge_n_f

_MARKER = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_FEW_SENTENCES = 3
"""Asked for where no house style is."""
_LONG_SENTENCE = 32
"""Words above which a sentence no longer counts as concise."""
_PROBLEMS_THAT_RUIN_FORM = 3
_COST_OF_A_WRONG_FIGURE = 2
"""One wrong figure leaves a third, two a fifth: what a share of many figures would hide."""

Vectors = NDArray[np.float64]
Features = dict[str, float | None]
"""By name; None where there is nothing to measure, such as a form that nobody asked for."""


def measure(case: Case, embedder: Embedder, scorer: TokenScorer | None = None) -> Features:
    """Measure a summary.

    Args:
        case: The summary, its article and what it should look like.
        embedder: Compares sentences.
        scorer: Says how probable the wording is; None leaves that out.

    Returns:
        The features.

    Raises:
        TransientError: The embeddings' endpoint does not answer.
    """
    summary = body_sentences(case.summary)
    source = [text for text in split_sentences(case.article) if is_prose(text)]
    source = source or split_sentences(case.article)
    vectors = np.array(embedder.embed([*summary, *source]), dtype=np.float64)
    mine, theirs = vectors[: len(summary)], vectors[len(summary) :]
    similarity = mine @ theirs.T
    parsed = _parsed(case)
    actions = parsed.actions if parsed else ()
    prose = max(1, len(summary) - len(actions))
    return {
        **asdict(measure_support(summary, source, similarity, case.article)),
        **asdict(measure_coverage(summary, source, mine, theirs)),
        **asdict(measure_coherence(summary, mine, similarity, prose)),
        **asdict(measure_language(summary, case.article)),
        **asdict(measure_likelihood(summary, source, similarity, scorer)),
        **_figures_and_names(case),
        **_repetition(summary, mine, parsed),
        **_actions(actions, case),
        **_form(case, parsed),
        "few_sentences": _few_sentences(len(summary), case.style),
        "sentence_length": _share([len(text.split()) <= _LONG_SENTENCE for text in summary]),
        "likeness_to_reference": rouge_n_f(case.summary, case.reference, 1)
        if case.reference
        else None,
    }


def body_sentences(summary: str) -> list[str]:
    """Sentences and bullets of a summary, without headings and markers; never empty."""
    body = [
        _MARKER.sub("", text) for text in split_sentences(summary) if not is_section_heading(text)
    ]
    return body or [summary]


def _parsed(case: Case) -> Summary | None:
    try:
        return parse_summary(case.summary, case.style)
    except InvalidInputError:
        return None


def _figures_and_names(case: Case) -> Features:
    figures = check_figures(case.summary, case.article)
    names = proper_names(case.summary)
    unknown = unsupported_names(case.summary, case.article)
    return {
        "figure_support": figures.supported / figures.total if figures.total else 1.0,
        "figures_right": 1 / (1 + _COST_OF_A_WRONG_FIGURE * len(figures.unsupported)),
        "name_support": 1 - len(unknown) / len(names) if names else 1.0,
    }


def _repetition(summary: Sequence[str], mine: Vectors, parsed: Summary | None) -> Features:
    lists = (parsed.takeaways, parsed.actions) if parsed else (summary,)
    trigrams = [gram for text in summary for gram in ngrams(words(text), 3)]
    return {
        "no_redundancy": 1 - _redundancy(mine),
        "no_repeated_words": len(set(trigrams)) / len(trigrams) if trigrams else 1.0,
        "no_repeated_items": 0.0 if any(map(repeated_items, lists)) else 1.0,
    }


def _redundancy(vectors: Vectors) -> float:
    """Mean, over the sentences, of the cosine to the most similar other one."""
    if len(vectors) < 2:
        return 0.0
    pairs = vectors @ vectors.T - 2 * np.eye(len(vectors))
    return _clipped(float(pairs.max(axis=1).mean()))


def _actions(actions: Sequence[str], case: Case) -> Features:
    """Of no items: nothing useful where the house style asks for them, no fault elsewhere."""
    if actions:
        return dict(asdict(measure_actions(actions, case.article)))
    nothing = None if case.style is None else 0.0
    return dict.fromkeys(("imperatives", "concrete", "weakest", "triggered"), nothing)


def _form(case: Case, parsed: Summary | None) -> Features:
    """What the house style asks for; None of it where there is none."""
    named = parsed.persona if parsed else ""
    for_persona = float(not named or named.casefold() == case.persona.casefold())
    style = case.style
    if style is None:
        nothing = dict.fromkeys(("form", "length", "figure_density"))
        return {**nothing, "for_persona": for_persona if named else None}
    problems = len(structure_problems(case.summary, style))
    density = 100 * len(extract_figures(case.summary)) / max(1, len(words(case.summary)))
    wanted = style.figures_per_100_words
    return {
        "form": 1 - min(problems, _PROBLEMS_THAT_RUIN_FORM) / _PROBLEMS_THAT_RUIN_FORM,
        "for_persona": for_persona,
        "length": _length(case.summary, style),
        "figure_density": min(1.0, density / wanted) if wanted else 1.0,
    }


def _length(summary: str, style: StyleContract) -> float:
    """1 within the house style's band, falling to 0 at half its minimum or twice its maximum."""
    count = sum(len(words(text)) for text in body_sentences(summary))
    if count < style.min_words:
        return _clipped(2 * count / style.min_words - 1)
    return _clipped(2 - count / style.max_words)


def _few_sentences(count: int, style: StyleContract | None) -> float:
    """1 for as few sentences and bullets as are asked for, falling to 0 at four times as many."""
    asked = sum(section.min_items for section in style.sections) if style else _FEW_SENTENCES
    return _clipped(1 - (count - asked) / (3 * asked))


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 1.0


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))

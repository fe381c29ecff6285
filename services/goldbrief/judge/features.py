"""Measurable features of a summary beside its article, each from 0 (bad) to 1 (good).

Support by the article's nearest sentences, by its figures and names, precision and balance
of telling words, coverage of the lead and the center, order, redundancy and form.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import Embedder
from goldbrief.judge.action_items import ActionFeatures, measure_actions
from goldbrief.judge.verdicts import Case
from goldbrief.text.entities import proper_names, unsupported_names
from goldbrief.text.figure_check import check_figures
from goldbrief.text.figures import extract_figures
from goldbrief.text.sections import Summary, is_section_heading, parse_summary, structure_problems
from goldbrief.text.sentences import ends_properly, is_prose, split_sentences, words
from goldbrief.text.similarity import content_words, ngrams, repeated_items, rouge_n_f

_MARKER = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_WELL_FORMED = re.compile(
    r"(?!.*\b(\w+) \1\b)(?!.*\s[,.;:])[\W_]*[A-Z\d].*[.!?…][\"'”’)\]*_]*$", re.DOTALL
)
"""From a capital or figure to a full stop, no word twice in a row, no space before a comma."""
_LEAD_SENTENCES = 3
_FEW_SENTENCES = 3
"""Asked for where no house style is."""
_LONG_SENTENCE = 32
"""Words above which a sentence no longer counts as concise."""
_PROBLEMS_THAT_RUIN_FORM = 3
_COST_OF_A_WRONG_FIGURE = 2
"""One wrong figure leaves a third, two a fifth: what a share of many figures would hide."""

Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Features:
    """All from 0 to 1; `measure` says how each comes about."""

    sentence_support: float
    figure_support: float
    figures_right: float
    name_support: float
    word_precision: float
    word_balance: float
    phrase_precision: float
    lead_position: float
    lead_coverage: float
    center_coverage: float
    figure_density: float
    likeness_to_reference: float | None
    source_order: float
    no_redundancy: float
    no_repeated_words: float
    no_repeated_items: float
    few_sentences: float
    length: float
    sentence_length: float
    finished: float
    well_formed: float
    form: float
    for_persona: float
    imperatives: float
    concrete_actions: float
    weakest_action: float
    triggered_actions: float


def measure(case: Case, embedder: Embedder) -> Features:
    """Measure a summary.

    Args:
        case: The summary, its article and what it should look like.
        embedder: Compares sentences.

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
    figures = check_figures(case.summary, case.article)
    names = proper_names(case.summary)
    precision, balance = _telling_words(summary, source)
    parsed = _parsed(case)
    takeaways, actions = (parsed.takeaways, parsed.actions) if parsed else ((), ())
    acting = _action_features(actions, case)
    return Features(
        sentence_support=_clipped(float(similarity.max(axis=1).mean())),
        figure_support=figures.supported / figures.total if figures.total else 1.0,
        figures_right=1 / (1 + _COST_OF_A_WRONG_FIGURE * len(figures.unsupported)),
        name_support=_share_without(unsupported_names(case.summary, case.article), names),
        word_precision=precision,
        word_balance=balance,
        phrase_precision=_phrase_precision(summary, case.article),
        lead_position=_lead_position(similarity),
        lead_coverage=_clipped(float(similarity[:, :_LEAD_SENTENCES].max(axis=0).mean())),
        center_coverage=_clipped(_cosine(mine.mean(axis=0), theirs.mean(axis=0))),
        figure_density=_figure_density(case),
        likeness_to_reference=rouge_n_f(case.summary, case.reference, 1)
        if case.reference
        else None,
        source_order=_source_order(similarity, len(summary) - len(actions)),
        no_redundancy=1 - _redundancy(mine),
        no_repeated_words=_distinct_trigrams(summary),
        no_repeated_items=0.0 if repeated_items(takeaways) or repeated_items(actions) else 1.0,
        few_sentences=_few_sentences(len(summary), case.style),
        length=_length(case.summary, case.style),
        sentence_length=_share([len(text.split()) <= _LONG_SENTENCE for text in summary]),
        finished=_share([ends_properly(text) for text in summary]),
        well_formed=_share([bool(_WELL_FORMED.match(text)) for text in summary]),
        form=_form(case),
        for_persona=_for_persona(parsed, case.persona),
        imperatives=acting.imperatives,
        concrete_actions=acting.concrete,
        weakest_action=acting.weakest,
        triggered_actions=acting.triggered,
    )


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


def _action_features(actions: Sequence[str], case: Case) -> ActionFeatures:
    """Of no items: nothing useful where the house style asks for them, no fault elsewhere."""
    if actions:
        return measure_actions(actions, case.article)
    nothing = 1.0 if case.style is None else 0.0
    return ActionFeatures(nothing, nothing, nothing, nothing)


def _for_persona(parsed: Summary | None, persona: str) -> float:
    """0 when the heading of the action items names somebody else."""
    named = parsed.persona if parsed else ""
    return float(not named or named.casefold() == persona.casefold())


def _telling_words(summary: Sequence[str], source: Sequence[str]) -> tuple[float, float]:
    """Share of the summary's content words that the source has, and its balance with recall.

    Words weigh by rarity among the source's sentences; those that it lacks weigh most.
    """
    sentences = [set(content_words(text)) for text in source]
    frequency = Counter(word for sentence in sentences for word in sentence)
    known = {w: math.log(1 + len(sentences) / count) for w, count in frequency.items()}
    unknown = math.log(1 + len(sentences))
    mine = {word for text in summary for word in content_words(text)}
    shared = sum(known[word] for word in mine if word in known)
    total = shared + unknown * sum(1 for word in mine if word not in known)
    precision = shared / total if total else 0.0
    recall = shared / sum(known.values()) if known else 0.0
    together = precision + recall
    return precision, 2 * precision * recall / together if together else 0.0


def _phrase_precision(summary: Sequence[str], article: str) -> float:
    """Share of the summary's word trigrams that stand in the article."""
    mine = [gram for text in summary for gram in ngrams(words(text), 3)]
    theirs = set(ngrams(words(article), 3))
    return _share([gram in theirs for gram in mine])


def _lead_position(similarity: Vectors) -> float:
    """How early in the article the summary's sentences have their like; 1 at its beginning."""
    last = max(1, len(similarity[0]) - 1)
    return 1 - float(similarity.argmax(axis=1).mean()) / last


def _few_sentences(count: int, style: StyleContract | None) -> float:
    """1 for as few sentences and bullets as are asked for, falling to 0 at four times as many."""
    asked = sum(section.min_items for section in style.sections) if style else _FEW_SENTENCES
    return _clipped(1 - (count - asked) / (3 * asked))


def _source_order(similarity: Vectors, count: int) -> float:
    """Share of neighboring sentences, action items excluded, that follow the article's order."""
    places = similarity[: max(2, count)].argmax(axis=1)
    return _share([bool(b >= a) for a, b in pairwise(places)])


def _redundancy(vectors: Vectors) -> float:
    """Mean, over the sentences, of the cosine to the most similar other one."""
    if len(vectors) < 2:
        return 0.0
    pairs = vectors @ vectors.T - 2 * np.eye(len(vectors))
    return _clipped(float(pairs.max(axis=1).mean()))


def _distinct_trigrams(summary: Sequence[str]) -> float:
    trigrams = [gram for text in summary for gram in ngrams(words(text), 3)]
    return len(set(trigrams)) / len(trigrams) if trigrams else 1.0


def _figure_density(case: Case) -> float:
    """Figures a word, as a share of what the house style, else the article, has; at most 1."""
    mine = _density(case.summary)
    wanted = case.style.figures_per_100_words if case.style else _density(case.article)
    return min(1.0, mine / wanted) if wanted else 1.0


def _density(text: str) -> float:
    return 100 * len(extract_figures(text)) / max(1, len(words(text)))


def _length(summary: str, style: StyleContract | None) -> float:
    """1 within the house style's band, falling to 0 at half its minimum or twice its maximum."""
    if style is None:
        return 1.0
    count = sum(len(words(text)) for text in body_sentences(summary))
    if count < style.min_words:
        return _clipped(2 * count / style.min_words - 1)
    return _clipped(2 - count / style.max_words)


def _form(case: Case) -> float:
    if case.style is None:
        return 1.0
    problems = len(structure_problems(case.summary, case.style))
    return 1 - min(problems, _PROBLEMS_THAT_RUIN_FORM) / _PROBLEMS_THAT_RUIN_FORM


def _share_without(bad: Sequence[str], everything: set[str]) -> float:
    return 1 - len(bad) / len(everything) if everything else 1.0


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 1.0


def _cosine(first: Vectors, second: Vectors) -> float:
    norms = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / norms if norms else 0.0


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))

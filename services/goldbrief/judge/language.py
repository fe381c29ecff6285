"""How clean the language of a summary is, by rule: no model reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from goldbrief.text.sentences import ends_properly, vocabulary, words
from goldbrief.text.similarity import ngrams

_WELL_FORMED = re.compile(
    r"(?!.*\b(\w+) \1\b)(?!.*\s[,.;:])[\W_]*[A-Z\d].*[.!?…][\"'”’)\]*_]*$", re.DOTALL
)
"""From a capital or figure to a full stop, no word twice in a row, no space before a comma."""
_CLAUSE = re.compile(r"[^,.;:!?()\"“”–—]+")
_TOKEN = re.compile(r"[\w'’%$€£-]+")

_ARTICLES = vocabulary("a an the its their our my your every")
_LINKS = vocabulary("of at from with into by for in on to")
_JOINS = vocabulary("and or but")
_FINITE = vocabulary("is are was were has had")
_MODALS = vocabulary("will would can could may might must should")
_PERSONS = vocabulary("he she they we i")
_NEVER_FOLLOWS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (_ARTICLES, _ARTICLES | _LINKS | _JOINS | _FINITE | _PERSONS | {"it", "be", "been"}),
    (_LINKS - {"for"}, _PERSONS | {"of", "but", "or"}),
    (frozenset({"for"}), frozenset({"of"})),
    (frozenset({"of", "into"}), _FINITE),
    (frozenset({"of"}), vocabulary("by to with in into be been")),
    (_JOINS, _JOINS),
    (_FINITE, vocabulary("is are was were has will would could of")),
    (_MODALS, _FINITE | vocabulary("been")),
    (vocabulary("would could should"), vocabulary("of to")),
    (_PERSONS, vocabulary("of a an the at from with into by for be been")),
    (frozenset({"to"}), vocabulary("been could would should")),
)
"""Pairs of little words that English does not put next to each other: what is left when words
are lost or stand in a wrong order. Words that can be nouns as well (`the will`) are left out."""
_NEVER_LAST = _ARTICLES | _JOINS | _PERSONS | vocabulary("of into")


@dataclass(frozen=True, slots=True)
class Language:
    """All from 0 (bad) to 1."""

    finished: float
    """Share of the sentences that end with a full stop or its like."""
    well_formed: float
    """Share from a capital to a full stop, without a word twice in a row."""
    in_order: float
    """Share without little words where English has none."""
    known_pairs: float
    """Share of the word pairs that the article has too: written by people, so in order."""


def measure_language(summary: Sequence[str], article: str) -> Language:
    """Measure the language.

    Args:
        summary: Sentences of the summary; at least one.
        article: The article.

    Returns:
        The features.
    """
    known = set(ngrams(words(article), 2))
    pairs = [pair in known for text in summary for pair in ngrams(words(text), 2)]
    return Language(
        finished=fmean(ends_properly(text) for text in summary),
        well_formed=fmean(bool(_WELL_FORMED.match(text)) for text in summary),
        in_order=fmean(not any(misplaced(text)) for text in summary),
        known_pairs=fmean(pairs) if pairs else 1.0,
    )


def misplaced(sentence: str) -> Iterator[str]:
    """Little words that cannot stand where they do, each with its neighbor."""
    for clause in _CLAUSE.findall(sentence):
        tokens = [token.lower() for token in _TOKEN.findall(clause)]
        for one, two in pairwise(tokens):
            if any(one in first and two in second for first, second in _NEVER_FOLLOWS):
                yield f"{one} {two}"
        if tokens and tokens[-1] in _NEVER_LAST:
            yield tokens[-1]

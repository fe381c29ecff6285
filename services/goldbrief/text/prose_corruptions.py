"""Faults of language and of reference, planted in any prose: see `corruptions`."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from random import Random

from goldbrief.text.entities import proper_names
from goldbrief.text.sentences import is_prose, sentence_spans
from goldbrief.text.similarity import stopwords

_AUXILIARY = r"(?:is|are|was|were|has|have|had|will|can|could|would|may|must|should|does|did)"
_TO_NEGATE = re.compile(rf"\b{_AUXILIARY}\b(?! (?:not|never|no)\b)")
_PAST = (
    r"(?:said|says|rose|fell|grew|made|took|gave|sold|bought|held|paid|ran|won|lost|left|met|began"
    r"|came|went|saw|told|cut|beat|kept|brought|[a-z]+ed)"
)
_SUBJECT = re.compile(rf"(?:[\w'’,.-]+ ){{1,6}}?(?=(?:{_AUXILIARY}|{_PAST})\b)")
"""A beginning of up to six words before what seems to be its verb."""
_LITTLE = stopwords - {"not", "no", "nor"}
"""Without them a sentence stumbles but says the same."""
_SCRAMBLED_WORDS = 5
_LOST_WORDS = 3
_FEWEST_WORDS = 8
"""A shorter sentence is all subject and verb: nothing to scramble or to lose."""


def wrong_name(summary: str, other: str, rng: Random) -> str | None:
    """Put another name of the summary, or of another one, in a name's place."""
    mine = sorted(proper_names(summary))
    pairs = [
        (one, wrong)
        for one in mine
        for wrong in [*mine, *sorted(proper_names(other))]
        if one not in wrong and wrong not in one
    ]
    if not pairs:
        return None
    name, wrong = rng.choice(pairs)
    places = [match.span() for match in re.finditer(rf"\b{re.escape(name)}\b", summary)]
    start, end = rng.choice(places) if places else (0, 0)
    return summary[:start] + wrong + summary[end:] if places else None


def negated(summary: str, _: str, rng: Random) -> str | None:
    """Say that something is not, or will not."""
    places = [match.end() for match in _TO_NEGATE.finditer(summary)]
    place = rng.choice(places) if places else 0
    return f"{summary[:place]} not{summary[place:]}" if places else None


def scrambled_words(summary: str, _: str, rng: Random) -> str | None:
    """Mix up some words in a row within a sentence."""

    def scramble(tokens: list[str]) -> list[str]:
        start = rng.randint(1, len(tokens) - 1 - _SCRAMBLED_WORDS)
        mixed = tokens[start : start + _SCRAMBLED_WORDS]
        rng.shuffle(mixed)
        return [*tokens[:start], *mixed, *tokens[start + _SCRAMBLED_WORDS :]]

    return _in_a_sentence(summary, rng, scramble)


def lost_words(summary: str, _: str, rng: Random) -> str | None:
    """Lose little words of a sentence: articles, prepositions, auxiliaries."""

    def lose(tokens: list[str]) -> list[str]:
        little = [i for i, token in enumerate(tokens) if i and token.lower() in _LITTLE]
        lost = rng.sample(little, min(_LOST_WORDS, len(little)))
        return [token for i, token in enumerate(tokens) if i not in lost]

    return _in_a_sentence(summary, rng, lose)


def swapped_sentences(summary: str, _: str, rng: Random) -> str | None:
    """Swap two neighboring sentences of a paragraph."""
    spans = _prose_spans(summary)
    pairs = [(one, two) for one, two in pairwise(spans) if "\n" not in summary[one[1] : two[0]]]
    if not pairs:
        return None
    (start, end), (begin, stop) = rng.choice(pairs)
    between = summary[end:begin]
    return summary[:start] + summary[begin:stop] + between + summary[start:end] + summary[stop:]


def dangling_pronoun(summary: str, _: str, rng: Random) -> str | None:
    """Put a pronoun in the place of a sentence's subject, so that nobody knows who it is."""
    spans = _prose_spans(summary)
    subjects = [
        (start, start + found.end())
        for start, end in spans
        if (found := _SUBJECT.match(summary[start:end])) and found[0].lower() not in ("it ", "he ")
    ]
    if not subjects:
        return None
    start, end = subjects[0] if rng.random() < 1 / 2 else rng.choice(subjects)
    return f"{summary[:start]}{rng.choice(('It', 'He'))} {summary[end:]}"


def _in_a_sentence(
    summary: str, rng: Random, change: Callable[[list[str]], list[str]]
) -> str | None:
    long = [(a, b) for a, b in _prose_spans(summary) if len(summary[a:b].split()) >= _FEWEST_WORDS]
    if not long:
        return None
    start, end = rng.choice(long)
    return summary[:start] + " ".join(change(summary[start:end].split())) + summary[end:]


def _prose_spans(summary: str) -> list[tuple[int, int]]:
    """Start and end of each sentence that is no heading, row or bullet."""
    spans = sentence_spans(summary)
    return [(a, b) for a, b in spans if is_prose(summary[a:b]) and summary[a].isalnum()]

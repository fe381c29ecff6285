"""Cues that a sentence says the opposite of the article: denial, and antonyms.

Cues, not proof: nothing here reads. A denial counts when the sentences that are nearest in the
article deny nothing; an assertion, when they deny just that word; an antonym, when they have its
opposite and not the word itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from goldbrief.text.sentences import vocabulary, words
from goldbrief.text.similarity import stem, stopwords

_DENIALS = vocabulary(
    "not no never nobody none nothing neither nor without cannot refuse refused refuses fail "
    "failed fails deny denied denies unable unlikely lack lacked lacks reject rejected rejects"
)
_SCOPE = 2
"""Telling words behind a denial that it is about."""
_ANTONYMS = tuple(
    (frozenset(map(stem, one.split())), frozenset(map(stem, other.split())))
    for one, other in (
        (
            "rise rose risen increase grew grow climb gain higher more up improve widen",
            "fall fell fallen decrease decline shrank drop lower fewer less down worsen narrow",
        ),
        ("win won beat victory", "lose lost loses defeat defeated"),
        ("accepted approve approved agreed allow allowed", "rejected refuse refused banned"),
        ("open opened reopen", "close closed shut"),
        ("guilty convicted", "innocent acquitted cleared"),
        ("buy bought", "sell sold"),
        ("start started begin began", "end ended stop stopped"),
        ("alive survived", "dead died killed"),
        ("hire hired", "dismiss dismissed fired"),
    )
)


def contradicts(sentence: str, nearest: Sequence[str]) -> bool:
    """Whether a sentence seems to say the opposite of the article.

    Args:
        sentence: Of the summary.
        nearest: The sentences of the article that are nearest in meaning, the nearest first.

    Returns:
        True when a cue says so.
    """
    return _denies(sentence, nearest) or _reverses(sentence, nearest)


def _denies(sentence: str, nearest: Sequence[str]) -> bool:
    denied = _denied(sentence)
    theirs = [_denied(text) for text in nearest]
    if denied:
        return not any(theirs)
    told = _stems(sentence)
    first = theirs[0] if theirs else frozenset()
    affirmed = {one for text, no in zip(nearest, theirs, strict=True) for one in _stems(text) - no}
    return bool(first & told - affirmed)


def _reverses(sentence: str, nearest: Sequence[str]) -> bool:
    mine = _stems(sentence)
    theirs = frozenset().union(*map(_stems, nearest))
    return any(
        mine & said and not mine & opposite and theirs & opposite and not theirs & said
        for one, other in _ANTONYMS
        for said, opposite in ((one, other), (other, one))
    )


def _denied(text: str) -> frozenset[str]:
    """Stems within reach of a denial."""
    tokens = words(text)
    found: set[str] = set()
    for place, token in enumerate(tokens):
        if token in _DENIALS or token.endswith(("n't", "n’t")):
            telling = [one for one in tokens[place + 1 :] if one not in stopwords]
            found.update(stem(one) for one in telling[:_SCOPE])
            found.add("")  # a denial at the end of its sentence is one too
    return frozenset(found)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text))

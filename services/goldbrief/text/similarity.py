"""Word overlap between texts: stems, shared runs of words, repeated bullets, copied passages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from goldbrief.text.sentences import vocabulary, words

stopwords: frozenset[str] = vocabulary(
    "a about above after again all also am an and any are as at be because been before being "
    "below between both but by can could did do does doing down during each few for from further "
    "had has have having he her here hers him his how i if in into is it its itself just may me "
    "might more most must my no nor not now of off on once only or other our ours out over own "
    "per same shall she should so some such than that the their theirs them then there these "
    "they this those through to too under until up upon us very was we were what when where "
    "which while who whom why will with within would you your yours"
)
"""English words that carry no topic."""

_POSSESSIVE = re.compile(r"['’]s?$")
_ENDINGS = ("ings", "ing", "ied", "ies", "ed", "es", "s")
_LEAST_STEM = 3
"""Letters that an ending must leave."""
_COPIED_WORDS = 5
"""Words in a row that are hardly shared by chance."""


def content_words(text: str) -> list[str]:
    """Return the words of text that are not stopwords, in order."""
    return [word for word in words(text) if word not in stopwords]


def stem(word: str) -> str:
    """Return a word without possessive, plural and the commonest endings of verbs.

    `closed`, `closes` and `closing` become one; irregular forms stay apart. Cruder than Porter
    (1980), and enough to compare two texts about the same things.
    """
    word = _POSSESSIVE.sub("", word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_STEM:
            word = word[: -len(ending)]
            break
    bare = word.rstrip("eyi")
    word = bare if len(bare) > 1 else word
    return word[:-1] if len(word) > _LEAST_STEM and word[-1] == word[-2] else word


def common_share(text: str) -> float:
    """Share of the words that carry no topic, 0 to 1: some 0.4 of English, hardly any of others."""
    tokens = words(text)
    return sum(word in stopwords for word in tokens) / len(tokens) if tokens else 0.0


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """Return all runs of `n` tokens, in order."""
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def rouge_n_f(candidate: str, reference: str, n: int) -> float:
    """F-measure of shared n-grams, 0 to 1 (ROUGE-N, Lin 2004, without stemming)."""
    candidate_counts = Counter(ngrams(words(candidate), n))
    reference_counts = Counter(ngrams(words(reference), n))
    shared = (candidate_counts & reference_counts).total()
    total = candidate_counts.total() + reference_counts.total()
    return 2 * shared / total if total else 0.0


def repeated_items(items: Sequence[str], threshold: float = 0.6) -> list[tuple[int, int]]:
    """Find bullets that say the same.

    Args:
        items: The bullets.
        threshold: Share of the shorter bullet's content words found in the other.

    Returns:
        Pairs of indexes, the earlier bullet first.
    """
    contents = [set(content_words(item)) for item in items]
    return [
        (i, j)
        for i, j in combinations(range(len(items)), 2)
        if _overlap(contents[i], contents[j]) >= threshold
    ]


def copied_share(summary: str, article: str) -> float:
    """Share of the summary's 5-grams that stand in the article word for word, 0 to 1."""
    summary_ngrams = ngrams(words(summary), _COPIED_WORDS)
    if not summary_ngrams:
        return 0.0
    article_ngrams = set(ngrams(words(article), _COPIED_WORDS))
    return sum(1 for ngram in summary_ngrams if ngram in article_ngrams) / len(summary_ngrams)


def _overlap(first: set[str], second: set[str]) -> float:
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 0.0

"""The language of an article, by py3langid: letter sequences, offline, the same everywhere."""

from __future__ import annotations

from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from goldbrief.text.sentences import is_prose, split_sentences

_SURE = 0.9
"""Probability from which a language counts as known. Sentences of languages have .98 and more;
lists, names and gibberish less."""
_ENOUGH_CHARS = 3_000
"""Read of a text; a sentence or two tell as much."""
_FEWEST_LETTERS = 100
_NO_LANGUAGE = "zxx"
"""The model's word for text without language (ISO 639-2)."""


def detect_language(text: str) -> str:
    """Tell the language of a text.

    Args:
        text: An article; tables and headings in it are passed over where there is prose.

    Returns:
        Code by ISO 639 (two letters where it has any), or empty when it is not sure.
    """
    prose = " ".join(unit for unit in split_sentences(text[: 4 * _ENOUGH_CHARS]) if is_prose(unit))
    sample = prose if len(prose) >= _FEWEST_LETTERS else text
    sample = sample[:_ENOUGH_CHARS]
    if sum(map(str.isalpha, sample)) < _FEWEST_LETTERS:
        return ""
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= _SURE and language != _NO_LANGUAGE else ""


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

"""Near-duplicates are found, however many there are."""

from __future__ import annotations

import random

from goldbrief.datasets.duplicates import ARTICLE_SHINGLE, DuplicateIndex, fingerprint
from goldbrief.datasets.earlier_matches import earlier_matches

from .samples import prose


def changed(text: str, words: int, seed: int) -> str:
    """The text with so many words replaced, at random places."""
    draw = random.Random(seed)
    tokens = text.split()
    for place in draw.sample(range(len(tokens)), words):
        tokens[place] = f"other{draw.randrange(10**6)}"
    return " ".join(tokens)


def test_a_text_with_few_words_changed_is_found_and_an_unrelated_one_is_not() -> None:
    index = DuplicateIndex()
    for number in range(60):
        index.add(str(number), fingerprint(prose(number), ARTICLE_SHINGLE))
    for number in range(60):
        text = changed(prose(number), 4, number)
        ((name, shared),) = index.matches(fingerprint(text, ARTICLE_SHINGLE))
        assert name == str(number)
        assert 0.7 <= shared < 1
    assert index.matches(fingerprint(prose("unrelated"), ARTICLE_SHINGLE)) == []


def test_of_very_many_near_duplicates_a_few_stand_for_all() -> None:
    index = DuplicateIndex()
    for number in range(800):
        index.add(str(number), fingerprint(changed(prose(1), 3, number), ARTICLE_SHINGLE))
    found = index.matches(fingerprint(changed(prose(1), 3, -1), ARTICLE_SHINGLE))
    assert found[0][0] == "0"
    assert len(found) < 200


def test_texts_without_words_match_nothing() -> None:
    index = DuplicateIndex()
    for text in ("", "...", "—"):
        index.add(text, fingerprint(text, ARTICLE_SHINGLE))
        assert index.matches(fingerprint(text, ARTICLE_SHINGLE)) == []


def test_texts_at_hand_match_as_those_that_come_one_by_one() -> None:
    alike = [changed(prose(1), 3, number) for number in range(200)]
    others = [changed(prose(seed), 4, number) for seed in range(2, 20) for number in range(3)]
    texts = ["", *alike, "...", *others, *alike[:5]]
    random.Random(7).shuffle(texts)
    prints = [fingerprint(text, ARTICLE_SHINGLE) for text in texts]
    index, one_by_one = DuplicateIndex(), []
    for number, text in enumerate(prints):
        one_by_one.append([(int(name), shared) for name, shared in index.matches(text)])
        index.add(str(number), text)
    assert list(earlier_matches(prints)) == one_by_one
    assert sum(map(len, one_by_one)) > 200
    assert list(earlier_matches([])) == []
    assert list(earlier_matches(prints[:1])) == [[]]

"""Guesses come from what stood behind the same tokens before."""

from __future__ import annotations

from goldbrief.inference.drafting import PromptLookup


def test_what_followed_the_same_three_tokens_is_guessed() -> None:
    lookup = PromptLookup([1, 2, 3, 40, 50, 60, 7, 1, 2, 3])
    assert lookup.guess(2) == [40, 50]


def test_three_tokens_say_more_than_two() -> None:
    lookup = PromptLookup([1, 2, 3, 40, 9, 2, 3, 70, 1, 2, 3])
    assert lookup.guess(1) == [40]


def test_the_latest_place_counts() -> None:
    lookup = PromptLookup([1, 2, 3, 40, 1, 2, 3, 50, 1, 2, 3])
    assert lookup.guess(1) == [50]


def test_two_tokens_do_where_three_are_new() -> None:
    assert PromptLookup([9, 2, 3, 40, 8, 2, 3]).guess(1) == [40]


def test_new_ends_are_not_guessed() -> None:
    assert PromptLookup([1, 2, 3, 4]).guess(3) == []
    assert PromptLookup([5]).guess(3) == []


def test_a_repetition_goes_on() -> None:
    assert PromptLookup([1, 2, 1, 2, 1, 2]).guess(5) == [1, 2, 1, 2, 1]


def test_added_tokens_count() -> None:
    lookup = PromptLookup([1, 2, 3])
    for token in (1, 2):
        lookup.add(token)
    assert lookup.guess(1) == [3]

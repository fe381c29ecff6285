import pytest

from goldbrief.text.similarity import (
    content_words,
    copied_share,
    ngrams,
    repeated_items,
    rouge_n_f,
    stopwords,
)


def test_content_words_leave_out_stopwords():
    assert "the" in stopwords
    assert content_words("The plant is in Ohio") == ["plant", "ohio"]


def test_ngrams_are_runs_of_words():
    assert ngrams(["a", "b", "c"], 2) == [("a", "b"), ("b", "c")]
    assert ngrams(["a"], 2) == []


@pytest.mark.parametrize(
    ("candidate", "reference", "n", "expected"),
    [("a b c", "a b c", 2, 1.0), ("a b", "c d", 1, 0.0), ("a b", "a c", 1, 0.5), ("", "", 1, 0.0)],
)
def test_rouge_is_the_f_measure_of_shared_ngrams(candidate, reference, n, expected):
    assert rouge_n_f(candidate, reference, n) == expected


def test_bullets_that_say_the_same_are_paired():
    items = [
        "Revenue rose 8% on strong freight demand.",
        "The company will close 14 depots.",
        "Strong freight demand: revenue rose 8% this quarter.",
        "",
    ]
    assert repeated_items(items) == [(0, 2)]


def test_copied_share_counts_five_words_in_a_row():
    article = "Revenue rose 8% on strong freight demand in the third quarter."
    assert copied_share("Revenue rose 8% on strong freight demand", article) == 1.0
    assert copied_share("Freight demand lifted revenue by a strong 8%", article) == 0.0
    assert copied_share("Too short", article) == 0.0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.core.errors import InvalidInputError
from goldbrief.text.selection import apply_strategy, estimate_tokens, select_passages
from goldbrief.text.sentences import split_sentences

from .samples import ARTICLES, prompt_format

texts = st.lists(
    st.sampled_from([*ARTICLES, "Sales 12 14 15", "OUTLOOK", "x" * 300, "We plan to grow 4%."])
).map("\n".join)


def test_a_text_that_fits_is_returned_untouched():
    text = "  Odd   spacing.\n\nKept."
    assert select_passages(text, 100).text == text


@given(texts, st.integers(0, 400))
def test_a_selection_never_exceeds_its_budget(text, budget):
    assert estimate_tokens(select_passages(text, budget).text) <= budget


@given(texts, st.integers(0, 400))
def test_kept_indexes_name_the_sentences_in_order(text, budget):
    selection = select_passages(text, budget)
    sentences = split_sentences(text)
    assert list(selection.kept) == sorted(set(selection.kept))
    kept = " ".join(sentences[i] for i in selection.kept)
    assert kept.split() == selection.text.split()
    assert selection.total == len(sentences)


def test_figures_stay_and_notices_and_headings_go():
    text = select_passages(ARTICLES[0], 160).text
    assert "$1,234.5 million" in text
    assert "forward-looking" not in text
    assert "HARBORLINE" not in text


def test_a_repeated_sentence_is_kept_once():
    filler = "The weather in the harbor was mild and the staff enjoyed a quiet summer there."
    text = "\n".join(["Revenue rose 8% to $12 million on strong demand."] * 5 + [filler] * 2)
    kept = select_passages(text, 60).text
    assert kept.count("Revenue") == 1
    assert "weather" in kept


def test_room_goes_to_several_short_sentences_rather_than_a_long_one_that_says_as_much():
    short = [
        "Revenue rose 8% to $12 million.",
        "Debt fell to $40 million.",
        "The margin grew to 9% of sales.",
    ]
    padded = "As was set out at length on other occasions by those who report on such matters"
    long = f"{padded}, costs rose 8% to $7 million, against $6 million, and cash fell 2%."
    text = "\n".join([long, *short])
    kept = select_passages(text, estimate_tokens(long) + 3).text
    assert kept.split("\n\n") == short


def test_a_long_article_is_refused_where_nothing_may_be_dropped():
    assert apply_strategy("Short.", prompt_format("full")) == "Short."
    with pytest.raises(InvalidInputError) as error:
        apply_strategy(ARTICLES[0], prompt_format("full", article_tokens=20))
    assert error.value.reason == "ARTICLE_TOO_LONG"


def test_select_refuses_an_article_of_which_nothing_fits():
    assert apply_strategy(ARTICLES[0], prompt_format("select"))
    with pytest.raises(InvalidInputError) as error:
        apply_strategy(ARTICLES[0], prompt_format("select", article_tokens=5))
    assert error.value.reason == "NO_PROSE"


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("sales", 1), ("$1,234.5", 8), ("é", 1)])
def test_digits_and_signs_count_one_token_each(text, tokens):
    assert estimate_tokens(text) == tokens

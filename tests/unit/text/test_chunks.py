import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.core.errors import InvalidInputError
from goldbrief.text.chunks import MIN_CHUNK_TOKENS, chunk
from goldbrief.text.selection import estimate_tokens
from goldbrief.text.sentences import split_sentences

from .samples import ARTICLES

texts = st.lists(
    st.sampled_from(
        [*ARTICLES, "Sales 12 14 15", "OUTLOOK", "x" * 300, "We plan to grow 4%.", "", "  ", "é世"]
    )
).map("\n".join)


@given(texts, st.integers(MIN_CHUNK_TOKENS, 400))
def test_chunks_fit_and_joined_are_the_text(text, budget):
    chunks = chunk(text, budget)
    assert all(estimate_tokens(part) <= budget for part in chunks)
    assert "".join(chunks) == text
    assert all(chunks)


@given(st.text(), st.integers(MIN_CHUNK_TOKENS, 60))
def test_any_text_survives_any_counter(text, budget):
    chunks = chunk(text, budget, count=lambda part: len(part.encode()))
    assert "".join(chunks) == text
    assert all(len(part.encode()) <= budget for part in chunks)


@given(texts, st.integers(200, 400))
def test_sentences_stay_whole_where_each_fits(text, budget):
    cut = [sentence for part in chunk(text, budget) for sentence in split_sentences(part)]
    fitting = [s for s in split_sentences(text) if estimate_tokens(s) < 100]
    assert not set(fitting) - set(cut)


def test_a_table_is_cut_between_its_rows_only():
    row = "| Harbour dues. | In 2023. | 1,234.5 | 1,138.8 |\n"
    chunks = chunk(row * 40, 120)
    assert len(chunks) > 4
    assert all(len(part) % len(row) == 0 for part in chunks)


def test_a_chunk_begins_with_a_heading_where_one_stands_in_its_second_half():
    section = "## Results\n\nRevenue rose to the highest level in nine years of trading.\n\n"
    budget = estimate_tokens(section * 2) + 8
    assert chunk(section * 6, budget) == (section * 2,) * 3


def test_a_heading_stays_with_what_it_heads():
    paragraph = "Revenue rose to the highest level in nine years of trading.\n\n"
    heading = "## Outlook and plans\n\n"
    budget = estimate_tokens(paragraph + heading) + 4
    assert chunk(paragraph + heading + paragraph, budget) == (paragraph, heading + paragraph)


def test_a_counter_decides_how_much_fits():
    words = "word " * 100
    chunks = chunk(words, 20, count=lambda part: len(part.split()))
    assert [len(part.split()) for part in chunks] == [20] * 5


def test_a_chunk_too_small_for_a_phrase_is_refused():
    with pytest.raises(InvalidInputError) as error:
        chunk("text", 3)
    assert error.value.reason == "CHUNK_TOO_SMALL"

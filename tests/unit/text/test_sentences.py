import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.text.sentences import is_prose, sentence_spans, split_sentences, words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Sales rose. Costs fell.", ["Sales rose.", "Costs fell."]),
        ("Acme Inc. bought Bolt Corp. for cash.", ["Acme Inc. bought Bolt Corp. for cash."]),
        ("It sold Bolt Inc. The price was low.", ["It sold Bolt Inc.", "The price was low."]),
        ("The U.S. Treasury paid. It did.", ["The U.S. Treasury paid.", "It did."]),
        ("Profit was $1.5 million vs. $2.", ["Profit was $1.5 million vs. $2."]),
        ("Plant No. 3 closed. Was it late?", ["Plant No. 3 closed.", "Was it late?"]),
        ("J. P. Smith left approx. 3 weeks ago.", ["J. P. Smith left approx. 3 weeks ago."]),
        ("“We grew.” He smiled.", ["“We grew.”", "He smiled."]),
        ("Growth ended in 2018. Revenue fell.", ["Growth ended in 2018.", "Revenue fell."]),
        ("# Results\nSales rose.", ["# Results", "Sales rose."]),
        ("- Sales rose\n- Costs fell", ["- Sales rose", "- Costs fell"]),
        ("1. Sell the plant.\n2. Buy it back.", ["1. Sell the plant.", "2. Buy it back."]),
        ("| Sales | 12 |\n| Costs | 9 |", ["| Sales | 12 |", "| Costs | 9 |"]),
        ("Sales rose in the\nfourth quarter.", ["Sales rose in the fourth quarter."]),
        ("", []),
    ],
)
def test_text_is_split_where_a_reader_would(text, sentences):
    assert split_sentences(text) == sentences


@given(st.text(alphabet=st.sampled_from(list('aB1.!?"” \n-•|$,#*()'))))
def test_splitting_keeps_every_visible_character(text):
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


def test_words_keep_numbers_and_compounds_whole():
    assert words("Year-end sales: $1,234.5 (U.S.), the CFO’s") == [
        "year-end", "sales", "1,234.5", "u.s", "the", "cfo’s",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Revenue rose 12.5% to $1,234.5 million from $1,100.2 million in 2018.", True),
        ("- Revenue rose 12% on strong demand", True),
        ("Critical Accounting Policies and Estimates", False),
        ("Total revenue 1,234 1,100 12.2 980 11.1.", False),
        ("| Revenue | rose | to | the | top. |", False),
        ("and of the other two plants.", False),
        ("Not applicable.", False),
    ],
)
def test_prose_is_told_from_debris(sentence, expected):
    assert is_prose(sentence) is expected


def test_a_long_run_of_stops_takes_no_longer_than_other_text() -> None:
    assert split_sentences("A start. " + "." * 200_000 + "x") == ["A start.", "." * 200_000 + "x"]


@given(st.text(alphabet="ab A.!?|-\n\t*1#  "))
def test_spans_are_those_of_the_sentences(text):
    found = [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]
    assert found == [" ".join(one.split()) for one in split_sentences(text) if one.strip()]

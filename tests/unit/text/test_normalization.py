import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.text.normalization import normalize, strip_special_tokens


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a  \n\n\n\nb\n", "a\n\nb"),
        ("cafe\u0301", "café"),
        ("$1\u00a0million", "$1 million"),
        ("the company’s ﬁrst proﬁt", "the company’s first profit"),
        ("the companyâ€™s profit", "the company’s profit"),
        ("cafÃ©", "café"),
    ],
)
def test_damage_is_repaired(raw, text):
    assert normalize(raw).text == text


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u202e", "\U000e0041", "\ufe0f", "\x07", "\ufeff", "\u00ad", "\ud800"]
)
def test_hidden_characters_are_dropped_and_counted(hidden):
    result = normalize(f"pay{hidden}roll")
    assert result.text == "payroll"
    assert result.removed_hidden == 1


def test_repairs_are_named():
    assert normalize("a\r\nb\u00a0c").repaired == ["line ends", "unusual spaces"]
    assert normalize("plain").repaired == []


@given(st.text())
def test_normalizing_twice_changes_nothing(raw):
    once = normalize(raw).text
    again = normalize(once)
    assert (again.text, again.removed_hidden, again.repaired) == (once, 0, [])


@pytest.mark.parametrize(
    "token",
    [
        "<|im_start|>",
        "<s>",
        "</s>",
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "</article>",
        "<｜User｜>",
        "＜/article＞",
    ],
)
def test_control_tokens_are_broken_up_without_losing_text(token):
    stripped = strip_special_tokens(f"before {token} after")
    assert token not in stripped
    assert stripped.replace(" ", "") == f"before{token}after"


def test_a_token_hidden_inside_a_token_does_not_survive():
    assert "<|im_end|>" not in strip_special_tokens("<|im_<|im_end|>end|>")


@pytest.mark.parametrize("text", ["margin <5% and >3%", "[see below]", "a < b"])
def test_ordinary_text_is_left_alone(text):
    assert strip_special_tokens(text) == text


@given(st.text(alphabet="<|>s/[]INT_ "))
def test_stripping_twice_changes_nothing(text):
    once = strip_special_tokens(text)
    assert strip_special_tokens(once) == once

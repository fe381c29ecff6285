import pytest

from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.tidying import drop_repeats, tidy

from .samples import STYLE

SUMMARY = """## Overview

Revenue rose 8% to $412 million in 2025.

## Key Takeaways

- Revenue at the freight arm rose 8% to $412 million in 2025.
- Net debt fell to $90 million from $120 million.
- Revenue at the freight arm rose 8% to $412 million in the year.

## Action Items for the CFO

- Refinance the term loan before March 2027.
- Refinance the term loan before March 2027.
"""


def test_a_bullet_that_repeats_an_earlier_one_of_its_section_is_dropped() -> None:
    tidy = parse_summary(drop_repeats(SUMMARY, STYLE, "CFO"))
    assert len(tidy.takeaways) == 2
    assert tidy.actions == ("Refinance the term loan before March 2027.",)
    assert tidy.overview == "Revenue rose 8% to $412 million in 2025."


def test_what_repeats_nothing_or_has_no_sections_is_left_as_it_is() -> None:
    for text in (drop_repeats(SUMMARY, STYLE, "CFO"), "No sections here.", ""):
        assert drop_repeats(text, STYLE, "CFO") == text


def test_tidying_drops_repeats_too() -> None:
    assert tidy(SUMMARY, STYLE, "CFO") == drop_repeats(SUMMARY, STYLE, "CFO")


def long_summary(takeaways: int, words: int, actions: int = 1) -> str:
    """One whose bullets say different things in so many words each."""
    points = "\n".join(
        f"- Depot {number} {' '.join(f'w{number}x{i}' for i in range(words - 2))}."
        for number in range(takeaways)
    )
    duties = "\n".join(f"- Close site{number} by d{number}ay." for number in range(actions))
    return (
        "## Overview\n\nRevenue rose 8% to $412 million in 2025.\n\n"
        f"## Key Takeaways\n\n{points}\n\n## Action Items for the CFO\n\n{duties}"
    )


def test_what_is_too_long_loses_the_last_of_what_is_furthest_above_its_own_length() -> None:
    text = long_summary(takeaways=5, words=40)
    assert structure_problems(text, STYLE)
    short = tidy(text, STYLE, "CFO")
    assert not structure_problems(short, STYLE)
    assert parse_summary(short).takeaways == parse_summary(text).takeaways[:3]


def test_no_section_loses_what_the_house_style_asks_for() -> None:
    short = tidy(long_summary(takeaways=2, words=200), STYLE, "CFO")
    assert len(parse_summary(short).takeaways) == 1  # the style has two to four, and one is borne


@pytest.mark.parametrize(("actions", "left"), [(2, 1), (1, 1)])
def test_an_end_that_is_cut_off_is_dropped_where_others_are_left(actions: int, left: int) -> None:
    text = long_summary(takeaways=2, words=20, actions=actions).removesuffix(".")
    assert len(parse_summary(tidy(text, STYLE, "CFO")).actions) == left


def test_an_author_who_ends_bullets_without_a_full_stop_keeps_the_last() -> None:
    text = long_summary(takeaways=2, words=20, actions=2).replace("ay.", "ay")
    assert tidy(text, STYLE, "CFO") == text

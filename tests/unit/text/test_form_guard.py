"""A text held to a form has its sections, in their order, with as many items as it should."""

from __future__ import annotations

import pytest

from goldbrief.core.documents import SectionStyle, SummaryForm
from goldbrief.text.form_guard import START, FormGuard, Place

SECTIONS = (
    SectionStyle(
        name="overview", heading="Overview", form="prose",
        min_items=2, max_items=3, min_words=10, max_words=40,
    ),
    SectionStyle(
        name="takeaways", heading="Key Takeaways", form="bullets", ends="full stop",
        min_items=2, max_items=3, min_words=10, max_words=40,
    ),
)  # fmt: skip
VALID = """## Overview

Revenue rose 4%. Profit fell.

## Key Takeaways

- Margins narrowed in both divisions of the group this year.
- The outlook for next year was cut."""


def guard(max_words: int = 60) -> FormGuard:
    return FormGuard(SummaryForm(sections=SECTIONS, max_words=max_words))


def place_after(text: str, of: FormGuard) -> tuple[Place, str]:
    """Where a text stands after its whole lines, and the line that is begun."""
    *lines, last = text.split("\n")
    place = START
    for line in lines:
        ended = of.after(place, line)
        assert ended is not None, line
        place = ended
    return place, last


def permitted(text: str, max_words: int = 60) -> bool:
    """Whether a text may be written, letter by letter."""
    one = guard(max_words)
    place = START
    *lines, last = text.split("\n")
    for line in lines:
        if not all(one.permits(place, line[:end]) for end in range(len(line) + 1)):
            return False
        ended = one.after(place, line)
        if ended is None:
            return False
        place = ended
    return all(one.permits(place, last[:end]) for end in range(len(last) + 1))


def test_a_valid_text_is_left_alone_and_may_end() -> None:
    assert permitted(VALID)
    one = guard()
    assert one.may_end(*place_after(VALID, one))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Revenue rose.", "text before the first heading"),
        ("## Key Takeaways", "a section too early"),
        ("## Overview\n\n- Revenue", "bullets where prose belongs"),
        ("## Overview\n\n\n", "two blank lines"),
        ("## Overview\n\n\t", "a line that begins with a space of any kind"),
        ("## Overview\n\nRevenue rose.\n", "too few sentences"),
        ("## Overview\n\nOne fell. Two fell. Three fell. Four", "too many sentences"),
        ("## Overview\n\nOne fell. Two fell.\nThree", "a second paragraph"),
        (VALID.replace("\n- The outlook for next year was cut.", "\n\n"), "too few bullets"),
        (VALID + "\n- Three.\n- F", "too many bullets"),
        (VALID.replace("year.\n-", "year\n-"), "a bullet without a full stop"),
        (VALID + "\n- Margins narrowed in both divisions of the group", "a bullet said before"),
        (VALID + "\n\n## More", "a section too many"),
    ],
)
def test_what_would_become_invalid_is_not_written(text: str, why: str) -> None:
    one = guard()
    place, last = START, text
    if permitted(text):  # then it must be the end that is refused
        place, last = place_after(text, one)
        assert not one.may_end(place, last), why
        assert "too few" in why


def test_an_item_beyond_its_share_opens_no_further_clause() -> None:
    long = "## Overview\n\nRevenue of the whole group and of all its many divisions rose 4%"
    assert permitted(f"{long}, as", max_words=60)
    assert not permitted(f"{long[:-3]}, as", max_words=20)
    assert permitted(f"{long[:-1]},200", max_words=20)
    assert not permitted(f"{long} in 2024, as", max_words=20)
    assert permitted(f"{long} on March 31, 2025", max_words=20)


def test_an_item_far_beyond_its_share_adds_nothing_that_could_be_left_out() -> None:
    long = "## Overview\n\nRevenue of the whole group and of all its many divisions rose during"
    assert permitted(long, max_words=50)
    assert not permitted(long, max_words=20)
    assert permitted(long.replace("during", "steeply."), max_words=20)
    assert permitted(long.replace("rose during", "was due"), max_words=20)


def test_a_bullet_says_no_long_run_of_words_again() -> None:
    run = "the board expects that prices in all markets will fall after"
    begun = VALID.replace("was cut.", f"was cut, as {run} May.")
    assert permitted(f"{begun}\n- For 2025 {run}", max_words=200)
    assert not permitted(f"{begun}\n- For 2025 {run} May", max_words=200)


def test_a_figure_that_is_begun_may_always_go_on() -> None:
    """The words by which bullets are compared have none of a figure, which has but one way on."""
    told = "- Sales in all of the year were $8.54 million in Europe."
    begun = VALID.replace("- Margins narrowed in both divisions of the group this year.", told)
    assert permitted(f"{begun}\n- Sales in all of the year were $8.54 million", 200)
    assert not permitted(f"{begun}\n- Sales in all of the year were $9 million in", 200)


def test_no_item_beyond_the_fewest_is_begun_without_room_for_it() -> None:
    assert permitted(VALID + "\n- Debt rose.", max_words=60)
    assert not permitted(VALID + "\n- Debt", max_words=24)


def test_a_house_style_in_the_third_person_never_says_we() -> None:
    third = FormGuard(SummaryForm(sections=SECTIONS, max_words=60, person="third"))
    for one, says_we in ((third, False), (guard(), True)):
        place, _ = place_after("## Overview\n\n", one)
        assert one.permits(place, "Revenue of our") is says_we
        assert one.permits(place, "As of May 1, I") is says_we
        assert one.permits(place, "Revenue of hours in the US, in Phase I")


def test_headings_and_markers_lead_on() -> None:
    one = guard()
    assert one.continuations(START, "") == {"#"}
    assert one.continuations(START, "## Over") == {"v"}
    place, _ = place_after("## Overview\n\nOne fell. Two fell.\n\n## Key Takeaways\n\n", one)
    assert one.continuations(place, "") == {"-"}

from goldbrief.text.sections import parse_summary
from goldbrief.text.tidying import drop_repeats

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

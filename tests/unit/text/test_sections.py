import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.text.sections import parse_summary, render_summary, structure_problems

from .samples import STYLE, SUMMARY


@pytest.mark.parametrize(
    ("overview", "takeaways", "actions", "persona"),
    [
        ("## Overview", "## Key Takeaways", "## Action Items for the CFO", "CFO"),
        ("# EXECUTIVE SUMMARY", "# Key points", "# Next steps", ""),
        ("**Overview**", "**Takeaways:**", "**Action items (CFO)**", "CFO"),
        ("Overview:", "Key takeaways:", "Actions for Chief Risk Officer:", "Chief Risk Officer"),
        ("## 📈 Overview", "## Key Takeaways (Q3)", "### Actions – the COO", "COO"),
        ("1. Overview", "2. Key Findings", "3. CEO Action Items", "CEO"),
    ],
)
def test_headings_are_recognized_in_the_ways_people_write_them(
    overview, takeaways, actions, persona
):
    markdown = f"{overview}\nSales rose.\n{takeaways}\n- One\n- Two\n  goes on\n{actions}\n* Do it."
    summary = parse_summary(markdown)
    assert summary.overview == "Sales rose."
    assert summary.takeaways == ("One", "Two goes on")
    assert summary.actions == ("Do it.",)
    assert summary.persona == persona


def test_text_behind_an_inline_heading_belongs_to_the_section():
    summary = parse_summary("**Overview:** Sales rose.\n\nTakeaways: Up.\n\n**Actions**: Wait.")
    assert (summary.overview, summary.takeaways, summary.actions) == (
        "Sales rose.", ("Up.",), ("Wait.",),
    )  # fmt: skip


def test_bullets_that_read_like_headings_stay_bullets():
    markdown = SUMMARY.replace("- Fuel costs", "- Next steps: fuel costs")
    assert parse_summary(markdown).takeaways[1].startswith("Next steps: fuel costs")


def test_a_title_that_reads_like_a_section_is_no_section():
    titled = "# Executive Summary\n\n" + SUMMARY
    assert parse_summary(titled).headings["overview"] == "Overview"
    assert structure_problems(titled, STYLE) == []


def test_a_missing_section_is_an_error_that_says_what_was_found():
    with pytest.raises(InvalidInputError) as error:
        parse_summary("## Overview\nSales rose.\n\n## Conclusion\nGood.")
    assert error.value.reason == "SECTIONS_NOT_FOUND"
    assert "takeaways, actions" in error.value.message
    assert "'Conclusion'" in error.value.remedy


def test_a_rendered_summary_is_read_back():
    summary = parse_summary(SUMMARY)
    assert render_summary(summary, STYLE, "CFO") == SUMMARY
    assert parse_summary(render_summary(summary, STYLE, "CEO")).persona == "CEO"


def test_a_summary_in_house_style_has_no_problems():
    assert structure_problems(SUMMARY, STYLE) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("## Key Takeaways", "## Musings", "'Key Takeaways' is missing"),
        ("## Key Takeaways", "## Musings", "'Musings' is not a section"),
        ("## Overview", "Here you are:\n\n## Overview", "before the first heading"),
        ("- Fuel costs", "- More.\n" * 4 + "- Fuel costs", "has 6 bullets"),
        ("at $215 million.", "at $215", "cut off"),
        ("Profit rose faster than sales.", "Good news. " * 4, "has 5 sentences"),
        ("Profit rose", "Profit " * 150 + "rose", "the house style has 30 to 120"),
        ("- Track the $38 million that the depot closures should save.\n"
         "- Hold capital spending at $215 million.", "", "CFO' is empty"),
    ],
)  # fmt: skip
def test_each_departure_from_the_house_style_is_named(old, new, problem):
    assert any(problem in found for found in structure_problems(SUMMARY.replace(old, new), STYLE))


def test_sections_out_of_order_are_named():
    blocks = SUMMARY.split("\n\n")
    swapped = "\n\n".join([*blocks[:2], *blocks[4:], *blocks[2:4]])
    assert any("out of order" in found for found in structure_problems(swapped, STYLE))


def test_bullets_without_full_stops_are_a_style_and_not_cut_off():
    bare = "\n".join(line.rstrip(".") for line in SUMMARY.splitlines())
    assert not any("cut off" in found for found in structure_problems(bare, STYLE))


def test_one_bullet_or_sentence_more_or_less_than_the_goldens_is_still_their_style():
    shorter = SUMMARY.replace("- Fuel costs fell 130 basis points as a share of revenue.\n", "")
    longer = SUMMARY.replace("Profit rose faster than sales.", "Good news. " * 3)
    assert structure_problems(shorter, STYLE) == []
    assert structure_problems(longer, STYLE) == []

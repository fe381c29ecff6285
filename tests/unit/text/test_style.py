import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.text.sections import structure_problems
from goldbrief.text.style import infer_style

from .samples import SUMMARY, golden

LONGER = SUMMARY.replace("CFO", "CEO") + "\n- Decide on the depots."
FLAT = SUMMARY.replace("Key Takeaways", "Highlights")
GOLDENS = [golden("a.md"), golden("b.md", "CEO", LONGER), golden("c.md", "CFO", FLAT)]


def test_ranges_cover_all_goldens_and_headings_are_those_of_most():
    style = infer_style(GOLDENS)
    overview, takeaways, actions = style.sections
    assert (overview.form, overview.min_items, overview.max_items) == ("prose", 2, 2)
    assert takeaways.heading == "Key Takeaways"
    assert actions.heading == "Action Items for the {persona}"
    assert (actions.min_items, actions.max_items) == (2, 3)
    assert style.personas == ("CFO", "CEO")
    assert style.max_words - style.min_words == 4
    assert 5 < style.figures_per_100_words < 20
    assert style.goldens == ("a.md", "b.md", "c.md")


def test_each_golden_obeys_the_style_that_it_taught():
    style = infer_style(GOLDENS)
    assert all(structure_problems(each.summary, style) == [] for each in GOLDENS)


def test_too_few_goldens_are_refused_with_their_number():
    with pytest.raises(InvalidInputError, match="2 were found") as error:
        infer_style(GOLDENS[:2])
    assert error.value.reason == "TOO_FEW_GOLDENS"


def test_a_golden_that_cannot_be_read_is_named():
    with pytest.raises(InvalidInputError, match=r"bad\.md") as error:
        infer_style([*GOLDENS, golden("bad.md", summary="Just text.")])
    assert error.value.reason == "SECTIONS_NOT_FOUND"

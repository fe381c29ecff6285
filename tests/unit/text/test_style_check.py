import pytest

from goldbrief.text.sections import structure_problems
from goldbrief.text.style import infer_style
from goldbrief.text.style_check import find_departures, style_problems
from goldbrief.text.traits import begins_with_verb, tense_of

from .house_styles import RADIO, media_goldens
from .samples import STYLE, SUMMARY, golden

STRICT = infer_style([golden(f"{name}.md") for name in ("a", "b", "c")])


def test_a_summary_in_the_house_style_departs_from_nothing():
    assert find_departures(SUMMARY, STRICT) == []
    media = media_goldens()
    assert find_departures(RADIO, infer_style(media)) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "place", "quoted"),
    [
        ("than sales.", "than sales, did it?", "never", 3, "faster than sales, did it?"),
        ("$1.87 a share.", "$1.87 a share!", "never", 7, "$1.87 a share!"),
        ("$1.87 a share.", "$1.87 ([filing](https://a.example)).", "never", 7, "a.example"),
        ("- Net income", "| 2023 | 96.2 |\n- Net income", "never", 7, "| 2023 | 96.2 |"),
        ("Net income", "🚀 Net income", "never", 7, "🚀 Net income"),
        ("Fuel costs", "Our fuel costs", "voice.person", 8, "Our fuel costs"),
        ("Fuel costs", "My fuel costs", "voice.person", 8, "My fuel costs"),
    ],
)  # fmt: skip
def test_what_no_golden_does_breaks_the_form_and_is_quoted_with_its_line(
    old, new, line, place, quoted
):
    changed = SUMMARY.replace(old, new)
    errors = [one for one in find_departures(changed, STRICT) if one.severity == "error"]
    assert (line, place) in [(one.line, one.place) for one in errors]
    assert any(quoted in one.message for one in errors)
    assert [one.message for one in errors] == structure_problems(changed, STRICT)


@pytest.mark.parametrize(
    ("old", "new", "line", "place"),
    [
        ("8.4%", "8.4 percent", "figures.percent", 3),
        ("$96.2 million", "$96.2M", "figures.scale", 7),
        ("$38 million", "USD 38 million", "figures.currency", 12),
        ("130 basis points", "130 bps", "figures.points", 8),
        ("$1.2 billion", "$1.2345 billion", "figures.max_decimals", 3),
        ("- Track", "- Management should track", "voice.imperative_actions", 12),
        ("Fuel costs fell", "Fuel costs may well perhaps likely have fallen",
         "voice.hedges_per_100_words", 0),
        ("share of revenue.", "share of revenue", "sections.takeaways.ends", 8),
        ("- Net income", "- **Profit**: Net income", "sections.takeaways.leads", 7),
        ("Key Takeaways", "Highlights", "sections.takeaways.heading", 5),
        ("Net income reached", "An impressive net income reached", "never", 7),
    ],
)  # fmt: skip
def test_departures_in_manner_are_told_with_their_line_and_are_no_errors(old, new, line, place):
    changed = SUMMARY.replace(old, new)
    found = find_departures(changed, STRICT)
    assert [(one.line, one.place) for one in found] == [(line, place)]
    assert structure_problems(changed, STRICT) == []
    assert style_problems(changed, STRICT) == [found[0].message]


def test_another_tense_is_told():
    present = SUMMARY.replace("grew", "grows").replace("rose", "rises").replace("reached", "is")
    (found,) = [one for one in find_departures(present, STRICT) if one.line == "voice.tense"]
    assert "past tense" in found.message


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Harborline grew", "- Harborline grew", "'Overview' is written as bullets"),
        ("- ", "", "'Key Takeaways' is written as prose"),
    ],
)
def test_the_form_of_a_section_is_checked(old, new, problem):
    assert any(problem in one for one in structure_problems(SUMMARY.replace(old, new), STRICT))


def test_a_style_without_manners_asks_for_none():
    loud = SUMMARY.replace("8.4%", "8.4 percent").replace("sales.", "our sales!")
    assert find_departures(loud, STYLE) == []


def test_what_others_say_in_quotation_marks_is_not_the_author_s_person():
    quoting = SUMMARY.replace("Fuel costs fell", "“We are glad” was heard as fuel costs fell")
    assert structure_problems(quoting, STRICT) == []


@pytest.mark.parametrize(
    "item",
    ["Hedge at least 60% of needs.", "Write down slow stock.", "Document why sales rose.",
     "Bring the app to 900 kitchens.", "**Debt**: Refinance the loan.", "Cap spending at 6%."],
)  # fmt: skip
def test_imperatives_begin_with_a_verb(item):
    assert begins_with_verb(item)


@pytest.mark.parametrize(
    "item",
    ["The board should sell.", "Hedging of needs.", "Management must act.", "12 sites close.",
     "Costs are to be cut.", "Implementation of the plan.", ""],
)  # fmt: skip
def test_other_items_do_not(item):
    assert not begins_with_verb(item)


@pytest.mark.parametrize(
    ("sentence", "tense"),
    [
        ("Revenue rose 5% because costs that are fixed fell.", "past"),
        ("The company closed 14 depots.", "past"),
        ("Revenue is up, as it was a year ago.", "present"),
        ("Guidance of $5 million.", ""),
    ],
)
def test_the_first_verb_gives_the_tense(sentence, tense):
    assert tense_of(sentence) == tense

import json

import pytest

from goldbrief.core.documents import Golden, PromptFormat, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.style import follow_style, infer_style, study_goldens, with_personas

from .house_styles import PRESS, RADIO, media_goldens
from .samples import STYLE, SUMMARY, golden

LONGER = SUMMARY.replace("CFO", "CEO") + "\n- Decide on the depots."
FLAT = SUMMARY.replace("Key Takeaways", "Highlights")
GOLDENS = [golden("a.md"), golden("b.md", "CEO", LONGER), golden("c.md", "CFO", FLAT)]
IN_PROSE = SUMMARY.replace("- Net", "Net").replace("- Fuel", "Fuel")


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
    for goldens in (GOLDENS, media_goldens()):
        style = infer_style(goldens)
        assert all(structure_problems(each.summary, style) == [] for each in goldens)


def test_too_few_goldens_are_refused_with_their_number():
    with pytest.raises(InvalidInputError, match="2 were found") as error:
        infer_style(GOLDENS[:2])
    assert error.value.reason == "TOO_FEW_GOLDENS"


def test_a_golden_that_cannot_be_read_is_named():
    with pytest.raises(InvalidInputError, match=r"bad\.md") as error:
        infer_style([*GOLDENS, golden("bad.md", summary="Just text.")])
    assert error.value.reason == "SECTIONS_NOT_FOUND"


def test_sections_of_the_house_s_own_keep_their_order_and_form_and_roles_go_by_content():
    style = infer_style(media_goldens())
    shown = [(section.name, section.heading, section.form) for section in style.sections]
    assert shown == [
        ("takeaways", "What happened", "bullets"),
        ("risks", "Risks", "prose"),
        ("actions", "What to do", "prose"),
    ]
    assert (style.sections[0].ends, style.sections[0].leads) == ("none", "bold")
    summary = parse_summary(RADIO, style)
    assert summary.takeaways[0].startswith("**Revenue**")
    assert len(summary.actions) == 2


def test_sections_beside_the_three_are_inferred_too():
    outlook = "\n\n## Outlook\n\nManagement sees $4.9 billion in 2024."
    style = infer_style(
        [golden(f"{name}.md", summary=SUMMARY + outlook) for name in ("a", "b", "c")]
    )
    assert [section.name for section in style.sections][-1] == "outlook"
    assert parse_summary(SUMMARY + outlook, style).sections["outlook"] == (
        "Management sees $4.9 billion in 2024.",
    )
    assert any("'Outlook' is missing" in found for found in structure_problems(SUMMARY, style))


def test_manners_are_those_of_the_goldens_with_the_evidence_beside_them():
    study = study_goldens(media_goldens())
    figures, voice = study.contract.figures, study.contract.voice
    assert (figures.percent, figures.scale, figures.currency) == ("word", "letter", "word")
    assert (voice.tense, voice.person, voice.imperative_actions) == ("present", "third", True)
    assert "links" in study.contract.never
    assert "podcast.md" in study.evidence["figures.percent"]
    assert "Ask, Hire, Prepare" in study.evidence["voice.imperative_actions"]
    assert study.evidence["sections.takeaways.min_items"] == (
        "2 in podcast.md, press.md; 3 in radio.md"
    )


def test_what_one_golden_does_is_not_ruled_out_and_is_quoted():
    asking = PRESS.replace("Close the second press by June.", "Close the second press? Not yet!")
    goldens = [*media_goldens()[:2], Golden(name="asking.md", persona="CEO", summary=asking)]
    study = study_goldens(goldens)
    assert not {"questions", "exclamation marks"} & set(study.contract.never)
    assert "asking.md has questions" in study.evidence["never"]


@pytest.mark.parametrize(
    ("odd", "names"),
    [
        (IN_PROSE, ["takeaways", "prose in odd.md"]),
        (FLAT, ["takeaways", "Highlights in odd.md"]),
        (SUMMARY + "\n\n## Outlook\n\nFlat.", ["'Outlook'", "odd.md"]),
        (SUMMARY[: SUMMARY.index("## Key")] + SUMMARY[SUMMARY.index("## Action") :],
         ["'Key Takeaways'", "odd.md"]),
        (SUMMARY[SUMMARY.index("## Key") :] + "\n\n" + SUMMARY[: SUMMARY.index("## Key")],
         ["order", "odd.md"]),
        (SUMMARY.replace("8.4%", "8.4 percent"), ["percent", "word in odd.md"]),
        (SUMMARY.replace("faster", "faster " * 120), ["lengths differ", "odd.md"]),
    ],
)  # fmt: skip
def test_a_golden_that_differs_from_most_is_told_of_and_not_followed(odd, names):
    goldens = [golden("a.md"), golden("b.md"), golden("odd.md", summary=odd)]
    study = study_goldens(goldens)
    assert len(study.notes) == 1
    assert all(name in study.notes[0] for name in names)
    assert [s.form for s in study.contract.sections] == ["prose", "bullets", "bullets"]


@pytest.mark.parametrize(
    ("odd", "names"),
    [
        (IN_PROSE, ["takeaways", "bullets in a.md, b.md", "prose in c.md, d.md"]),
        (FLAT, ["takeaways", "Key Takeaways in a.md, b.md", "Highlights in c.md, d.md"]),
        (SUMMARY + "\n\n## Outlook\n\nFlat.", ["'Outlook' (c.md, d.md)", "a.md, b.md"]),
    ],
)
def test_goldens_without_a_majority_contradict_each_other(odd, names):
    goldens = [golden("a.md"), golden("b.md")]
    goldens += [golden("c.md", summary=odd), golden("d.md", summary=odd)]
    with pytest.raises(InvalidInputError) as error:
        study_goldens(goldens)
    assert error.value.reason == "GOLDENS_DIFFER"
    assert all(name in error.value.message for name in names)


def test_a_figure_that_a_golden_s_article_lacks_is_named_with_its_golden():
    article = "Harborline's third-quarter revenue rose 8.4% to $1,234.5 million."
    odd = golden("odd.md").model_copy(update={"article_text": article})
    (note,) = study_goldens([*GOLDENS, odd]).notes[-1:]
    assert note.startswith("odd.md has figures that its article lacks")
    assert "$96.2 million" in note
    assert "8.4%" not in note


def test_goldens_without_names_of_their_own_all_count():
    style = infer_style([golden(""), golden(""), golden("", summary=LONGER)])
    assert style.goldens == ("golden (1)", "golden (2)", "golden (3)")
    assert style.sections[2].max_items == 3


def test_the_version_is_that_of_what_the_contract_says():
    style = infer_style(GOLDENS)
    renamed = [each.model_copy(update={"name": f"other-{each.name}"}) for each in GOLDENS]
    assert infer_style(renamed).version == style.version
    assert style.model_copy(update={"never": ()}).version != style.version


def test_a_written_style_is_followed_and_goldens_that_depart_from_it_are_told_of():
    longer = STYLE.model_copy(update={"min_words": 200, "max_words": 300})
    study = follow_style(longer, GOLDENS)
    assert study.contract == longer
    assert all(each.name in note for each, note in zip(GOLDENS, study.notes, strict=True))


def test_the_recipe_s_personas_replace_those_of_the_goldens():
    study = with_personas(study_goldens(GOLDENS), ("CEO", "COO"), GOLDENS)
    assert study.contract.personas == ("CEO", "COO")
    assert "COO" in study.notes[-1]
    assert "CEO" not in study.notes[-1]


def test_records_from_before_the_manners_are_read_as_having_none():
    section = {"form": "bullets", "min_items": 1, "max_items": 3, "min_words": 5, "max_words": 60}
    record = {
        "template": "brief-1", "strategy": "full", "article_tokens": 900, "wrap": "plain",
        "max_new_tokens": 320,
        "style": {
            "sections": [{"name": "takeaways", "heading": "Key Takeaways", **section}],
            "personas": ["CFO"], "min_words": 30, "max_words": 120,
            "figures_per_100_words": 3.0, "goldens": ["a.md"],
        },
    }  # fmt: skip
    style = PromptFormat.model_validate_json(json.dumps(record)).style
    assert style == StyleContract.model_validate_json(style.model_dump_json())
    assert (style.never, style.voice.person, style.figures.percent) == ((), "", "")

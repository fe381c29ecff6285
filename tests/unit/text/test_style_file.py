from pathlib import Path
from typing import get_args

import pytest
import yaml

from goldbrief.core.documents import FigureStyle, Never, SectionStyle, StyleContract, Voice
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.style import StyleStudy, study_goldens
from goldbrief.text.style_file import read_style, write_style

from .house_styles import media_goldens
from .samples import STYLE, SUMMARY, golden

STUDY = study_goldens(
    [
        golden("a.md"),
        golden("b.md"),
        golden("c.md", summary=SUMMARY.replace("Key Takeaways", "Facts")),
    ]
)


@pytest.mark.parametrize(
    "study", [STUDY, study_goldens(media_goldens()), StyleStudy(STYLE, {}, ())]
)
def test_a_written_contract_is_read_back_the_same(study):
    assert read_style(write_style(study)) == study.contract


def test_each_line_has_its_evidence_above_it_and_what_differs_stands_at_the_top():
    lines = write_style(STUDY).splitlines()
    head = "\n".join(lines[:4])
    assert STUDY.contract.version in head
    assert "Facts in c.md" in head
    for key in ("heading: Overview", "percent: sign", "tense: past", "figures_per_100_words"):
        (number,) = [i for i, line in enumerate(lines) if line.strip().startswith(key)]
        assert lines[number - 1].strip().startswith("#")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("form: prose", "form: verse", "sections.0.form: Input should be 'prose' or 'bullets'"),
        ("percent: sign", "percnt: sign", "unknown key; did you mean 'percent'?"),
        ("min_words: ", "min_words: 9", "is above max_words"),
        ("never: [questions", "never: [puns", "never.0: Input should be 'questions'"),
        ("heading: Key Takeaways", "heading: overview", "two sections have the heading 'overview'"),
        ("tense: past", "tense: [", "not YAML"),
    ],
)
def test_a_wrong_line_is_named_by_key_and_number(old, new, problem):
    text = write_style(STUDY).replace(old, new, 1)
    with pytest.raises(InvalidInputError) as error:
        read_style(text, "my.yaml")
    assert error.value.reason == "INVALID_STYLE"
    assert problem in error.value.message


def test_the_number_of_a_wrong_line_is_that_in_the_file():
    lines = write_style(STUDY).replace("tense: past", "tense: future").splitlines()
    with pytest.raises(InvalidInputError) as error:
        read_style("\n".join(lines), "my.yaml")
    number = next(i for i, line in enumerate(lines, 1) if "tense: future" in line)
    assert f"line {number}, voice.tense" in error.value.message


def test_the_contract_in_the_documentation_is_one_and_names_every_line():
    page = (Path(__file__).parents[3] / "docs" / "style.md").read_text()
    example = next(b for b in page.split("```yaml\n") if b.startswith("sections")).split("```")[0]
    document = yaml.safe_load(example)
    assert read_style(example).never == get_args(Never)
    lines = {*document, *document["figures"], *document["voice"], *document["sections"][1]}
    models = (StyleContract, SectionStyle, FigureStyle, Voice)
    assert {key for model in models for key in model.model_fields} - lines == {"goldens"}


@pytest.mark.parametrize("text", ["", "[]", "just words"])
def test_what_holds_no_keys_is_no_contract(text):
    with pytest.raises(InvalidInputError, match="keys and values"):
        read_style(text)

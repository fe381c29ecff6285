"""`goldbrief style`, from goldens, recipes, contracts and servers to lines."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from goldbrief.cli import styling
from goldbrief.cli.main import cli
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.style_file import read_style

from ..quickstart import HANDWRITTEN

GOLDENS = HANDWRITTEN / "goldens"
GOLDEN = GOLDENS / "fennimore-beverage-aluminium.md"


def run(*arguments):
    result = CliRunner().invoke(cli, ["style", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_folder_of_goldens_is_shown_as_a_contract_with_evidence():
    shown = run("show", GOLDENS).stdout
    contract = read_style(shown)
    assert GOLDEN.name in contract.goldens
    assert "# past in" in shown
    assert json.loads(run("show", GOLDENS, "--json").stdout)["never"] == list(contract.never)


def test_a_recipe_shows_the_style_that_its_run_would_follow(tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"goldens: {GOLDENS}\npersonas: [CFO, COO]\n")
    shown = run("show", recipe).stdout
    assert read_style(shown).personas == ("CFO", "COO")
    assert "No golden is written for COO" in shown
    contract = tmp_path / "mine.yaml"
    contract.write_text(run("show", GOLDENS).stdout.replace("tense: past", "tense: present"))
    recipe.write_text(f"goldens: {GOLDENS}\nstyle: mine.yaml\n")
    assert read_style(run("show", recipe).stdout).voice.tense == "present"


def test_edit_writes_a_contract_that_check_accepts_and_never_writes_over_one(tmp_path):
    file = tmp_path / "mine.yaml"
    version = read_style(run("show", GOLDENS).stdout).version
    assert f"style: {file}" in run("edit", GOLDENS, file).stdout
    assert version in run("check", file).stdout
    file.write_text(file.read_text().replace("max_decimals: 2", "max_decimals: 3"))
    edited = run("edit", GOLDENS, file).stdout
    assert version not in edited
    assert read_style(file.read_text()).figures.max_decimals == 3


def test_check_says_what_is_wrong_with_a_contract(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(run("show", GOLDENS).stdout.replace("form: prose", "form: verse"))
    with pytest.raises(InvalidInputError, match=r"line .*form: Input should be"):
        run("check", file)


def test_check_names_each_line_that_a_summary_departs_from_with_its_place(tmp_path):
    assert "in the house style" in run("check", GOLDEN, "--style", GOLDENS).stdout
    file = tmp_path / "summary.md"
    text = GOLDEN.read_text().replace("up 5.3%", "up 5.3 percent")
    file.write_text(text)
    place = text.splitlines().index(next(x for x in text.splitlines() if "5.3 percent" in x)) + 1
    result = run("check", file, "--style", GOLDENS)
    assert result.exit_code == 0
    assert f"{file}:{place}: warning: figures.percent: " in result.stdout
    file.write_text(text.replace("## Key Takeaways", "## Musings"))
    result = run("check", file, "--style", GOLDENS)
    assert result.exit_code == 1
    assert "error: sections: 'Musings' is not a section" in result.stdout


def test_check_asks_for_the_style_of_a_summary():
    assert "--style SOURCE" in run("check", GOLDEN).stderr


@pytest.mark.parametrize("source", ["briefs/0123abcd", "briefs@2"])
def test_dataset_versions_and_models_show_the_contract_that_they_were_made_with(
    monkeypatch, source
):
    style = read_style(run("show", GOLDENS).stdout)
    prompt = PromptFormat(
        template="brief-2", strategy="full", article_tokens=900, wrap="plain", style=style,
        max_new_tokens=300,
    )  # fmt: skip
    asked = []

    def dataset(request):
        asked.append(request.id)
        return SimpleNamespace(
            dataset_version=SimpleNamespace(prompt_json=prompt.model_dump_json())
        )

    def model(name):
        asked.append(name)
        return SimpleNamespace(prompt_json=prompt.model_dump_json())

    client = SimpleNamespace(
        datasets=SimpleNamespace(GetDatasetVersion=dataset), resolve_model=model
    )
    monkeypatch.setattr(styling, "connect", lambda address: client)
    assert read_style(run("show", source).stdout) == style
    assert asked == [source]


def test_a_model_tuned_on_rows_of_one_s_own_has_no_style(monkeypatch):
    client = SimpleNamespace(resolve_model=lambda name: SimpleNamespace(prompt_json=""))
    monkeypatch.setattr(styling, "connect", lambda address: client)
    with pytest.raises(InvalidInputError, match="notes has no style contract"):
        run("show", "notes")

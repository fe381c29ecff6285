"""`goldbrief simulate` and `goldbrief score`, from options to files and lines."""

import json

import pytest
from click.testing import CliRunner

from goldbrief.cli.main import cli
from goldbrief.core.errors import InvalidInputError


def run(*arguments):
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_articles_are_written_and_their_references_score_perfectly(tmp_path):
    out = tmp_path / "out"
    assert "3 articles" in run("simulate", "--articles", 3, "--out", out).stderr
    assert len(list((out / "articles").glob("*.md"))) == 3
    result = run("score", out, out / "references")
    assert "figures wrong       0 of" in result.stdout
    lines = run("score", out, out / "references", "--json").stdout.splitlines()
    assert [json.loads(line)["summary"] for line in lines[:2]] == ["000000-CEO.md", "000000-CFO.md"]


def test_a_dash_prints_a_row_an_article_and_nothing_else():
    options = ("--words", 500, "--genre", "memo", "--persona", "COO", "--currency", "CHF")
    result = run("simulate", "--articles", 2, "--out", "-", "--start", 7, *options)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["000007", "000008"]
    assert {(row["genre"], row["currency"]) for row in rows} == {("memo", "CHF")}
    assert {one["persona"] for row in rows for one in row["references"]} == {"COO"}
    assert result.stderr == ""


def test_the_reserved_half_makes_other_articles():
    command = ("simulate", "--articles", 1, "--out", "-")
    first, second = (run(*command, *more).stdout for more in ((), ["--reserved"]))
    assert json.loads(first)["text"] != json.loads(second)["text"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--articles", 0), "--articles 0"),
        (("--words", "5000"), "--words 5000"),
        (("--words", "900-500"), "900 words at least, 500 at most"),
        (("--genre", "poem"), "earnings_release"),
        (("--persona", "Janitor"), "unknown persona Janitor"),
        (("--currency", "XYZ"), "--currency XYZ"),
        (("--defects", "typo"), "no defect 'typo'"),
    ],
)
def test_impossible_options_are_named(tmp_path, options, said):
    with pytest.raises(InvalidInputError) as caught:
        run("simulate", "--out", tmp_path / "out", *options)
    assert said in caught.value.message
    assert caught.value.remedy
    assert not (tmp_path / "out").exists()


def test_an_interrupted_folder_says_how_to_go_on(tmp_path, monkeypatch):
    def interrupted(out, options, defects):
        yield "1 of 2 articles"
        raise KeyboardInterrupt

    monkeypatch.setattr("goldbrief.cli.simulating.load_app", lambda name: interrupted)
    result = CliRunner().invoke(cli, ["simulate", "--out", str(tmp_path / "out")])
    assert "the same command goes on" in result.output
    assert result.exit_code

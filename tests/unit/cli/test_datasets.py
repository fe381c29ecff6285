"""`goldbrief dataset`: list, show, export and diff, over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldbrief.cli.main import cli
from goldbrief.core.documents import Pair
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.platform.ledger import Work

from ..dataset_server import build_version, serve, working
from ..datasets.samples import Workplace, make_material, prose


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    place = Workplace(tmp_path)
    with serve(place) as address:
        monkeypatch.setenv("GOLDBRIEF_ADDRESS", address)
        yield place


@pytest.fixture
def version(place: Workplace) -> Work:
    materials = [make_material(n, f"C{n}") for n in range(8)]
    return build_version(place, place.add_synthesis(materials, ["The score is below 3."]), pairs=7)


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["dataset", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_versions_are_listed_with_their_rows(place: Workplace, version: Work) -> None:
    build_version(place, place.add_synthesis([], ["No figures."], request_id="other"), "notes")
    failed, built = run("list").stdout.splitlines()
    assert built.startswith(f"briefs/{version.result['version']} ")
    assert built.endswith("SUCCEEDED  train 5, eval 2, golden 0")
    assert failed.startswith("notes ")
    assert "FAILED     No candidate is left to train on" in failed
    assert run("list", "briefs").stdout.splitlines() == [built]
    record = json.loads(run("list", "briefs", "--json").stdout)
    assert (record["digest"], record["rows"]) == (version.result["digest"], version.result["rows"])
    with pytest.raises(NotFoundError, match="There are briefs, notes"):
        run("list", "brief")
    assert "cause    No candidate is left" in run("show", "notes").stdout


def test_a_version_is_shown_with_judge_costs_and_card(version: Work) -> None:
    shown = run("show", "briefs").stdout
    head, _, card = shown.partition("\n\n")
    facts = dict(line.split(maxsplit=1) for line in head.splitlines())
    assert facts["version"] == f"briefs/{version.result['version']}"
    assert facts["digest"] == version.result["digest"]
    assert facts["rows"] == "train 5, eval 2, golden 0"
    assert facts["judge"] == "offline-metric-1: uncalibrated"
    assert facts["cost"] == "0 calls, 0 tokens"
    assert card.startswith(f"# Dataset briefs, version {version.result['version']}\n")


def test_rows_are_printed_as_they_are_stored(place: Workplace, version: Work) -> None:
    for split, count in version.result["rows"].items():
        printed = run("show", "briefs", "--rows", split).stdout
        assert printed.encode() == place.store.get(f"{version.result['prefix']}{split}.jsonl")
        assert len([Pair.model_validate_json(line) for line in printed.splitlines()]) == count


def test_what_is_in_no_split_is_listed_with_reasons(version: Work) -> None:
    listed = run("show", "briefs", "--rejected")
    rejected, dropped = listed.stdout.splitlines()
    assert listed.stderr == "2 candidates are in no split\n"
    assert rejected.startswith("REJECTED  2.00  ")
    assert rejected.endswith("The score is below 3.")
    assert dropped.startswith("DROPPED   4.00  ")
    assert dropped.endswith("not needed: the plan has 7 pairs")
    why = run("show", "briefs", "--rejected", "--why").stdout.splitlines()
    assert why == [
        rejected, "    offline-metric-1: form 2.0", dropped, "    offline-metric-1: form 4.0"
    ]  # fmt: skip
    assert "--why needs --rejected" in run("show", "briefs", "--why").stderr


def test_an_export_tells_its_rows(version: Work, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    told = run("export", "briefs", folder, "--form", "messages").stdout
    assert told == f"{folder}: train 5, eval 2, golden 0\n"
    rows = (folder / "train.jsonl").read_text().splitlines()
    assert [set(json.loads(row)) & {"prompt", "messages"} for row in rows] == [{"messages"}] * 5


def test_a_difference_is_told_by_the_exit_code_too(place: Workplace, version: Work) -> None:
    same = run("diff", "briefs", version.id)
    assert (same.exit_code, same.stdout, same.stderr) == (0, "", "the same digest\n")
    build_version(place, version.spec["synthesis_id"], pairs=6)
    other = run("diff", version.id, "briefs")
    assert other.exit_code == 1
    assert "rows.train: 5 → 4" in other.stdout
    assert f"digest: {version.result['version']} → " in other.stdout
    removed = [line for line in other.stdout.splitlines() if line.startswith("- ")]
    assert len(removed) == 1
    assert "0 rows added, 1 removed" in other.stderr


def test_own_pairs_are_imported_shown_and_exported(place: Workplace, tmp_path: Path) -> None:
    articles = [prose(f"own {number}") for number in range(6)]
    rows = [{"prompt": text, "response": f"{text.split('. ')[0]}."} for text in articles]
    rows[1]["response"] = "Sales rose 101% to $5 million."
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with working(place):
        imported = run("import", file, "--name", "own", "--licence", "ours", "--eval-pairs", 1)
    assert imported.stdout.startswith("own/")
    assert imported.stdout.endswith("  train 4, eval 1, golden 0\n")
    assert imported.stderr.startswith("left out: pairs.jsonl:2: the article does not have 101%")
    shown = run("show", "own").stdout
    assert "file     pairs.jsonl · ours\n" in shown
    assert "\ncost " not in shown
    run("export", "own", tmp_path / "out", "--form", "messages")
    assert not (tmp_path / "out" / "prompt.json").exists()
    (row, *_) = (tmp_path / "out" / "eval.jsonl").read_text().splitlines()
    assert json.loads(row)["messages"][0]["content"] in articles


def test_bad_lines_are_told_before_anything_is_uploaded(place: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"prompt": "p"}\n\n{"summary": "s"}\n')
    with pytest.raises(InvalidInputError) as refused:
        run("import", file, "--name", "own")
    assert "pairs.jsonl:1: field 'response' is missing" in refused.value.message
    assert "pairs.jsonl:3: field 'article' is missing" in refused.value.message
    assert list(place.store.list("uploads/")) == []

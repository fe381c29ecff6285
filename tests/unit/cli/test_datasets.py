"""`goldbrief dataset`: list, show, export and diff, over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldbrief.cli.main import cli
from goldbrief.core.documents import Pair
from goldbrief.core.errors import AlreadyExistsError, InvalidInputError, NotFoundError
from goldbrief.core.recipe import Recipe
from goldbrief.platform.ledger import Work
from goldbrief.sdk import Client
from goldbrief.sdk.datasets import read_dataset_rows
from goldbrief.text.golden_files import read_goldens

from ..dataset_server import build_version, serve, working
from ..datasets.samples import Workplace, make_material, prose
from ..datasets.test_improving import add_evaluation, prediction


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


def test_an_empty_list_says_that_nothing_is_built_yet(place: Workplace) -> None:
    listed = run("list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert listed.stderr == "no dataset version is built yet; `goldbrief run` builds one\n"


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
    assert listed.stderr == (
        "2 candidates are in no split; `goldbrief articles show` names the file of a hash\n"
    )
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


def test_the_next_round_is_written_as_a_folder_that_can_be_run(
    place: Workplace, tmp_path: Path
) -> None:
    near = make_material("near", "Near Co", score=2.9)
    rare = make_material(0, "C0", persona="CEO", score=4.5)
    materials = [rare, *(make_material(n, f"C{n}", score=4.5) for n in range(8))]
    build_version(place, place.add_synthesis(materials, refused=[(near, ())]), pairs=9)
    evaluated = next(iter(read_dataset_rows(Client(), "briefs", "eval")))[1]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("goldens: house\ndataset: {pairs: 9}\nsynthesis: {max_rewrites: 5}\n")
    folder = tmp_path / "rounds" / "next"
    printed = run("improve", "briefs", "--recipe", recipe, "--to", folder)
    assert printed.stderr == f"\ngoldbrief run {folder / 'recipe.yaml'}\n"
    assert printed.stdout == (folder / "proposal.md").read_text()
    proposal = json.loads((folder / "proposal.json").read_text())
    assert proposal == json.loads(run("improve", "briefs", "--json").stdout)
    written = Recipe.parse((folder / "recipe.yaml").read_text())
    assert (folder / written.goldens).resolve() == tmp_path / "house"
    assert written.dataset.extends == proposal["version"]
    assert (written.dataset.pairs, written.dataset.balance) == (9, True)
    assert (written.synthesis.max_rewrites, written.personas) == (5, ("CEO", "CFO"))
    targets = {target["article_sha256"] for target in proposal["targets"]}
    assert near.article.sha256 in targets
    assert evaluated.article_sha256 not in targets
    # the articles come back as the same ones
    file = folder / written.articles / "targets.jsonl"
    imported = place.run_import(
        {file.name: file.read_bytes()}, "again", **written.ingest.model_dump()
    )
    files = place.imports.files(imported.id)
    assert {file.article_sha256 for file in files if not isinstance(file, str)} == targets
    with pytest.raises(AlreadyExistsError, match="already holds something"):
        run("improve", "briefs", "--recipe", recipe, "--to", folder)
    assert "--to needs --recipe" in run("improve", "briefs", "--to", folder).stderr


def test_drafts_of_goldens_are_goldens_once_they_are_moved(
    place: Workplace, tmp_path: Path
) -> None:
    materials = [make_material(n, f"C{n}", score=3.1) for n in range(8)]
    version = build_version(place, place.add_synthesis(materials), pairs=8)
    held = [pair.article_sha256 for _, pair in read_dataset_rows(Client(), "briefs", "eval")]
    add_evaluation(place, version, [prediction(held[0], summary=None, cause="cut off")])
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("")
    run("improve", "briefs", "--recipe", recipe, "--to", tmp_path / "next")
    review = tmp_path / "next" / "review"
    drafts = read_goldens(*({f.name: f.read_bytes() for f in sorted(folder.glob("*.md"))}
                            for folder in (review, review / "articles")))  # fmt: skip
    assert len(drafts) == 2
    known = {material.article.text: material.response for material in materials}
    assert all(
        known[draft.article_text.strip()].strip() == draft.summary.strip() for draft in drafts
    )

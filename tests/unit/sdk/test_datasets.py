"""Dataset versions come to the client's disk as they are, in forms that training reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief.core.documents import Judgment, Pair
from goldbrief.core.errors import (
    AlreadyExistsError,
    DataCorruptionError,
    FailedPreconditionError,
    InvalidInputError,
    NotFoundError,
)
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.sdk import Client
from goldbrief.sdk.dataset_diff import compare_datasets
from goldbrief.sdk.datasets import (
    export_dataset,
    get_dataset_version,
    list_dataset_versions,
    read_dataset_rows,
    read_rejected_candidates,
)
from goldbrief.sdk.training_data import data_sources

from ..dataset_server import build_version, serve
from ..datasets.samples import PROMPT, Workplace, make_article, make_material

CHATML = PROMPT.model_copy(update={"wrap": "chatml"})
GOLDEN = GoldenEvalPair(
    name="g",
    article=make_article("golden", "G"),
    persona="CFO",
    summary="## Overview\nGood.\u2028More.",
)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


@pytest.fixture
def synthesis(place: Workplace) -> str:
    materials = [make_material(n, f"C{n}") for n in range(8)]
    return place.add_synthesis(materials, ["too vague"])


@pytest.fixture
def client(place: Workplace) -> Iterator[Client]:
    with serve(place) as address, Client(address) as client:
        yield client


def test_a_version_is_found_by_the_name_of_its_line(
    place: Workplace, synthesis: str, client: Client
) -> None:
    old, new = (build_version(place, synthesis, pairs=pairs).result for pairs in (6, 7))
    other = build_version(place, synthesis, "notes", pairs=6).result
    assert get_dataset_version(client, "briefs").digest == new["digest"]
    assert get_dataset_version(client, f"briefs/{old['version']}").digest == old["digest"]
    assert [v.version for v in list_dataset_versions(client, "notes")] == [other["version"]]
    assert len(list_dataset_versions(client)) == 3
    for unknown in ("brief", "brief/0123", f"notes/{new['version']}", "briefs/0"):
        with pytest.raises(NotFoundError, match="There is no dataset version") as failed:
            get_dataset_version(client, unknown)
        name = unknown.partition("/")[0]
        known = [f"{line['name']}/{line['version']}" for line in (new, old, other)]
        for version in known:
            told = version in failed.value.remedy
            assert told == (name in ("brief", version.partition("/")[0]))
    with pytest.raises(
        NotFoundError, match=r"There is no dataset 'brief'. There are briefs, notes"
    ):
        list_dataset_versions(client, "brief")


def test_a_line_without_a_version_says_why(place: Workplace, client: Client) -> None:
    build_version(place, place.add_synthesis([], ["too vague"]))
    assert get_dataset_version(client, "briefs").manifest_json == ""
    for read in (read_dataset_rows, read_rejected_candidates):
        with pytest.raises(FailedPreconditionError, match="FAILED: No candidate is left to train"):
            next(read(client, "briefs"))
    with pytest.raises(FailedPreconditionError, match=r"is FAILED\. No candidate is left"):
        export_dataset(client, "briefs", place.folder / "out")
    assert not (place.folder / "out").exists()


def test_rows_and_rejected_candidates_are_streamed(
    place: Workplace, synthesis: str, client: Client
) -> None:
    prefix = build_version(place, synthesis, pairs=7, golden_eval=[GOLDEN]).result["prefix"]
    rows = list(read_dataset_rows(client, "briefs"))
    for split in ("train", "eval", "golden"):
        stored = place.store.get(f"{prefix}{split}.jsonl").decode().rstrip("\n").split("\n")
        assert [pair for found, pair in rows if found == split] == [
            Pair.model_validate_json(line) for line in stored
        ]
    rejected = list(read_rejected_candidates(client, "briefs"))
    assert [(one.fate, one.score) for one in rejected] == [
        ("rejected", 2), ("dropped", 4), ("dropped", 4)
    ]  # fmt: skip
    assert rejected[0].reason == "too vague"
    assert Judgment.model_validate_json(rejected[0].judgment_json).overall == 2
    with pytest.raises(InvalidInputError, match=r"no split 'test'. Use train, eval, golden"):
        list(read_dataset_rows(client, "briefs", "test"))


def test_rows_that_were_changed_in_the_store_are_not_handed_out(
    place: Workplace, synthesis: str, client: Client
) -> None:
    work = build_version(place, synthesis)
    path = place.folder / "objects" / work.result["prefix"] / "eval.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Sales", b"Sails"))
    with pytest.raises(DataCorruptionError, match=r"eval.jsonl is not what the manifest says"):
        export_dataset(client, "briefs", place.folder / "out")
    assert not (place.folder / "out").exists()
    assert [path.name for path in place.folder.glob(".out*")] == []


def test_an_export_has_the_version_s_own_bytes_and_is_read_by_training(
    place: Workplace, synthesis: str, client: Client
) -> None:
    build_version(place, synthesis, golden_eval=[GOLDEN])
    folder = place.folder / "new" / "rows"
    counts = export_dataset(client, "briefs", folder)
    version = get_dataset_version(client, "briefs")
    assert counts == dict(version.rows)
    manifest = json.loads((folder / "manifest.json").read_text())
    stored = json.loads(version.manifest_json)
    assert manifest["digest"] == version.digest
    del stored["files"]["fates.jsonl"]
    assert manifest["files"] == stored["files"]
    for name, sha256 in manifest["files"].items():
        assert sha256_bytes((folder / name).read_bytes()) == sha256
    (source,) = data_sources(client, folder, "INSTRUCTION_FINETUNE")
    assert source.name == "train.jsonl"
    assert place.store.get(source.path) == (folder / "train.jsonl").read_bytes()
    with pytest.raises(AlreadyExistsError, match="already holds something"):
        export_dataset(client, "briefs", folder)


@pytest.mark.parametrize("prompt", [PROMPT, CHATML])
def test_messages_are_turns_without_the_marks_of_the_wrap(
    place: Workplace, synthesis: str, client: Client, prompt: object
) -> None:
    build_version(place, synthesis, prompt=prompt, golden_eval=[GOLDEN])
    folder = place.folder / "rows"
    folder.mkdir()
    export_dataset(client, "briefs", folder, "messages")
    data_sources(client, folder, "CHAT_COMPLETION")
    for split in ("train", "eval", "golden"):
        lines = (folder / f"{split}.jsonl").read_text().rstrip("\n").split("\n")
        pairs = [pair for _, pair in read_dataset_rows(client, "briefs", split)]
        for line, pair in zip(lines, pairs, strict=True):
            row = json.loads(line)
            user, answer = row["messages"]
            assert (user["role"], answer["role"]) == ("user", "assistant")
            assert user["content"].startswith("Write an executive summary")
            assert user["content"].endswith("</article>")
            assert user["content"] in pair.prompt
            assert answer["content"] == pair.response
            assert row["article_sha256"] == pair.article_sha256
            assert row["judge_score"] == pair.judge_score


def test_a_difference_names_rows_and_settings(place: Workplace, client: Client) -> None:
    same, changed, gone, come = (make_material(n, f"C{n}") for n in range(4))
    again = make_material(1, "C1", response="## Overview\nSales of other things rose 5%.")
    plan = {"pairs": 3, "eval_pairs": 0}
    first = place.add_synthesis([same, changed, gone])
    second = place.add_synthesis([same, again, come], request_id="second")
    before, after = (build_version(place, one, **plan).id for one in (first, second))
    found = compare_datasets(client, before, after)
    rows = {row.article_sha256: row for row in found.rows}
    assert not found.is_equal
    assert len(rows) == 3
    assert rows[gone.article.sha256].after is None
    assert rows[come.article.sha256].before is None
    assert set(rows[changed.article.sha256].fields) == {"response"}
    assert found.settings["parents.synthesis_id"] == (first, second)
    assert "digest" in found.settings
    assert not {name for name in found.settings if name.startswith("prompt")}


def test_another_prompt_changes_every_row(place: Workplace, synthesis: str, client: Client) -> None:
    before, after = (build_version(place, synthesis, prompt=one).id for one in (PROMPT, CHATML))
    found = compare_datasets(client, before, after)
    assert found.settings["prompt.wrap"] == ("plain", "chatml")
    assert len(found.rows) == 8
    assert all(set(row.fields) == {"prompt"} for row in found.rows)


def test_the_same_rows_from_another_synthesis_are_equal(
    place: Workplace, synthesis: str, client: Client
) -> None:
    build_version(place, synthesis)
    materials = [make_material(n, f"C{n}") for n in range(8)]
    build_version(place, place.add_synthesis(materials, request_id="again"), "copy")
    found = compare_datasets(client, "briefs", "copy")
    assert (found.is_equal, found.rows) == (True, [])
    assert {"name", "parents.synthesis_id"} <= set(found.settings)

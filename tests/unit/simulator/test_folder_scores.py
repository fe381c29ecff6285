"""Folders of summaries are scored against the folder of articles that they summarize."""

import json

import pytest

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.simulator.folder import read_rows, write_folder
from goldbrief.simulator.folder_scores import Total, score_folder
from goldbrief.simulator.lexicon import DEFAULT_FOLDER
from goldbrief.simulator.simulating import SimulationSettings


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    settings = SimulationSettings(count=6)
    list(write_folder(folder, settings, ("changed_digit", "invented_figure")))
    return folder


def scores(simulated, summaries):
    return list(score_folder(simulated, summaries, DEFAULT_FOLDER))


def test_references_are_right_and_defective_ones_are_not(simulated):
    clean = scores(simulated, simulated / "references")
    assert len(clean) == 12
    assert all(row["wrong"] == row["invented"] == 0 for row in clean)
    faulty = scores(simulated, simulated / "defective-summaries")
    assert sum(bool(row["faults"]) for row in faulty) > 0.9 * len(faulty)
    assert all(fault["text"] for row in faulty for fault in row["faults"])


def test_text_and_json_are_read_and_what_is_not_said_is_missing(simulated, tmp_path):
    row = next(read_rows(simulated))
    text = row["references"][0]["text"]
    (tmp_path / "000000-mine.json").write_text(json.dumps({"text": text, "version": "3"}))
    (tmp_path / "000001.txt").write_text("Nothing to report.")
    (tmp_path / "notes.md").write_text("Not a summary.")
    good, empty = scores(simulated, tmp_path)
    assert good["key_facts_right"] > 0
    assert (empty["right"], empty["key_facts_right"], empty["weighted_recall"]) == (0, 0, 0)
    assert empty["key_facts"] <= len(empty["missing"])


def test_a_total_says_how_many_figures_were_right():
    total = Total()
    row = {
        "right": 6, "wrong": 2, "invented": 0, "key_facts": 4, "key_facts_right": 3,
        "weighted_recall": 0.5, "faults": [{"reason": "unit"}, {"reason": "unit"}],
        "form": [{"kind": "repetition"}],
    }  # fmt: skip
    total.add(row)
    assert [line.split(maxsplit=2)[2].strip() for line in list(total.lines())[1:3]] == [
        "6 of 8  75.0%",
        "2 of 8  25.0%  (unit 2)",
    ]
    assert list(total.lines())[-1].split(maxsplit=3)[3] == "1  (repetition 1)"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("000099.md", "A summary.", "UNKNOWN_ARTICLE"),
        ("000000.json", "{}", "UNREADABLE_SUMMARY"),
        ("000000.md", b"\xff\xfe\x00", "UNREADABLE_SUMMARY"),
    ],
)
def test_what_cannot_be_scored_is_named(simulated, tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidInputError) as caught:
        scores(simulated, tmp_path)
    assert caught.value.reason == reason
    assert name.partition(".")[0] in caught.value.message


def test_other_folders_are_refused(simulated, tmp_path):
    with pytest.raises(NotFoundError, match="no summaries"):
        scores(simulated, tmp_path)
    with pytest.raises(NotFoundError, match="no simulated articles"):
        scores(tmp_path, simulated / "references")


def test_articles_of_another_lexicon_are_refused(simulated, tmp_path):
    (tmp_path / "a.yaml").write_text("a: b\n")
    with pytest.raises(InvalidInputError) as caught:
        list(score_folder(simulated, simulated / "references", tmp_path))
    assert caught.value.reason == "OTHER_SIMULATION"

"""The lexicon's files are checked, and broken rules named by file and line."""

import shutil

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.facts import PARTITIONS
from goldbrief.simulator.lexicon import DEFAULT_FOLDER, load_lexicon

SHARED_AT_MOST = 0.12


def alternatives(partition):
    grammar = load_lexicon(partition).grammar
    return {
        (rule.name, one.text): one for rule in grammar.rules.values() for one in rule.alternatives
    }


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(DEFAULT_FOLDER, tmp_path / "lexicon")


@pytest.mark.parametrize(
    ("broken", "line", "said"),
    [
        ("a:\n  - says $nothing_known\n", 2, "unknown rule $nothing_known"),
        ("a:\n  - fine\n  - <no_such_slot>\n", 3, "unknown slot <no_such_slot>"),
        (
            "a:\n  - on $b_again\nb_again:\n  - and $a_again\na_again:\n  - so $b_again\n",
            2,
            "never",
        ),
        ("a:\n  - fine\n  - ''\n", 3, "empty"),
        ("a: []\n", 1, "empty"),
        ("a:\n  - (left open\n", 2, "stays open"),
        ("a:\n  - closed)\n", 2, "never opened"),
        ("a:\n  - say: [x]\n    wen: up\n", 3, "unknown key 'wen'"),
        ("a:\n  - x\nb:\n  - x\na:\n  - y\n", 6, "defined again"),
        ("a:\n  - 'x\n", 3, "not YAML"),
        ("a:\n  - say: [x, y]\n    part: secret\n", 2, "unknown partition"),
        ("a:\n  - say: [x, y]\n    weight: much\n", 3, "'much' is no number"),
        ("a:\n  - bell \x07\n", 1, "not YAML"),
        ("a:\n  - caf\udce9\n", 1, "not YAML"),
    ],
)
def test_a_broken_rule_is_named_by_file_and_line(folder, broken, line, said):
    (folder / "zz.yaml").write_text(broken, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InvalidInputError) as caught:
        load_lexicon("development", folder)
    assert f"zz.yaml, line {line}" in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.reason.startswith("LEXICON")
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("x:\n  tell:\n    - it broke\n  draw: {cost: gold 1..2}\n", "cannot draw 'gold 1..2'"),
        ("x:\n  tell:\n    - it broke\n  draw: {cost: money 9..2}\n", "cannot draw"),
        ("x:\n  tell: it broke\n  draw: {units: cost at 2..9}\n", "cannot draw 'cost at 2..9'"),
        ("x:\n  tell: it broke\n  draw: {c: money 1..2, n: c at 0..9}\n", "cannot draw 'c at"),
        ("x:\n  salience: high\n  tell: it broke\n", "'high' is no number"),
        ("x:\n  needs: submarines\n  tell: it broke\n", "no sector has the tag 'submarines'"),
        ("x:\n  draw: {cost: money 1..2}\n", "`tell` is missing"),
        ("x:\n  tell: it cost <price>\n", "unknown slot <price>"),
        ("x:\n  tell: it broke\n  act: {Janitor: sweep}\n", "unknown persona 'Janitor'"),
        ("x:\n  tell: it broke\n  tone: sad\n", "unknown tone 'sad'"),
    ],
)
def test_a_broken_frame_is_named_by_file_and_line(folder, broken, said):
    (folder / "plans.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"plans\.yaml, line \d") as caught:
        load_lexicon("development", folder)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("file", "lacking"),
    [
        ("sectors.yaml", "any sector"),
        ("summaries.yaml", "'bullet_outlook'"),
        ("plans.yaml", "plan"),
    ],
)
def test_an_incomplete_lexicon_says_what_it_lacks(folder, file, lacking):
    (folder / file).unlink()
    with pytest.raises(InvalidInputError) as caught:
        load_lexicon("development", folder)
    assert caught.value.reason == "LEXICON_INCOMPLETE"
    assert lacking in caught.value.message
    assert "Copy all files" in (caught.value.remedy or "")


def test_an_empty_folder_and_an_unknown_partition_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="holds no lexicon"):
        load_lexicon("development", tmp_path)
    with pytest.raises(InvalidInputError, match="no partition 'test'"):
        load_lexicon("test")


def test_the_partitions_never_share_a_reserved_alternative():
    development, final = (alternatives(partition) for partition in PARTITIONS)
    for texts, partition in ((development, "development"), (final, "final")):
        assert {one.partition for one in texts.values()} == {None, partition}
    shared = development.keys() & final.keys()
    reserved = [key for key in shared if development[key].partition or final[key].partition]
    # What a company calls its revenue is no phrase of ours.
    assert not [key for key in reserved if not key[0].endswith(".revenue")]
    assert len(shared) < SHARED_AT_MOST * len(development)


def test_the_partitions_share_no_event_risk_or_plan():
    development, final = (load_lexicon(partition) for partition in PARTITIONS)
    for kind in ("event", "risk", "plan"):
        names = [{frame.name for frame in half.frames[kind]} for half in (development, final)]
        assert names[0].isdisjoint(names[1])
        assert min(len(half) for half in names) >= 12


def test_the_lexicon_is_broad():
    development, final = (load_lexicon(partition) for partition in PARTITIONS)
    assert len(development.sectors) >= 12
    for kind in ("event", "risk", "plan"):
        assert len(development.frames[kind]) + len(final.frames[kind]) >= 25
    stems = [
        len(half.grammar.rules["stem_head"].alternatives)
        * len(half.grammar.rules["stem_tail"].alternatives)
        for half in (development, final)
    ]
    assert min(stems) >= 150

"""A folder of articles is complete, reproducible, and goes on where it was interrupted."""

import itertools
import json

import pytest

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.datasets.markdown import read_markdown
from goldbrief.simulator.article_defects import ARTICLE_DEFECT_KINDS
from goldbrief.simulator.defects import DEFECT_KINDS
from goldbrief.simulator.folder import MANIFEST, TRUTH, read_manifest, read_rows, write_folder
from goldbrief.simulator.rows import ALL_DEFECTS, defect_kinds
from goldbrief.simulator.simulating import SimulationSettings, simulate_one


def settings(count=3, **more):
    return SimulationSettings(count=count, **more)


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_article_comes_with_its_truth(tmp_path):
    assert list(write_folder(tmp_path, settings())) == [0, 1, 2, 3]
    rows = list(read_rows(tmp_path))
    assert [row["id"] for row in rows] == ["000000", "000001", "000002"]
    for row in rows:
        document = read_markdown("a.md", (tmp_path / f"articles/{row['id']}.md").read_text())
        assert document.text.strip() == row["text"]
        assert (document.title, document.company) == (row["title"], row["company"])
        for one in (row, *row["references"]):
            for figure in one["figures"]:
                assert one["text"][figure["start"] : figure["end"]] == figure["text"]
        told = {fact["id"] for fact in row["facts"] if fact["told"]}
        assert {"result.revenue", *row["key_facts"]} <= told
        assert {"CFO", "CEO"} <= {one["persona"] for one in row["actions"]}


def test_defects_are_planted_in_copies_where_asked_for(tmp_path):
    list(write_folder(tmp_path, settings(6), defect_kinds([ALL_DEFECTS])))
    rows = list(read_rows(tmp_path))
    labels = [defect for row in rows for defect in row["defects"]]
    assert {label["kind"] for label in labels} == {*DEFECT_KINDS, *ARTICLE_DEFECT_KINDS}
    written = list(tmp_path.glob("defective-*/*.md"))
    assert len(written) == len(labels)
    for label in labels:
        if label["target"] == "summary":
            assert label["text"][label["start"] : label["end"]] == label["planted"]


def test_style_goldens_are_right_summaries_of_other_articles(tmp_path):
    list(write_folder(tmp_path, settings(2, personas=("CEO", "CFO")), goldens=3))
    articles = {path.read_text() for path in (tmp_path / "articles").iterdir()}
    goldens = sorted((tmp_path / "goldens").glob("*.md"))
    assert [path.name for path in goldens] == ["000000.md", "000001.md", "000002.md"]
    for path in goldens:
        assert path.read_text().startswith(f'---\npersona: "CEO"\narticle: "{path.name}"\n---\n')
        article = (tmp_path / "goldens" / "articles" / path.name).read_text()
        assert article not in articles
        simulated = simulate_one(
            settings(seed="0:goldens", personas=("CEO", "CFO")), int(path.stem)
        )
        assert simulated.content.text in article
        assert simulated.summaries[0].content.text in path.read_text()
    list(write_folder(tmp_path / "bare", settings(1), goldens=0))
    assert not (tmp_path / "bare" / "goldens").exists()
    with pytest.raises(InvalidInputError, match="-1 style goldens"):
        next(write_folder(tmp_path / "none", settings(1), goldens=-1))


def test_an_interrupted_folder_goes_on_to_the_same_end(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    list(write_folder(whole, settings(5)))
    list(itertools.islice(write_folder(broken, settings(5)), 3))
    with (broken / TRUTH).open("a") as truth:
        truth.write('{"id": "000002", "torn')
    assert next(iter(write_folder(broken, settings(5)))) == 2
    list(write_folder(broken, settings(5)))
    assert contents(broken) == contents(whole)


def test_more_articles_can_be_added_but_no_others(tmp_path):
    list(write_folder(tmp_path, settings(2)))
    assert list(write_folder(tmp_path, settings(4))) == [2, 3, 4]
    assert list(write_folder(tmp_path, settings(4))) == [4]
    with pytest.raises(InvalidInputError) as caught:
        next(write_folder(tmp_path, settings(4, seed="other")))
    assert caught.value.reason == "OTHER_SIMULATION"


def test_a_folder_in_use_or_not_writable_is_refused(tmp_path):
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(InvalidInputError) as caught:
        next(write_folder(tmp_path, settings()))
    assert caught.value.reason == "FOLDER_IN_USE"
    with pytest.raises(InvalidInputError) as caught:
        next(write_folder(tmp_path / "thesis.doc" / "below", settings()))
    assert caught.value.reason == "FOLDER_NOT_WRITABLE"
    assert caught.value.remedy


def test_a_broken_lexicon_begins_no_folder(tmp_path):
    lexicon, folder = tmp_path / "lexicon", tmp_path / "out"
    lexicon.mkdir()
    (lexicon / "a.yaml").write_text("a:\n  - says $nothing_known\n")
    with pytest.raises(InvalidInputError, match=r"a\.yaml, line 2"):
        next(write_folder(folder, settings(lexicon=lexicon)))
    assert not folder.exists()


def test_the_manifest_names_no_path_and_no_other_folder_has_one(tmp_path):
    list(write_folder(tmp_path, settings(1)))
    assert "/" not in (tmp_path / MANIFEST).read_text()
    assert json.loads((tmp_path / MANIFEST).read_text()) == read_manifest(tmp_path)
    with pytest.raises(NotFoundError):
        read_manifest(tmp_path / "articles")


def test_an_unknown_defect_is_refused():
    with pytest.raises(InvalidInputError, match="no defect 'typo'"):
        defect_kinds(["typo"])

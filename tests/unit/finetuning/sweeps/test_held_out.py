"""What the trials of a sweep are asked."""

import json

import pytest

from goldbrief.core.documents import Article
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.object_keys import article_key
from goldbrief.core.training import DataFile
from goldbrief.finetuning.sweeps.held_out import HeldOutRow, choose_rows
from goldbrief.platform.storage import DirectoryStore


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path)


def put_rows(store, rows, key="eval.jsonl"):
    store.put(key, "\n".join(map(json.dumps, rows)).encode())
    return [DataFile(key=key, name=key)]


def plain(number):
    return [{"prompt": f"p{i}", "response": f"r{i}"} for i in range(number)]


def version_row(article, **changes):
    row = {"prompt": f"Summarize {article}", "response": "Good.", "persona": "CFO",
           "article_sha256": article, "origin": "synthesized"}  # fmt: skip
    return {**row, **changes}


def test_of_a_plain_row_the_prompt_stands_for_the_article(store):
    files = put_rows(store, plain(1))
    assert choose_rows(store, files, 20, 0) == [
        HeldOutRow(prompt="p0", article="p0", reference="r0")
    ]


def test_rows_of_a_dataset_version_bring_article_and_persona_and_only_golden_answers(store):
    for sha in ("aa", "bb"):
        article = Article(sha256=sha, text=f"All of {sha}.")
        store.put(article_key(sha), article.model_dump_json().encode())
    files = put_rows(store, [version_row("aa"), version_row("bb", origin="golden")])
    rows = {row.article: row for row in choose_rows(store, files, 20, 0)}
    assert rows["All of aa."].reference == ""
    assert rows["All of bb."].reference == "Good."
    assert rows["All of bb."].persona == "CFO"


def test_one_row_an_article_is_drawn_whatever_the_order(store):
    rows = [version_row(sha, persona=persona, prompt=f"{sha} for the {persona}")
            for sha in ("aa", "bb", "cc") for persona in ("CFO", "CEO")]  # fmt: skip
    drawn = choose_rows(store, put_rows(store, rows), 20, seed=1)
    assert len(drawn) == 3
    assert choose_rows(store, put_rows(store, rows[::-1]), 20, seed=1) == drawn
    assert choose_rows(store, put_rows(store, rows), 2, seed=1) == drawn[:2]


def test_the_seed_decides_which(store):
    files = put_rows(store, plain(40))
    assert choose_rows(store, files, 5, 0) != choose_rows(store, files, 5, 1)


def test_without_rows_there_is_nothing_to_decide_on(store):
    with pytest.raises(InvalidInputError, match="decided on held-out rows") as caught:
        choose_rows(store, [], 20, 0)
    assert caught.value.metadata["field"] == "eval_data_path"
    assert "dataset version" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("eval.jsonl", b'{"prompt": "p", "response": "r"}\n[1]\n', "eval.jsonl:2"),
        ("eval.jsonl", b'{"prompt": "p"}\n', "eval.jsonl:1: field 'response' is missing"),
        ("eval.jsonl", b"\xff", "cannot be read"),
        ("eval.jsonl.gz", b"{}", "cannot be read"),
        ("eval.parquet", b"PAR1", "is not JSONL"),
    ],
)
def test_rows_that_cannot_be_read_are_named(store, name, content, words):
    store.put(name, content)
    with pytest.raises(InvalidInputError, match=words):
        choose_rows(store, [DataFile(key=name, name=name)], 20, 0)

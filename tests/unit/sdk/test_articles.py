"""Where a recipe's articles may lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.sdk.inputs import LocalInput, RemoteInput, absolute_source, find_articles


def test_a_folder_gives_its_files_by_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/two.pdf", "a.md", ".hidden"):
        (tmp_path / name).write_text("x")
    assert find_articles(tmp_path.name, tmp_path.parent) == [
        LocalInput("ARTICLE", tmp_path / "a.md", "a.md"),
        LocalInput("ARTICLE", tmp_path / "b/two.pdf", "b/two.pdf"),
    ]


@pytest.mark.parametrize("where", ["s3://news/2025/", "https://pages.example/a.html"])
def test_addresses_are_left_to_the_server(where: str) -> None:
    assert find_articles(where) == [RemoteInput("ARTICLE", where, where)]
    assert absolute_source(where) == where


def test_a_list_gives_an_article_a_line(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text("# news\nhttps://a.example/1\n\n  https://a.example/2 \nhttps://a.example/1\n")
    assert [entry.name for entry in find_articles(str(path))] == [
        "https://a.example/1",
        "https://a.example/2",
    ]


def test_a_bad_line_of_a_list_is_told_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text("https://a.example/1\n\nwww.a.example/2\n")
    with pytest.raises(InvalidInputError, match=r"line 3, is no web address: 'www.a.example/2'"):
        find_articles(str(path))


def test_a_text_file_is_an_article(tmp_path: Path) -> None:
    path = tmp_path / "news.txt"
    path.write_text("Calder Freight lifts profit.\nhttps://a.example/1\n")
    assert find_articles(str(path)) == [LocalInput("ARTICLE", path, "news.txt")]


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="does not exist"):
        find_articles(str(tmp_path / "none"))
    with pytest.raises(InvalidInputError, match="holds no articles"):
        find_articles(str(tmp_path))

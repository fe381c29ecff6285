"""Ratings and good summaries are read from files, and what is wrong with them is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.sdk.calibration import read_pairs, read_ratings

from ..quickstart import QUICKSTART

DIMENSIONS = ("faithfulness", "coverage")


def write(folder: Path, text: str) -> Path:
    path = folder / "ratings.csv"
    path.write_text(text)
    return path


def test_each_summary_gets_the_ratings_of_all_who_rated_it(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ncompany: A\n---\nThe article.\n")
    path = write(
        tmp_path,
        "article_file,summary,rater,persona,author,overall,coverage\n"
        "a.md,One.,ann,CEO,llama,4,3\na.md,One.,ben,CEO,llama,2,\na.md,Two.,ann,,,,5\n",
    )
    one, two = read_ratings(path, DIMENSIONS, "{}")
    assert (one.article_text, one.summary, one.persona, one.author, one.style_json) == (
        "The article.", "One.", "CEO", "llama", "{}"
    )  # fmt: skip
    assert {r.rater: dict(r.scores) for r in one.ratings} == {
        "ann": {"overall": 4, "coverage": 3},
        "ben": {"overall": 2},
    }
    assert [dict(r.scores) for r in two.ratings] == [{"coverage": 5}]
    assert not one.is_good


def test_ratings_without_raters_are_those_of_different_people(tmp_path: Path) -> None:
    path = write(tmp_path, "article,summary,overall\nA.,S.,4\nA.,S.,5\n")
    (case,) = read_ratings(path, DIMENSIONS)
    assert len({rating.rater for rating in case.ratings}) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("summary,overall\nS.,4\n", "no column for article"),
        ("article,summary\nA.,S.\n", "no column for any rating"),
        ("article,summary,overall,quality\nA.,S.,4,4\n", "unknown columns quality"),
        ("article,summary,overall\nA.,S.,4\nA.,S.,good\n", "line 3: overall is 'good'"),
        ("article,summary,overall\nA.,S.,6\n", "line 2: overall is '6'"),
        ("article,summary,overall\n,S.,4\n", "line 2: there is no article"),
        ("article_file,summary,overall\nb.md,S.,4\n", "b.md cannot be read"),
        ("", "no column for article, summary"),
    ],
)
def test_what_is_wrong_with_ratings_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read_ratings(write(tmp_path, text), DIMENSIONS)


def test_pairs_are_read_as_golden_evaluation_pairs_lie() -> None:
    cases = read_pairs(QUICKSTART / "golden-eval")
    assert len(cases) == 3
    assert {case.persona for case in cases} == {"CFO"}
    assert all(case.is_good and case.summary.startswith("## Overview") for case in cases)


def test_a_pair_without_its_article_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="holds no pairs"):
        read_pairs(tmp_path)
    (tmp_path / "x.summary.md").write_text("## Overview")
    with pytest.raises(InvalidInputError, match=r"no article x\.md"):
        read_pairs(tmp_path)

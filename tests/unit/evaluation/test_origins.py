"""A held-out row may be of any origin that a dataset version knows."""

from __future__ import annotations

from typing import get_args

import pytest

from goldbrief.core.documents import Article, Origin
from goldbrief.core.hashing import sha256_text
from goldbrief.evaluation.measuring import Target
from goldbrief.evaluation.report.articles import render_articles
from goldbrief.evaluation.rows import Row


@pytest.mark.parametrize("origin", get_args(Origin))
def test_the_report_says_whose_summary_a_system_is_compared_with(origin: Origin) -> None:
    article = Article(sha256=sha256_text("Sales rose."), text="Sales rose.", uri="a.md")
    row = Row(
        index=0, system="tuned", article=article, persona="CFO",
        target=Target(text="They rose.", origin=origin), cause="cut off",
    )  # fmt: skip
    assert "the summary it is compared with" in render_articles([row], ["tuned"])

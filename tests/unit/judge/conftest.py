from __future__ import annotations

import pytest

from goldbrief.core.documents import Article

from ..quickstart import QUICKSTART, read, read_article


@pytest.fixture
def article() -> Article:
    return read_article(QUICKSTART / "golden-eval" / "02.md")


@pytest.fixture
def summary() -> str:
    return read(QUICKSTART / "golden-eval" / "02.summary.md")[1]

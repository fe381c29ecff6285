from __future__ import annotations

import pytest

from goldbrief.core.documents import Article, Golden, PromptFormat, StyleContract
from goldbrief.core.plans import SynthesisPlan

from ..quickstart import HANDWRITTEN, read_article


@pytest.fixture
def articles() -> list[Article]:
    paths = sorted((HANDWRITTEN / "articles").glob("*.md"))[:4]
    return [read_article(path) for path in paths]


@pytest.fixture
def plan(goldens: tuple[Golden, ...], style: StyleContract) -> SynthesisPlan:
    prompt = PromptFormat(
        template="brief-1",
        strategy="select",
        article_tokens=900,
        wrap="plain",
        style=style,
        max_new_tokens=320,
    )
    return SynthesisPlan(goldens=goldens, prompt=prompt, personas=("CFO",), max_rewrites=2)

"""Choosing among texts of a small model, and teaching it the choice."""

from __future__ import annotations

import math

import pytest
import torch
from scripts.prefer_small_model import Ranking, best_and_worst, dpo_loss

from goldbrief.core.documents import StyleContract
from goldbrief.judge.offline import OfflineJudge

from ..quickstart import HANDWRITTEN, WordEmbedder, read

GOLDEN = sorted((HANDWRITTEN / "goldens").glob("*.md"))[0]


@pytest.fixture
def ranking(style: StyleContract, embedder: WordEmbedder) -> Ranking:
    return Ranking(style, OfflineJudge(embedder))


def test_what_breaks_a_rule_comes_after_what_does_not(ranking: Ranking) -> None:
    golden = article = read(GOLDEN)[1]
    invented = golden + " Net debt was $987.6 million."
    shapeless = golden.replace("## ", "")

    standings = {text: ranking.standing(text, article) for text in (invented, shapeless, golden)}

    assert sorted(standings, key=standings.__getitem__) == [invented, shapeless, golden]


def test_a_pair_is_the_best_and_the_worst_text() -> None:
    standings = {"flawed": (0, -1, 4.9), "good": (0, 0, 4.2), "fair": (0, 0, 3.9)}

    assert best_and_worst(standings) == ("good", "flawed")


def test_texts_that_the_judge_finds_nearly_equal_make_no_pair() -> None:
    assert best_and_worst({"one": (0, 0, 4.2), "other": (0, 0, 4.15)}) is None
    assert best_and_worst({"only": (0, 0, 4.2)}) is None
    assert best_and_worst({}) is None


@pytest.mark.parametrize(("margin", "chance"), [(0.0, 1 / 2), (10.0, 1 / (1 + math.exp(-1)))])
def test_the_loss_is_how_improbable_the_order_is(margin: float, chance: float) -> None:
    loss = dpo_loss(torch.tensor(margin), beta=0.1)

    assert loss.item() == pytest.approx(-math.log(chance))


def test_the_loss_falls_as_the_chosen_text_gains() -> None:
    margin = torch.tensor(0.0, requires_grad=True)

    dpo_loss(margin, beta=0.1).backward()

    assert margin.grad is not None
    assert margin.grad.item() == pytest.approx(-0.05)

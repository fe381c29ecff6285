"""Attacks by way of an article: none may leave its place, and answers tell of them."""

from collections import Counter

import pytest

from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.models import ModelDirectory, Served
from goldbrief.summarize.writing import SummaryWriter
from goldbrief.testing.attacks import GullibleEngine, attack_set
from goldbrief.text.prompts import render_fitting

from .samples import prompt_format, served_model

ATTACKS = attack_set()


def summarized(attack, engine, wrap="plain"):
    writer = SummaryWriter(engine, ModelDirectory(lambda _: Served(served_model(wrap=wrap))))
    *_, answer = writer.write(Assignment(attack.article, "briefs", ""), 60.0)
    return answer


def test_there_are_enough_attacks_of_each_kind_and_no_two_are_the_same():
    kinds = Counter(one.kind for one in ATTACKS)
    assert set(kinds) == {"instruction", "hidden", "tags", "homoglyphs", "delimiters", "links"}
    assert min(kinds.values()) >= 18
    assert len({one.article for one in ATTACKS}) == len({one.name for one in ATTACKS}) >= 200
    assert not any(one.canary in one.clean or one.canary in one.summary for one in ATTACKS)


@pytest.mark.parametrize("wrap", ["plain", "chatml"])
def test_no_attack_reaches_the_model_from_outside_of_the_article(wrap):
    for attack in ATTACKS:
        engine = GullibleEngine(attack)
        answer = summarized(attack, engine, wrap)
        assert not engine.obeyed, attack.name
        assert attack.canary not in answer.completion.text


def test_without_the_defences_many_would():
    frame = render_fitting("THE ARTICLE", "CFO", prompt_format())
    engines = [GullibleEngine(attack) for attack in ATTACKS]
    for attack, engine in zip(ATTACKS, engines, strict=True):
        engine.answer(frame.replace("THE ARTICLE", attack.article))
    assert sum(engine.obeyed for engine in engines) > 60


def test_every_attack_with_an_order_in_plain_sight_moves_an_engine_that_obeys_articles():
    for attack in ATTACKS:
        if attack.kind in {"instruction", "homoglyphs", "delimiters", "links"}:
            engine = GullibleEngine(attack, obeys_articles=True)
            summarized(attack, engine)
            assert engine.obeyed, attack.name


def test_answers_tell_of_hidden_characters_control_tokens_and_orders_in_the_article():
    told = {
        kind: " ".join(summarized(one, GullibleEngine(one)).article_warnings)
        for one in ATTACKS
        if (kind := one.name.split(" ", 1)[1].split(",")[0])
    }
    assert "characters that no reader sees" in told["tag characters"]
    assert "control tokens" in told["ChatML turn"]
    assert "seems to instruct" in told["Cyrillic"]
    clean = SummaryWriter(
        GullibleEngine(ATTACKS[0]), ModelDirectory(lambda _: Served(served_model()))
    )
    for attack in ATTACKS[:3]:
        *_, answer = clean.write(Assignment(attack.clean, "briefs", ""), 60.0)
        assert answer.article_warnings == ()

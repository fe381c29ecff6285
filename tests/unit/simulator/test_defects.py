"""Each planted defect changes the summary as its label says."""

from random import Random

import pytest

from goldbrief.simulator.defects import DEFECT_KINDS, plant
from goldbrief.simulator.simulating import SimulationSettings, simulate
from goldbrief.text.figure_check import check_figures

ARTICLES = list(simulate(SimulationSettings(count=30, personas=("CFO",))))


def planted(kind):
    for article in ARTICLES:
        found = plant(article, article.summaries[0], kind, Random(f"{kind}:{article.index}"))
        if found:
            yield article, found


@pytest.mark.parametrize("kind", DEFECT_KINDS)
def test_a_defect_finds_a_place_in_most_summaries(kind):
    found = list(planted(kind))
    assert len(found) > len(ARTICLES) / 2
    for article, defective in found:
        assert defective.kind == kind
        assert defective.text != article.summaries[0].content.text
        assert defective.text[defective.start : defective.end] == defective.planted


def test_an_invented_figure_is_not_in_the_article():
    for article, defective in planted("invented_figure"):
        before = check_figures(article.summaries[0].content.text, article.content.text)
        after = check_figures(defective.text, article.content.text)
        assert after.total == before.total + 1


def test_a_dropped_fact_names_the_fact():
    for article, defective in planted("dropped_fact"):
        assert defective.fact_id in {fact.id for fact in article.world.facts}
        assert defective.original not in defective.text


def test_a_defect_of_a_fact_names_it():
    for kind in set(DEFECT_KINDS) - {"invented_figure", "wrong_persona", "vague_action"}:
        named = [defective.fact_id for _, defective in planted(kind)]
        assert sum(map(bool, named)) > 0.9 * len(named), kind

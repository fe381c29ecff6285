"""What is planted in an article stands where its spans say, and nothing else changes."""

from random import Random

import pytest

from goldbrief.simulator.article_defects import ARTICLE_DEFECT_KINDS, plant_in_article
from goldbrief.simulator.simulating import SimulationSettings, simulate

ARTICLES = list(simulate(SimulationSettings(count=8)))


def planted(kind):
    return [
        (article, plant_in_article(article, kind, Random(f"{kind}:{article.index}")))
        for article in ARTICLES
    ]


@pytest.mark.parametrize("kind", ARTICLE_DEFECT_KINDS)
def test_without_its_spans_the_article_is_the_clean_one(kind):
    for article, defective in planted(kind):
        assert defective.spans
        assert defective.text != article.content.text
        assert defective.clean == article.content.text


def test_duplicates_repeat_a_paragraph_exactly_or_nearly():
    for kind, is_exact in (("exact_duplicate", True), ("near_duplicate", False)):
        for article, defective in planted(kind):
            (span,) = defective.spans
            again = defective.text[span.start : span.end].strip()
            assert (again in article.content.text) == is_exact


def test_injections_are_worded_in_many_ways():
    found = {
        defective.text[span.start : span.end]
        for seed in range(6)
        for article in ARTICLES
        for defective in [
            plant_in_article(article, "injection", Random(seed * 100 + article.index))
        ]
        for span in defective.spans
    }
    assert len(found) > 24


def test_a_running_head_counts_its_pages():
    for _, defective in planted("running_head"):
        heads = [defective.text[span.start : span.end] for span in defective.spans]
        assert len(set(heads)) == len(heads) == 4

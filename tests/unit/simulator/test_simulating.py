"""Simulated articles are reproducible, true to their facts, and annotated."""

import itertools
from decimal import Decimal

import pytest
from pydantic import ValidationError

from goldbrief.simulator.lexicon import PERSONAS, load_lexicon
from goldbrief.simulator.simulating import SimulationSettings, simulate, simulate_one
from goldbrief.simulator.writing import GENRES
from goldbrief.text.figure_check import check_figures
from goldbrief.text.figures import extract_figures
from goldbrief.text.sections import parse_summary
from goldbrief.text.sentences import split_sentences


def articles(count=24, **more):
    return list(simulate(SimulationSettings(count=count, **more)))


def test_an_article_follows_from_seed_and_index_alone():
    whole = articles(6)
    resumed = list(simulate(SimulationSettings(start=4, count=2)))
    assert resumed == whole[4:]
    assert simulate_one(SimulationSettings(seed="other"), 0) != whole[0]


@pytest.mark.parametrize("partition", ["development", "final"])
def test_every_figure_stands_where_its_span_says(partition):
    for article in articles(40, partition=partition, personas=PERSONAS):
        for content in (article.content, *(summary.content for summary in article.summaries)):
            for figure in content.figures:
                assert content.text[figure.start : figure.end] == figure.text
                assert any(fact.id == figure.fact_id for fact in article.world.facts)


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("partition", ["development", "final"])
def test_every_genre_reads_clean(genre, partition):
    for article in articles(12, genres=(genre,), partition=partition):
        text = article.content.text
        for debris in ("<", ">", "$$", "(n)", "  ", "..", " ,", " .", "None", ",,"):
            assert debris not in text.replace("|---|", ""), (debris, text)
        for paragraph in text.split("\n\n"):
            if not paragraph.startswith(("##", "|")):
                assert paragraph[0].isupper() or not paragraph[0].isalpha()
                assert paragraph[-1] in ".?!:”"


@pytest.mark.parametrize("words", [400, 900, 2000, 4000])
def test_lengths_are_met_roughly(words):
    lengths = [
        len(article.content.text.split())
        for article in articles(12, min_words=words, max_words=words)
    ]
    assert words * 0.9 < sum(lengths) / len(lengths) < words * 1.35


def test_counts_go_with_what_was_paid_for_them():
    frames = load_lexicon("development").frames
    bought = {
        (frame.name, role): draw
        for kind in ("event", "risk", "plan")
        for frame in frames[kind]
        for role, draw in frame.draws.items()
        if draw.bought_with
    }
    seen = 0
    for fact in (fact for article in articles(60) for fact in article.world.facts):
        for measure in fact.measures:
            draw = bought.get((fact.frame, measure.role))
            if draw is None or measure.quantity.value <= 2:
                continue
            seen += 1
            each = fact.measure(draw.bought_with).quantity.value / measure.quantity.value
            rounding = 1.2 if measure.quantity.value < 5 else 1.1
            assert draw.low / rounding < each < draw.high * rounding
    assert seen > 20


def test_segments_add_up_and_rates_follow_from_the_books():
    for article in articles(30):
        facts = {fact.id: fact for fact in article.world.facts}
        revenue, profit = facts["result.revenue"], facts["result.profit"]
        for fact in article.world.facts:
            assert fact.topic != "segment" or fact.label == f"{fact.subject} {revenue.label}"
        for role in ("value", "prior"):
            parts = [
                fact.measure(role).quantity.value
                for fact in article.world.facts
                if fact.topic == "segment"
            ]
            assert sum(parts) == revenue.measure(role).quantity.value
            margin = facts["result.margin"].measure(role).quantity.value
            exact = 100 * profit.measure(role).quantity.value / revenue.measure(role).quantity.value
            assert abs(margin - exact) <= Decimal("0.051")
        growth = revenue.measure("change").quantity.value
        prior = revenue.measure("prior").quantity.value
        assert abs(growth - 100 * (revenue.value.value - prior) / prior) <= Decimal("0.051")
        if "result.free_cash_flow" in facts:
            assert (
                facts["result.cash_flow"].value.value - facts["result.capex"].value.value
                == facts["result.free_cash_flow"].value.value
            )


def test_summaries_have_the_three_sections_for_their_persona():
    for article in articles(10, personas=PERSONAS):
        for summary in article.summaries:
            parts = parse_summary(summary.content.text)
            assert parts.persona == summary.persona
            assert 3 <= len(parts.takeaways) <= 5
            assert 2 <= len(parts.actions) <= 3
            assert len(summary.action_ids) == len(parts.actions)


def test_summaries_say_only_what_their_article_says():
    checks = [
        check_figures(summary.content.text, article.content.text)
        for article in articles(25)
        for summary in article.summaries
    ]
    total = sum(check.total for check in checks)
    supported = sum(check.supported for check in checks)
    told = sum(
        (figure.fact_id, figure.role) in {(f.fact_id, f.role) for f in article.content.figures}
        for article in articles(20)
        for summary in article.summaries
        for figure in summary.content.figures
    )
    asked = sum(
        len(summary.content.figures) for article in articles(20) for summary in article.summaries
    )
    assert told == asked
    assert supported / total > 0.97


def test_most_figures_of_an_article_are_annotated():
    for article in articles(10, personas=("CFO",)):
        found = [
            figure
            for figure in extract_figures(article.content.text)
            if figure.unit not in {"year", "quarter", "ordinal"} and not figure.in_words
        ]
        spans = [(figure.start, figure.end) for figure in article.content.figures]
        missed = [
            figure
            for figure in found
            if not any(start < figure.end and figure.start < end for start, end in spans)
        ]
        assert len(missed) <= 0.1 * len(found), missed


def test_what_a_summary_reports_was_told():
    for article in articles(12):
        told = {fact.id for fact in article.facts_told}
        assert {"result.revenue", "result.profit"} <= told
        for summary in article.summaries:
            assert set(summary.fact_ids) <= told


def test_articles_of_one_run_differ():
    texts = [article.content.text for article in articles(40)]
    openings = {text[:60] for text in texts}
    assert len(openings) > 35
    for first, second in itertools.pairwise(texts):
        assert first != second


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0},
        {"min_words": 900, "max_words": 500},
        {"genres": ()},
        {"personas": ("Janitor",)},
        {"partition": "both"},
    ],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        SimulationSettings(**wrong)


def test_questions_of_an_interview_are_answered_by_the_speaker():
    questions = 0
    for article in articles(12, genres=("interview",)):
        people = article.world.company.people
        paragraphs = article.content.text.split("\n\n")
        for i, paragraph in enumerate(paragraphs):
            if paragraph.startswith("“") and paragraph.endswith("?”"):
                questions += 1
                answer = paragraphs[i + 1]
                assert answer.startswith("“")
                assert any(
                    people[role].rpartition(" ")[2] in answer.partition("”")[2]
                    for role in ("ceo", "cfo")
                )
    assert questions > 24


def test_no_sentence_stands_twice_in_an_article():
    for article in articles(20, min_words=1500, max_words=1500):
        prose = [
            one for one in article.content.text.split("\n\n") if not one.startswith(("|", "##"))
        ]
        sentences = [one for paragraph in prose for one in split_sentences(paragraph)]
        assert len(set(sentences)) >= len(sentences) - 1

"""The scorer tells clean summaries from defective ones, and says what is wrong with which fact."""

from dataclasses import replace
from random import Random

import pytest

from goldbrief.simulator.defects import plant
from goldbrief.simulator.scoring import Scorer, score_summary
from goldbrief.simulator.simulating import SimulationSettings, simulate

ARTICLES = list(simulate(SimulationSettings(count=16, personas=("CFO", "COO"))))
SCORES = [
    (article, summary, score_summary(article, summary.content.text))
    for article in ARTICLES
    for summary in article.summaries
]


def detected(kind, clue):
    """Shares of planted defects that leave the clue."""
    found = [
        (defect, clue(score_summary(article, defect.text), clean))
        for article, summary, clean in SCORES
        if (defect := plant(article, summary, kind, Random(f"{kind}:{article.index}")))
    ]
    return sum(hit for _, hit in found) / len(found)


def test_clean_summaries_score_perfectly():
    for _, summary, score in SCORES:
        assert score.precision == 1.0, score.judgements
        assert set(summary.fact_ids) <= set(score.present)
        assert len(score.judgements) >= 5


def test_right_summaries_in_words_that_the_scorer_does_not_know_raise_few_alarms():
    judgements = [
        judgement
        for article, summary, _ in SCORES
        for judgement in Scorer(replace(article, summaries=()))
        .score(summary.content.text)
        .judgements
    ]
    assert len(judgements) > 500
    assert sum(one.verdict != "right" for one in judgements) < 0.01 * len(judgements)


def test_figures_of_one_fact_together_are_right_in_any_words():
    for article, summary, _ in SCORES:
        told = {figure.fact_id: {} for figure in summary.content.figures}
        for figure in summary.content.figures:
            told[figure.fact_id].setdefault(figure.role, figure.text)
        for fact_id, texts in told.items():
            if len(texts) > 1 and not fact_id.startswith(("result.", "outlook")):
                text = " and ".join(f"zuvola rudaka {one}" for one in texts.values())
                judgements = Scorer(article).score(f"Mopiti {text}.").judgements
                assert all(one.verdict == "right" for one in judgements), judgements


def test_a_share_of_sales_is_not_said_of_sales():
    for article, _, _ in SCORES:
        profit = article.world.facts[1]
        if profit.direction == "up":
            figure = next(
                one
                for one in article.summaries[0].content.figures
                if (one.fact_id, one.role) == (profit.id, "value")
            )
            text = f"{profit.label.capitalize()}, half of revenue, rose to {figure.text}."
            (judgement,) = [
                one for one in Scorer(article).score(text).judgements if one.text == figure.text
            ]
            assert judgement.verdict == "right"


def test_an_action_item_sets_terms_of_its_own():
    article, summary, _ = SCORES[0]
    heading, actions = "## Action Items", "- Report to the board within 45 days."
    start = summary.content.text.index(heading)
    text = summary.content.text[:start] + f"{heading} for the CFO\n{actions}"
    assert Scorer(article).score(text).count("invented") == 0
    told = text.replace("## Key Takeaways\n", "## Key Takeaways\n- It took 45 days.\n")
    assert Scorer(article).score(told).count("right") < len(Scorer(article).score(told).judgements)


def test_what_the_article_itself_says_is_right():
    judgements = [
        judgement
        for article in ARTICLES
        for judgement in score_summary(article, prose(article)).judgements
    ]
    assert len(judgements) > 500
    assert sum(one.verdict != "right" for one in judgements) < 0.01 * len(judgements)


def prose(article):
    """The text without headings and tables."""
    paragraphs = article.content.text.split("\n\n")
    return "\n\n".join(one for one in paragraphs if not one.startswith(("#", "|")))


def test_an_empty_summary_misses_everything_and_invents_nothing():
    score = score_summary(ARTICLES[0], "")
    assert score.precision == 1.0
    assert score.weighted_recall == score.recall(0.5) == 0.0
    saliences = [one.salience for one in score.missing]
    assert saliences == sorted(saliences, reverse=True)


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("changed_digit", 0.9), ("scaled_by_ten", 0.95), ("wrong_unit", 0.95),
        ("wrong_period", 0.9), ("swapped_figures", 0.85), ("invented_figure", 0.95),
        ("contradiction", 0.95), ("wrong_direction", 0.8),
    ],
)  # fmt: skip
def test_defects_of_fact_are_found(kind, least):
    assert detected(kind, lambda score, _: score.precision < 1) >= least


def test_right_summaries_have_no_faults_of_form():
    for article, summary, _ in SCORES:
        assert not score_summary(article, summary.content.text, summary.persona).form


@pytest.mark.parametrize(
    ("kind", "least"),
    [("repetition", 0.95), ("wrong_section", 0.95), ("wrong_persona", 1), ("vague_action", 0.85)],
)
def test_faults_of_form_are_found_and_named(kind, least):
    found = [
        any(fault.kind == kind for fault in score_summary(article, defect.text, s.persona).form)
        for article, s, _ in SCORES
        if (defect := plant(article, s, kind, Random(f"{kind}:{article.index}")))
    ]
    assert sum(found) >= least * len(found)


def test_a_text_without_sections_is_one_fault_of_form():
    (fault,) = score_summary(ARTICLES[0], "All went well.").form
    assert fault.kind == "sections"


def test_a_dropped_fact_is_missed():
    assert detected("dropped_fact", lambda score, clean: score.present != clean.present) >= 0.9


def test_an_invented_figure_belongs_to_no_fact():
    assert detected("invented_figure", lambda score, _: score.count("invented") == 1) >= 0.95


def test_a_judgement_stands_where_its_span_says():
    for _, summary, score in SCORES:
        for one in score.judgements:
            assert summary.content.text[one.start : one.end].strip() == one.text.strip()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("{label} fell to {value}.", "direction"),
        ("In 1999, {label} rose to {value}.", "period"),
        ("Sunshine accounted for {value}.", "subject"),
        ("{label} rose from {value}.", "period"),
    ],
)
def test_a_wrong_figure_says_why(change, reason):
    article = next(one for one in ARTICLES if one.world.facts[0].direction == "up")
    revenue = article.world.facts[0]
    figure = next(
        one
        for one in article.summaries[0].content.figures
        if one.fact_id == revenue.id and one.role == "value"
    )
    text = change.format(label=revenue.label.capitalize(), value=figure.text)
    (judgement,) = Scorer(article).score(text).judgements
    assert (judgement.verdict, judgement.reason) == ("wrong", reason)
    assert judgement.fact_id == revenue.id

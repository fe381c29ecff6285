from goldbrief.text.key_figures import figure_coverage, key_figures

from .samples import ARTICLES

ARTICLE = """\
Revenue rose 8% to $310 million, and net profit reached $41 million. Net debt fell to $95 million.

A visitor of 4 years paid $12 for lunch. The lift is serviced for $9,300 a year. Some 3% of the \
staff cycle to work. The sign at the gate cost $450. Revenue of $310 million was a record.
"""


def texts(figures):
    return [figure.text for figure in figures]


def test_results_come_before_trifles():
    assert texts(key_figures(ARTICLE, 4))[0] == "$310 million"
    assert set(texts(key_figures(ARTICLE, 4))) == {
        "$310 million",
        "8%",
        "$41 million",
        "$95 million",
    }


def test_a_value_counts_once_however_often_it_is_told():
    assert texts(key_figures(ARTICLE)).count("$310 million") == 1


def test_coverage_is_by_value_and_names_what_is_missing():
    coverage = figure_coverage("Revenue was $0.31 billion.", ARTICLE, 4)
    assert texts(coverage.present) == ["$310 million"]
    assert coverage.share == 0.25
    assert "$41 million" in texts(coverage.missing)


def test_an_article_without_figures_is_covered():
    assert figure_coverage("All is well.", "All is well here, and nothing is counted.").share == 1


def test_a_whole_article_covers_itself():
    assert all(figure_coverage(article, article).share == 1 for article in ARTICLES)

import pytest

from goldbrief.text.entities import proper_names, unsupported_names

from .samples import ARTICLES, SUMMARY


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Yesterday Maria Okafor left Harborline Freight Inc. in May.",
         {"Maria Okafor", "Harborline Freight Inc"}),
        ("Revenue rose in Japan and Brazil.", {"Japan", "Brazil"}),
        ("The Bank of England met.", {"Bank of England"}),
        ("FHLB advances rose, the CFO said.", {"FHLB"}),
        ("## Key Takeaways\n- **Cash Flow:** Monitor it.", set()),
        ("Review Harborline's margin.", {"Harborline"}),
        ("Sales fell. Costs rose.", set()),
    ],
)  # fmt: skip
def test_names_are_found_by_their_capitals(text, names):
    assert proper_names(text) == names


def test_names_of_the_article_are_supported():
    assert unsupported_names(SUMMARY, ARTICLES[0]) == []
    assert unsupported_names("The plan of Okafor and HARBORLINE holds.", ARTICLES[0]) == []


def test_invented_names_are_listed():
    summary = "The bid by Blackrock and John Smith surprised Harborline."
    assert unsupported_names(summary, ARTICLES[0]) == ["Blackrock", "John Smith"]


def test_an_acronym_is_supported_by_its_words():
    article = "The Federal Reserve Board cut rates."
    assert unsupported_names("Rates were cut by the FRB.", article) == []
    assert unsupported_names("Rates were cut by the ECB.", article) == ["ECB"]

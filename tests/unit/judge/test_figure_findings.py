from __future__ import annotations

import pytest

from goldbrief.core.documents import Finding
from goldbrief.judge.checks import check
from goldbrief.judge.verdicts import Case
from goldbrief.text.figure_check import check_figures

ARTICLE = """\
Tellbrook Ferries closed 2024 with revenue of $212 million, up 4% from $204 million in 2023.
Operating profit fell 9% to $18.6 million, and net debt stood at $77 million.

The Harrow slip was repaired for $3.2 million. A claim of $5.4 million by Dunmere is open.
"""


def findings(*bullets: str) -> list[Finding]:
    summary = "\n".join(["## Key Takeaways", "", *(f"- {bullet}" for bullet in bullets)])
    case = Case(ARTICLE, summary, "CFO")
    return check(case, check_figures(summary, ARTICLE), is_extract=False)


def messages(*bullets: str) -> list[str]:
    return [one.message for one in findings(*bullets) if one.check == "figures"]


def test_right_figures_are_passed_over() -> None:
    assert messages("Revenue rose 4% to $212 million.", "Dunmere claims $5.4 million.") == []


@pytest.mark.parametrize(
    ("bullet", "said"),
    [
        ("Operating profit came to $29.9 million in the year.", "does not have $29.9 million"),
        ("The Harrow slip was repaired for $5.4 million.", "$5.4 million of something else"),
        ("In 2023, revenue was $212 million.", "$212 million of another period"),
        ("Operating profit rose 9% to $18.6 million.", "lets 9% go the other way"),
    ],
)
def test_a_finding_says_what_is_wrong_and_quotes_the_sentence(bullet: str, said: str) -> None:
    message = next(text for text in messages(bullet) if said in text)
    assert f"“{bullet}”" in message


def test_only_what_the_article_lacks_is_an_error() -> None:
    bullets = (
        "Operating profit came to $29.9 million.",
        "The Harrow slip was repaired for $5.4 million.",
    )
    found = [one for one in findings(*bullets) if one.check == "figures"]
    assert [one.severity for one in found] == ["error", "warning"]


def test_the_articles_own_sentence_stands_beside_a_wrong_one() -> None:
    (message,) = messages("The Harrow slip was repaired for $5.4 million.")
    assert message.endswith('"The Harrow slip was repaired for $3.2 million."')


def test_wrong_figures_of_one_sentence_make_one_finding() -> None:
    (message,) = messages("Revenue rose 44% to $999 million in the year.")
    assert "44%, $999 million" in message


def test_a_summary_that_dodges_the_key_figures_is_warned_of() -> None:
    (found,) = [one for one in findings("The slip was repaired.") if one.check == "figure_coverage"]
    assert found.severity == "warning"
    assert "$212 million" in found.message


def test_a_summary_with_the_key_figures_is_not() -> None:
    full = ("Revenue rose 4% to $212 million.", "Operating profit fell 9% to $18.6 million.")
    assert "figure_coverage" not in {one.check for one in findings(*full)}


def test_invisible_characters_in_a_summary_are_reported() -> None:
    assert "hidden" in {one.check for one in findings("Revenue rose\u200b 4%.")}

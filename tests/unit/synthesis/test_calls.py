"""The offline teacher on transcripts of earnings calls."""

from __future__ import annotations

import re
from typing import Any

import pytest

from goldbrief.core.documents import Article, Golden, StyleContract
from goldbrief.core.hashing import sha256_text
from goldbrief.synthesis.calls import as_prose, company_of_call, is_call
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.teachers import Assignment
from goldbrief.text.figure_check import check_figures
from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.style import infer_style

from .calls import read_call, terse_goldens

CALLS = ("labelled", "inline", "plain")
SPOKEN = re.compile(
    r"\b(?:we|our|I|you|thank\w*|good (?:morning|afternoon)|operator|questions?|welcome)\b"
    r"|forward-looking|actual results| -- |\?",
    re.IGNORECASE,
)


def summarized(name: str, goldens: tuple[Golden, ...], embedder: Any) -> tuple[str, StyleContract]:
    text, style = read_call(name), infer_style(goldens)
    article = Article(sha256=sha256_text(text), text=text)
    assignment = Assignment(article, text, goldens[0].persona, style, goldens)
    return OfflineTeacher(embedder).write(assignment).text, style


@pytest.mark.parametrize("name", CALLS)
def test_what_is_only_said_on_calls_is_left_out(name: str, goldens: Any, embedder: Any) -> None:
    for shown in (goldens, terse_goldens()):
        text, _ = summarized(name, shown, embedder)
        assert not SPOKEN.search(text)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_summarized_in_the_goldens_form_with_its_own_figures(
    name: str, goldens: Any, embedder: Any
) -> None:
    for shown in (goldens, terse_goldens()):
        text, style = summarized(name, shown, embedder)
        assert structure_problems(text, style) == []
        assert check_figures(text, read_call(name)).unsupported == ()


def test_a_house_that_says_we_keeps_it(embedder: Any) -> None:
    goldens = tuple(
        golden.model_copy(update={"summary": golden.summary.replace("- ", "- We report: ")})
        for golden in terse_goldens()
    )
    text, style = summarized("labelled", goldens, embedder)
    assert style.voice.person == "first"
    assert "We " in text or "our " in text


@pytest.mark.parametrize("name", CALLS)
def test_bullets_are_about_as_long_as_the_goldens(name: str, goldens: Any, embedder: Any) -> None:
    text, style = summarized(name, terse_goldens(), embedder)
    lengths = [len(bullet.split()) for bullet in parse_summary(text, style).takeaways]
    longest = max(len(line.split()) for g in terse_goldens() for line in g.summary.splitlines())
    assert max(lengths) <= 1.3 * longest


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("labelled", ("$412.6 million", "$71.4 million", "$1.62 billion to $1.65 billion")),
        ("inline", ("$883 million", "$19.7 million", "$3.05 billion to $3.15 billion")),
        ("plain", ("$148.3 million", "$4.9 million", "$604 million to $610 million")),
    ],
)
def test_results_and_guidance_are_told(
    name: str, figures: tuple[str, ...], goldens: Any, embedder: Any
) -> None:
    text, _ = summarized(name, goldens, embedder)
    assert [figure for figure in figures if figure not in text] == []


def test_answers_to_questions_are_not_taken_for_remarks() -> None:
    prose = as_prose(read_call("labelled"))
    assert "$412.6 million" in prose
    assert "pricing is running" not in prose
    assert "consensus" not in prose


def test_where_the_remarks_tell_nothing_the_answers_are_read() -> None:
    text = (
        "Operator: Welcome to the Aldford third quarter call.\n"
        "Ana Brandt: We are happy to take questions.\n"
        "Operator: Our first question comes from Jon Reed.\n"
        "Ana Brandt: We grew revenue by 7% to $90 million. We cut costs by $4 million. "
        "We expect margins of 12%.\n"
    )
    assert "$90 million" in as_prose(text)


@pytest.mark.parametrize(
    ("name", "company"),
    [
        ("labelled", "Brackenfield Instruments"),
        ("inline", "Marrow & Finch"),
        ("plain", "Lumenvale Networks"),
    ],
)
def test_the_company_is_known_from_the_welcome(name: str, company: str) -> None:
    assert company_of_call(read_call(name)) == company


def test_an_article_is_no_call(articles: list[Article]) -> None:
    assert all(is_call(read_call(name)) for name in CALLS)
    assert not any(is_call(article.text) for article in articles)
    assert not is_call("The chief executive said on a conference call that sales fell 3%.")


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("So, as I mentioned, revenue was $5 million.", "Revenue was $5 million."),
        ("I'm very pleased to report that sales rose 6%.", "Sales rose 6%."),
        ("In terms of cash, we've repaid $3 million.", "We have repaid $3 million."),
        ("Margins, you know, didn't fall below 12%.", "Margins did not fall below 12%."),
        ("Sales grew 9%, which is something we're proud of.", "Sales grew 9%."),
        ("Net income was $5 million, against $4 million.", None),
        ("Costs were $9 million, that is down 4%.", "Costs were $9 million, down 4%."),
        (
            "Cash was $7 million, and that compares with $6 million.",
            "Cash was $7 million, compared with $6 million.",
        ),
        ("Based on that, we raised the dividend to 9%.", "We raised the dividend to 9%."),
        ("On slide 7, debt is down to $2 million.", "Debt is down to $2 million."),
        (
            "We have got $5 million, which gives you a ratio of 2.",
            "We have $5 million, which gives a ratio of 2.",
        ),
        ("Thank you, and good morning.", ""),
        ("These are forward-looking statements.", ""),
        ("Are you seeing 3% or 4%?", ""),
    ],
)
def test_speech_is_written_as_prose(spoken: str, written: str | None) -> None:
    remark = "We sold goods for $8 million."
    assert as_prose(f"{remark} {remark} {remark} {spoken}").split(f"{remark} ")[-1].strip() == (
        spoken if written is None else written or remark
    )

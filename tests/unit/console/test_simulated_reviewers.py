"""Simulated reviewers rate through the forms, and are named as simulated wherever they appear."""

from __future__ import annotations

import csv
import io
import random

import pytest

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.testing.reviewers import FormPages, correct, opine

from .conftest import ARTICLE, GOOD, Console

ORIGIN = "http://127.0.0.1"


def pages(console: Console, link: str) -> FormPages:
    return FormPages(link, console.stranger().http)


def owner(console: Console) -> FormPages:
    _, token = console.workplace.accounts.create("owner", "lead")
    return pages(console, f"{ORIGIN}/sign-in?token={token}")


def test_they_play_from_invitations_to_a_correction(console: Console) -> None:
    host = owner(console)
    links = {name: host.invite(name, "reviewer") for name in ("Simulated Ann", "Simulated Ben")}
    lead = pages(console, host.invite("Simulated Lea", "lead"))
    set_id = lead.make_set("Played")
    lead.assign(set_id, list(links))
    for name, link in links.items():
        assert pages(console, link).rate_all(random.Random(name)) == 4, "three, and one twice"
    lead.correct(set_id, 1)
    seen = lead.read(f"/lead/sets/{set_id}")
    for told in ("8 of 8 ratings", "Agreement (alpha)", "Simulated Lea (simulated), with a corr"):
        assert told in seen
    rows = list(csv.DictReader(io.StringIO(lead.download(f"/lead/sets/{set_id}/export/csv"))))
    assert {row["simulated"] for row in rows} == {"True"}


def test_an_opinion_follows_figures_and_sections() -> None:
    opinion = opine(ARTICLE, GOOD, "Revenue of $9.99 billion.", random.Random(1))
    assert opinion.preference == "left"
    assert opinion.worse == "right"
    assert sum(opinion.left.values()) > sum(opinion.right.values())
    assert set(opine(ARTICLE, GOOD, GOOD, random.Random(1)).left.values()) <= set(range(1, 6))


def test_a_correction_has_the_usual_sections_and_figures_of_the_article() -> None:
    text = correct(ARTICLE)
    assert text.startswith("## Overview\nAldermoor closed 2025 with revenue of $3.18 billion.")
    assert "- Costs fell by 4% to $12 million." in text
    assert "## Action Items for the CFO" in text


def test_a_page_that_fails_says_what_it_said(console: Console) -> None:
    with pytest.raises(FailedPreconditionError, match="link is not valid"):
        FormPages(f"{ORIGIN}/sign-in?token=wrong", console.stranger().http)

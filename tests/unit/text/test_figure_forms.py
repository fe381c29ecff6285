"""Figures are read, and support each other, in whatever way they are written.

The forms stand in `figure_forms.txt`, to which anyone may add.
"""

from __future__ import annotations

import re
from itertools import product

import pytest

from goldbrief.text.figure_check import ArticleFigures
from goldbrief.text.figures import extract_figures

from .figure_forms import Group, read_forms

GROUPS, SAME = read_forms()
DEMANDED = [group for group in GROUPS if group.is_demanded and group.values]
SENTENCES = (
    "The board named {} in its letter to owners.",
    "{}: so says the letter.",
    "Owners heard of it, {}, and of little else.",
    "The rest (that is, {}) stays.",
    "It was “{}” that owners heard.",
    "**{}**",
    "Letter – {}\n",
    "It stood at\n{}.",
)
ARTICLE = "The board named {} in its letter to owners."
SUMMARY = "Owners read of {} in the letter."


def name(group: Group) -> str:
    sign = "" if group.is_demanded else "perhaps "
    return sign + "; ".join(f"{unit} {value}" for unit, value in group.values)


def sentence(frame: str, form: str) -> str:
    return frame.format(form[0].upper() + form[1:] if frame.startswith("{") else form)


def read(text: str, *, tentative: bool = False) -> set:
    return {(one.unit, one.value) for one in extract_figures(text, tentative=tentative)}


@pytest.mark.parametrize("group", [g for g in GROUPS if g.is_demanded], ids=name)
def test_each_form_is_read_as_what_it_says_wherever_it_stands(group: Group) -> None:
    texts = [sentence(frame, form) for frame, form in product(SENTENCES, group.forms)]
    misread = {text: found for text in texts if (found := read(text)) != set(group.values)}
    assert misread == {}


@pytest.mark.parametrize("group", [g for g in GROUPS if not g.is_demanded], ids=name)
def test_what_a_text_may_mean_is_read_and_not_demanded(group: Group) -> None:
    texts = [sentence(frame, form) for frame, form in product(SENTENCES, group.forms)]
    unread = [t for t in texts if not set(group.values) <= read(t, tentative=True)]
    demanded = [text for text in texts if set(group.values) & read(text)]
    assert (unread, demanded) == ([], [])


def articles_that_say(values: tuple) -> list[str]:
    """Each form of the values and of those that are the same, in a sentence."""
    same = {values}
    for pair in SAME:
        if values[0] in pair and len(values) == 1:
            same |= {(value,) for value in pair}
    groups = [group for group in GROUPS if group.values in same]
    return [ARTICLE.format(form) for group in groups for form in group.forms]


@pytest.mark.parametrize("group", DEMANDED, ids=name)
def test_each_form_supports_each_other_form_of_the_same_value(group: Group) -> None:
    flagged = [
        (article, form)
        for article in articles_that_say(group.values)
        for figures in [ArticleFigures(article)]
        for form in group.forms
        if figures.check(SUMMARY.format(form)).unsupported
    ]
    assert flagged == []


def changed(form: str, group: Group) -> str | None:
    """With another last digit, if it has one that makes another figure."""
    digit = re.search(r"\d(?=\D*$)", form)
    for other in (1, -1) if digit else ():
        wrong = f"{form[: digit.start()]}{(int(digit[0]) + other) % 10}{form[digit.end() :]}"
        if read(SUMMARY.format(wrong)) - set(group.values):
            return wrong
    return None


@pytest.mark.parametrize("group", DEMANDED, ids=name)
def test_no_form_supports_a_form_with_another_digit(group: Group) -> None:
    wrong = [other for form in group.forms if (other := changed(form, group))]
    passed = [
        (article, form)
        for article in articles_that_say(group.values)
        for figures in [ArticleFigures(article)]
        for form in wrong
        if not figures.check(SUMMARY.format(form)).unsupported
    ]
    assert passed == []

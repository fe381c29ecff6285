"""An engine held to a source writes its figures and no others; held to a form, its sections."""

from __future__ import annotations

import string

import httpx
import pytest
import torch

from goldbrief.core.documents import SectionStyle, SummaryForm
from goldbrief.inference.guarding import TokenGuard
from goldbrief.text.figure_check import check_figures
from goldbrief.text.figure_guard import FigureGuard
from goldbrief.text.form_guard import FormGuard

SOURCE = "Revenue was $1,234.5 million, up 12.3%, and 450 jobs went."
FORM = SummaryForm(
    sections=(
        SectionStyle(
            name="overview", heading="Overview", form="prose",
            min_items=1, max_items=1, min_words=1, max_words=9,
        ),
        SectionStyle(
            name="actions", heading="To do", form="bullets",
            min_items=2, max_items=2, min_words=1, max_words=9,
        ),
    ),
    max_words=30,
)  # fmt: skip
LETTERS = string.printable
EOS = len(LETTERS)


def decode(ids: list[int]) -> str:
    return "".join(LETTERS[token] for token in ids if token != EOS)


def written(wish: str, source: str = SOURCE) -> str:
    """What a row becomes whose model wants to write `wish`, letter by letter, come what may."""
    guard = TokenGuard(FigureGuard(source), None, decode, {EOS}, max_tokens=99)
    text = ""
    for letter in [*wish, ""]:
        scores_v = torch.zeros(EOS + 1)
        scores_v[LETTERS.index(letter) if letter else EOS] = 2.0
        scores_v[EOS] += 1.0
        token = guard.best(scores_v)
        if token == EOS:
            break
        guard.add(token)
        text += LETTERS[token]
    return text


def test_a_row_that_keeps_to_its_source_is_left_alone() -> None:
    wish = "1. Revenue of $1.2 billion.\n- Up 12%, with 450 jobs gone."
    assert written(wish) == wish


def test_a_row_that_strays_goes_on_as_the_source_does() -> None:
    text = written("$1,23x")
    assert text.startswith("$1,23")
    assert check_figures(text, SOURCE).supported == 1


def test_a_row_held_to_a_form_goes_on_to_its_next_section() -> None:
    guard = TokenGuard(None, FormGuard(FORM), decode, {EOS}, max_tokens=999)
    for letter in "## Overview\n\nAll is well.\n\n## To do\n\n- One.\n- Two.":
        assert guard.permits(LETTERS.index(letter))
        assert not guard.permits(EOS)
        guard.add(LETTERS.index(letter))
    assert guard.permits(EOS)
    guard.add(LETTERS.index("\n"))
    guard.add(LETTERS.index("\n"))
    assert guard.best(torch.zeros(EOS + 1)) == EOS


def test_a_row_may_not_end_in_a_figure_that_is_only_begun() -> None:
    guard = TokenGuard(FigureGuard(SOURCE), None, decode, {EOS}, max_tokens=99)
    for letter in "Up 12.":
        guard.add(LETTERS.index(letter))
    assert not guard.permits(EOS)


def test_a_line_is_judged_as_a_whole_when_it_ends() -> None:
    guard = TokenGuard(FigureGuard(SOURCE), None, decode, {EOS}, max_tokens=99)
    for letter in "Up 45":
        assert guard.permits(LETTERS.index(letter))
        guard.add(LETTERS.index(letter))
    assert not guard.permits(LETTERS.index("\n"))
    assert guard.permits(LETTERS.index("0"))


def test_no_figure_is_begun_that_would_be_cut_off() -> None:
    guard = TokenGuard(FigureGuard(SOURCE), None, decode, {EOS}, max_tokens=20)
    for letter in "Up ":
        guard.add(LETTERS.index(letter))
    assert guard.permits(LETTERS.index("1"))
    for letter in "by ":
        guard.add(LETTERS.index(letter))
    assert not guard.permits(LETTERS.index("1"))


@pytest.mark.parametrize("route", ["/v1/completions", "/generate"])
def test_a_random_model_writes_only_figures_of_the_source(http: httpx.Client, route: str) -> None:
    def ask(seed: int, **options: object) -> str:
        common = {"seed": seed, "temperature": 1.0, **options}
        body: dict[str, object] = {"model": "tiny", "prompt": "In", "max_tokens": 40, **common}
        if route == "/generate":
            parameters = {"max_new_tokens": 40, "do_sample": True, **common}
            body = {"inputs": "In", "parameters": parameters}
        answer = http.post(route, json=body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        return str(found["choices"][0]["text"] if "choices" in found else found["generated_text"])

    free = [check_figures(ask(seed), SOURCE).unsupported for seed in range(5)]
    held = [check_figures(ask(seed, figure_source=SOURCE), SOURCE) for seed in range(5)]
    assert any(free)
    assert not any(check.unsupported for check in held)


@pytest.mark.parametrize("route", ["/v1/completions", "/generate"])
def test_a_random_model_begins_with_the_forms_first_heading(http: httpx.Client, route: str) -> None:
    form = FORM.model_dump(mode="json")
    body: dict[str, object] = {"model": "tiny", "prompt": "In", "max_tokens": 40, "form": form}
    if route == "/generate":
        body = {"inputs": "In", "parameters": {"max_new_tokens": 40, "form": form}}
    answer = http.post(route, json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    text = str(found["choices"][0]["text"] if "choices" in found else found["generated_text"])
    assert text.startswith("## Overview\n\n"), found

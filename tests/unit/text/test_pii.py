"""Personal data is masked; figures and names of a report never are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.text.figures import extract_figures
from goldbrief.text.pii import mask_pii


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("Write to ir@calder-freight.example.", "Write to [email].", "email"),
        ("Ask j.o'hara+x@mail.calder.example now", "Ask j.o'[email] now", "email"),
        ("Call +44 20 7946 0958 today.", "Call [phone] today.", "phone"),
        ("Call +44 (0)20 7946 0958.", "Call [phone].", "phone"),
        ("Call +442079460958.", "Call [phone].", "phone"),
        ("Call (202) 555-0143.", "Call [phone].", "phone"),
        ("Call 202-555-0143 or 1-202-555-0143.", "Call [phone] or [phone].", "phone"),
        ("Call 202.555.0143.", "Call [phone].", "phone"),
        ("Tel.: 0711 123 4567, room 5", "Tel.: [phone], room 5", "phone"),
        ("Pay to DE89 3704 0044 0532 0130 00.", "Pay to [iban].", "iban"),
        ("Pay to GB29NWBK60161331926819.", "Pay to [iban].", "iban"),
        ("Card 4111 1111 1111 1111 expired", "Card [card] expired", "card"),
        ("Card 378282246310005.", "Card [card].", "card"),
        ("SSN 078-05-1120.", "SSN [ssn].", "ssn"),
    ],
)
def test_personal_data_is_masked_by_kind(text: str, masked: str, kind: str) -> None:
    found, counts = mask_pii(text)
    assert found == masked
    assert counts == {kind: masked.count(f"[{kind}]")}


@pytest.mark.parametrize(
    "text",
    [
        "Revenue was $4,111,111,111 in 2025, up from 3,704,004,405.",
        "Margaret Hale, Chief Financial Officer of Calder Freight plc, said so.",
        "Results | 4111 | 1111 | 1111 | 1111",
        "5100 4200 3300 2200",  # a row of a table
        "2017 2018 2019 2020",
        "Growth of +12.5% to +14% and of +340 basis points.",
        "From 2019-20-2021 on, ISIN DE0005190003 and ISO 4217 apply.",
        "DE89 3704 0044 0532 0130 01 has wrong check digits.",
        "4111 1111 1111 1112 has a wrong check digit.",
        "Loss of (202) million, compared with 555-600 before.",
        "Filed on 2025-03-14 under 001-38265; see pages 120-135-140.",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask_pii(text) == (text, {})


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=8))
def test_figures_written_as_reports_write_them_are_never_masked(values: list[int]) -> None:
    cells = [f"({-value:,})" if value < 0 else f"${value:,}" for value in values]
    text = "Net income was " + " and ".join(cells) + ".\nNet income | " + " | ".join(cells)
    assert mask_pii(text)[0] == text
    assert len(extract_figures(mask_pii(text)[0])) == len(extract_figures(text))


def test_masking_masked_text_changes_nothing() -> None:
    once, _ = mask_pii("Call (202) 555-0143 or write to a@b.example.")
    assert mask_pii(once) == (once, {})

"""What the policy does to an article, and what the record of it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.documents import Article
from goldbrief.core.hashing import sha256_text
from goldbrief.datasets.articles import ImportedFile
from goldbrief.datasets.languages import detect_language

from .nasty_files import INJECTION, table_of_results, unseen_text
from .samples import Workplace, prose

GERMAN = (
    "Der Umsatz der Spedition stieg im vierten Quartal um zwölf Prozent, während die Kosten kaum "
    "zunahmen. Der Vorstand erwartet auch für das kommende Jahr ein Wachstum, das über dem des "
    "Marktes liegt, und will die Dividende erhöhen. "
)
ABOUT = (
    "Calder Freight operates depots in the north and carries containers between ports, factories "
    "and warehouses for customers of every size, by road, by rail and on inland waterways."
)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def imported(place: Workplace, text: str, **policy: Any) -> ImportedFile:
    """The fate of one text, beside another that is always kept."""
    work = place.run_import({"calder.txt": text.encode(), "o.txt": prose("o").encode()}, **policy)
    file = place.imports.files(work.id)[0]
    assert isinstance(file, ImportedFile)
    return file


def text_of(place: Workplace, file: ImportedFile) -> str:
    stored = place.store.get(f"articles/{file.article_sha256}.json")
    article = Article.model_validate_json(stored)
    assert article.sha256 == sha256_text(article.text) == file.article_sha256
    return article.text


def test_text_that_needs_no_cleaning_is_stored_as_it_is(place: Workplace) -> None:
    file = imported(place, prose(1))
    assert text_of(place, file) == prose(1)
    assert file.findings == {}
    assert (file.size, file.source, file.licence) == (len(prose(1)), "calder.txt", "")


def test_an_article_in_another_language_is_rejected_unless_the_recipe_takes_it(
    place: Workplace,
) -> None:
    assert imported(place, GERMAN * 4).reason == (
        "its language is 'de', and the recipe takes en"
    )  # fmt: skip
    other = Workplace(place.folder / "other")
    kept = imported(other, GERMAN * 4, languages=["en", "de"])
    assert (kept.fate, kept.language) == ("KEPT", "de")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN, "de"),
        ("Le chiffre d'affaires a augmenté de 12 % au quatrième trimestre, tandis que les coûts "
         "n'ont presque pas augmenté, et le conseil propose un dividende plus élevé.", "fr"),
        ("売上高は前年比十二パーセント増加し、費用はほとんど増えなかった。"
         "取締役会は配当の引き上げを提案した。" * 5, "ja"),
        (ABOUT, "en"),
        ("Revenue | 2025 | 2024\n" * 40 + ABOUT, "en"),
        (prose(1), ""),
        ("12 | 14 | 15\n" * 100, ""),
        ("", ""),
    ],
)  # fmt: skip
def test_languages_are_told_where_they_are_sure(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_tables_alone_are_no_article(place: Workplace) -> None:
    table = "\n".join(f"Division number {n} | {n},123 | {n},004 | 12%" for n in range(60))
    assert imported(place, table).reason == (
        "it is tables and lists only: 0 of 360 words are in sentences"
    )


def test_personal_data_is_masked_kept_or_a_reason_to_reject(place: Workplace) -> None:
    text = prose(1) + "\n\nContact: ir@calder.example, +44 20 7946 0958."
    masked = imported(place, text)
    assert text_of(place, masked).endswith("Contact: [email], [phone].")
    assert masked.findings == {"email": 1, "phone": 1}
    assert masked.reason.endswith("masked 1 email, 1 phone")
    kept = imported(Workplace(place.folder / "keep"), text, pii="keep")
    assert kept.findings == {"email": 1, "phone": 1}
    assert kept.article_sha256 == sha256_text(text)
    rejected = imported(Workplace(place.folder / "reject"), text, pii="reject")
    assert rejected.reason == "it holds personal data: 1 email, 1 phone"


def test_hidden_characters_are_removed_or_a_reason_to_reject(place: Workplace) -> None:
    text = prose(1).replace(" ", "\u200b ", 3) + "\U000e0049"
    removed = imported(place, text)
    assert text_of(place, removed) == prose(1)
    assert removed.findings == {"hidden_characters": 4}
    rejected = imported(Workplace(place.folder / "reject"), text, hidden="reject")
    assert rejected.reason == "it holds 4 characters and 0 words that no reader sees"


def test_hidden_passages_of_a_file_are_counted(place: Workplace) -> None:
    work = place.run_import({"calder.pdf": unseen_text(), "o.txt": prose("o").encode()})
    file = place.imports.files(work.id)[0]
    assert isinstance(file, ImportedFile)
    assert (file.fate, file.findings) == ("REJECTED", {"hidden_words": 16})  # for it is too short
    rejecting = Workplace(place.folder / "reject")
    work = rejecting.run_import(
        {"calder.pdf": unseen_text(), "o.txt": prose("o").encode()}, "import", hidden="reject"
    )
    file = rejecting.imports.files(work.id)[0]
    assert file.reason == "it holds 0 characters and 16 words that no reader sees"


def test_instructions_to_models_are_counted_or_a_reason_to_reject(place: Workplace) -> None:
    text = f"{prose(1)}\n\n{INJECTION}"
    kept = imported(place, text)
    assert (kept.fate, kept.findings) == ("KEPT", {"instructions": 1})
    assert "it seems to instruct language models: “Ignore previous instructions”" in kept.reason
    rejected = imported(Workplace(place.folder / "reject"), text, instructions="reject")
    assert rejected.fate == "REJECTED"


def test_what_five_articles_share_is_dropped_and_what_four_share_stays(place: Workplace) -> None:
    def articles(count: int) -> dict[str, bytes]:
        return {f"{n}.txt": f"{prose(n)}\n\n{ABOUT}".encode() for n in range(count)}

    for count, text in ((4, f"{prose(0)}\n\n{ABOUT}"), (5, prose(0))):
        other = Workplace(place.folder / str(count))
        work = other.run_import(articles(count))
        first = other.imports.files(work.id)[0]
        assert text_of(other, first) == text
    assert first.findings == {"boilerplate_words": len(ABOUT.split())}
    keeping = Workplace(place.folder / "keep")
    work = keeping.run_import(articles(5), boilerplate="keep")
    assert text_of(keeping, keeping.imports.files(work.id)[0]) == f"{prose(0)}\n\n{ABOUT}"


def test_copies_of_one_article_do_not_make_its_passages_boilerplate(place: Workplace) -> None:
    text = f"{prose(1)}\n\n{ABOUT}"
    copies = {f"{n}.txt": f"{text} {'More words. ' * n}".encode() for n in range(8)}
    work = place.run_import(copies)
    kept = [file for file in place.imports.files(work.id) if file.fate == "KEPT"]
    assert [ABOUT in text_of(place, file) for file in kept] == [True]


def test_a_licence_comes_from_the_article_or_the_recipe(place: Workplace) -> None:
    marked = f"---\ncompany: Calder\nlicense: CC BY 4.0\n---\n{prose(1)}"
    work = place.run_import(
        {"a.md": marked.encode(), "b.txt": prose(2).encode()}, licence="bought from the wire"
    )
    assert [file.licence for file in place.imports.files(work.id)] == [
        "CC BY 4.0",
        "bought from the wire",
    ]


def test_a_table_of_a_pdf_is_in_the_article(place: Workplace) -> None:
    work = place.run_import({"calder.pdf": table_of_results()})
    text = text_of(place, place.imports.files(work.id)[0])
    assert "Revenue | $ 1,234.5 | $ 1,100.1 | 12.2%" in text


def test_a_refused_file_among_others_does_not_fail_the_import(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldbrief.datasets.imports.MAX_BYTES", 5000)
    work = place.run_import({"big.txt": b"x" * 6000, "o.txt": prose("o").encode()})
    assert (work.result["kept"], work.result["rejected"]) == (1, 1)
    assert "split it" in place.imports.files(work.id)[0].reason

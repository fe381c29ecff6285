"""What can be read, and what is said of that which cannot."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from goldbrief.datasets import extraction
from goldbrief.datasets.documents import Document, Refusal, leading_name
from goldbrief.datasets.parsing import read_documents

from .samples import make_pdf, prose


def read_one(name: str, data: bytes) -> Document:
    (found,) = read_documents(name, data)
    assert isinstance(found, Document), found
    return found


def refusal_of(name: str, data: bytes) -> str:
    (found,) = read_documents(name, data)
    assert isinstance(found, Refusal), found
    assert found.name == name
    return found.reason


def test_front_matter_tells_title_company_date_and_source() -> None:
    text = (
        "---\ntitle: A rise\ncompany: Calder\ndate: 2025-04-24\nsource: Wire\ntags: [x]\n---\nBody."
    )
    document = read_one("a.md", text.encode())
    assert document == Document(
        "a.md", "Body.", title="A rise", company="Calder", source="Wire", date="2025-04-24"
    )


def test_front_matter_that_is_not_yaml_is_read_line_by_line_and_noted() -> None:
    document = read_one("a.md", b"---\ntitle: Calder: up\ncompany: Calder\n---\nBody.")
    assert (document.title, document.company, document.text) == ("Calder: up", "Calder", "Body.")
    assert document.notes == ("front matter is not valid YAML (line 2) and was read line by line",)


def test_front_matter_that_is_not_even_lines_is_refused_by_line() -> None:
    reason = refusal_of("a.md", b"---\ntitle: A: b\n{]\n---\nBody.")
    assert reason == "its front matter is malformed at line 3: '{]'"


def test_values_in_front_matter_that_cannot_be_used_are_noted() -> None:
    document = read_one("calder.md", b"---\ncompany: [A, B]\ndate: April 24\n---\nBody.")
    assert document.notes == (
        "front matter: company is no text and was ignored",
        "front matter: date 'April 24' is not ISO 8601 and was ignored",
        "company 'calder' guessed from the file's name",
    )


def test_rules_around_a_paragraph_are_no_front_matter() -> None:
    text = "---\nA paragraph.\n---\n# Heading\nBody."
    document = read_one("calder-1.md", text.encode())
    assert (document.text, document.title) == (text, "Heading")


@pytest.mark.parametrize(
    ("name", "company"),
    [
        ("calder-freight-q1", "calder"),
        ("01-calder-freight", "calder"),
        ("2025_Q1_vessarin", "vessarin"),
        ("1000298_10K_2019_0001558370", "1000298"),
        ("2024-q3", ""),
    ],
)
def test_the_company_is_guessed_from_the_first_part_of_a_name_that_can_be_one(
    name: str, company: str
) -> None:
    assert leading_name(name) == company


def test_utf16_is_read_by_its_mark() -> None:
    assert read_one("a.txt", "Ein Jahr — gut".encode("utf-16")).text == "Ein Jahr — gut"


def test_another_encoding_is_refused_with_the_byte() -> None:
    assert (
        refusal_of("a.txt", "Calder’s profit".encode("cp1252"))
        == "it is not UTF-8: byte 6 is 0x92; save it as UTF-8"
    )


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"\x00\x01\x02", "it is binary, or UTF-16 without a mark: byte 0 is zero"),
        ("a.txt", b"%PDF-1.7 ...", "it is a PDF, not text"),
        ("a.md", b"PK\x03\x04...", "it is a ZIP archive or an Office document, not text"),
        ("a.txt", b" \n", "it is empty"),
        ("a.jsonl", b"", "it is empty"),
        ("a.pdf", b"", "it is empty"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(
    name: str, data: bytes, reason: str
) -> None:
    assert refusal_of(name, data) == reason


@pytest.mark.parametrize(("name", "kind"), [("a.xlsx", ".xlsx"), ("a", "a file without suffix")])
def test_other_types_are_refused_with_those_that_are_read(name: str, kind: str) -> None:
    reason = refusal_of(name, b"text")
    assert reason.startswith(f"{kind} is not a supported type; supported: .md,")


def test_each_jsonl_row_is_a_document_or_refused_by_its_line() -> None:
    lines = [
        json.dumps({"text": "One.", "company": "Calder", "url": "https://x.example/1"}),
        "",
        "{broken",
        json.dumps({"body": "?", "id": 1}),
        json.dumps({"text": "Five.", "id": "1000298_10K_2019"}),
        json.dumps(["text"]),
    ]
    found = list(read_documents("rows.jsonl", "\n".join(lines).encode() + b'\n{"text": "\xff"}'))
    assert [item.name.removeprefix("rows.jsonl:") for item in found] == [
        "1",
        "3",
        "4",
        "5",
        "6",
        "7",
    ]
    first, broken, without, guessed, wrong, encoding = found
    assert first == Document(
        "rows.jsonl:1", "One.", company="Calder", uri="https://x.example/1", size=len(lines[0]) + 1
    )
    assert isinstance(broken, Refusal)
    assert broken.reason.startswith("the row is not JSON: ")
    assert without == Refusal("rows.jsonl:4", "the row has no `text`; found: body, id")
    assert isinstance(guessed, Document)
    assert guessed.company == "1000298"
    assert guessed.notes == ("company '1000298' guessed from the row's id",)
    assert wrong == Refusal("rows.jsonl:6", "the row has no `text`; found: list")
    assert isinstance(encoding, Refusal)
    assert encoding.reason.startswith("it is not UTF-8: byte 10 is 0xff")


def test_rows_of_a_damaged_archive_are_read_up_to_the_damage() -> None:
    rows = "\n".join(json.dumps({"text": prose(n)}) for n in range(50)).encode()
    assert len(list(read_documents("r.jsonl.gz", gzip.compress(rows)))) == 50
    found = list(read_documents("r.jsonl.gz", gzip.compress(rows)[:-3000]))
    assert 0 < len(found) < 50
    assert isinstance(found[-1], Refusal)
    assert "damaged from here on" in found[-1].reason
    (found_none,) = read_documents("r.jsonl.gz", b"no gzip at all")
    assert found_none.name == "r.jsonl.gz:1"


def test_a_row_beyond_the_limit_ends_the_file_with_a_reason() -> None:
    bomb = gzip.compress(b'{"text": "' + b"a" * (9 << 20))
    (found,) = read_documents("r.jsonl.gz", bomb)
    assert found == Refusal("r.jsonl.gz:1", "a row is over 8 MiB; nothing after it was read")


def test_a_pdf_is_read_with_its_text() -> None:
    document = read_one("calder.pdf", make_pdf("Sales rose 5% to $10 million in the quarter."))
    assert "Sales rose 5% to $10 million" in document.text
    assert document.company == "calder"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (make_pdf("Secret text.", password="x"), "it is encrypted; save it without a password"),
        (make_pdf("Cut off.")[:200], "it is damaged: "),
        (b"%PDF-1.7 nothing else", "it is damaged: "),
        (make_pdf(""), "its pages have no text, perhaps they are scans; recognise them first"),
    ],
)
def test_a_pdf_without_readable_text_is_refused(data: bytes, reason: str) -> None:
    assert refusal_of("a.pdf", data).startswith(reason)


def test_the_main_text_of_a_page_is_read_without_its_navigation() -> None:
    paragraphs = "".join(f"<p>{prose(n, 4)}</p>" for n in range(4))
    page = f"""<html><head><title>Calder lifts profit</title></head><body>
        <nav><ul><li><a href="/">Home</a></li><li><a href="/s">Subscribe now</a></li></ul></nav>
        <article><h1>Calder lifts profit</h1>{paragraphs}</article>
        <footer>Cookie settings. All rights reserved.</footer></body></html>"""
    document = read_one("calder.html", page.encode())
    assert document.title == "Calder lifts profit"
    assert prose(2, 4)[:200] in document.text
    assert "Subscribe" not in document.text
    assert "Cookie" not in document.text


def test_a_page_may_declare_its_charset() -> None:
    page = f'<meta charset="iso-8859-1"><article><p>Calder’s {prose(1)}</p></article>'
    assert "Calder’s" in read_one("a.html", page.encode("cp1252")).text
    assert refusal_of("a.html", b'<meta charset="klingon">x') == (
        "it declares the unknown charset 'klingon'"
    )


def test_a_page_without_text_is_refused() -> None:
    assert refusal_of("a.html", b"<html><body></body></html>") == "the page has no main text"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import os; os.kill(os.getpid(), 11)", "its parser crashed with SIGSEGV"),
        ("import os; os.kill(os.getpid(), 24)", "reading it takes too much processor time"),
        ("import sys; sys.path.insert(0, sys.argv[1]); sys.argv[1:] = ['pdf']; "
         "from goldbrief.datasets import extractor; "
         "from goldbrief.datasets.extractors import pdf; "
         "pdf.read_pdf = lambda _: bytearray(2**31); extractor.main()",
         "reading it takes over 1024 MiB of memory"),
        ("raise OSError('no')", "its parser failed: OSError: no"),
        ("import time; time.sleep(60)", "reading it takes over 0 s"),
    ],
)  # fmt: skip
def test_a_parser_that_crashes_or_hangs_costs_one_file(
    script: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "python"
    fake.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{script}" "$4"\n')
    fake.chmod(0o755)
    monkeypatch.setattr(extraction.sys, "executable", str(fake))
    monkeypatch.setattr(extraction, "_WALL_S", 0.4 if "sleep" in script else 20)
    assert refusal_of("a.pdf", b"%PDF-1.7") == reason


def test_the_parser_sees_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "python"
    fake.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c "
        '\'import json, os; print(json.dumps({"text": " ".join(os.environ)}))\'\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("GOLDBRIEF_S3_SECRET_KEY", "secret")
    monkeypatch.setattr(extraction.sys, "executable", str(fake))
    assert "GOLDBRIEF" not in extraction.extract("pdf", b"").text


def test_form_feeds_in_a_text_end_pages_whose_frames_are_left_out() -> None:
    pages = [
        f"Calder Freight annual report\n\nSentence {n} says so.\n\n- {n} -" for n in range(1, 5)
    ]
    document = read_one("calder.txt", "\f".join(pages).encode())
    assert document.text.split() == [
        word for n in range(1, 5) for word in ("Sentence", str(n), "says", "so.")
    ]
    assert document.boilerplate_words == 4 * (4 + 3)


def test_lines_that_differ_in_a_figure_are_no_frame() -> None:
    pages = [f"Sales of division {n}0 rose {n}% this year.\n\nSo." for n in range(1, 5)]
    document = read_one("calder.txt", "\f".join(pages).encode())
    assert document.text.count("rose") == 4

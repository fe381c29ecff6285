"""PDF, HTML and DOCX are read as a person reads them, and hostile files cost one file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import goldbrief
from goldbrief.core.errors import InvalidInputError
from goldbrief.datasets.extraction import extract
from goldbrief.datasets.extractors.pages import drop_frames
from goldbrief.text.figure_check import check_figures

from . import nasty_files as nasty

ROWS = [
    "(in millions) | 2025 | 2024 | Change",
    "Revenue | $ 1,234.5 | $ 1,100.1 | 12.2%",
    "Cost of sales | (800.1) | (750.0)",
    "Restructuring | | (12.0) | n/m",
]


def page(body: str, head: str = "") -> bytes:
    head = f"<head><title>T</title>{head}</head>"
    return f"<html>{head}<body><article>{body}</article></body></html>".encode()


PROSE = (
    "<p>Calder Freight said on Thursday that revenue rose 12% to $4.1 billion in the year, as "
    "volumes recovered in its northern division.</p><p>The board proposes a dividend of $0.45 a "
    "share, which is paid in May of next year, after the annual meeting of its shareholders.</p>"
)


def test_a_table_of_a_pdf_becomes_rows_with_each_figure_under_its_heading() -> None:
    found = extract("pdf", nasty.table_of_results())
    lines = found.text.split("\n")
    start = lines.index(ROWS[0])
    assert lines[start : start + 4] == ROWS
    assert lines[start - 1] == ""


def test_the_figure_check_reads_the_rows() -> None:
    text = extract("pdf", nasty.table_of_results()).text
    assert check_figures("Revenue was $1,234.5 million, up 12.2%.", text).unsupported == ()
    assert check_figures("Revenue was $1,243.5 million.", text).supported == 0


@pytest.mark.parametrize("number", [1, 2, 3])
def test_columns_are_read_one_after_the_other(number: int) -> None:
    text = extract("pdf", nasty.columns(number)).text
    joined = " ".join(text.split())
    for place in range(30):
        assert (
            f"Statement {place} says that volumes of the northern division recovered and that the "
            "surcharges were passed on to customers." in joined
        )


def test_what_stands_across_columns_stays_together() -> None:
    text = extract("pdf", nasty.abstract_above_columns()).text
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    assert paragraphs[0] == nasty.ABSTRACT.strip()
    assert paragraphs[1:] == [
        f"Statement {n} says that volumes recovered in the northern division." for n in range(36)
    ]


def test_running_heads_footers_and_page_numbers_are_left_out() -> None:
    found = extract("pdf", nasty.report_with_frames(5))
    assert "Annual report" not in found.text
    assert "Confidential" not in found.text
    assert "of 5" not in found.text
    assert found.text.count("ends here.") == 15
    assert "investors" not in found.text
    assert found.boilerplate_words == 5 * (3 + 3 + 3 + 1 + 5)


def test_text_that_nobody_sees_is_left_out_and_counted() -> None:
    found = extract("pdf", nasty.unseen_text())
    assert found.text.split("\n\n") == ["Revenue rose 12% in the year.", "White heading on blue"]
    assert found.hidden_words == 6 + 4 + 3 + 3


def test_the_text_layer_of_a_scan_is_read() -> None:
    found = extract("pdf", nasty.scan_with_text_layer())
    assert (found.text, found.hidden_words) == ("Recognised text of a scanned page.", 0)


def test_a_page_on_its_side_is_read() -> None:
    lines = extract("pdf", nasty.landscape()).text.split("\n")
    assert lines == [f"Line {number} of a page on its side." for number in range(3)]


def test_words_that_a_line_end_broke_are_put_together() -> None:
    text = " ".join(extract("pdf", nasty.broken_words()).text.split())
    assert "The organisation expects" in text
    assert "next year-end, on a month-over-month basis." in text
    assert "The risk-models of 2025-03-10 cover risk and models." in text


def test_the_mark_of_a_footnote_is_no_part_of_a_figure() -> None:
    text = extract("pdf", nasty.footnote_marks()).text
    assert text == "Revenue of $4.1 million in 2025 rose."


def test_only_numbers_that_count_with_the_pages_are_page_numbers() -> None:
    pages = [["7", "Depots opened.", "1"], ["12", "Depots closed.", "2"], ["3", "Left.", "3"]]
    kept, dropped = drop_frames(pages)
    assert kept == [["7", "Depots opened."], ["12", "Depots closed."], ["3", "Left."]]
    assert dropped == 3


def test_a_report_of_200_pages_is_read_whole() -> None:
    found = extract("pdf", nasty.report_with_frames(200))
    assert found.text.count("ends here.") == 600
    assert "Sentence 2 of page 200 ends here." in found.text


def test_a_bomb_of_compressed_data_is_refused() -> None:
    bomb = nasty.deflate_bomb()
    assert len(bomb) < 2**20
    with pytest.raises(InvalidInputError, match="as when it needs over 1024 MiB of memory"):
        extract("pdf", bomb)


def test_a_word_document_is_read_as_it_is_shown() -> None:
    found = extract("docx", nasty.word_document())
    rows = "\n".join(ROWS)
    assert found.text == (
        f"## Results\n\nRevenue rose 12% to $4.1 billion.\n\n- A point.\n\n{rows}\n\n"
        "Net debt | 90 | 120\n\nSeen. Inserted.\n"
    )
    assert found.title == "Calder lifts profit"
    assert found.hidden_words == 6 + 1 + 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0 and so on", "it is encrypted or in the old .doc format"),
        (nasty.word_document()[:2000], "it is damaged: "),
        (b"no archive", "it is damaged: "),
        (nasty.zip_bomb(), "it unpacks to over 256 MiB"),
    ],
)
def test_a_word_document_that_cannot_be_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        extract("docx", data)


def test_a_table_of_a_page_becomes_rows() -> None:
    table = """<table><caption>Results</caption>
        <tr><th></th><th colspan=2>2025</th><th colspan=2>2024</th></tr>
        <tr><td>Revenue</td><td>$</td><td>1,234.5</td><td>$</td><td>1,100.1</td></tr>
        <tr><td>Net loss</td><td></td><td>(12.0</td><td>)</td><td></td></tr>
        <tr><td>Margin .....</td><td></td><td>12.1</td><td>%</td><td>11.0%</td></tr></table>"""
    lines = extract("html", page(PROSE + table + PROSE)).text.split("\n")
    start = lines.index("Results")
    assert lines[start + 1 : start + 5] == [
        "| 2025 | 2024",
        "Revenue | $1,234.5 | $1,100.1",
        "Net loss | (12.0)",
        "Margin | 12.1% | 11.0%",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        f"<p hidden>{nasty.INJECTION}</p>",
        f'<p style="display: none">{nasty.INJECTION}</p>',
        f'<div style="visibility:hidden"><p>{nasty.INJECTION}</p></div>',
        f'<p style="color:#FFFFFF">{nasty.INJECTION}</p>',
        f'<p style="opacity: 0">{nasty.INJECTION}</p>',
        f'<p style="font-size:0px">{nasty.INJECTION}</p>',
        f'<p style="position:absolute; left:-9999px">{nasty.INJECTION}</p>',
        f"<div hidden><p hidden>{nasty.INJECTION}</p></div>",
        f'<p class="x ghost">{nasty.INJECTION}</p>',
        f'<p id="ghost">{nasty.INJECTION}</p>',
    ],
)
def test_what_a_browser_does_not_show_is_left_out_and_counted(hidden: str) -> None:
    style = "<style>.ghost, #ghost {display:none} @media print {p {display:none}}</style>"
    found = extract("html", page(PROSE + hidden + PROSE, style))
    assert "Ignore" not in found.text
    assert "dividend" in found.text
    assert found.hidden_words == 6


def test_an_article_that_a_script_fades_in_is_read() -> None:
    found = extract("html", page(f'<div style="opacity:0">{PROSE}</div>'))
    assert "dividend" in found.text
    assert found.hidden_words == 0


def test_what_only_moves_a_little_is_read() -> None:
    found = extract("html", page(f'{PROSE}<p style="margin-left:-1500px; top:-20px">Seen.</p>'))
    assert found.hidden_words == 0


def test_white_text_on_a_coloured_ground_is_read() -> None:
    seen = '<p style="background:#003;color:#fff">White text on a blue ground can be read.</p>'
    found = extract("html", page(PROSE + seen + PROSE))
    assert "can be read" in found.text
    assert found.hidden_words == 0


def test_a_parser_cannot_open_connections_start_programs_or_write_files(tmp_path: Path) -> None:
    attempts = f"""
import os, socket, sys
sys.path.insert(0, {str(Path(goldbrief.__file__).parent.parent)!r})
from goldbrief.datasets.sandbox import enter
enter()
def write():
    with open({str(tmp_path / "file")!r}, "w") as file:
        file.write("x" * 100)
for attempt in (socket.socket, lambda: os.execv("/bin/true", ["true"]), write):
    try:
        attempt()
        print("done")
    except OSError:
        print("refused")
"""
    run = subprocess.run(
        [sys.executable, "-c", attempts], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["refused"] * 3

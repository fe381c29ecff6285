"""`goldbrief summaries`: from an answer that is wrong to a decision, and what is known of all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldbrief.cli.main import cli
from goldbrief.platform.ledger import Base, Database
from goldbrief.testing.live import ARTICLE, SUMMARY, LiveWorkplace

from ..quickstart import WordEmbedder


class Desk:
    """The commands at a server, and files to give them."""

    def __init__(self, folder: Path, place: LiveWorkplace, address: str) -> None:
        self.folder, self.place, self.address = folder, place, address

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["summaries", *arguments, "--address", self.address])

    def answer(self) -> list[str]:
        """Arguments that name an answer and its article."""
        fields = {
            "request_id": "summary-1", "model": "briefs", "version": "2", "persona": "CFO",
            "text": SUMMARY, "figures": [],
        }  # fmt: skip
        answer, article = self.folder / "answer.json", self.folder / "article.md"
        answer.write_text(json.dumps(fields), encoding="utf-8")
        article.write_text(ARTICLE, encoding="utf-8")
        return [str(answer), "--article", str(article)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from serving(tmp_path, text_days=30)


@pytest.fixture
def frugal(tmp_path: Path) -> Iterator[Desk]:
    """Where no texts are kept."""
    yield from serving(tmp_path, text_days=0)


def serving(folder: Path, text_days: float) -> Iterator[Desk]:
    database = Database(f"sqlite:///{folder / 'live.db'}")
    Base.metadata.create_all(database.engine)
    place = LiveWorkplace(folder, database, WordEmbedder(), text_days, None)
    with place.serving() as address:
        yield Desk(folder, place, address)
    database.dispose()


def test_an_answer_is_reported_shown_corrected_and_a_candidate(desk: Desk) -> None:
    made = desk.run("report", *desk.answer(), "--reason", "figure", "--comment", "It is 5%.")
    assert made.exit_code == 0, made.output
    report_id = made.output.split()[0]
    assert "figure  open" in desk.run("list", "--state", "open").output
    shown = desk.run("show", report_id[:12]).output
    assert all(text in shown for text in (ARTICLE, SUMMARY, "It is 5%."))
    better = desk.folder / "better.md"
    better.write_text("Sales rose 5%.", encoding="utf-8")
    decided = desk.run(
        "decide", report_id, "confirmed", "--corrected", str(better), "--author", "ada"
    )
    assert "confirmed by ada  for the next round" in decided.output
    assert desk.run("list", "--state", "open").output == ""
    (line,) = desk.run("list", "--json").output.splitlines()
    assert json.loads(line)["state"] == "CONFIRMED"


def test_an_answer_that_was_drawn_is_reported_by_its_id(desk: Desk) -> None:
    desk.place.observe("summary-9")
    assert desk.run("report", "summary-9", "--reason", "style").exit_code == 0
    assert "judged 4.20" in desk.run("list").output


def test_an_id_that_nobody_knows_says_what_to_send(desk: Desk) -> None:
    refused = desk.run("report", "summary-0", "--reason", "style")
    assert refused.exit_code != 0
    assert "not known here" in str(refused.exception)


def test_where_no_text_is_kept_it_says_so(frugal: Desk) -> None:
    made = frugal.run("report", *frugal.answer(), "--reason", "other")
    assert "its text is not kept (GOLDBRIEF_LIVE_TEXT_DAYS)" in made.output
    assert "Its text is not kept" in frugal.run("show", made.output.split()[0]).output


def test_a_file_that_is_no_answer_is_named(desk: Desk) -> None:
    path = desk.folder / "other.json"
    path.write_text("[]", encoding="utf-8")
    refused = desk.run("report", str(path), "--reason", "style")
    assert str(path) in str(refused.exception)


def test_quality_says_what_is_known_and_what_it_takes(desk: Desk) -> None:
    assert "Nothing was drawn" in desk.run("quality").output
    desk.place.observe("summary-1")
    told = desk.run("quality").output
    assert "1 of 200 judgments today" in told
    assert "briefs@2: 1 judged, mean score 4.20, 1 with an error, 1 of 2 figures" in told
    assert "not enough to compare with (1 articles)" in told
    assert json.loads(desk.run("quality", "--json").output)["versions"][0]["judged"] == 1

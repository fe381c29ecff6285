"""`goldbrief judge`, from files to the card, over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from goldbrief.api.judge.v1.judge_pb2_grpc import add_JudgeServiceServicer_to_server
from goldbrief.api.synthesis.v1.synthesis_pb2_grpc import add_SynthesisServiceServicer_to_server
from goldbrief.cli.main import cli
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.judge.judging import Judging
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.server import JudgeServicer
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.storage import DirectoryStore
from goldbrief.synthesis.server import SynthesisServicer

from ..quickstart import HANDWRITTEN, QUICKSTART, read, read_article


@pytest.fixture
def address(tmp_path: Path, embedder: Any) -> Iterator[str]:
    judge = JudgeServicer(Judging(DirectoryStore(tmp_path / "objects"), OfflineJudge(embedder)))
    synthesis = SynthesisServicer(None, None)  # type: ignore[arg-type]
    server = RpcServer(
        "127.0.0.1",
        0,
        [
            Service("judge", lambda s: add_JudgeServiceServicer_to_server(judge, s)),
            Service("synthesis", lambda s: add_SynthesisServiceServicer_to_server(synthesis, s)),
        ],
    )
    yield f"127.0.0.1:{server.start()}"
    server.stop()


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["judge", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_good_summaries_alone_make_an_uncalibrated_card(address: str) -> None:
    with pytest.raises(NotFoundError, match="nobody calibrated"):
        run("card", "--address", address)
    result = run(
        "calibrate", "--pairs", QUICKSTART / "golden-eval", "--goldens", HANDWRITTEN / "goldens",
        "--address", address,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("# Judge offline-metric-3: uncalibrated")
    for told in ("no_actions", "wrong_digit", "no person was asked"):
        assert told in result.stdout
    assert "66 of 66 verdicts" in result.stderr
    assert run("card", "--address", address).stdout == result.stdout


def test_ratings_are_compared_with_the_judges_scores(address: str, tmp_path: Path) -> None:
    article = read_article(QUICKSTART / "golden-eval" / "01.md").text
    summary = read(QUICKSTART / "golden-eval" / "01.summary.md")[1]
    (tmp_path / "a.md").write_text(article)
    lines = ["article_file,summary_file,overall"]
    for words in range(10, 90, 10):
        (tmp_path / f"{words}.md").write_text(" ".join(summary.split()[:words]))
        lines.append(f"a.md,{words}.md,{1 + words // 20}")
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("\n".join(lines))
    shown = run("calibrate", "--ratings", ratings, "--json", "--address", address)
    card = json.loads(shown.stdout)
    assert card["rated"] == 8
    assert [one["dimension"] for one in card["agreements"]] == ["overall"]
    assert "Only 8 summaries" in card["reasons"][0]


def test_something_to_calibrate_on_is_needed(address: str, tmp_path: Path) -> None:
    assert "Give --ratings, --pairs or --run" in run("calibrate", "--address", address).stderr
    with pytest.raises(InvalidInputError, match="cannot be read"):
        run("calibrate", "--ratings", tmp_path / "no.csv", "--address", address)


def test_two_summaries_are_compared(address: str, tmp_path: Path) -> None:
    article, good = QUICKSTART / "golden-eval" / "01.md", QUICKSTART / "golden-eval/01.summary.md"
    bad, nothing = tmp_path / "bad.md", tmp_path / "nothing.md"
    bad.write_text("Profit rose to $9 billion. The pumps were sold to")
    nothing.write_bytes(b"\xff\xfe")
    found = run("compare", article, bad, good, "--address", address).stdout
    assert found.startswith(f"{good} is better, says offline-metric-3")
    swapped = json.loads(run("compare", article, good, bad, "--json", "--address", address).stdout)
    assert (swapped["preferred"], swapped["is_consistent"]) == ("first", True)
    with pytest.raises(InvalidInputError, match=r"nothing\.md cannot be read"):
        run("compare", article, good, nothing, "--address", address)

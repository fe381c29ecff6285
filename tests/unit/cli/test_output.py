"""What the commands tell of a run on its way."""

from __future__ import annotations

import time

import pytest

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.api.synthesis.v1 import synthesis_pb2
from goldbrief.cli.output import candidate_as_text, remaining_s
from goldbrief.core.documents import Finding, Judgment


def phase(done: int, total: int, elapsed_s: int) -> runs_pb2.Phase:
    made = runs_pb2.Phase(name="synthesize", state=work_pb2.STATE_RUNNING)
    made.progress.done, made.progress.total = done, total
    made.start_time.FromSeconds(int(time.time()) - elapsed_s)
    return made


def test_what_is_left_follows_from_the_rate_so_far() -> None:
    assert remaining_s(phase(25, 100, 60)) == pytest.approx(180, rel=0.1)


def test_a_single_item_is_no_rate() -> None:
    assert remaining_s(phase(1, 109, 200)) is None


def test_a_candidate_tells_its_verdict_and_text_when_asked() -> None:
    judgment = Judgment(
        judge="offline-metric-1",
        rubric="1",
        overall=3.4,
        rationale="",
        scores={"form": 4.0, "style": 2.8},
        findings=(Finding(check="style", severity="warning", message="A bullet is long."),),
    )
    candidate = synthesis_pb2.Candidate(
        article_sha256="a" * 64, persona="CFO", outcome="ACCEPTED", score=3.4,
        text="## Overview", judgment_json=judgment.model_dump_json(),
    )  # fmt: skip
    line = "ACCEPTED  3.40  aaaaaaaaaaaa CFO  rewrites 0\n"
    verdict = "    offline-metric-1: form 4.0, style 2.8\n    warning: A bullet is long.\n"
    assert candidate_as_text(candidate, why=False, with_text=False) == line
    assert candidate_as_text(candidate, why=True, with_text=False) == line + verdict
    assert candidate_as_text(candidate, why=False, with_text=True) == f"{line}\n## Overview\n\n"


def test_a_candidate_without_text_takes_one_line() -> None:
    candidate = synthesis_pb2.Candidate(article_sha256="a" * 64, outcome="REJECTED", reason="None.")
    assert candidate_as_text(candidate, why=True, with_text=True).count("\n") == 1

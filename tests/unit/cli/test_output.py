"""What the commands tell of a run on its way."""

from __future__ import annotations

import time

import pytest

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.cli.output import remaining_s


def phase(done: int, total: int, elapsed_s: int) -> runs_pb2.Phase:
    made = runs_pb2.Phase(name="synthesize", state=work_pb2.STATE_RUNNING)
    made.progress.done, made.progress.total = done, total
    made.start_time.FromSeconds(int(time.time()) - elapsed_s)
    return made


def test_what_is_left_follows_from_the_rate_so_far() -> None:
    assert remaining_s(phase(25, 100, 60)) == pytest.approx(180, rel=0.1)


def test_a_single_item_is_no_rate() -> None:
    assert remaining_s(phase(1, 109, 200)) is None

"""What the RPCs of runs refuse before the domain is asked."""

from __future__ import annotations

import pytest

from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.core.errors import InvalidInputError
from goldbrief.runs.server import RunsServicer


def test_a_file_without_a_role_is_refused_and_not_left_out() -> None:
    request = runs_pb2.CreateRunRequest(inputs=[runs_pb2.Input(name="a.md")])
    servicer = RunsServicer(None, None)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=r"a\.md has no role"):
        servicer.CreateRun(request, None)

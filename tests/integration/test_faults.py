"""Whatever dies in the middle of a synthesis: nothing lost, nothing doubled, all counted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from goldbrief.testing.faults import loaded_synthesis
from goldbrief.testing.servers import ServerMissingError, find_program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

SEED = int(os.environ.get("GOLDBRIEF_FAULT_SEED", "20261129"))
ITEMS = 400


def test_a_synthesis_survives_every_fault(tmp_path: Path) -> None:
    try:
        for program in ("redis-server", "postgres", "minio"):
            find_program(program)
    except ServerMissingError as error:
        pytest.skip(str(error))
    with loaded_synthesis(tmp_path, ITEMS, SEED) as synthesis:
        report = synthesis.run(list(synthesis.faults), every_s=2, most=len(synthesis.faults))
    print(report)
    assert sum(report.faults.values()) >= 5
    assert report.holds

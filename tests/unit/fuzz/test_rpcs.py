"""Whatever is sent to an RPC, it answers as it should and the server stays whole.

A few requests each; `python -m scripts.fuzz` sends hundreds.
"""

from __future__ import annotations

import pytest

from goldbrief.testing.fuzzing.place import Place, all_rpcs
from goldbrief.testing.fuzzing.rpcs import fuzz_rpc
from goldbrief.testing.fuzzing.wholeness import problems

pytestmark = pytest.mark.models

RPCS = all_rpcs()
EXAMPLES, SEED = 5, 1


def test_there_are_rpcs() -> None:
    assert len(RPCS) > 80


@pytest.mark.parametrize("method", RPCS, ids=lambda method: method.rpartition("/")[2])
def test_no_request_breaks_an_rpc(place: Place, method: str) -> None:
    codes = fuzz_rpc(place.channel, method, RPCS[method], place.known, EXAMPLES, SEED)
    assert codes["INVALID_ARGUMENT"] >= 1  # bytes that are no message


def test_nothing_is_half_done_afterwards(place: Place) -> None:
    assert problems(place) == []

"""Whatever is sent to a route of HTTP, it answers as it should: never with a failure of its own.

A few requests each; `python -m scripts.fuzz` sends hundreds.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.testclient import TestClient

from goldbrief.testing.fuzzing.place import Place
from goldbrief.testing.fuzzing.routes import Door, fuzz_route
from goldbrief.testing.fuzzing.websites import DOORS, clients
from goldbrief.testing.fuzzing.wholeness import problems

pytestmark = pytest.mark.models

ALL = [(name, door) for name, doors in DOORS.items() for door in doors]
EXAMPLES, SEED = 5, 1


@pytest.fixture(scope="module")
def browsers(place: Place) -> Iterator[dict[str, httpx.Client | TestClient]]:
    with clients(place) as found:
        yield found


def test_there_are_routes_of_all_applications() -> None:
    assert {name: len(doors) > 2 for name, doors in DOORS.items()} == dict.fromkeys(DOORS, True)


@pytest.mark.parametrize(("name", "door"), ALL, ids=str)
def test_no_request_breaks_a_route(
    place: Place, browsers: dict[str, httpx.Client | TestClient], name: str, door: Door
) -> None:
    assert fuzz_route(browsers[name], door, place.known, EXAMPLES, SEED).total() > 0


def test_nothing_is_half_done_afterwards(place: Place) -> None:
    assert problems(place) == []

"""What must hold of a server that has been asked everything."""

from __future__ import annotations

import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sqlalchemy import select

from goldbrief.core.audit import STARTED, verify_chain
from goldbrief.platform.ledger import Work
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.fuzzing.calls import call
from goldbrief.testing.fuzzing.place import Place, all_rpcs

_TIMEOUT_S = 20.0


def problems(place: Place) -> list[str]:
    """Look for what requests left half done.

    Args:
        place: No request is under way there.

    Returns:
        What is wrong: with the server's health, a list that cannot be read any more, the record of
        calls, a work without all its items, a file that was begun and left.
    """
    return [*_health(place), *_lists(place), *_record(place), *_works(place), *_files(place)]


def _health(place: Place) -> list[str]:
    health = health_pb2_grpc.HealthStub(place.channel)
    found = health.Check(health_pb2.HealthCheckRequest(), timeout=_TIMEOUT_S).status
    return [] if found == health_pb2.HealthCheckResponse.SERVING else [f"health is {found}"]


def _lists(place: Place) -> list[str]:
    found = []
    for method, rpc in all_rpcs().items():
        if rpc.name.startswith("List"):
            ended = call(place.channel, method, [b""])
            if ended.problem() or ended.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
                found.append(f"{method}: {ended.code.name} {ended.details}")
    return found


def _record(place: Place) -> list[str]:
    """A call that was broken off ends a moment after its client has left."""
    deadline = time.monotonic() + _TIMEOUT_S
    while (found := _without_end(place)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return [f"no end of {method} is on record" for method in found]


def _without_end(place: Place) -> list[str]:
    entries = list(place.resources.audit_trail.entries())
    verify_chain(entries)
    ended = {entry.call_id for entry in entries if entry.outcome != STARTED}
    return [entry.method for entry in entries if entry.call_id not in ended]


def _works(place: Place) -> list[str]:
    works = place.resources.ledger.works
    with place.resources.database.transaction() as session:
        ids = list(session.scalars(select(Work.id)))
    found = []
    for work_id in ids:
        total, items = works.counts(work_id).total, len(works.items(work_id))
        if total != items or not items:
            found.append(f"{work_id} has {items} of {total} items")
    return found


def _files(place: Place) -> list[str]:
    store = place.resources.store
    assert isinstance(store, DirectoryStore)  # noqa: S101 - the place's
    return [f"{path} was left" for path in (store.root / ".partial").iterdir()]

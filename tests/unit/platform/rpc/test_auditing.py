"""What does more than look is on record, by whom and how it ended; what cannot be is refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from goldbrief.api.datasets.v1 import datasets_pb2, datasets_pb2_grpc
from goldbrief.api.registry.v1 import registry_pb2, registry_pb2_grpc
from goldbrief.api.reviews.v1 import reviews_pb2
from goldbrief.core.access import (
    TokenEntry,
    acting_for,
    is_audited,
    new_token,
    token_hash,
    write_tokens,
)
from goldbrief.core.audit import verify_chain
from goldbrief.core.errors import FailedPreconditionError, NotFoundError, PermissionDeniedError
from goldbrief.platform.access import Doorkeeper
from goldbrief.platform.ledger import AuditTrail, Database
from goldbrief.platform.rpc.auditing import resource_of
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service

READER, EDITOR, CONSOLE = new_token(), new_token(), new_token()
SECRET = "Revenue fell 40% to $1.2 billion, which nobody knows yet."


class Registry(registry_pb2_grpc.RegistryServiceServicer):
    def __init__(self) -> None:
        self.calls = 0

    def RollBack(self, request: Any, context: Any) -> registry_pb2.RollBackResponse:  # noqa: N802
        self.calls += 1
        if request.model == "unknown":
            raise NotFoundError("There is no such model.")
        return registry_pb2.RollBackResponse()

    def CreatePromotion(self, request: Any, context: Any) -> registry_pb2.CreatePromotionResponse:  # noqa: N802
        promotion = registry_pb2.Promotion()
        promotion.work.id = "prom-1"
        return registry_pb2.CreatePromotionResponse(promotion=promotion)

    def GetModelVersion(self, request: Any, context: Any) -> registry_pb2.GetModelVersionResponse:  # noqa: N802
        return registry_pb2.GetModelVersionResponse()


class Datasets(datasets_pb2_grpc.DatasetsServiceServicer):
    def ListDatasetRows(  # noqa: N802
        self, request: Any, context: Any
    ) -> Iterator[datasets_pb2.ListDatasetRowsResponse]:
        for _ in range(1000):
            row = datasets_pb2.DatasetRow(prompt=SECRET)
            yield datasets_pb2.ListDatasetRowsResponse(row=row)


class Place:
    """A server with an audit record, and clients of it."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'audit.db'}")
        self.database.migrate()
        self.trail = AuditTrail(lambda: self.database)
        self.servicer = Registry()
        tokens = folder / "tokens.yaml"
        tokens.write_text(
            write_tokens(
                [
                    TokenEntry(name="console", sha256=token_hash(CONSOLE), scopes=("admin",)),
                    TokenEntry(name="reader", sha256=token_hash(READER), scopes=("read",)),
                    TokenEntry(
                        name="editor", sha256=token_hash(EDITOR), scopes=("read", "promote")
                    ),
                ]
            )
        )
        add_registry = registry_pb2_grpc.add_RegistryServiceServicer_to_server
        add_datasets = datasets_pb2_grpc.add_DatasetsServiceServicer_to_server
        self.server = RpcServer(
            "127.0.0.1",
            0,
            [
                Service("registry", lambda it: add_registry(self.servicer, it)),
                Service("datasets", lambda it: add_datasets(Datasets(), it)),
            ],
            doorkeeper=Doorkeeper(tokens),
            audit_trail=self.trail,
        )
        self.address = f"127.0.0.1:{self.server.start()}"

    def registry(self, token: str = EDITOR) -> Any:
        return registry_pb2_grpc.RegistryServiceStub(connect(self.address, token))

    def outcomes(self) -> list[tuple[str, str, str]]:
        entries = list(self.trail.entries())
        verify_chain(entries)
        return [(entry.principal, entry.resource, entry.outcome) for entry in entries]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.server.stop()
    place.database.dispose()


def test_a_change_is_on_record_before_it_begins_and_when_it_ended(place: Place) -> None:
    place.registry().RollBack(registry_pb2.RollBackRequest(model="briefs"))
    assert place.outcomes() == [
        ("editor", "model=briefs", "STARTED"),
        ("editor", "model=briefs", "OK"),
    ]
    first, second = place.trail.entries()
    assert first.call_id == second.call_id
    assert first.method == "goldbrief.api.registry.v1.RegistryService/RollBack"


def test_what_a_call_made_is_on_record(place: Place) -> None:
    wanted = registry_pb2.CreatePromotionRequest(
        request_id=SECRET, model="briefs", version="3", gate_json=SECRET, results_json=SECRET
    )
    place.registry().CreatePromotion(wanted)
    assert place.outcomes()[-1] == ("editor", "model=briefs version=3 id=prom-1", "OK")


def test_a_failure_is_on_record(place: Place) -> None:
    with pytest.raises(NotFoundError):
        place.registry().RollBack(registry_pb2.RollBackRequest(model="unknown"))
    assert place.outcomes()[-1] == ("editor", "model=unknown", "NOT_FOUND")


def test_a_refusal_is_on_record_under_the_name_of_who_tried(place: Place) -> None:
    with pytest.raises(PermissionDeniedError):
        place.registry(READER).RollBack(registry_pb2.RollBackRequest(model="briefs"))
    assert place.outcomes() == [("reader", "", "PERMISSION_DENIED")]
    assert not place.servicer.calls


def test_whom_the_console_calls_for_is_on_record_when_it_may_all(place: Place) -> None:
    context = copy_context()
    context.run(acting_for.set, "Anna Müller")
    wanted = registry_pb2.RollBackRequest(model="briefs")
    context.run(place.registry(CONSOLE).RollBack, wanted)
    context.run(place.registry(EDITOR).RollBack, wanted)
    place.registry(CONSOLE).RollBack(wanted)
    callers = [principal for principal, _, _ in place.outcomes()]
    assert callers[::2] == ["console for Anna Müller", "editor", "console"]


def test_looking_is_not_on_record(place: Place) -> None:
    place.registry().GetModelVersion(registry_pb2.GetModelVersionRequest(model="briefs"))
    assert place.outcomes() == []


def test_an_export_is_on_record(place: Place) -> None:
    stub = datasets_pb2_grpc.DatasetsServiceStub(connect(place.address, READER))
    rows = stub.ListDatasetRows(datasets_pb2.ListDatasetRowsRequest(id="briefs/1"), timeout=20)
    assert sum(1 for _ in rows) == 1000
    assert place.outcomes() == [
        ("reader", "id=briefs/1", "STARTED"),
        ("reader", "id=briefs/1", "OK"),
    ]


def test_an_export_that_is_broken_off_is_on_record_with_its_end(place: Place) -> None:
    stub = datasets_pb2_grpc.DatasetsServiceStub(connect(place.address, READER))
    rows = stub.ListDatasetRows(datasets_pb2.ListDatasetRowsRequest(id="briefs/1"), timeout=20)
    next(rows)
    rows.close()
    until(lambda: place.outcomes()[1:] == [("reader", "id=briefs/1", "CANCELLED")])


def test_content_is_never_on_record(place: Place) -> None:
    place.registry().CreatePromotion(
        registry_pb2.CreatePromotionRequest(model=SECRET, results_json=SECRET, run_id=SECRET * 50)
    )
    told = [resource for _, resource, _ in place.outcomes()]
    assert told
    assert not any("Revenue" in resource or "billion" in resource for resource in told)
    assert all("model=sha256:" in resource for resource in told)


def test_what_a_reviewer_says_is_not_on_record_but_that_they_did() -> None:
    rating = reviews_pb2.SaveRatingRequest(
        id="a1", reviewer="anna", rating=reviews_pb2.Rating(comment=SECRET)
    )
    assert resource_of(rating) == "id=a1 reviewer=anna"


def test_a_call_is_refused_when_the_record_is_full(place: Place) -> None:
    with place.database.engine.connect() as connection:  # the pool hands this one out again
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    refusals = []
    for _ in range(200):  # until the last page is full
        try:
            place.registry().RollBack(registry_pb2.RollBackRequest(model="briefs" * 10))
        except FailedPreconditionError as error:
            refusals.append(error)
            break
    (refusal,) = refusals
    assert refusal.reason == "AUDIT_UNAVAILABLE"
    assert "refused: it could not be put on the audit record" in refusal.message
    assert "full" in refusal.message
    calls = place.servicer.calls
    with pytest.raises(FailedPreconditionError):
        place.registry().RollBack(registry_pb2.RollBackRequest(model="briefs" * 10))
    assert place.servicer.calls == calls
    verify_chain(place.trail.entries())


def test_a_call_is_refused_when_the_record_fails(place: Place) -> None:
    with place.database.transaction() as session:
        session.execute(text("ALTER TABLE audit_entry RENAME TO elsewhere"))
    with pytest.raises(FailedPreconditionError, match="audit record") as caught:
        place.registry().RollBack(registry_pb2.RollBackRequest(model="briefs"))
    assert caught.value.reason == "AUDIT_UNAVAILABLE"
    assert not place.servicer.calls
    place.registry().GetModelVersion(registry_pb2.GetModelVersionRequest(model="briefs"))


@pytest.mark.parametrize(
    ("rpc", "audited"),
    [
        ("runs.v1.RunsService/CreateRun", True), ("runs.v1.RunsService/WatchRun", False),
        ("registry.v1.RegistryService/CreatePromotion", True),
        ("reviews.v1.ReviewsService/SaveRating", True),
        ("reviews.v1.ReviewsService/GetAssignment", False),
        ("reviews.v1.ReviewsService/ListRatedPairs", True),
        ("live.v1.LiveService/ObserveAnswer", False),
        ("live.v1.LiveService/DecideLiveReport", True),
        ("live.v1.LiveService/ListLiveReports", False),
        ("live.v1.LiveService/GetLiveReport", True),
        ("summarize.v1.SummarizeService/ReportSummary", False),
        ("finetuning.v1.FinetuningService/DeleteFinetuningRun", True),
        ("audit.v1.AuditService/ListAuditEntries", True),
        ("reviews.v1.ReviewsService/SignIn", True),
        ("reviews.v1.ReviewsService/ListAccounts", False),
        ("summarize.v1.SummarizeService/Summarize", False),
    ],
)  # fmt: skip
def test_what_is_on_record(rpc: str, audited: bool) -> None:
    assert is_audited(f"/goldbrief.api.{rpc}") is audited

"""A server with the services that dataset versions are read from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from goldbrief.api.datasets.v1.datasets_pb2_grpc import add_DatasetsServiceServicer_to_server
from goldbrief.api.synthesis.v1.synthesis_pb2_grpc import add_SynthesisServiceServicer_to_server
from goldbrief.datasets.server import DatasetsServicer
from goldbrief.datasets.versions import VersionRequest
from goldbrief.platform.ledger import Work
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.synthesis.server import SynthesisServicer
from goldbrief.synthesis.synthesis import Syntheses

from .datasets.samples import Workplace, make_plan


@contextmanager
def serve(place: Workplace, *others: Service) -> Iterator[str]:
    """Serve a workplace's datasets and syntheses, and other services; gives the address."""
    datasets = DatasetsServicer(place.imports, place.versions, place.ledger, place.store)
    synthesis = SynthesisServicer(Syntheses(place.ledger, place.store, "teacher"), place.ledger)
    server = RpcServer(
        "127.0.0.1",
        0,
        [
            Service("datasets", lambda s: add_DatasetsServiceServicer_to_server(datasets, s)),
            Service("synthesis", lambda s: add_SynthesisServiceServicer_to_server(synthesis, s)),
            *others,
        ],
    )
    yield f"127.0.0.1:{server.start()}"
    server.stop()


def build_version(
    place: Workplace, synthesis: str, name: str = "briefs", run_id: str = "", **plan: object
) -> Work:
    """Build a version of a synthesis; each plan is a request of its own."""
    key = place.put_plan(make_plan(**plan))
    wanted = VersionRequest(name, synthesis, "", key)
    return place.run(place.versions.create(f"{name} {synthesis} {key}", run_id, wanted))


@contextmanager
def working(place: Workplace) -> Iterator[None]:
    """Do the works of dataset versions as they are created, as a worker would."""
    stop = Event()

    def work() -> None:
        while not stop.wait(0.02):
            for version in place.versions.of_name(""):
                if version.ended_at is None:
                    place.run(version)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

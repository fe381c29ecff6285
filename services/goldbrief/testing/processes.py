"""Goldbrief as separate processes over real servers: what compose does, without containers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from goldbrief.testing.servers import (
    MINIO_KEY,
    MINIO_SECRET,
    free_port,
    minio_server,
    postgres_server,
    redis_server,
)

ROOMS = (
    "runs", "datasets", "synthesis", "judge", "evaluation", "finetuning", "registry", "summarize",
)  # fmt: skip
_START_S = 90.0
_STOP_S = 30.0


@contextmanager
def local_cluster(home: Path) -> Iterator[dict[str, str]]:
    """Run every service in a process of its own over Redis, PostgreSQL and MinIO.

    Args:
        home: Folder of the servers' data, logs and base models.

    Yields:
        The environment of a client: GOLDBRIEF_ADDRESS is the runs service, and
        GOLDBRIEF_<ROOM>_ADDRESS each of the others.
    """
    with ExitStack() as stack:
        environment = {
            "GOLDBRIEF_HOME": str(home),
            "GOLDBRIEF_BROKER_URL": stack.enter_context(redis_server(home / "redis")),
            "GOLDBRIEF_DATABASE_URL": stack.enter_context(postgres_server(home / "postgres")),
            "GOLDBRIEF_OBJECTS": "s3://goldbrief",
            "GOLDBRIEF_S3_ENDPOINT": stack.enter_context(minio_server(home / "minio")),
            "GOLDBRIEF_S3_ACCESS_KEY": MINIO_KEY,
            "GOLDBRIEF_S3_SECRET_KEY": MINIO_SECRET,
            "GOLDBRIEF_S3_SECURE": "false",
            "GOLDBRIEF_INFERENCE_URL": f"http://127.0.0.1:{(inference_port := free_port())}",
            "GOLDBRIEF_INFERENCE_PORT": str(inference_port),
            "GOLDBRIEF_SUMMARIZE_HTTP_PORT": str(free_port()),
        }
        ports = {room: free_port() for room in ROOMS}
        for room, port in ports.items():
            environment[f"GOLDBRIEF_{room.upper()}_ADDRESS"] = f"127.0.0.1:{port}"
        environment["GOLDBRIEF_ADDRESS"] = environment["GOLDBRIEF_RUNS_ADDRESS"]
        stack.enter_context(_process("registry.syncer", environment, home))
        for room, port in [("inference", inference_port), *ports.items()]:
            stack.enter_context(_process(room, {**environment, "GOLDBRIEF_PORT": str(port)}, home))
        for port in ports.values():
            _wait_until_serving(port)
        yield environment


@contextmanager
def _process(room: str, environment: Mapping[str, str], home: Path) -> Iterator[None]:
    log = (home / f"{room}.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", f"goldbrief.{room}"],
        env={**os.environ, **environment}, stdout=log, stderr=log,
    )  # fmt: skip
    log.close()
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_serving(port: int) -> None:
    deadline = time.monotonic() + _START_S
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            try:
                stub.Check(health_pb2.HealthCheckRequest(), timeout=1, wait_for_ready=True)
            except grpc.RpcError:
                if time.monotonic() > deadline:
                    raise
            else:
                return

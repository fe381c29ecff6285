"""A gRPC server in a thread of its own, with health and reflection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.platform.access import Doorkeeper
from goldbrief.platform.ledger import AuditTrail
from goldbrief.platform.rpc.interceptors import CallInterceptor
from goldbrief.platform.tls import TlsFiles

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
HANDLER_THREADS = 32
"""Calls of plain handlers that are answered at once."""
_LAST_WORD_S = 0.02


class Companion(Protocol):
    """A server of another protocol for the same service."""

    def begin_stop(self) -> None:
        """Take no more requests."""

    def stop(self) -> None:
        """Stop once what is under way has ended, or the grace has."""


@dataclass(frozen=True, slots=True)
class Service:
    """A servicer and how it joins a server."""

    name: str
    """Full name, e.g. `goldbrief.api.judge.v1.JudgeService`."""
    register: Callable[[grpc.aio.Server], None]
    start_http: Callable[[float], Companion] | None = None
    """Opens its HTTP interface; gets the seconds that requests under way have at the end."""


class RpcServer:
    """Serves services on one port until stopped, and their HTTP interfaces on their own.

    Args:
        host: Address to bind.
        port: Port; 0 picks a free one.
        services: What to serve.
        grace_s: Seconds that calls in flight get when it stops.
        doorkeeper: Knows who may call; None lets anybody in.
        tls: Files of certificate and key; None is no TLS.
        audit_trail: Where calls are recorded that do more than look; None records none.
    """

    def __init__(
        self,
        host: str,
        port: int,
        services: Sequence[Service],
        grace_s: float = 5.0,
        doorkeeper: Doorkeeper | None = None,
        tls: TlsFiles | None = None,
        *,
        audit_trail: AuditTrail | None = None,
    ) -> None:
        self._audit_trail = audit_trail
        self._doorkeeper = doorkeeper or Doorkeeper()
        self._credentials = None if tls is None else _credentials(tls)
        self._grace_s = grace_s
        self._host = host
        self._port = port
        self._services = services
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name="grpc", daemon=True)
        self._server: grpc.aio.Server | None = None
        self._health = health.aio.HealthServicer()
        self._companions: list[Companion] = []
        self._pool = ThreadPoolExecutor(HANDLER_THREADS, thread_name_prefix="rpc")

    def start(self) -> int:
        """Begin to serve.

        Returns:
            The port.

        Raises:
            FailedPreconditionError: The port is in use, or that of an HTTP interface.
        """
        self._thread.start()
        port = self._call(self._start())
        try:
            for service in self._services:
                if service.start_http is not None:
                    self._companions.append(service.start_http(self._grace_s))
        except FailedPreconditionError:
            self.stop()
            raise
        return port

    def begin_stop(self) -> None:
        """Say in health checks that it will stop; calls are still taken."""
        if self._thread.is_alive():
            self._call(self._tell_of_stop())

    def stop(self) -> None:
        """Take no more calls, let those in flight end within the grace, then stop."""
        for companion in self._companions:
            companion.begin_stop()
        self.begin_stop()
        if self._thread.is_alive():
            self._call(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        for companion in self._companions:
            companion.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run_loop(self) -> None:
        self._loop.run_forever()
        # A handler's thread that waits for its next message to be sent would wait for ever.
        self._loop.run_until_complete(_cancel_other_tasks())
        self._loop.close()

    def _call(self, work: object) -> int:
        future: Future[int] = asyncio.run_coroutine_threadsafe(work, self._loop)  # type: ignore[arg-type]
        return future.result()

    async def _start(self) -> int:
        self._server = grpc.aio.server(
            migration_thread_pool=self._pool,
            interceptors=[CallInterceptor(self._doorkeeper, self._pool, self._audit_trail)],
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.keepalive_time_ms", 60_000),
                ("grpc.keepalive_timeout_ms", 20_000),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 30_000),
                # a machine with too much to do reads a minute's pings at once: no reason to hang up
                ("grpc.http2.max_ping_strikes", 0),
            ],
        )
        for service in self._services:
            service.register(self._server)
        names = [service.name for service in self._services]
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for name in [*names, ""]:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        reflection.enable_server_reflection(
            [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )
        try:
            port = self._open(self._server, f"{self._host}:{self._port}")
        except RuntimeError as error:
            raise FailedPreconditionError(
                f"Port {self._port} on {self._host} is in use.",
                reason="PORT_IN_USE",
                remedy="Stop what listens there, or choose another with GOLDBRIEF_PORT.",
            ) from error
        await self._server.start()
        return port

    def _open(self, server: grpc.aio.Server, address: str) -> int:
        if self._credentials is None:
            return int(server.add_insecure_port(address))
        return int(server.add_secure_port(address, self._credentials))

    async def _tell_of_stop(self) -> int:
        await self._health.enter_graceful_shutdown()
        return 0

    async def _stop(self) -> int:
        if self._server is not None:
            await self._server.stop(self._grace_s)
        return 0


def _credentials(tls: TlsFiles) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([(tls.key.read_bytes(), tls.certificate.read_bytes())])


async def _cancel_other_tasks() -> None:
    # More than once: a thread that is woken so has a last word to send.
    while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(_LAST_WORD_S)

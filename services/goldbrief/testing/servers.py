"""Real Redis, PostgreSQL, MinIO and MLflow, each on a free loopback port with its own folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import redis

_START_S = 180.0
_STOP_S = 10.0
MINIO_KEY = "goldbrief-test"
MINIO_SECRET = "goldbrief-test-secret"  # noqa: S105 - of a server that lives for one test
MLFLOW_USERNAME = "goldbrief-test"
MLFLOW_PASSWORD = "goldbrief-test-password"  # noqa: S105 - as above
_BUILT = Path(".cache/bin")


class ServerMissingError(RuntimeError):
    """The program is not installed; `make servers` installs it."""


def find_program(name: str) -> str:
    """Path of a server program, from PATH, `make servers`, or Debian's PostgreSQL folder.

    Args:
        name: redis-server, postgres, initdb or minio.

    Returns:
        Its path.

    Raises:
        ServerMissingError: It is nowhere.
    """
    built = _BUILT / name
    if built.is_file():
        return str(built.absolute())
    found = shutil.which(name)
    if found:
        return found  # not resolved: some programs act by the name they are called
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if debian:
        return str(debian[-1])
    raise ServerMissingError(f"{name} is not installed; run `make servers`.")


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(folder: Path, port: int = 0) -> Iterator[str]:
    """Run Redis; yields its URL."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        find_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1",
        "--dir", str(folder), "--save", "", "--appendonly", "yes",
    ]  # fmt: skip
    url = f"redis://127.0.0.1:{port}/0"
    with _running(command, folder, lambda: _redis_answers(url)):
        yield url


@contextmanager
def postgres_server(folder: Path, port: int = 0) -> Iterator[str]:
    """Run PostgreSQL; yields a SQLAlchemy URL. As root it runs as the user `postgres`."""
    port = port or free_port()
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        for parent in reversed([folder, *folder.parents][:-1]):
            if parent.stat().st_mode & 0o001 == 0:
                parent.chmod(parent.stat().st_mode | 0o011)
        shutil.chown(folder, "postgres", "postgres")
    if not data.exists():
        _check(
            [*as_user, find_program("initdb"), "-D", str(data), "-U", "goldbrief", "-A", "trust",
             "-E", "UTF8", "--no-sync"]
        )  # fmt: skip
    command = [
        *as_user, find_program("postgres"), "-D", str(data), "-p", str(port),
        "-c", "listen_addresses=127.0.0.1", "-k", str(folder), "-c", "max_connections=300",
    ]  # fmt: skip
    address = f"goldbrief@127.0.0.1:{port}/postgres"
    with _running(command, folder, lambda: _postgres_answers(f"postgresql://{address}")):
        yield f"postgresql+psycopg://{address}"


@contextmanager
def minio_server(folder: Path, port: int = 0) -> Iterator[str]:
    """Run MinIO; yields `host:port`. Keys are MINIO_KEY and MINIO_SECRET."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        find_program("minio"), "server", str(folder / "data"),
        "--address", f"127.0.0.1:{port}", "--quiet",
        "--console-address", f"127.0.0.1:{free_port()}",
    ]  # fmt: skip
    environment = {"MINIO_ROOT_USER": MINIO_KEY, "MINIO_ROOT_PASSWORD": MINIO_SECRET}
    health = f"http://127.0.0.1:{port}/minio/health/ready"
    with _running(command, folder, lambda: _http_answers(health), environment):
        yield f"127.0.0.1:{port}"


@contextmanager
def mlflow_server(folder: Path, password: str = MLFLOW_PASSWORD) -> Iterator[str]:
    """Run the tracking server as an installation does; yields its URL.

    It keeps artifacts itself. Its account is MLFLOW_USERNAME with the password.
    """
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "goldbrief.platform.tracking.server",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    environment = {
        "MLFLOW_AUTH_ADMIN_USERNAME": MLFLOW_USERNAME,
        "MLFLOW_AUTH_ADMIN_PASSWORD": password,
        # its runners of jobs, six more processes, serve nothing here
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    with _running(command, folder, lambda: _http_answers(f"{url}/health"), environment):
        yield url


class Server:
    """A server that can be ended without its knowing, and started again.

    Args:
        run: Starts it in a folder on a port.
        folder: Keeps its data.
    """

    def __init__(
        self, run: Callable[[Path, int], AbstractContextManager[str]], folder: Path
    ) -> None:
        self._run = run
        self._folder = folder
        self._port = free_port()
        self._stack = ExitStack()
        self.url = self._stack.enter_context(run(folder, self._port))

    def restart(self, pid: int, number: signal.Signals) -> None:
        """End its process by a signal, and start it on the same data and port."""
        os.kill(pid, number)
        self.stop()
        self._stack.enter_context(self._run(self._folder, self._port))

    def stop(self) -> None:
        """End it in peace."""
        self._stack.close()


@contextmanager
def _running(
    command: Sequence[str],
    folder: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}
        )
    try:
        _wait(ready, process, folder / "server.log")
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


# A port that listens is not enough: PostgreSQL refuses clients while it starts up.


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def _http_answers(url: str) -> bool:
    try:
        return bool(httpx.get(url, timeout=1).is_success)
    except httpx.TransportError:
        return False


def _check(command: Sequence[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{command} failed:\n{result.stderr[-2000:]}")

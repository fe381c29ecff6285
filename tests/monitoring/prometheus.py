"""A real Prometheus that reads processes of this machine."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from goldbrief.testing.servers import free_port

ROOT = Path(__file__).parents[2]
_START_S = 60.0


def program(name: str) -> str:
    """Path of prometheus or promtool; without it the test skips, loudly."""
    found = shutil.which(name, path=f"{ROOT / '.cache/bin'}:/usr/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"!! {name} is not here: scripts/install_prometheus.sh")
    return found


class Prometheus:
    """One that runs.

    Args:
        url: Where it answers.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return self._http.get("/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def query(self, expression: str, seconds: float) -> list[dict[str, Any]]:
        """The series that a query gives over the last seconds."""
        now = time.time()
        asked = {"query": expression, "start": now - seconds, "end": now, "step": 2}
        answer = self._http.get("/api/v1/query_range", params=asked).json()
        assert answer["status"] == "success", (expression, answer)
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


@contextmanager
def running_prometheus(folder: Path, targets: Sequence[str]) -> Iterator[Prometheus]:
    """Start one that reads each target every second; it ends with the context."""
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {"job_name": "goldbrief", "static_configs": [{"targets": list(targets)}]}
        ],
    }
    file, address = folder / "prometheus.yml", f"127.0.0.1:{free_port()}"
    file.write_text(yaml.safe_dump(config))
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [program("prometheus"), f"--config.file={file}",
             f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address={address}"],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        server = Prometheus(f"http://{address}")
        deadline = time.monotonic() + _START_S
        while not server.is_ready():
            assert process.poll() is None, (folder / "prometheus.log").read_text()
            assert time.monotonic() < deadline, (folder / "prometheus.log").read_text()
            time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)

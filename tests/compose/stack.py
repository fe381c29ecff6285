"""One docker compose project of our file, on free ports, with its own volumes and passwords."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from goldbrief.testing.processes import ROOMS

ROOT = Path(__file__).parents[2]
ONCE = ("migrate", "models")
"""Services that end when they have done their work."""
UP_S = 900


class Stack:
    """A project that is up, or was taken down with its volumes kept.

    Args:
        folder: Takes the settings.
        models: Folder of base models of this machine.
        base_model: Folder in it that the inference server serves.
    """

    def __init__(self, folder: Path, models: Path, base_model: str) -> None:
        self.project = f"goldbrief-test-{uuid.uuid4().hex[:8]}"
        self._settings = folder / "env"
        ports = [f"{room.upper()}_PORT=" for room in (*ROOMS, "console", "mlflow")]
        passwords = [
            f"{store}_PASSWORD={secrets.token_hex(12)}"
            for store in ("POSTGRES", "REDIS", "MINIO", "MLFLOW")
        ]
        self._token = secrets.token_hex(16)
        chosen = [f"MODELS={models}", f"BASE_MODEL={base_model}", f"GOLDBRIEF_TOKEN={self._token}"]
        self._settings.write_text("\n".join([*passwords, *chosen, *ports]))

    def compose(
        self, *arguments: str, dev: Path | None = None, check: bool = True, timeout_s: float = UP_S
    ) -> subprocess.CompletedProcess[str]:
        """Run `docker compose` on the project; a failure shows what it printed.

        Args:
            arguments: Its command with options.
            dev: Source tree for live reload.
            check: Whether a failure fails the test.
            timeout_s: Longest time.
        """
        result = subprocess.run(
            self._command(*arguments), cwd=ROOT, capture_output=True, text=True,
            env=_environment(dev), timeout=timeout_s, check=False,
        )  # fmt: skip
        assert not check or result.returncode == 0, result.stderr + self._unwell()
        return result

    @contextmanager
    def background(self, *arguments: str, dev: Path) -> Iterator[subprocess.Popen[str]]:
        """Run `docker compose` until the context ends."""
        process = subprocess.Popen(
            self._command(*arguments), cwd=ROOT, text=True, env=_environment(dev),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=60)

    def _command(self, *arguments: str) -> list[str]:
        return [
            "docker", "compose", f"--project-name={self.project}",
            f"--env-file={self._settings}", "--file=docker-compose.yml", *arguments,
        ]  # fmt: skip

    def up(self) -> None:
        """Start what is not up, and wait until all is healthy."""
        self.compose("up", "--detach", "--wait", f"--wait-timeout={UP_S}", timeout_s=UP_S + 60)

    def wait_until_healthy(self) -> None:
        """Wait for services that were restarted."""
        deadline = time.monotonic() + UP_S
        while unwell := [name for name, one in self.services().items() if not _well(name, one)]:
            assert time.monotonic() < deadline, f"{unwell} {self._unwell()}"
            time.sleep(2)

    def services(self) -> dict[str, dict[str, Any]]:
        """What compose says about each container, also those that ended."""
        lines = self.compose("ps", "--all", "--format=json").stdout.splitlines()
        return {one["Service"]: one for one in map(json.loads, lines)}

    def environment(self) -> dict[str, str]:
        """The environment of a client on this machine."""
        own = {name: text for name, text in os.environ.items() if not name.startswith("GOLDBRIEF_")}
        for room in ROOMS:
            address = self.compose("port", room, "7700").stdout.strip()
            own[f"GOLDBRIEF_{room.upper()}_ADDRESS"] = address
        own["GOLDBRIEF_TOKEN"] = self._token
        return own | {"GOLDBRIEF_ADDRESS": own["GOLDBRIEF_RUNS_ADDRESS"]}

    def client(self, folder: Path, *arguments: str) -> subprocess.Popen[str]:
        """Start the `goldbrief` command of this machine in a folder."""
        return subprocess.Popen(
            [sys.executable, "-m", "goldbrief.cli", *arguments], cwd=folder, text=True,
            env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def query(self, sql: str) -> str:
        """Ask the database; rows as lines, columns separated by a bar."""
        psql = ["psql", "--username=goldbrief", "--tuples-only", "--no-align", f"--command={sql}"]
        return self.compose("exec", "-T", "postgres", *psql).stdout.strip()

    def remove(self) -> None:
        """Remove the project with its volumes."""
        self.compose("down", "--volumes", "--timeout=5", check=False)

    def _unwell(self) -> str:
        """The end of the logs of whatever is not as it should be."""
        lines = subprocess.run(
            self._command("ps", "--all", "--format=json"), cwd=ROOT, capture_output=True, text=True,
            check=False,
        ).stdout.splitlines()  # fmt: skip
        unwell = [
            one["Service"] for one in map(json.loads, lines) if not _well(one["Service"], one)
        ]
        logs = subprocess.run(
            self._command("logs", "--tail=15", *unwell), cwd=ROOT, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return f"\nnot well: {unwell}\n{logs.stdout}" if unwell else ""


def _environment(dev: Path | None) -> dict[str, str]:
    return os.environ | ({"SOURCE": str(dev)} if dev else {})


def _well(name: str, container: dict[str, Any]) -> bool:
    if name in ONCE:
        return (container["State"], container["ExitCode"]) == ("exited", 0)
    return container["State"] == "running" and container["Health"] in ("healthy", "")

"""The images as the engine sees them, and containers of them as hardened as in compose."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldbrief import __version__
from goldbrief.testing.processes import ROOMS as SERVICES

ROOT = Path(__file__).parents[2]
WITH_TORCH = ("inference", "training")
IMAGES = (*SERVICES, "console", *WITH_TORCH, "mlflow")
HARDENED = (
    "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges:true",
)  # fmt: skip
_START_S = 180.0


def name_of(image: str) -> str:
    """Full name of one of ours."""
    return f"goldbrief/{image}:{__version__}"


def docker(
    *arguments: str, timeout_s: float = 300, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the engine's client; a failure shows what it printed."""
    result = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result


def inspect(image: str) -> dict[str, Any]:
    """What the engine knows about an image."""
    (found,) = json.loads(docker("image", "inspect", image).stdout)
    return dict(found)


def python(image: str, code: str, *options: str) -> str:
    """What a program prints in a container of one of our images."""
    command = ["--rm", "--network=none", *HARDENED, *options, "--entrypoint=python"]
    return docker("run", *command, name_of(image), "-c", code).stdout


@dataclass(frozen=True)
class Container:
    """A container that runs in the background."""

    name: str

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        return docker("exec", self.name, *command, check=False)

    def wait_until_healthy(self, url: str) -> None:
        """Probe it as compose does."""
        deadline = time.monotonic() + _START_S
        while (probe := self.execute("goldbrief-probe", url)).returncode != 0:
            assert time.monotonic() < deadline, probe.stderr + self.logs()
            assert self.state()["Running"], self.logs()
            time.sleep(1)

    def logs(self) -> str:
        """All that it printed."""
        printed = docker("logs", self.name)
        return printed.stdout + printed.stderr

    def state(self) -> dict[str, Any]:
        """The engine's record of its process."""
        return dict(json.loads(docker("inspect", "--format={{json .State}}", self.name).stdout))


@contextmanager
def running(
    image: str, options: Sequence[str] = (), command: Sequence[str] = ()
) -> Iterator[Container]:
    """Start a container of one of our images without a network, and remove it at the end."""
    container = Container(f"goldbrief-test-{uuid.uuid4().hex[:8]}")
    docker(
        "run", "--detach", f"--name={container.name}", "--network=none",
        "--env=GOLDBRIEF_TOKEN=secret", *HARDENED, *options,
        name_of(image), *command,
    )  # fmt: skip
    try:
        yield container
    finally:
        docker("rm", "--force", "--volumes", container.name)

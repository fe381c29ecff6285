"""A real vLLM on the CPU, with the arguments that compose and the chart give it on a GPU."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from goldbrief.testing.servers import ServerMissingError, free_port

_FOLDER = Path(".cache/vllm")
_START_S = 600.0
_STOP_S = 20.0
_LOOK_S = 0.2
_SAMPLE = re.compile(r"^vllm:(?P<name>\w+)(?:\{.*\})? (?P<value>\S+)$", re.MULTILINE)

_RUNNING_ADAPTERS = re.compile(
    r'^vllm:lora_requests_info{.*running_lora_adapters="(.*?)"', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Vllm:
    """A vLLM that runs, as several processes of one group."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def metric(self, name: str) -> float:
        """Sum of a metric over its labels.

        Args:
            name: Without `vllm:`, e.g. `num_requests_running`.

        Returns:
            The sum; 0 where it is not told.
        """
        samples = _SAMPLE.finditer(self._metrics())
        return sum(float(one["value"]) for one in samples if one["name"] == name)

    def computed_together(self) -> list[set[str]]:
        """Adapters of requests that ran side by side at any time since the start."""
        return [set(one[1].split(",")) for one in _RUNNING_ADAPTERS.finditer(self._metrics())]

    def kill_core(self) -> None:
        """Kill the process that computes, as running out of memory does; the server sees it."""
        pid = self.process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if Path(f"/proc/{child}/comm").read_text().startswith("VLLM::Engine"):
                os.kill(int(child), signal.SIGKILL)

    def kill(self) -> None:
        """Kill all of it at once, as a node that is lost does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _metrics(self) -> str:
        return httpx.get(f"{self.url}/metrics", timeout=10).text


@contextmanager
def vllm_server(
    folder: Path, model: Path, served: Path, port: int = 0, host: str = "127.0.0.1"
) -> Iterator[Vllm]:
    """Run vLLM in float32 until the block is left.

    Args:
        folder: Of its log and caches.
        model: Folder of the base model, in whose name it is asked too.
        served: Where it looks for adapters that it is asked for.
        port: 0 takes a free one.
        host: An IPv4 address of this machine's loopback.

    Yields:
        The server, healthy.

    Raises:
        ServerMissingError: It is not installed.
        RuntimeError: It does not become healthy; with the end of its log.
    """
    python = _FOLDER.absolute() / "bin" / "python"
    if not (_FOLDER / ".ready").is_file():
        raise ServerMissingError("vLLM is not installed; run scripts/install_vllm.sh.")
    port = port or free_port()
    for each in (folder, served):
        each.mkdir(parents=True, exist_ok=True)
    log = folder / "vllm.log"
    command = [
        str(python), "-m", "vllm.entrypoints.openai.api_server", f"--model={model}",
        f"--host={host}", f"--port={port}", "--dtype=float32", "--enforce-eager",
        "--enable-lora", "--max-lora-rank=16", "--max-loras=4",
    ]  # fmt: skip
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, env=_environment(folder, served), stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip
    server = Vllm(f"http://{host}:{port}", process, log)
    try:
        _wait(server)
        yield server
    finally:
        _stop(process)


def _environment(folder: Path, served: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return own | {
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_PLUGINS": "lora_filesystem_resolver",
        "VLLM_LORA_RESOLVER_CACHE_DIR": str(served),
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_CACHE_ROOT": str(folder / "cache"),
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "HF_HUB_OFFLINE": "1",
    }


def _wait(server: Vllm) -> None:
    deadline = time.monotonic() + _START_S
    while not _is_healthy(server.url):
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"vLLM did not start:\n{server.log.read_text()[-3000:]}")
        time.sleep(_LOOK_S)


def _is_healthy(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/health", timeout=2).is_success)
    except httpx.TransportError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its workers outlive it at times
    process.wait()

"""Time the main job phase by phase, with the memory of all its processes.

python scripts/bench_demo.py [RECIPE]   prints a Markdown table for docs/benchmarks/.
Runs in a fresh home, so nothing is resumed; the models must have been fetched.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from goldbrief import __version__
from goldbrief.core.settings import Settings

_SAMPLE_S = 2.0


def main() -> int:
    """Run the job and print the table; returns its exit code."""
    recipe = sys.argv[1] if len(sys.argv) > 1 else "examples/quickstart/recipe.yaml"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        (home / "models").symlink_to(Settings().models_dir)
        command = [sys.executable, "-m", "goldbrief.cli", "run", recipe, "--json"]
        command += ["--output", str(Path(folder) / "output")]
        environment = {**os.environ, "GOLDBRIEF_HOME": str(home)}
        started = time.monotonic()
        process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE)
        memory = _PeakMemory(str(home))
        phases = _follow(process, started)
        code = process.wait()
        total = time.monotonic() - started
        memory.stop()
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({_processor()}), ", end="")
    print(f"Python {platform.python_version()}, goldbrief {__version__}, {recipe}\n")
    print("| phase | seconds |\n|---|---|")
    for name, seconds in phases.items():
        print(f"| {name} | {seconds:.0f} |")
    print(f"| all, start and stop included | {total:.0f} |")
    print(f"\nPeak resident memory of all processes: {memory.peak / 1e9:.2f} GB; exit code {code}.")
    return code


def _follow(process: subprocess.Popen[str], started: float) -> dict[str, float]:
    """Seconds from one phase's end to the next's, as they become visible."""
    phases: dict[str, float] = {}
    last = started
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if (
            event.get("state") == "SUCCEEDED"
            and event.get("phase")
            and event["phase"] not in phases
        ):
            now = time.monotonic()
            phases[event["phase"]], last = now - last, now
    return phases


class _PeakMemory:
    """Samples the resident memory of every process that has the home in its environment.

    Pages that processes share, such as those of torch's libraries, count once. The peak is
    found to within 2%.
    """

    def __init__(self, home: str) -> None:
        self.peak = 0
        self._marker = f"GOLDBRIEF_HOME={home}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the sampling."""
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        counted = 0.0
        while not self._stop.wait(_SAMPLE_S):
            processes = [path for path in Path("/proc").glob("[0-9]*") if self._is_ours(path)]
            resident = sum(map(_resident, processes))
            # Counting shared pages halts the process meanwhile: only where it may be a new peak.
            if resident > counted * 1.02:
                counted = resident
                self.peak = max(self.peak, sum(map(_proportional, processes)))

    def _is_ours(self, process: Path) -> bool:
        return self._marker in _read(process / "environ")


def _resident(process: Path) -> int:
    """Resident bytes, shared pages counted in each process."""
    fields = _read(process / "statm").split()
    return int(fields[1]) * os.sysconf("SC_PAGESIZE") if fields else 0


def _proportional(process: Path) -> int:
    """Resident bytes, each shared page divided by the number of its processes."""
    lines = _read(process / "smaps_rollup").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""  # the process ended meanwhile


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main())

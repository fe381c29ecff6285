"""Runs one training command and keeps its exit code; survives the service that started it.

Started by path, not imported: it must cost little and depend on nothing. Arguments:
the job's folder, the descriptor of its lock, then the command.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path


def main(folder: Path, lock: int, command: list[str]) -> int:
    """Run `command` to its end and write its exit code to `<folder>/exit_code`.

    Args:
        folder: The job's folder.
        lock: Descriptor of the locked file; the command inherits it, so that the lock
            lasts as long as either process lives.
        command: What to run.

    Returns:
        0.
    """
    child = subprocess.Popen(command, pass_fds=[lock])
    # who stops us means the command; leaving first would lose its exit code
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: child.send_signal(signal.SIGTERM))
    _write(folder / "pid", child.pid)
    code = child.wait()
    _write(folder / "exit_code", code if code >= 0 else 128 - code)
    return 0


def _write(path: Path, number: int) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(str(number))
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))

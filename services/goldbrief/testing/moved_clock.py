"""A module of ours in a process whose clock is wrong.

`python -m goldbrief.testing.moved_clock SECONDS MODULE ARGUMENT...` runs it with `time.time` moved
by so many seconds, before any library can take hold of the right one. Clocks that only measure how
long something takes (`time.monotonic`) go as ever, as on a machine whose clock is set wrong.
"""

from __future__ import annotations

import runpy
import sys
import time


def move(seconds: float) -> None:
    """Move the clock of this process."""
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + seconds
    time.time_ns = lambda: right_ns() + int(seconds * 1e9)


if __name__ == "__main__":
    move(float(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

"""A large synthesis under faults, with the table of docs/benchmarks/faults.md.

python scripts/bench_faults.py [--items 5000] [--seeds 1 2 3] [--every 10]

Each seed is a synthesis of its own over real PostgreSQL, Redis and MinIO; faults hit it one after
another, `--every` seconds apart in the mean. Exits with 1 unless nothing was lost, torn, damaged or
doubled, and every answer that was paid again is counted and within what was in flight at the kills.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from goldbrief.testing.faults import Report, loaded_synthesis


def main() -> int:
    """Run every seed; returns 0 when all promises held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two faults")
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {options.items} items\n")
    print(
        "| seed | faults | seconds | slowest to go on, s | lost | torn | damaged | doubled |",
        end="",
    )
    print(" paid again (counted) | holds |\n|---|---|---|---|---|---|---|---|---|---|")
    reports = [_run(options.items, seed, options.every) for seed in options.seeds]
    for report in reports:
        hits = [
            f"{name} {times} ({report.recovery_s.get(name, 0):.0f} s)"
            for name, times in report.faults.items()
        ]
        print(f"\nSeed {report.seed}, with the longest time to go on: {', '.join(hits)}.")
    return 0 if all(report.holds for report in reports) else 1


def _run(items: int, seed: int, every_s: float) -> Report:
    with (
        tempfile.TemporaryDirectory() as folder,
        loaded_synthesis(Path(folder), items, seed) as synthesis,
    ):
        report = synthesis.run(list(synthesis.faults), every_s)
    found = report.found
    print(
        f"| {seed} | {sum(report.faults.values())} | {report.seconds:.0f} "
        f"| {max(report.recovery_s.values()):.0f} | {found.lost} | {found.torn} | {found.damaged} "
        f"| {found.duplicates} | {found.paid_again} ({found.counted_again}) "
        f"| {'yes' if report.holds else 'NO'} |",
        flush=True,
    )
    return report


if __name__ == "__main__":
    sys.exit(main())

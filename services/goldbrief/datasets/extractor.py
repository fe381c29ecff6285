"""Extracts text from PDF, HTML and DOCX in a process of its own, within limits.

Run with `pdf`, `html` or `docx` as its argument: bytes on standard input, one JSON object
on standard output, with what was found or with `refused`. Parsers of hostile files may
hang, crash, eat memory or be taken over; here that costs one file.
"""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict

from goldbrief.core.errors import InvalidInputError
from goldbrief.datasets.sandbox import MEMORY_BYTES, enter


def main() -> int:
    """Extract standard input; returns the exit code, 0 also for a refusal."""
    kind = sys.argv[1]
    try:
        # loaded first: what reads libraries from the disk may start processes
        read = getattr(
            importlib.import_module(f"goldbrief.datasets.extractors.{kind}"), f"read_{kind}"
        )
        enter()
        found = asdict(read(sys.stdin.buffer.read()))
    except InvalidInputError as refusal:
        found = {"refused": refusal.message}
    except MemoryError:
        found = {"refused": f"reading it takes over {MEMORY_BYTES >> 20} MiB of memory"}
    except RecursionError:
        found = {"refused": "it is nested too deeply"}
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

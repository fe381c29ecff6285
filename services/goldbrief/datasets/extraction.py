"""Runs the extractor and turns whatever becomes of it into a text or a reason."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal

from goldbrief.core.errors import InvalidInputError
from goldbrief.datasets.extractors.found import Found
from goldbrief.datasets.sandbox import MEMORY_BYTES

_WALL_S = 120.0
"""Twice the extractor's processor time, for a busy machine."""
_CODE = str(Path(__file__).parents[2])
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from goldbrief.datasets.extractor import main; sys.exit(main())"
)
"""An isolated interpreter does not look where this one found our code, so it is told."""

Kind = Literal["pdf", "html", "docx"]


def extract(kind: Kind, data: bytes) -> Found:
    """Extract the text of a file in a limited process.

    Args:
        kind: What it is.
        data: Its bytes; HTML in UTF-8.

    Returns:
        What is in it.

    Raises:
        InvalidInputError: The file is refused, or its parser hung or crashed.
    """
    try:
        # isolated and without our environment: the parser sees neither secrets nor settings
        done = subprocess.run(
            [sys.executable, "-I", "-c", _START, _CODE, kind],
            input=data,
            capture_output=True,
            timeout=_WALL_S,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refused(f"reading it takes over {_WALL_S:.0f} s") from None
    if done.returncode != 0:
        raise _refused(_crash(done.returncode, done.stderr))
    found = json.loads(done.stdout)
    if "refused" in found:
        raise _refused(found["refused"])
    return Found(**found)


def _crash(code: int, stderr: bytes) -> str:
    if code == -signal.SIGXCPU:
        return "reading it takes too much processor time"
    if code == -signal.SIGABRT:  # how C++ code ends that gets no more memory
        return f"its parser gave up, as when it needs over {MEMORY_BYTES >> 20} MiB of memory"
    if code < 0:
        return f"its parser crashed with {signal.Signals(-code).name}"
    lines = stderr.decode(errors="replace").strip().splitlines()
    return f"its parser failed: {lines[-1] if lines else f'exit code {code}'}"


def _refused(why: str) -> InvalidInputError:
    return InvalidInputError(why, reason="EXTRACTION_FAILED")

"""Runs the extractor and turns whatever becomes of it into a text or a reason."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Literal

from goldbrief.core.errors import InvalidInputError

_WALL_S = 120.0
"""Twice the extractor's processor time, for a busy machine."""


def extract(kind: Literal["pdf", "html"], data: bytes) -> dict[str, str]:
    """Extract the text of a file in a limited process.

    Args:
        kind: What it is.
        data: Its bytes; HTML in UTF-8.

    Returns:
        `text`, and where known `title`, `source` and `date`.

    Raises:
        InvalidInputError: The file is refused, or its parser hung or crashed.
    """
    try:
        # isolated and without our environment: the parser sees neither secrets nor settings
        done = subprocess.run(
            [sys.executable, "-I", "-m", "goldbrief.datasets.extractor", kind],
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
    found: dict[str, str] = json.loads(done.stdout)
    if "refused" in found:
        raise _refused(found["refused"])
    return found


def _crash(code: int, stderr: bytes) -> str:
    if code == -signal.SIGXCPU:
        return "reading it takes too much processor time"
    if code < 0:
        return f"its parser crashed with {signal.Signals(-code).name}"
    lines = stderr.decode(errors="replace").strip().splitlines()
    return f"its parser failed: {lines[-1] if lines else f'exit code {code}'}"


def _refused(why: str) -> InvalidInputError:
    return InvalidInputError(why, reason="EXTRACTION_FAILED")

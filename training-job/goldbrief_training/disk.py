"""A full disk of this machine, told as one whichever library met it."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from goldbrief.core.errors import ResourceExhaustedError

_SIGN = os.strerror(errno.ENOSPC)


def explained(error: Exception, work: Path | None) -> Exception:
    """Name what is full and what to do.

    Args:
        error: What a run failed with.
        work: Folder for temporary files; None is the system's.

    Returns:
        `error` itself where it says something else, or all of it already.
    """
    if isinstance(error, ResourceExhaustedError) or _SIGN not in str(error):
        return error
    full = ResourceExhaustedError(
        f"The disk of {work or tempfile.gettempdir()} is full.",
        reason="DISK_FULL",
        remedy="Free some space, or give the training container more ephemeral-storage; the run"
        " goes on from its last checkpoint.",
    )
    full.__cause__ = error
    return full

"""Leaves out of a folder of packages what no container needs, and evens out its time stamps.

Out go tests, type stubs, headers, compiled Python files (see warm.py), and the symbol tables of
libraries: a fifth of the whole. PyTorch and its like stay whole: they compile at run time.
"""

from __future__ import annotations

import os
import shutil
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

EPOCH = 315532800
"""1980: the least time that a wheel knows."""
_FOLDERS = {"__pycache__", "tests", "SelfTest"}
_UNUSED = {"kubernetes/aio"}
"""An asynchronous twin of the client, half of its size, that nothing imports."""
_SUFFIXES = {".pyi", ".pyx", ".pxd", ".c", ".h"}
_WHOLE = {"torch", "triton", "nvidia"}


def main(folder: Path) -> None:
    """Do it to everything below the folder."""
    for name in _UNUSED:
        shutil.rmtree(folder / name, ignore_errors=True)
    for parent, folders, files in os.walk(folder):
        for name in _FOLDERS.intersection(folders):
            shutil.rmtree(Path(parent, name))
        folders[:] = [name for name in folders if name not in _FOLDERS | _WHOLE]
        for path in (Path(parent, name) for name in files):
            if path.suffix in _SUFFIXES:
                path.unlink()
            elif ".so" in path.suffixes and not path.is_symlink():
                path.write_bytes(b"".join(stripped(path.read_bytes())))
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)


def stripped(library: bytes) -> Iterator[bytes]:
    """Yield a 64-bit ELF library without its sections: the loader reads the segments alone."""
    if library[:6] != b"\x7fELF\x02\x01":
        yield library
        return
    (table,) = struct.unpack_from("<Q", library, 32)
    size, count = struct.unpack_from("<HH", library, 54)
    end = table + size * count
    for place in range(table, end, size):
        offset, _, _, length = struct.unpack_from("<QQQQ", library, place + 8)
        end = max(end, offset + length)
    yield library[:40] + bytes(8)  # no section headers
    yield library[48:60] + bytes(4)  # none
    yield library[64:end]


if __name__ == "__main__":
    main(Path(sys.argv[1]))

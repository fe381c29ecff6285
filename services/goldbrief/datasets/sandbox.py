"""What a parser of foreign files may use: little memory and time, no network, no programs."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys

MEMORY_BYTES = 1024**3
"""Address space; the parsers themselves need about a quarter of it."""
CPU_S = 60
"""Processor time; a 500-page report takes about ten seconds."""

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1
"""Return EPERM instead of doing the call."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_X32_CALLS = 0x40000000
"""From here x86-64 counts the same calls again, for the x32 ABI."""
_ARCHITECTURES = {
    # machine: (AUDIT_ARCH, numbers of socket, connect, execve, execveat, ptrace)
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117)),
}


def enter() -> None:
    """Limit this process, for good.

    Memory and time are limited everywhere. Sockets and the start of programs are refused
    by the kernel (seccomp, which needs no privilege) on Linux on x86-64 and ARM; elsewhere
    the process has only its limits.

    Raises:
        OSError: The kernel refused.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no files are written
    if sys.platform == "linux" and platform.machine() in _ARCHITECTURES:
        _refuse_calls(*_ARCHITECTURES[platform.machine()])


def _refuse_calls(architecture: int, calls: tuple[int, ...]) -> None:
    refusals = len(calls)
    program = [
        (_LOAD, 0, 0, 4),  # the architecture that the call is made for
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),  # calls of another architecture have other numbers
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, refusals + 1, 0, _X32_CALLS),
        *((_EQUAL, refusals - place, 0, call) for place, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = ctypes.create_string_buffer(
        b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    )
    # struct sock_fprog: a count, padded to the size of a pointer, and a pointer
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, argument, more in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0),
        (_PR_SET_SECCOMP, _FILTER, ctypes.addressof(head)),
    ):
        if libc.prctl(option, argument, ctypes.c_void_p(more), 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

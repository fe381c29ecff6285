"""Starts a rank for each GPU of this machine, and answers for all of them with one exit code.

The pods of a Job that has several do so at once, each for its own GPUs; the ranks of all train
together, and meet at the address of the first pod. torchrun does the same, but turns every
failure into exit code 1, which a Job would count.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from goldbrief.core.training import ExitCode

START_AGAIN = 76
"""A rank's exit code when all are to start again at once, with less memory."""

_GRACE_S = float(os.environ.get("GOLDBRIEF_TRAINING_GRACE_S", "25"))
"""How long the ranks get to leave, with a checkpoint, once one has or we are asked to: less than
Kubernetes grants the pod, 30 s unless its Job says otherwise."""
_LOOK_S = 0.05
_log = logging.getLogger("goldbrief_training")


def gpus() -> int:
    """GPUs of this machine or container; counted without torch, which takes seconds to import."""
    return len([path for path in Path("/dev").glob("nvidia*") if path.name[6:].isdigit()])


@dataclass(frozen=True, slots=True)
class Node:
    """This machine among those that train together."""

    index: int = 0
    count: int = 1
    address: str = "127.0.0.1"
    """Of the first."""
    port: int = 0
    """There; 0 takes any, if the machine is alone."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Node:
        """Read it from the environment that the pods of a Job have."""
        count = int(environment.get("GOLDBRIEF_NODES", "1"))
        if count == 1:
            return cls()
        return cls(
            int(environment["JOB_COMPLETION_INDEX"]),
            count,
            environment["MASTER_ADDR"],
            int(environment["MASTER_PORT"]),
        )


def launch(ranks: int, node: Node, arguments: Sequence[str]) -> int:
    """Run the training command in several ranks until all have ended.

    Args:
        ranks: How many on this machine.
        node: This machine.
        arguments: Of the command.

    Returns:
        The exit code that says most: a refused spec, then a failure, then an interruption.
    """
    stop = _Stop()
    while True:
        code = _run(ranks, node, arguments, stop)
        if code != START_AGAIN or stop.requested:
            return ExitCode.INTERRUPTED if code == START_AGAIN else code


class _Stop:
    """Takes note of SIGTERM and SIGINT."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.requested = True


def _run(ranks: int, node: Node, arguments: Sequence[str], stop: _Stop) -> int:
    environment = {
        **os.environ,
        "WORLD_SIZE": str(node.count * ranks), "LOCAL_WORLD_SIZE": str(ranks),
        "MASTER_ADDR": node.address, "MASTER_PORT": str(node.port or _free_port()),
    }  # fmt: skip
    processes = [
        _start({**environment, "RANK": str(node.index * ranks + rank), "LOCAL_RANK": str(rank)},
               arguments)
        for rank in range(ranks)
    ]  # fmt: skip
    first, deadline = 0, float("inf")
    while True:
        codes = [process.poll() for process in processes]
        # An interruption beside another end is that end's effect.
        ended = sorted((code for code in codes if code), key=ExitCode.INTERRUPTED.__eq__)
        first = first or next(iter(ended), 0)
        if None not in codes:
            break
        # A rank that ends with 0 is done: the first one goes on to evaluate.
        if deadline == float("inf") and (stop.requested or first):
            deadline = time.monotonic() + _GRACE_S
            _tell(processes, signal.SIGTERM)
        if time.monotonic() > deadline:
            _tell(processes, signal.SIGKILL)
        time.sleep(_LOOK_S)
    _log.info("the ranks ended with %s", codes)
    return _summary([process.returncode for process in processes], first, stop.requested)


def _start(environment: Mapping[str, str], arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "goldbrief_training", *arguments]
    return subprocess.Popen(command, env=environment)


def _tell(processes: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(number)


def _summary(codes: Sequence[int], first: int, stopped: bool) -> int:
    """One exit code for all ranks.

    Args:
        codes: Of all.
        first: Of the first that did not end well: what the others did then may be its effect,
            a kill above all.
        stopped: Whether we were asked to stop.

    Returns:
        The code that says most.
    """
    for code in (ExitCode.BAD_SPEC, START_AGAIN):
        if code in codes:
            return code
    if stopped:
        return ExitCode.INTERRUPTED if any(codes) else ExitCode.DONE
    if first < 0:
        return 128 - first
    failed = [code for code in (first, *codes) if code > 0 and code != ExitCode.INTERRUPTED]
    return failed[0] if failed else ExitCode.INTERRUPTED if any(codes) else ExitCode.DONE


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

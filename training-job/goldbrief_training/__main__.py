"""The training process: `python -m goldbrief_training --spec runs/<run_id>/spec.json`.

Owns the exit code (see `ExitCode`), since torch's own launchers turn every failure into 1.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from opentelemetry.trace import StatusCode

from goldbrief.core.errors import GoldbriefError, InvalidInputError, TransientError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.settings import Settings
from goldbrief.core.training import EventType, ExitCode
from goldbrief.platform.logs import about, set_up_logs
from goldbrief.platform.storage import open_store
from goldbrief.platform.tracing.carrying import context_of_process
from goldbrief.platform.tracing.exporting import tracing
from goldbrief.platform.tracing.spans import ids_of, span
from goldbrief_training import disk, launching
from goldbrief_training.events import EventLog
from goldbrief_training.interruption import Interruption, RunInterruptedError
from goldbrief_training.patience import PatientStore

_FAILED = 1
_LINE = "%(message)s"
_log = logging.getLogger("goldbrief_training")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None takes those of the process.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(arguments)
    set_up_logs("json" if os.environ.get("GOLDBRIEF_LOG_FORMAT") == "json" else "text", line=_LINE)
    ranks = options.ranks or max(1, launching.gpus())
    node = launching.Node.of(os.environ)
    if ranks * node.count > 1 and not options.validate and "RANK" not in os.environ:
        return launching.launch(ranks, node, sys.argv[1:] if arguments is None else arguments)
    # Before torch is imported, which takes seconds: a signal in that time must not kill us.
    interruption = Interruption()
    interruption.install()
    is_first = os.environ.get("RANK", "0") == "0"
    traced = ExitStack()
    try:
        store = PatientStore(open_store(Settings()), interruption)
        events = EventLog(store, _run_id(options.spec), is_silent=not is_first)
        if is_first:
            traced.enter_context(tracing("goldbrief-training"))
    except InvalidInputError as error:
        _log.error("%s", error)
        return ExitCode.BAD_SPEC
    except TransientError as error:  # the object store is away, so that no event can be written
        _log.error("%s", error)
        return ExitCode.INTERRUPTED
    with traced:
        return _told_work(store, options, events, interruption)


def _told_work(
    store: ObjectStore, options: argparse.Namespace, events: EventLog, interruption: Interruption
) -> int:
    """Work, while logs and spans tell what of."""
    run_id, work_id = os.environ.get("GOLDBRIEF_RUN_ID", ""), _run_id(options.spec)
    with (
        about(run=run_id, work=work_id),
        span("training", ids_of(work_id, run_id), parent=context_of_process()) as training,
    ):
        code = _work(store, options, events, interruption)
        training.set_attribute("process.exit.code", code)
        if code not in (ExitCode.DONE, ExitCode.INTERRUPTED):
            training.set_status(StatusCode.ERROR)
    return code


def _work(
    store: ObjectStore,
    options: argparse.Namespace,
    events: EventLog,
    interruption: Interruption,
) -> int:
    key = options.spec
    try:
        from goldbrief_training import job, ranks  # noqa: PLC0415 imports torch, see main

        spec = job.read_spec(store, key)
        if job.is_done(store, spec):
            job.announce_done(events, spec)
            return ExitCode.DONE
        own = ranks.join()
        seen = store if own.is_first else ranks.ReadingStore(store)
        with span("training.check"):
            inputs = job.read_inputs(seen, key)
        if own.is_first:
            job.report_check(inputs, store, events)
        if not options.validate:
            with tempfile.TemporaryDirectory(dir=options.work) as folder:
                job.run(inputs, job.Outside(seen, store, events, interruption, Path(folder), own))
    except InvalidInputError as error:
        _say(events, "FAILED", str(error), reason=error.reason)
        return ExitCode.BAD_SPEC
    except RunInterruptedError as error:
        _say(events, "INTERRUPTED", f"{error} The same command goes on from the last checkpoint.")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 the process's last line of defence
        # A store or a rank that stays away is no fault of the run, and may be stopping as we are.
        is_left_alone = isinstance(error, TransientError) or ranks.is_lost_peer(error)
        if is_left_alone or interruption.requested:
            _log.error("Stopped without a new checkpoint: %s", error)
            return ExitCode.INTERRUPTED
        return _failed(store, key, events, disk.explained(error, options.work))
    return ExitCode.DONE


def _failed(store: ObjectStore, key: str, events: EventLog, error: Exception) -> int:
    from goldbrief_training import job, memory  # noqa: PLC0415 imports torch, see main

    if memory.is_out_of_memory(error):
        spec = memory.fitted(store, job.read_spec(store, key))
        smaller = memory.smaller(spec)
        if smaller is not None:
            memory.remember(store, smaller)
            events.emit(
                "WARNING",
                f"Out of memory with {spec.micro_batch_size} rows a pass: going on with"
                f" {smaller.micro_batch_size}, activation checkpointing"
                f" {smaller.levers.activation_checkpointing}.",
            )
            if "RANK" in os.environ:
                return launching.START_AGAIN
            # A new process, since torch's allocator cannot be relied on after the failure.
            command = [sys.executable, "-m", "goldbrief_training", *sys.argv[1:]]
            os.execv(sys.executable, command)  # noqa: S606 there is nothing to quote
    _log.error("The run failed.", exc_info=error)
    reason = error.reason if isinstance(error, GoldbriefError) else type(error).__name__
    _say(events, "FAILED", str(error) or type(error).__name__, reason=reason)
    return _FAILED


def _say(events: EventLog, event_type: EventType, message: str, **data: str) -> None:
    """Tell how the process ends; that it cannot be stored must not change the end itself."""
    try:
        events.emit(event_type, message, **data)
    except GoldbriefError as error:
        _log.error("%s: %s (not stored: %s)", event_type, message, error)


def _run_id(key: str) -> str:
    match = re.fullmatch(r"runs/([^/]+)/spec\.json", key)
    if match is None:
        raise InvalidInputError(f"{key!r} is not runs/<run_id>/spec.json.")
    return match[1]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goldbrief-train", description=__doc__)
    parser.add_argument("--spec", required=True, help="object key: runs/<run_id>/spec.json")
    parser.add_argument(
        "--validate", action="store_true", help="check spec and data, load no weights"
    )
    parser.add_argument(
        "--ranks",
        type=int,
        default=0,
        help="processes of this machine that train together; 0: one a GPU",
    )
    parser.add_argument("--work", type=Path, help="folder for temporary files")
    return parser


def leave(code: int) -> NoReturn:
    """End the process with the exit code that it owns.

    A rank ends without what an interpreter does at its end: threads of torch's communication that
    are torn down then may abort it, and an end that is well would count as a failure.
    """
    if "RANK" not in os.environ:
        sys.exit(code)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main())

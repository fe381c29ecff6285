"""The chart against a real API server: admitted, upgraded, removed, refused where it must be."""

import copy
import itertools

import pytest

from .api_server import ApiServer
from .rendering import CHART, SCENARIOS, VALUES, render

pytestmark = [pytest.mark.chart, pytest.mark.timeout(600)]

_numbers = itertools.count()
RBAC = "rbac.authorization.k8s.io"
CLAIMS = ("postgresql", "redis", "s3", "mlflow")
CRDS_OFF = ["--set=gateway.enabled=false", "--set=serviceMonitor.enabled=false"]


@pytest.fixture
def namespace(server: ApiServer) -> str:
    """A namespace of its own, in a cluster with a default storage class."""
    server.make_storage_class("standard", default=True)
    return server.make_namespace(f"words-{next(_numbers)}")


def passwords(server: ApiServer, namespace: str) -> dict[str, str]:
    return {
        f"{store}/{key}": value
        for store in ("postgresql", "redis", "s3", "access", "console", "signing")
        for key, value in (secret(server, namespace, f"gb-goldbrief-{store}") or {}).items()
    }


def secret(server: ApiServer, namespace: str, name: str) -> dict[str, str] | None:
    found = server.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    return found and found["data"]


def claims(server: ApiServer, namespace: str) -> set[str]:
    found = server.get(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims")
    return {
        each["metadata"]["name"]
        for each in found["items"]
        if "deletionTimestamp" not in each["metadata"]  # its finalizer waits for a controller
    }


def make_secrets(server: ApiServer, namespace: str) -> None:
    """What values/external.yaml names."""
    for name, keys in {
        "my-db": ["password"],
        "my-redis": ["password"],
        "my-s3": ["id", "secret"],
        "my-mlflow": ["username", "password"],
        "my-teacher": ["api-key"],
        "my-judge": ["api-key"],
        "my-signing": ["private-key", "public-key"],
        "my-access": ["token"],
    }.items():
        body = {"metadata": {"name": name}, "stringData": dict.fromkeys(keys, "x")}
        server.create(f"/api/v1/namespaces/{namespace}/secrets", body).raise_for_status()


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
@pytest.mark.parametrize("scenario", ["default", "gpu", "vllm"])
def test_it_installs_where_pods_must_be_restricted(server, namespace, scenario, helm):
    files = [f"--values={path}" for path in SCENARIOS[scenario]]
    result = server.install(helm, namespace, *files, *CRDS_OFF)

    assert result.returncode == 0, result.stderr
    assert "would violate" not in result.stderr + result.stdout


@pytest.mark.parametrize("scenario", ["default", "external", "vllm"])
def test_every_pod_is_admitted(server, namespace, scenario):
    for name in {pod["serviceAccountName"] for _, pod in render(scenario).pods()} - {"default"}:
        server.create(
            f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": name}}
        ).raise_for_status()

    for component, pod in render(scenario).pods():
        body = {"metadata": {"name": component}, "spec": pod}
        answer = server.create(f"/api/v1/namespaces/{namespace}/pods", body, dry_run=True)
        assert answer.status_code == 201, answer.text
    body = copy.deepcopy(body)
    body["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    refused = server.create(f"/api/v1/namespaces/{namespace}/pods", body, dry_run=True)
    assert "violates PodSecurity" in refused.text


@pytest.mark.parametrize("scenario", ["default", "gpu", "everything"])
def test_the_training_job_is_admitted(server, namespace, scenario):
    job = render(scenario).training_job()

    answer = server.create(f"/apis/batch/v1/namespaces/{namespace}/jobs", job, dry_run=True)
    assert answer.status_code == 201, answer.text
    assert "warning" not in answer.headers


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_passwords_and_volumes_outlive_upgrades_and_the_release(server, namespace, helm):
    assert server.install(helm, namespace).returncode == 0
    first = passwords(server, namespace)
    assert len(first) == 8

    upgraded = server.install(helm, namespace, "--set=roomDefaults.replicas=2")
    assert upgraded.returncode == 0, upgraded.stderr
    assert passwords(server, namespace) == first

    assert server.helm(helm, "uninstall", "gb", f"--namespace={namespace}").returncode == 0
    assert server.get(f"/apis/apps/v1/namespaces/{namespace}/deployments")["items"] == []
    assert len(claims(server, namespace)) == 4

    again = server.install(helm, namespace)
    assert again.returncode == 0, again.stderr
    assert passwords(server, namespace) == first


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_a_rollback_gives_what_was_there(server, namespace, helm):
    server.install(helm, namespace)
    server.install(helm, namespace, "--set=rooms.judge.replicas=3")

    back = server.helm(helm, "rollback", "gb", "1", f"--namespace={namespace}", "--no-hooks")
    assert back.returncode == 0, back.stderr
    judge = server.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/gb-goldbrief-judge")
    assert judge["spec"]["replicas"] == 1


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_data_goes_with_the_release_when_told(server, namespace, helm):
    server.install(helm, namespace, "--set=keepData=false")

    server.helm(helm, "uninstall", "gb", f"--namespace={namespace}")
    assert passwords(server, namespace) == {}
    assert claims(server, namespace) == set()


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_a_missing_secret_is_named_with_the_command_that_makes_it(server, namespace, helm):
    external = f"--values={VALUES / 'external.yaml'}"
    missing = server.install(helm, namespace, external)

    assert missing.returncode != 0
    assert "postgresql.existingSecret: the Secret my-db of namespace" in missing.stderr
    assert "create secret generic my-db --from-literal=password=..." in missing.stderr

    make_secrets(server, namespace)
    complete = server.install(helm, namespace, external)
    assert complete.returncode == 0, complete.stderr


def test_a_secret_without_the_key_is_named_with_the_key(server, namespace):
    make_secrets(server, namespace)

    result = server.install(
        "helm3", namespace, f"--values={VALUES / 'external.yaml'}", "--set=s3.secretKeyKey=other"
    )
    assert "s3.existingSecret: the Secret my-s3" in result.stderr
    assert "has no key other" in result.stderr


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_a_cluster_without_a_default_storage_class_is_told(server, namespace, helm):
    server.make_storage_class("standard", default=False)

    refused = server.install(helm, namespace)
    assert "no default StorageClass (it has: standard)" in refused.stderr
    assert "s3.persistence.storageClassName=...,mlflow.persistence" in refused.stderr

    named = [f"--set={store}.persistence.storageClassName=standard" for store in CLAIMS]
    accepted = server.install(helm, namespace, *named)
    assert accepted.returncode == 0, accepted.stderr


def test_who_may_write_in_one_namespace_alone_can_install(server, namespace):
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    path = f"/apis/{RBAC}/v1/namespaces/{namespace}"
    server.create(
        f"{path}/roles", {"metadata": {"name": "tenant"}, "rules": [everything]}
    ).raise_for_status()
    binding = {
        "metadata": {"name": "tenant"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "tenant"},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": "tenant"}],
    }
    server.create(f"{path}/rolebindings", binding).raise_for_status()
    named = [f"--set={store}.persistence.storageClassName=fast" for store in CLAIMS]

    # naming the class, the chart need not look for the cluster's default
    result = server.install("helm3", namespace, *named, *server.options_of("tenant"))
    assert result.returncode == 0, result.stderr


def test_service_accounts_may_do_what_their_service_does(server, namespace):
    assert server.install("helm3", namespace).returncode == 0

    def may(account: str, verb: str, group: str, resource: str) -> bool:
        user = f"system:serviceaccount:{namespace}:gb-goldbrief-{account}"
        request = {"namespace": namespace, "verb": verb, "group": group, "resource": resource}
        review = {"spec": {"user": user, "resourceAttributes": request}}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return bool(server.create(path, review).raise_for_status().json()["status"]["allowed"])

    assert may("finetuning", "create", "batch", "jobs")
    assert may("finetuning", "list", "", "events")
    assert not may("finetuning", "get", "", "secrets")
    assert not may("finetuning", "create", "", "pods")
    for account in ("runs", "registry", "training", "inference", "s3"):
        assert not may(account, "create", "batch", "jobs")
        assert not may(account, "list", "", "pods")


def test_a_server_side_dry_run_changes_nothing(server, namespace):
    result = server.install("helm4", namespace, "--dry-run=server")

    assert result.returncode == 0, result.stderr
    assert server.get(f"/apis/apps/v1/namespaces/{namespace}/deployments")["items"] == []
    assert str(CHART) not in result.stdout

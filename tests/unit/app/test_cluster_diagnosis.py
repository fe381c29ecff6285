"""What `goldbrief doctor --namespace` says of each part of an installation."""

import pytest

from goldbrief.app import cluster_diagnosis
from goldbrief.app.cluster_diagnosis import diagnose_cluster
from goldbrief.core.errors import TransientError

BAD_IMAGE = "registry.example/goldbrief/judge:0.1.O"
PULL_ERROR = f'failed to pull image "{BAD_IMAGE}": not found'


class Cluster:
    """What a namespace holds; the test plays controllers and kubelet."""

    namespace = "briefs"

    def __init__(self):
        self.objects = {"pods": [], "deployments": [], "statefulsets": []}
        self.logs, self.warnings = {}, {}

    def listed(self, kind, selector):
        assert selector == "app.kubernetes.io/part-of=goldbrief"
        return self.objects[kind], "1"

    def events(self, uid):
        text = self.warnings.get(uid)
        return [{"type": "Warning", "message": text, "metadata": {}}] if text else []

    def log_tail(self, pod, container):
        return self.logs.get((pod, container), "")

    def deploy(self, component, *, kind="deployments", conditions=()):
        metadata = {"name": f"gb-{component}", "uid": component}
        spec = {"replicas": 1, "selector": {"matchLabels": labels(component)}}
        status = {"conditions": list(conditions)}
        self.objects[kind].append({"metadata": metadata, "spec": spec, "status": status})

    def add_pod(self, component, *, ready=True, phase="Running", **status):
        name = f"gb-{component}-{len(self.objects['pods'])}"
        condition = {"type": "Ready", "status": str(ready)}
        pod = {
            "metadata": {"name": name, "uid": name, "labels": labels(component)},
            "spec": {"containers": [{"name": component}]},
            "status": {"phase": phase, "conditions": [condition], **status},
        }
        self.objects["pods"].append(pod)
        return name


def labels(component):
    return {"app.kubernetes.io/component": component}


def waiting(name, reason, message="", **fields):
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": name, "state": state, "ready": False, **fields}


@pytest.fixture
def cluster(monkeypatch):
    found = Cluster()
    monkeypatch.setattr(cluster_diagnosis, "connect", lambda _: found)
    return found


def look():
    return {check.name: check for check in diagnose_cluster("briefs")}


def test_what_is_ready_is_ok(cluster):
    cluster.deploy("judge")
    cluster.deploy("redis", kind="statefulsets")
    cluster.add_pod("judge")
    cluster.add_pod("redis")
    cluster.add_pod("judge", ready=False, phase="Failed")  # evicted, and replaced
    assert {name: (c.ok, c.detail) for name, c in look().items()} == {
        "gb-judge": (True, "1 of 1 pods ready"),
        "gb-redis": (True, "1 of 1 pods ready"),
    }


def test_an_image_that_cannot_be_pulled_is_named_with_the_values_to_correct(cluster):
    cluster.deploy("judge")
    cluster.add_pod("judge")  # of the version before, which goes on answering
    stuck = waiting("judge", "ImagePullBackOff", PULL_ERROR, image=BAD_IMAGE)
    pod = cluster.add_pod("judge", ready=False, phase="Pending", containerStatuses=[stuck])
    check = look()["gb-judge"]
    assert not check.ok
    assert f"its image {BAD_IMAGE} cannot be pulled: {PULL_ERROR}" in check.detail
    assert "image.registry, image.tag or image.pullSecrets" in check.detail
    assert check.remedy == f"More: kubectl -n briefs describe pod {pod}"


def test_a_hook_that_waits_is_told_and_one_that_has_ended_is_not(cluster):
    stuck = waiting("migrate", "ErrImagePull", PULL_ERROR, image=BAD_IMAGE)
    pod = cluster.add_pod("migration", ready=False, phase="Pending", containerStatuses=[stuck])
    cluster.add_pod("test", ready=False, phase="Succeeded")
    assert list(look()) == [pod]
    assert "cannot be pulled" in look()[pod].detail


def test_a_container_that_ends_again_and_again_says_its_own_last_words(cluster):
    cluster.deploy("runs")
    done = {"name": "first", "state": {"terminated": {"exitCode": 0}}, "ready": True}
    again = waiting("migrate", "CrashLoopBackOff", "back-off 10s")
    pod = cluster.add_pod(
        "runs", ready=False, phase="Pending", initContainerStatuses=[done, again]
    )  # fmt: skip
    refused = "The database refuses us: password authentication failed. Correct user, password"
    cluster.logs[pod, "migrate"] = f"starting\n{refused}"
    assert look()["gb-runs"].detail == (
        f"its container does not start: CrashLoopBackOff back-off 10s. Its log: {refused}"
    )


def test_a_store_on_a_full_volume_says_so_and_what_to_do(cluster):
    cluster.deploy("redis", kind="statefulsets")
    silent = {"name": "redis", "state": {"running": {}}, "ready": False}
    pod = cluster.add_pod("redis", ready=False, containerStatuses=[silent])
    cluster.warnings[pod] = "Readiness probe failed: MISCONF"
    cluster.logs[pod, "redis"] = "Error writing: No space left on device\nstartup failed\nbye"
    check = look()["gb-redis"]
    assert check.detail == (
        "it is not ready: Readiness probe failed: MISCONF."
        " Its log: Error writing: No space left on device"
    )
    assert "Enlarge the claim: kubectl -n briefs edit pvc gb-redis" in check.remedy


def test_a_pod_that_the_namespace_does_not_admit_is_told(cluster):
    message = 'pods "gb-judge" is forbidden: exceeded quota'
    failed = {"type": "ReplicaFailure", "status": "True", "message": message}
    cluster.deploy("judge", conditions=[failed])
    assert look()["gb-judge"].detail == f"0 of 1 pods are there. {message}"


def test_a_store_without_a_pod_says_the_clusters_last_warning(cluster):
    cluster.deploy("s3", kind="statefulsets")
    cluster.warnings["s3"] = "create Pod gb-s3-0 in StatefulSet gb-s3 failed: exceeded quota"
    assert "failed: exceeded quota" in look()["gb-s3"].detail


def test_a_namespace_without_an_installation_is_told(cluster):
    (check,) = diagnose_cluster("briefs")
    assert not check.ok
    assert "none in the namespace briefs" in check.detail


def test_a_cluster_that_does_not_answer_is_one_failure(monkeypatch):
    def connect(_):
        raise TransientError("no answer", remedy="See whether it runs.")

    monkeypatch.setattr(cluster_diagnosis, "connect", connect)
    (check,) = diagnose_cluster("briefs")
    assert (check.ok, check.detail, check.remedy) == (False, "no answer", "See whether it runs.")

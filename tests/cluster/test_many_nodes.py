"""Eight nodes of eight GPUs, of which only the control plane is real: no kubelet runs their pods.

The scheduler and the Job controller place and replace them; the test reports what became of
them, as kubelets do.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from .launching import IMAGE, NAMESPACE, Training
from .node import apply, get, kubectl, make_namespace, wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

RUN = "fine-many"
TAINT = {"key": "kubelet", "value": "none", "effect": "NoSchedule"}
POOL = {"goldbrief/pool": "many"}
CAPACITY = {"cpu": "8", "memory": "64Gi", "pods": "16", "nvidia.com/gpu": "8"}


@pytest.fixture(autouse=True)
def nodes() -> Iterator[None]:
    """Seven of the nodes; the last one comes later."""
    make_namespace(NAMESPACE)
    for number in range(7):
        add_node(number)
    yield
    kubectl("delete", "jobs", "-l", f"goldbrief/run={RUN}", "--wait=false", namespace=NAMESPACE)
    kubectl("delete", "pods", "--all", "--grace-period", "0", "--force", namespace=NAMESPACE)
    kubectl("delete", "nodes", "-l", "goldbrief/pool=many")


def add_node(number: int) -> None:
    node = {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": f"gpus-{number}", "labels": POOL},
        "spec": {"taints": [TAINT]},
    }  # fmt: skip
    apply(json.dumps(node))
    report_node(number)


def report_node(number: int) -> None:
    """Say that a node is well, which counts for fifty seconds."""
    ready = {
        "type": "Ready", "status": "True", "reason": "Said", "message": "by a test",
        "lastHeartbeatTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    status = {"capacity": CAPACITY, "allocatable": CAPACITY, "conditions": [ready]}
    report("node", f"gpus-{number}", status)


def report(kind: str, name: str, status: dict) -> None:
    kubectl(
        "patch", kind, name, "--subresource", "status", "--patch", json.dumps({"status": status}),
        namespace=NAMESPACE if kind == "pod" else "",
    )  # fmt: skip


def report_pod(name: str, phase: str, code: int | None = None) -> None:
    state = {"running": {}} if code is None else {"terminated": {"exitCode": code}}
    container = {
        "name": "training", "image": IMAGE, "imageID": "", "ready": False, "restartCount": 0,
        "state": state,
    }  # fmt: skip
    report("pod", name, {"phase": phase, "containerStatuses": [container]})


def placed(training: Training) -> dict[int, tuple[str, str]]:
    """Pod and node of each index whose pod waits for a kubelet."""
    selector = f"goldbrief/run={training.run_id}"
    return {
        int(pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"]): (
            pod["metadata"]["name"],
            pod["spec"]["nodeName"],
        )
        for pod in get("pods", "-l", selector, namespace=NAMESPACE)
        if pod["status"]["phase"] == "Pending" and "nodeName" in pod["spec"]
    }


def all_placed(training: Training, number: int) -> dict[int, tuple[str, str]]:
    return dict(
        wait_until(
            f"{number} pods have nodes",
            lambda: (found := placed(training)) and len(found) == number and found,
            60,
        )
    )


def test_64_gpus_take_eight_nodes_and_what_one_pod_loses_all_begin_again() -> None:
    training = Training(RUN)
    training.pod["subdomain"] = "peers"
    training.pod["tolerations"] = [{"key": TAINT["key"], "operator": "Exists"}]
    training.launch(gpus=64, node_selector=POOL)
    first = all_placed(training, 7)
    for pod, _ in first.values():
        report_pod(pod, "Running")
    training.waits("no node takes its pod", "Insufficient nvidia.com/gpu")
    add_node(7)
    last = all_placed(training, 1)
    everyone = first | last
    assert sorted(everyone) == list(range(8))
    assert len({node for _, node in everyone.values()}) == 8
    report_pod(*[pod for pod, _ in last.values()], "Running")
    assert training.status().detail == ""

    for pod, _ in everyone.values():  # a rank is lost, and all leave with their checkpoint
        report_pod(pod, "Failed", 75)
    for number in range(8):
        report_node(number)
    again = all_placed(training, 8)
    assert not {pod for pod, _ in again.values()} & {pod for pod, _ in everyone.values()}
    assert training.status().exit_code is None
    for index in sorted(again, reverse=True):  # the first pod writes, and ends last
        report_pod(again[index][0], "Succeeded", 0)
    assert training.ends().exit_code == 0
    (job,) = get("jobs", "-l", f"goldbrief/run={training.run_id}", namespace=NAMESPACE)
    assert job["spec"]["completions"] == 8

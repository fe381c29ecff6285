"""The node as tests use it: kubectl, waiting, and what became of pods."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KUBECONFIG = ROOT / ".cache" / "cluster" / "admin.kubeconfig"
KUBECTL = ROOT / ".cache" / "bin" / "kubectl"
SCRIPT = ROOT / "scripts" / "cluster" / "node.sh"


_TOO_MANY_REQUESTS = "Cannot evict pod as it would violate the pod's disruption budget"


def node_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scripts/cluster/node.sh`."""
    return subprocess.run(
        ["nice", "-n", "19", str(SCRIPT), *arguments],
        cwd=ROOT, text=True, capture_output=True, check=False,
    )  # fmt: skip


def is_up() -> bool:
    """Whether a node runs and answers."""
    try:
        return any(is_ready(node) for node in get("nodes"))
    except (AssertionError, OSError):
        return False


def kubectl(*arguments: str, namespace: str = "", stdin: str | None = None) -> str:
    """Run kubectl; raises AssertionError with its words when it fails."""
    scope = ["--namespace", namespace] if namespace else []
    result = subprocess.run(
        [str(KUBECTL), "--kubeconfig", str(KUBECONFIG), *scope, *arguments],
        input=stdin, text=True, capture_output=True, timeout=900, check=False,
    )  # fmt: skip
    assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr}"
    return result.stdout


def get(*arguments: str, namespace: str = "") -> Any:
    """`kubectl get ... -o json`: the object, or the items of a list."""
    found = json.loads(kubectl("get", *arguments, "-o", "json", namespace=namespace))
    return found.get("items", found)


def apply(manifest: str, namespace: str = "") -> None:
    """Create or change what a YAML text says."""
    kubectl("apply", "-f", "-", namespace=namespace, stdin=manifest)


def wait_until(what: str, condition: Callable[[], object], timeout_s: float = 600.0) -> Any:
    """Look once a second until the condition holds; returns what it returned."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not after {timeout_s:g} s"
        time.sleep(1)


def is_ready(pod: dict[str, Any]) -> bool:
    """Whether a pod is ready and stays."""
    conditions = pod["status"].get("conditions", [])
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def make_namespace(name: str) -> None:
    """Make a namespace that admits restricted pods only."""
    apply(
        f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n  labels:\n"
        "    pod-security.kubernetes.io/enforce: restricted\n"
    )


def evict(pod: str, namespace: str) -> bool:
    """Ask for a pod's eviction; False when a disruption budget forbids it now."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/eviction"
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": namespace},
    }
    try:
        kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))
    except AssertionError as error:
        if _TOO_MANY_REQUESTS in str(error):
            return False
        raise
    return True


def follow_log(pod: str, namespace: str) -> subprocess.Popen[str]:
    """Read a pod's log from now to its end."""
    command = [str(KUBECTL), "--kubeconfig", str(KUBECONFIG), "-n", namespace, "logs", "-f", pod]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE)

"""One node for the session, started from nothing; where there can be none, tests skip, loudly."""

import os
from collections.abc import Iterator

import pytest

from .node import KUBECONFIG, is_up, node_script


@pytest.fixture(scope="session", autouse=True)
def node() -> Iterator[None]:
    """A fresh cluster; GOLDBRIEF_KEEP_NODE=1 takes one that runs, and leaves it running."""
    keep = bool(os.environ.get("GOLDBRIEF_KEEP_NODE"))
    if keep and is_up():
        yield
        return
    node_script("down")
    started = node_script("up")
    if started.returncode == 77:
        pytest.skip(f"no Kubernetes node here: {started.stderr.strip()}")
    assert started.returncode == 0, started.stderr[-3000:]
    yield
    if not keep:
        node_script("down")


@pytest.fixture(autouse=True)
def kubeconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(KUBECONFIG)
    )

"""A real Kubernetes API server without nodes: what it accepts, a cluster accepts."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from goldbrief.testing.servers import free_port

from .rendering import CHART, Object, program, run_helm

_TOKENS = {"admin": "admin-of-a-test", "tenant": "tenant-of-a-test"}
_START_S = 120.0
_RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}


@dataclass(frozen=True)
class ApiServer:
    """The server and a kubeconfig for it."""

    http: httpx.Client
    kubeconfig: Path

    def get(self, path: str) -> Object | None:
        """An object by its path; None where there is none."""
        answer = self.http.get(path)
        return None if answer.status_code == 404 else dict(answer.raise_for_status().json())

    def create(self, path: str, body: Object, *, dry_run: bool = False) -> httpx.Response:
        """Create an object, or only ask whether it could be."""
        return self.http.post(path, json=body, params={"dryRun": "All"} if dry_run else {})

    def options_of(self, user: str) -> list[str]:
        """Options with which Helm is not the cluster's administrator but a user."""
        return [f"--kube-token={_TOKENS[user]}"]

    def make_namespace(self, name: str) -> str:
        """A namespace where pods must be restricted; with the account that a controller makes."""
        body = {"metadata": {"name": name, "labels": _RESTRICTED}}
        self.create("/api/v1/namespaces", body).raise_for_status()
        self.create(
            f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}}
        ).raise_for_status()
        return name

    def make_storage_class(self, name: str, *, default: bool) -> None:
        """A storage class; a second one of that name is no error."""
        annotation = {"storageclass.kubernetes.io/is-default-class": json.dumps(default)}
        body = {"metadata": {"name": name, "annotations": annotation}, "provisioner": "test/none"}
        self.http.delete(f"/apis/storage.k8s.io/v1/storageclasses/{name}")
        self.create("/apis/storage.k8s.io/v1/storageclasses", body).raise_for_status()

    def helm(self, helm: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Helm against this server."""
        return run_helm(*arguments, f"--kubeconfig={self.kubeconfig}", helm=helm)

    def install(self, helm: str, namespace: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Install or upgrade the chart; no controller runs, so hooks would never end."""
        return self.helm(
            helm, "upgrade", "--install", "gb", str(CHART), f"--namespace={namespace}",
            "--no-hooks", *options,
        )  # fmt: skip


@contextmanager
def api_server(folder: Path) -> Iterator[ApiServer]:
    """Run etcd and the API server in a folder."""
    with ExitStack() as stack:
        etcd = f"http://127.0.0.1:{free_port()}"
        peer = f"http://127.0.0.1:{free_port()}"
        stack.enter_context(_running(folder, "etcd", *_etcd_flags(folder, etcd, peer)))
        port = free_port()
        stack.enter_context(_running(folder, "kube-apiserver", *_server_flags(folder, etcd, port)))
        url = f"https://127.0.0.1:{port}"
        headers = {"Authorization": f"Bearer {_TOKENS['admin']}"}
        http = stack.enter_context(httpx.Client(base_url=url, headers=headers, verify=False))
        _wait_until_ready(http, folder)
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(json.dumps(_kubeconfig(url)))
        yield ApiServer(http, kubeconfig)


def _etcd_flags(folder: Path, client: str, peer: str) -> list[str]:
    return [
        f"--data-dir={folder / 'etcd'}", f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync", "--log-level=error",
    ]  # fmt: skip


def _server_flags(folder: Path, etcd: str, port: int) -> list[str]:
    key, tokens = folder / "accounts.key", folder / "tokens.csv"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    tokens.write_text(
        f"{_TOKENS['admin']},admin,admin,system:masters\n{_TOKENS['tenant']},tenant,tenant\n"
    )
    return [
        f"--etcd-servers={etcd}", f"--cert-dir={folder / 'certificates'}",
        "--bind-address=127.0.0.1", f"--secure-port={port}", f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/16",
        f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
        "--service-account-issuer=https://kubernetes.default.svc",
    ]  # fmt: skip


@contextmanager
def _running(folder: Path, name: str, *flags: str) -> Iterator[None]:
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen([program(name), *flags], stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(http: httpx.Client, folder: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        try:
            if http.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise TimeoutError((folder / "kube-apiserver.log").read_text()[-2000:])


def _kubeconfig(url: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [
            {"name": "test", "cluster": {"server": url, "insecure-skip-tls-verify": True}}
        ],
        "users": [{"name": "admin", "user": {"token": _TOKENS["admin"]}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
    }

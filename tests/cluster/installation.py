"""The chart installed on the node, and what a user does with it from outside."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from goldbrief import __version__
from goldbrief.core.settings import Settings
from goldbrief.testing.laptop import TINY_RECIPE
from goldbrief.testing.processes import ROOMS
from goldbrief.testing.tiny_models import write_tiny_llama

from .node import (
    KUBECONFIG,
    ROOT,
    apply,
    get,
    is_ready,
    kubectl,
    make_namespace,
    node_script,
    wait_until,
)

NAMESPACE = "briefs"
RELEASE = "goldbrief"
TAG = os.environ.get("TAG", __version__)
"""Of the images, as `scripts/build_images.sh` gives it."""
IMAGES = (*ROOMS, "console", "inference", "training", "mlflow")
_STORES = ("postgres:17-bookworm", "valkey/valkey:8.1-bookworm")
_VALUES = Path(__file__).with_name("values.yaml")
_MODELS = ROOT / ".cache" / "cluster" / "models"
_PROGRAMS = ROOT / ".cache" / "bin"


def helm(*arguments: str, version: int = 4, timeout_s: float = 2400) -> str:
    """Run helm 3 or 4 in the namespace; raises AssertionError with its words."""
    command = [str(_PROGRAMS / f"helm{version}"), "--kubeconfig", str(KUBECONFIG)]
    result = subprocess.run(
        [*command, "--namespace", NAMESPACE, *arguments],
        cwd=ROOT, text=True, capture_output=True, timeout=timeout_s, check=False,
    )  # fmt: skip
    assert result.returncode == 0, f"helm {' '.join(arguments)}: {result.stderr}"
    return result.stdout


def install(command: str, *, tag: str = TAG, version: int = 4) -> str:
    """`helm install` or `helm upgrade`, until all is ready."""
    return helm(
        command, RELEASE, "charts/goldbrief", "--values", str(_VALUES), "--wait",
        "--timeout", "30m", "--set", f"image.tag={tag}", version=version,
    )  # fmt: skip


def import_images() -> None:
    """Bring the images to the node, under the names that the chart expects."""
    built = [f"goldbrief/{name}:{TAG}" for name in IMAGES]
    values = (ROOT / "charts/goldbrief/values.yaml").read_text()
    minio = f"minio/minio:{values.split('minio/minio, tag: ')[1].split(',')[0]}"
    imported = node_script("import", *built, *_STORES, minio)
    assert imported.returncode == 0, imported.stderr


def prepare() -> None:
    """What an administrator gives: a namespace, and a claim with base models."""
    make_namespace(NAMESPACE)
    if not (_MODELS / "tiny").exists():
        shutil.rmtree(_MODELS, ignore_errors=True)
        shutil.copytree(Settings().models_dir / "all-minilm-l6-v2", _MODELS / "all-minilm-l6-v2")
        write_tiny_llama(_MODELS / "tiny", positions=8192)
    apply(_models_claim())


def addresses() -> dict[str, str]:
    """Where each service answers, as variables of a client on this machine."""
    services = get("services", "-l", f"app.kubernetes.io/instance={RELEASE}", namespace=NAMESPACE)
    found = {service["metadata"]["name"]: service["spec"] for service in services}
    environment = {
        f"GOLDBRIEF_{room.upper()}_ADDRESS": f"{found[f'{RELEASE}-{room}']['clusterIP']}:7700"
        for room in ROOMS
    }
    return {
        **environment,
        "GOLDBRIEF_ADDRESS": environment["GOLDBRIEF_RUNS_ADDRESS"],
        "GOLDBRIEF_TOKEN": token(),
    }


def token() -> str:
    """What the installation lets its administrator in with."""
    secret = get("secret", f"{RELEASE}-access", namespace=NAMESPACE)
    return base64.b64decode(secret["data"]["token"]).decode()


def outside_address() -> str:
    """The node's own port of the gateway, as a caller who is not in the cluster sees it."""
    service = get("service", f"{RELEASE}-summarize", namespace=NAMESPACE)
    node = get("nodes")[0]["status"]["addresses"][0]["address"]
    return f"{node}:{service['spec']['ports'][0]['nodePort']}"


def pods(component: str = "", namespace: str = NAMESPACE) -> list[dict[str, Any]]:
    """The pods of the installation, or those of one component."""
    selector = f"app.kubernetes.io/instance={RELEASE}"
    if component:
        selector += f",app.kubernetes.io/component={component}"
    found: list[dict[str, Any]] = get("pods", "-l", selector, namespace=namespace)
    return found


def component_of(pod: dict[str, Any]) -> str:
    """Which part of the installation a pod is."""
    return str(pod["metadata"]["labels"]["app.kubernetes.io/component"])


def wait_until_ready(timeout_s: float = 1800) -> None:
    """Wait until every pod that should run does, and is ready."""

    def all_ready() -> bool:
        running = [p for p in pods() if component_of(p) not in ("training", "migration", "test")]
        return bool(running) and all(is_ready(pod) for pod in running)

    wait_until("all pods are ready", all_ready, timeout_s)


def cli(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `goldbrief` on this machine against the installation."""
    return subprocess.Popen(
        [sys.executable, "-m", "goldbrief.cli", *arguments],
        env={**os.environ, **addresses()}, cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def status(folder: Path) -> str:
    """What `goldbrief status` prints of the newest run; empty while there is none."""
    process = cli(folder, "status")
    return process.communicate(timeout=300)[0]


def doctor() -> tuple[int, str]:
    """What `goldbrief doctor` says of the installation, and its exit code."""
    found = subprocess.run(
        [sys.executable, "-m", "goldbrief.cli", "doctor", "--namespace", NAMESPACE],
        env={**os.environ, "KUBECONFIG": str(KUBECONFIG)}, text=True, capture_output=True,
        timeout=300, check=False,
    )  # fmt: skip
    return found.returncode, found.stdout + found.stderr


@contextmanager
def full_volume(store: str) -> Iterator[None]:
    """Leave a store's volume no byte, until the context ends."""
    claim = get("persistentvolumeclaim", f"{RELEASE}-{store}", namespace=NAMESPACE)
    volume = get("persistentvolume", claim["spec"]["volumeName"])
    ballast = Path(volume["spec"]["local"]["path"]) / "ballast"
    with ballast.open("wb") as file:
        for step in (1 << 26, 1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, step)
    try:
        yield
    finally:
        ballast.unlink()


def write_recipe(folder: Path, examples: Path, articles: int) -> None:
    """A recipe of a minute, with sample goldens and articles."""
    shutil.copytree(examples / "goldens", folder / "goldens")
    (folder / "articles").mkdir()
    for path in sorted((examples / "articles").iterdir())[:articles]:
        shutil.copy(path, folder / "articles" / path.name)
    (folder / "recipe.yaml").write_text(TINY_RECIPE.format(model="tiny"), encoding="utf-8")


def query(statement: str) -> list[list[Any]]:
    """Ask the installation's PostgreSQL; rows as JSON arrays."""
    (pod,) = pods("postgresql")
    command = ["psql", "-U", "goldbrief", "-d", "goldbrief", "-tA", "-c"]
    sql = f"SELECT coalesce(json_agg(row), '[]') FROM ({statement}) AS row"
    text = kubectl("exec", pod["metadata"]["name"], "--", *command, sql, namespace=NAMESPACE)
    return [list(row.values()) for row in json.loads(text)]


def _models_claim() -> str:
    return f"""
apiVersion: v1
kind: PersistentVolume
metadata: {{name: models}}
spec:
  storageClassName: local
  accessModes: [ReadWriteMany]
  capacity: {{storage: 1Gi}}
  persistentVolumeReclaimPolicy: Retain
  claimRef: {{namespace: {NAMESPACE}, name: models}}
  local: {{path: {_MODELS}}}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions: [{{key: kubernetes.io/hostname, operator: Exists}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: models, namespace: {NAMESPACE}}}
spec:
  storageClassName: local
  accessModes: [ReadWriteMany]
  volumeName: models
  resources: {{requests: {{storage: 1Gi}}}}
"""

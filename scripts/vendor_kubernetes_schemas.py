"""Writes tests/chart/schemas: JSON schemas of the kinds that the chart renders, for kubeconform.

They are cut from the API description of Kubernetes and the Gateway API's CRD, which the Go module
proxy has, so that the chart's tests need no network. The CRDs of ServiceMonitor and
PrometheusRule are in no module: *-monitoring-v1.json are by hand and know the fields that the chart
uses. Run this again after adding a kind:

    python scripts/vendor_kubernetes_schemas.py
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

KUBERNETES = "k8s.io/kubernetes@v1.34.2"
GATEWAY_API = "sigs.k8s.io/gateway-api@v1.4.0"
GRPC_ROUTE = "config/crd/standard/gateway.networking.k8s.io_grpcroutes.yaml"
KINDS = {
    "": ["ConfigMap", "PersistentVolumeClaim", "Pod", "Secret", "Service", "ServiceAccount"],
    "apps": ["Deployment", "StatefulSet"],
    "autoscaling": ["HorizontalPodAutoscaler"],
    "batch": ["Job"],
    "networking.k8s.io": ["Ingress", "NetworkPolicy"],
    "policy": ["PodDisruptionBudget"],
    "rbac.authorization.k8s.io": ["Role", "RoleBinding"],
    "scheduling.k8s.io": ["PriorityClass"],
}
VERSIONS = {"autoscaling": "v2"}
FOLDER = Path(__file__).parents[1] / "tests/chart/schemas"
SHARED = "definitions.json"
_REFERENCE = "#/definitions/"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"

Schema = dict[str, Any]


def main() -> None:
    """Write the schemas anew."""
    swagger = json.loads((_module(KUBERNETES) / "api/openapi-spec/swagger.json").read_text())
    definitions: dict[str, Schema] = swagger["definitions"]
    needed: dict[str, Schema] = {}
    for group, kinds in KINDS.items():
        version = VERSIONS.get(group, "v1")
        for kind in kinds:
            name = _find(definitions, group, version, kind)
            _collect(name, definitions, needed)
            _write(_file_name(group, version, kind), {"$ref": f"{SHARED}{_REFERENCE}{name}"})
    needed[_QUANTITY] = {"type": ["string", "number"]}  # described as a string, read as either
    _write(SHARED, {"definitions": dict(sorted(needed.items()))})
    crd = yaml.safe_load((_module(GATEWAY_API) / GRPC_ROUTE).read_text())
    _write_custom(crd, "v1")


def _module(name: str) -> Path:
    """Folder of a Go module in the cache, downloaded when it is not there."""
    command = ["go", "mod", "download", "-json", name]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return Path(json.loads(found.stdout)["Dir"])


def _find(definitions: dict[str, Schema], group: str, version: str, kind: str) -> str:
    wanted = {"group": group, "version": version, "kind": kind}
    for name, schema in definitions.items():
        if wanted in schema.get("x-kubernetes-group-version-kind", []):
            return name
    raise SystemExit(f"{KUBERNETES} has no {group}/{version} {kind}")


def _collect(name: str, definitions: dict[str, Schema], needed: dict[str, Schema]) -> None:
    if name in needed:
        return
    needed[name] = _strict(definitions[name])
    for reference in _references(definitions[name]):
        _collect(reference, definitions, needed)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(_REFERENCE)
        for part in schema.values():
            yield from _references(part)


def _strict(schema: Any) -> Any:
    """Drop the prose, refuse unknown fields, and allow numbers where Kubernetes does."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer"]}
    kept = {
        key: {name: _strict(part) for name, part in value.items()}
        if key == "properties"
        else _strict(value)
        for key, value in schema.items()
        if key not in {"description", "default", "format"} and not key.startswith("x-kubernetes-")
    }
    if "properties" in kept:
        kept["additionalProperties"] = False
    return kept


def _write_custom(crd: Schema, version: str) -> None:
    group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
    (found,) = (each for each in crd["spec"]["versions"] if each["name"] == version)
    schema = _strict(found["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}
    _write(_file_name(group, version, kind), schema)


def _file_name(group: str, version: str, kind: str) -> str:
    """The name that kubeconform looks for: the group without its domain."""
    prefix = f"{group.partition('.')[0]}-" if group else ""
    return f"{kind.lower()}-{prefix}{version}.json"


def _write(name: str, schema: Schema) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(schema, separators=(",", ":"), sort_keys=True)
    (FOLDER / name).write_text(text + "\n")


if __name__ == "__main__":
    main()

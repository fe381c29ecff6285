"""Values: all described, all checked, bad ones refused with a message that names the mend."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from .rendering import CHART, ROOT, refusal, render_with

pytestmark = pytest.mark.chart

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
FREE = {"global", "valueFrom", "affinity", "items"}
"""What Helm or Kubernetes defines, not we."""


def test_the_readme_says_what_values_yaml_says():
    result = subprocess.run(
        [sys.executable, str(ROOT / "scripts/chart_readme.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 0, result.stderr


def test_every_value_is_described():
    rows = [line for line in (CHART / "README.md").read_text().splitlines() if line[:3] == "| `"]

    assert len(rows) > 100
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_object_of_the_schema_refuses_unknown_keys():
    def open_objects(schema: Any, path: str) -> Iterator[str]:
        if not isinstance(schema, dict):
            return
        if schema.get("type") == "object" and "additionalProperties" not in schema:
            yield path
        for key, part in schema.items():
            yield from open_objects(part, f"{path}.{key}")

    found = {path.rpartition(".")[2] for path in open_objects(SCHEMA, "")}
    assert found <= FREE


def test_the_schema_knows_every_value_and_no_other():
    def keys_of_values(
        node: Any, schema: Any, path: str
    ) -> Iterator[tuple[str, set[str], set[str]]]:
        if "$ref" in schema:
            schema = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
        if not node or not isinstance(node, dict) or "properties" not in schema:
            return
        yield path, set(node), set(schema["properties"]) - {"global"}
        for key, value in node.items():
            yield from keys_of_values(value, schema["properties"].get(key, {}), f"{path}.{key}")

    for path, given, known in keys_of_values(VALUES, SCHEMA, ""):
        assert given <= known, path
        if not path.startswith(".rooms.") and not path.endswith("resources"):
            assert given == known, path


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("rooms.runs.replicaz=2", "'/rooms/runs': additional properties 'replicaz' not allowed"),
        ("room.runs.replicas=2", "additional properties 'room' not allowed"),
        ("engine.kind=triton", "must be one of 'embedded', 'tgi', 'vllm'"),
        ("roomDefaults.replicas=two", "got string, want integer"),
        ("s3.bucket=My_Bucket", "does not match pattern"),
        ("postgresql.port=0", "minimum: got 0, want 1"),
        ("roomDefaults.resources.limits.memory=1 GB", "/roomDefaults/resources/limits/memory"),
        ("image.digests.runs=latest", "does not match pattern"),
    ],
)
def test_the_schema_refuses(setting, message):
    assert message in refusal(setting)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["postgresql.host=db"], "postgresql.deploy is true and postgresql.host is given: set"),
        (["postgresql.deploy=false"], "give your own in postgresql.host, or set"),
        (
            ["postgresql.deploy=false", "postgresql.host=db"],
            "name the Secret with its credentials in postgresql.existingSecret",
        ),
        (["redis.deploy=false"], "give your own in redis.host"),
        (["s3.endpoint=s3.example.com"], "s3.deploy is true and s3.endpoint is given"),
        (
            ["s3.deploy=false", "s3.endpoint=https://s3", "s3.existingSecret=x"],
            "give host and port without scheme",
        ),
        (["mlflow.deploy=false"], "give your own in mlflow.uri"),
        (["teacher.url=http://x/v1"], "name the model at that URL in teacher.model"),
        (["judge.existingSecret=x"], "without judge.url: give the URL"),
        (["engine.kind=tgi"], "name its base model in engine.model"),
        (
            ["engine.kind=vllm", "engine.model=a/b"],
            "it needs a GPU. Limit one in engine.resources, e.g. --set",
        ),
        (
            ["engine.kind=tgi", "engine.model=a/b", "engine.resources.limits.memory=1Gi"],
            "it needs a GPU",
        ),
        (["engine.model=a/b"], "are for TGI and vLLM: set engine.kind"),
        (["training.resources.requests.nvidia\\.com/gpu=1"], "Set training.resources.limits"),
        (["baseModel.fetch=false"], "Name a claim that holds it in baseModel.existingClaim"),
        (
            ["rooms.judge.autoscaling.enabled=true", "rooms.judge.autoscaling.maxReplicas=1"],
            "rooms.judge.autoscaling: minReplicas 2 is more than maxReplicas 1",
        ),
        (["ingress.enabled=true"], "give the host name in ingress.host"),
        (
            ["ingress.enabled=true", "ingress.host=x"],
            "Give a certificate in ingress.tls.secretName",
        ),
        (
            ["extraEnv[0].name=GOLDBRIEF_DATABASE_URL", "extraEnv[0].value=x"],
            "extraEnv sets GOLDBRIEF_DATABASE_URL, which the chart sets itself",
        ),
        (["training.extraEnv[0].name=MASTER_ADDR"], "training.extraEnv sets MASTER_ADDR"),
        (
            ["rooms.judge.extraEnv[0].name=GOLDBRIEF_JUDGE_MODEL"],
            "rooms.judge.extraEnv sets GOLDBRIEF_JUDGE_MODEL",
        ),
        (["gateway.enabled=true"], "name the Gateway in gateway.parentRefs"),
    ],
)
def test_values_that_cannot_work_are_refused_with_the_mend(settings, message):
    assert message in refusal(*settings)


def test_a_value_of_one_service_changes_that_service_alone():
    chart = render_with("rooms.judge.replicas=3", "roomDefaults.replicas=2")

    replicas = {
        each["metadata"]["name"].rpartition("-")[2]: each["spec"]["replicas"]
        for each in chart.of_kind("Deployment")
    }
    assert replicas["judge"] == 3
    assert replicas["runs"] == 2

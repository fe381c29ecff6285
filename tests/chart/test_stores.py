"""Stores: bundled for a first look, or the operator's own; data outlives the release."""

import base64

import pytest

from .rendering import ROOMS, render, render_with

pytestmark = pytest.mark.chart


def test_services_find_the_bundled_stores():
    found = render().environment("runs")

    assert found["GOLDBRIEF_DATABASE_URL"] == (
        "postgresql+psycopg://goldbrief@test-goldbrief-postgresql:5432/goldbrief"
    )
    assert found["PGPASSWORD"] == "test-goldbrief-postgresql/password"
    assert found["GOLDBRIEF_BROKER_URL"] == "redis://:$(REDIS_PASSWORD)@test-goldbrief-redis:6379/0"
    assert found["GOLDBRIEF_OBJECTS"] == "s3://goldbrief"
    assert found["GOLDBRIEF_S3_ENDPOINT"] == "test-goldbrief-s3:9000"
    assert found["GOLDBRIEF_S3_SECURE"] == "false"
    assert found["GOLDBRIEF_TRACKING_URI"] == "http://test-goldbrief-mlflow:5000"


def test_the_bundled_mlflow_asks_for_the_account_that_runs_alone_has():
    chart = render()
    secret = "test-goldbrief-mlflow"
    for component, kind in (("mlflow", "AUTH_ADMIN"), ("runs", "TRACKING")):
        found = chart.environment(component)
        assert found[f"MLFLOW_{kind}_USERNAME"] == f"{secret}/username"
        assert found[f"MLFLOW_{kind}_PASSWORD"] == f"{secret}/password"
    for room in set(ROOMS) - {"runs"}:
        assert not [name for name in chart.environment(room) if name.startswith("MLFLOW_")]
    (made,) = (each for each in chart.of_kind("Secret") if each["metadata"]["name"] == secret)
    assert base64.b64decode(made["data"]["username"]) == b"goldbrief"
    command = chart.pod("mlflow")["containers"][0]["command"]
    assert "goldbrief.platform.tracking.server" in command


def test_the_account_of_the_bundled_mlflow_may_be_ones_own():
    chart = render_with("mlflow.existingSecret=mine")
    assert chart.environment("mlflow")["MLFLOW_AUTH_ADMIN_PASSWORD"] == "mine/password"
    assert chart.environment("runs")["MLFLOW_TRACKING_PASSWORD"] == "mine/password"
    assert "mlflow" not in chart.suffixes("Secret")


def test_an_own_mlflow_that_asks_nobody_needs_no_secret():
    found = render_with("mlflow.deploy=false", "mlflow.uri=http://m").environment("runs")
    assert "MLFLOW_TRACKING_PASSWORD" not in found


def test_services_find_stores_of_ones_own():
    chart = render("external")
    found = chart.environment("runs")

    assert found["GOLDBRIEF_DATABASE_URL"] == (
        "postgresql+psycopg://goldbrief@db.example.com:6432/goldbrief?sslmode=require"
    )
    assert found["PGPASSWORD"] == "my-db/password"
    assert found["GOLDBRIEF_BROKER_URL"] == (
        "rediss://app:$(REDIS_PASSWORD)@redis.example.com:6380/0?ssl_cert_reqs=required"
    )
    assert found["REDIS_PASSWORD"] == "my-redis/password"
    assert found["GOLDBRIEF_S3_ENDPOINT"] == "s3.example.com:9443"
    assert found["GOLDBRIEF_S3_SECURE"] == "true"
    assert found["GOLDBRIEF_S3_ACCESS_KEY"] == "my-s3/id"
    assert found["GOLDBRIEF_S3_SECRET_KEY"] == "my-s3/secret"
    assert found["GOLDBRIEF_TRACKING_URI"] == "https://mlflow.example.com"
    assert found["MLFLOW_TRACKING_PASSWORD"] == "my-mlflow/password"
    assert found["GOLDBRIEF_TOKEN"] == "my-access/token"
    assert chart.of_kind("StatefulSet") == []
    assert chart.suffixes("Secret") == {"console"}, "which signs sessions"
    assert chart.of_kind("PersistentVolumeClaim") == []


def test_a_password_stands_before_the_url_that_uses_it():
    # Kubernetes puts in only what was defined above
    variables = [each["name"] for each in render().pod("runs")["containers"][0]["env"]]

    assert variables.index("REDIS_PASSWORD") < variables.index("GOLDBRIEF_BROKER_URL")


def test_an_own_redis_without_a_password_needs_no_secret():
    found = render_with("redis.deploy=false", "redis.host=r").environment("runs")

    assert found["GOLDBRIEF_BROKER_URL"] == "redis://r:6379/0"
    assert "REDIS_PASSWORD" not in found


def test_keys_of_language_models_reach_only_who_calls_them():
    chart = render("external")

    assert chart.environment("synthesis")["GOLDBRIEF_TEACHER_API_KEY"] == "my-teacher/api-key"
    assert chart.environment("judge")["GOLDBRIEF_JUDGE_MODEL"] == "qwen-72b"
    for room in set(ROOMS) - {"synthesis", "judge"}:
        assert not [name for name in chart.environment(room) if name.endswith("_API_KEY")]


def test_generated_passwords_are_long_and_differ():
    secrets = [s for s in render().of_kind("Secret") if "signing" not in s["metadata"]["name"]]

    passwords = [
        base64.b64decode(value)
        for each in secrets
        for key, value in each["data"].items()
        if key != "username"
    ]
    assert len(passwords) == 7
    assert len(set(passwords)) == 7
    assert all(len(each) == 32 and each.isalnum() for each in passwords)


def test_volumes_and_passwords_outlive_the_release_unless_told():
    def kept(chart):
        kinds = ("Secret", "PersistentVolumeClaim")
        return [
            each["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
            for kind in kinds
            for each in chart.of_kind(kind)
        ]

    assert kept(render()) == [True] * 11
    assert not any(kept(render_with("keepData=false")))


def test_a_claim_of_ones_own_is_used_and_none_is_made():
    chart = render("everything")

    (data,) = (each for each in chart.pod("postgresql")["volumes"] if each["name"] == "data")
    assert data["persistentVolumeClaim"] == {"claimName": "old-data"}
    made = {each["metadata"]["name"] for each in chart.of_kind("PersistentVolumeClaim")}
    assert made == {"gb-mlflow", "gb-s3"}
    (data,) = (each for each in chart.pod("redis")["volumes"] if each["name"] == "data")
    assert data["emptyDir"] == {}


def test_the_migration_runs_before_pods_are_replaced_and_needs_nothing_of_the_release():
    bundled, external = (render(name).one("Job", "migration") for name in ("default", "external"))

    # the bundled server is not there before the install: init containers migrate it then
    assert bundled["metadata"]["annotations"]["helm.sh/hook"] == "pre-upgrade"
    assert external["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    container = external["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] == ["python", "-m", "goldbrief.runs", "migrate"]
    assert "envFrom" not in container


@pytest.mark.parametrize(("scenario", "expected"), [("default", ["migrate"]), ("external", [])])
def test_services_wait_for_the_bundled_database_and_migrate_nothing_else(scenario, expected):
    chart = render(scenario)

    for room in set(ROOMS) - {"finetuning"}:
        assert [each["name"] for each in chart.pod(room).get("initContainers", [])] == expected
        assert chart.environment(room)["GOLDBRIEF_MIGRATE_ON_START"] == "false"

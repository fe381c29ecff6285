"""Every pod: restricted, without a token, probed, drained, and with settings that exist."""

import re

import pytest

from goldbrief import __version__
from goldbrief.console.config import ConsoleSettings
from goldbrief.core.settings import Settings
from goldbrief.evaluation.live.config import LiveSettings
from goldbrief.inference.config import InferenceSettings
from goldbrief.summarize.config import SummarizeSettings

from .rendering import ROOMS, ROOT, SCENARIOS, all_containers, render, render_with

pytestmark = pytest.mark.chart

BUNDLED = {"postgresql", "redis", "s3"}
VOLUMES = {"emptyDir", "configMap", "secret", "persistentVolumeClaim"}
"""Of those that PodSecurity `restricted` allows, the ones that the chart uses."""


@pytest.fixture(params=SCENARIOS)
def chart(request):
    return render(request.param)


def test_pods_are_restricted(chart):
    for component, pod in chart.pods():
        security = pod["securityContext"]
        assert security["runAsNonRoot"], component
        assert security["runAsUser"] >= (1 if component in BUNDLED else 10001), component
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, component
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), component
        for volume in pod["volumes"]:
            assert set(volume) - {"name"} <= VOLUMES, component


def test_containers_are_restricted_and_their_root_is_read_only(chart):
    for component, pod in chart.pods():
        for container in all_containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "runAsNonRoot": True,
                "capabilities": {"drop": ["ALL"]},
            }, f"{component}/{container['name']}"


def has_tgi(chart):
    return chart.environment("registry").get("GOLDBRIEF_ENGINE") == "tgi"


def test_only_who_calls_the_kubernetes_api_has_a_token(chart):
    with_token = {name for name, pod in chart.pods() if pod["automountServiceAccountToken"]}

    assert with_token - {"finetuning"} == ({"registry"} if has_tgi(chart) else set())
    assert "finetuning" in with_token
    assert not any(each["automountServiceAccountToken"] for each in chart.of_kind("ServiceAccount"))


def test_service_accounts_exist_but_in_hooks(chart):
    made = {each["metadata"]["name"] for each in chart.of_kind("ServiceAccount")}

    for component, pod in chart.pods():
        if component in ("migration", "test"):  # a hook may run before anything is made
            assert pod["serviceAccountName"] == "default"
        else:
            assert pod["serviceAccountName"] in made


def test_kubernetes_adds_no_variables_of_its_own(chart):
    # GOLDBRIEF_INFERENCE_PORT=tcp://... of a Service would become our setting
    assert all(pod["enableServiceLinks"] is False for _, pod in chart.pods())


def test_every_variable_is_a_setting(chart):
    fields = [*Settings.model_fields, *InferenceSettings.model_fields]
    fields += [f"summarize_{name}" for name in SummarizeSettings.model_fields]
    fields += [f"console_{name}" for name in ConsoleSettings.model_fields]
    fields += [f"live_{name}" for name in LiveSettings.model_fields]
    fields += [f"{room}_address" for room in ROOMS]
    known = {f"GOLDBRIEF_{name.upper()}" for name in fields}
    launching = ROOT / "training-job/goldbrief_training/launching.py"  # before there are settings
    known.update(re.findall(r'environ.get\("(GOLDBRIEF_\w+)"', launching.read_text()))

    for component, pod in chart.pods():
        for container in all_containers(pod):
            names = {each["name"] for each in container.get("env", [])}
            ours = {name for name in names if name.startswith("GOLDBRIEF_")}
            assert ours <= known, f"{component}/{container['name']}"


def test_variables_are_named_once(chart):
    for component, pod in chart.pods():
        for container in all_containers(pod):
            names = [each["name"] for each in container.get("env", [])]
            assert len(names) == len(set(names)), f"{component}/{container['name']}"


def test_writable_folders_are_mounted_and_bounded(chart):
    for component, pod in chart.pods():
        for volume in pod["volumes"]:
            if "emptyDir" in volume and volume["name"] != "data":
                assert volume["emptyDir"]["sizeLimit"], f"{component}/{volume['name']}"
        for container in all_containers(pod):
            assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_servers_are_waited_for_probed_and_drained(chart):
    for component, pod in chart.pods():
        if component in ("migration", "test", "training"):
            continue
        server = pod["containers"][0]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(server), component
        patience = {
            probe: server[probe]["periodSeconds"] * server[probe]["failureThreshold"]
            for probe in ("startupProbe", "readinessProbe", "livenessProbe")
        }
        # taken out of the way long before it is killed, and a slow start is no failure
        assert patience["readinessProbe"] < patience["livenessProbe"] < patience["startupProbe"]
        if component not in {*BUNDLED, "mlflow"}:
            assert server["lifecycle"]["preStop"]["sleep"]["seconds"] == 5
            assert pod["terminationGracePeriodSeconds"] >= 30 + 5


def test_services_answer_the_health_probe_of_grpc(chart):
    for room in ROOMS:
        server = chart.pod(room)["containers"][0]
        assert server["readinessProbe"]["grpc"] == {"port": 7700}
        assert chart.environment(room)["GOLDBRIEF_PORT"] == "7700"
        assert chart.environment(room)["GOLDBRIEF_HOST"] == "0.0.0.0"


def test_services_let_nobody_in_without_a_token_unless_that_is_asked_for():
    for scenario, is_open in (("default", False), ("everything", True)):
        chart = render(scenario)
        for room in ROOMS:
            environment = chart.environment(room)
            assert ("GOLDBRIEF_ALLOW_ANONYMOUS" in environment) == is_open
            assert ("GOLDBRIEF_TOKEN" in environment) == (not is_open)
            volumes = {volume["name"] for volume in chart.pod(room)["volumes"]}
            assert ("access" in volumes) == (not is_open)


def test_updates_take_no_pod_away_before_another_is_ready(chart):
    for each in chart.of_kind("Deployment"):
        rolling = each["spec"]["strategy"]["rollingUpdate"]
        is_engine = each["metadata"]["name"].endswith("-engine")
        assert rolling["maxUnavailable"] == (1 if is_engine else 0)  # GPUs are not spare


def test_a_new_chart_version_restarts_no_pod(chart):
    for each in chart.objects:
        template = each.get("spec", {}).get("template", {})
        labels = template.get("metadata", {}).get("labels", {})
        assert not {"helm.sh/chart", "app.kubernetes.io/version"} & set(labels)


def test_selectors_match_their_pods(chart):
    for each in chart.objects:
        if each["kind"] in ("Deployment", "StatefulSet"):
            selector = each["spec"]["selector"]["matchLabels"]
            assert selector.items() <= each["spec"]["template"]["metadata"]["labels"].items()


def test_what_has_replicas_has_a_budget_and_one_pod_has_none():
    assert render().of_kind("PodDisruptionBudget") == []

    chart = render_with(
        "rooms.judge.replicas=2",
        "rooms.summarize.autoscaling.enabled=true",
        "inference.replicas=2",
    )
    assert chart.suffixes("PodDisruptionBudget") == {"judge", "summarize", "inference"}


def test_pods_of_one_deployment_are_spread_over_nodes_and_zones(chart):
    for each in chart.of_kind("Deployment"):
        spread = each["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert [one["topologyKey"] for one in spread] == [
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        ]
        for one in spread:  # as far as it goes: one node must do
            assert one["whenUnsatisfiable"] == "ScheduleAnyway"
            assert one["labelSelector"] == each["spec"]["selector"]


def test_an_autoscaled_service_has_no_fixed_replicas():
    chart = render_with("rooms.summarize.autoscaling.enabled=true")

    assert "replicas" not in chart.one("Deployment", "summarize")["spec"]
    assert chart.one("HorizontalPodAutoscaler", "summarize")["spec"]["maxReplicas"] == 6


def test_priority_classes_are_made_or_named():
    assert all("priorityClassName" not in pod for _, pod in render().pods())

    chart = render("everything")
    made = {each["metadata"]["name"]: each["value"] for each in chart.of_kind("PriorityClass")}
    assert made == {"words-gb-stores": 4000, "words-gb-serving": 3000, "words-gb-pipeline": 2000}
    assert chart.pod("summarize")["priorityClassName"] == "words-gb-serving"
    assert chart.pod("training")["priorityClassName"] == "preemptible"


def test_images_come_from_the_registry_by_tag_or_digest():
    chart = render("everything")
    images = {name: pod["containers"][0]["image"] for name, pod in chart.pods()}

    assert images["judge"] == "registry.example.com/team/goldbrief/judge:1.2.3"
    assert images["runs"].startswith("registry.example.com/team/goldbrief/runs@sha256:0123")
    assert chart.pod("judge")["imagePullSecrets"] == [{"name": "registry"}]


def test_the_images_are_those_of_this_version():
    assert render().pod("runs")["containers"][0]["image"] == f"goldbrief/runs:{__version__}"

"""NetworkPolicies allow the calls that the code makes, and no others."""

import ipaddress
import re
from pathlib import Path

import pytest

from .rendering import ROOMS, ROOT, SCENARIOS, Chart, render, render_with

pytestmark = pytest.mark.chart

METADATA = ipaddress.ip_address("169.254.169.254")
STORES = {"postgresql", "redis", "s3"}


def policies(chart: Chart) -> dict[str, dict]:
    """The policy of each component."""
    return {
        each["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"]: each["spec"]
        for each in chart.of_kind("NetworkPolicy")
        if not each["metadata"]["name"].endswith("-deny")
    }


def peers(rules: list[dict], direction: str) -> dict[str, int | str]:
    """Components of the rules, with the port or `any`."""
    return {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]: rule["ports"][0].get(
            "port", "any"
        )
        for rule in rules
        for peer in rule[direction]
        if "app.kubernetes.io/component" in peer.get("podSelector", {}).get("matchLabels", {})
    }


def calls_in_code(room: str) -> set[str]:
    """Whom a service calls, as its wiring says."""
    text = (ROOT / "services/goldbrief" / room / "service.py").read_text()
    called = set(re.findall(r'resources\.channel\("(\w+)"\)', text))
    if "resources.embedder" in text:
        called.add("inference")
    if "resources.engine" in text:
        called.add("engine")
    if "Tracker(" in text:
        called.add("mlflow")
    return called | STORES


@pytest.mark.parametrize("room", ROOMS)
def test_a_service_may_call_whom_it_calls_and_no_other(room):
    spec = policies(render("gpu"))[room]

    assert set(peers(spec["egress"], "to")) == calls_in_code(room)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_who_may_call_is_let_in_on_the_same_port(scenario):
    found = policies(render(scenario))

    for caller, spec in found.items():
        for callee, port in peers(spec["egress"], "to").items():
            assert peers(found[callee]["ingress"], "from")[caller] == port, f"{caller} → {callee}"
    for callee, spec in found.items():
        for caller in peers(spec.get("ingress", []), "from"):
            assert callee in peers(found[caller]["egress"], "to"), f"{caller} → {callee}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_pod_has_a_policy_and_listens_on_its_port(scenario):
    chart = render(scenario)
    found = policies(chart)

    for component, pod in chart.pods():
        ports = {port["containerPort"] for port in pod["containers"][0].get("ports", [])}
        if component != "training":  # on any port, see below
            rules = found[component].get("ingress", [])
            assert {port["port"] for rule in rules for port in rule["ports"]} <= ports


def test_training_pods_talk_to_each_other_on_any_port_and_nobody_else_to_them():
    spec = policies(render("gpu"))["training"]

    assert peers(spec["ingress"], "from") == {"training": "any"}
    assert peers(spec["egress"], "to") == {"training": "any", "s3": 9000}


def test_everything_else_is_denied():
    (deny,) = (
        each["spec"]
        for each in render().of_kind("NetworkPolicy")
        if each["metadata"]["name"].endswith("-deny")
    )

    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in deny
    assert "egress" not in deny
    assert set(deny["podSelector"]["matchLabels"]) == {
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_pod_reaches_the_metadata_address(scenario):
    for component, spec in policies(render(scenario)).items():
        for rule in spec["egress"]:
            for peer in rule["to"]:
                if "ipBlock" in peer and METADATA in ipaddress.ip_network(peer["ipBlock"]["cidr"]):
                    blocked = [ipaddress.ip_network(each) for each in peer["ipBlock"]["except"]]
                    assert any(METADATA in each for each in blocked), component


def outside_ports(chart: Chart, component: str) -> set[int]:
    return {
        port["port"]
        for rule in policies(chart)[component]["egress"]
        if any("ipBlock" in peer for peer in rule["to"])
        for port in rule["ports"]
    }


def test_only_who_needs_the_outside_reaches_it():
    chart = render()

    reaching = {component for component in policies(chart) if outside_ports(chart, component)}
    assert reaching == {"inference", "training", "finetuning"}  # package index, Kubernetes API
    assert outside_ports(render("gpu"), "registry") == {443, 6443}  # it starts TGI anew


def test_stores_and_models_of_ones_own_are_reached_on_their_ports():
    chart = render("external")

    assert outside_ports(chart, "datasets") == {6432, 6380, 9443}
    assert outside_ports(chart, "runs") == {6432, 6380, 9443, 443}
    assert outside_ports(chart, "synthesis") == {6432, 6380, 9443, 8000}
    assert outside_ports(chart, "judge") == {6432, 6380, 9443, 443}
    assert outside_ports(chart, "migration") == {6432}


def test_clients_and_scrapers_are_let_in_where_told():
    def namespaces(component):
        return [
            peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            for rule in policies(render("everything"))[component]["ingress"]
            for peer in rule["from"]
            if "namespaceSelector" in peer
        ]

    assert namespaces("summarize") == ["ingress", "monitoring"]
    (metrics,) = policies(render("everything"))["summarize"]["ingress"][1]["ports"]
    assert metrics["port"] == 7790
    assert namespaces("inference") == ["monitoring"]
    assert namespaces("s3") == []


def test_addresses_of_another_family_are_blocked_by_their_own():
    chart = render_with(
        "networkPolicy.outside.cidrs={0.0.0.0/0,::/0}",
        "networkPolicy.outside.blocked={169.254.0.0/16,fe80::/10}",
    )

    blocks = [
        peer["ipBlock"]
        for rule in policies(chart)["training"]["egress"]
        for peer in rule["to"]
        if "ipBlock" in peer
    ]
    assert blocks == [
        {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]},
        {"cidr": "::/0", "except": ["fe80::/10"]},
    ]


def test_they_can_be_turned_off():
    assert render_with("networkPolicy.enabled=false").of_kind("NetworkPolicy") == []


def test_the_json_of_summarize_is_let_in_where_its_rpcs_are():
    (rule,) = policies(render())["summarize"]["ingress"]
    ports = {port["name"]: port for port in render().one("Service", "summarize")["spec"]["ports"]}

    assert [port["port"] for port in rule["ports"]] == [7700, 7709]
    assert (ports["http"]["port"], ports["http"]["targetPort"]) == (7709, "http")
    assert render().environment("summarize")["GOLDBRIEF_SUMMARIZE_HTTP_PORT"] == "7709"


def test_the_json_of_summarize_has_an_ingress_of_its_own_with_the_same_certificate():
    grpc, json = render("everything").of_kind("Ingress")

    assert [grpc["metadata"]["name"], json["metadata"]["name"]] == ["gb", "gb-json"]
    assert json["spec"]["tls"] == grpc["spec"]["tls"]
    assert json["spec"]["ingressClassName"] == grpc["spec"]["ingressClassName"]
    (rule,) = json["spec"]["rules"]
    assert rule["host"] == grpc["spec"]["rules"][0]["host"]
    backend = {"service": {"name": "gb-summarize", "port": {"name": "http"}}}
    assert {path["path"]: path["backend"] for path in rule["http"]["paths"]} == {
        "/v1/summarize": backend,
        "/docs": backend,
        "/openapi.json": backend,
    }
    # neither gRPC to the pods, nor a second certificate under the same name
    assert set(json["metadata"]["annotations"]) == {
        "nginx.ingress.kubernetes.io/proxy-read-timeout"
    }


@pytest.mark.parametrize("setting", ["ingress.json.enabled=false", "ingress.rooms={runs}"])
def test_the_json_can_be_kept_inside(setting):
    given = ("ingress.enabled=true", "ingress.host=x", "ingress.tls.secretName=own")

    (ingress,) = render_with(*given, setting).of_kind("Ingress")

    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    assert {path["backend"]["service"]["port"]["name"] for path in paths} == {"grpc"}


def test_the_ingress_leads_each_grpc_service_to_its_pods():
    ingress = grpc_ingress()

    backends = {
        path["path"]: path["backend"]["service"]["name"]
        for path in ingress["spec"]["rules"][0]["http"]["paths"]
    }
    protos = (ROOT / "proto/goldbrief/api").glob("*/v1/*.proto")
    services = [name for path in protos for name in _grpc_services(path)]
    assert len(services) == 11
    for package, service in services:
        room = package.split(".")[2]
        served_by = {"reviews": "evaluation", "live": "evaluation", "audit": "runs"}.get(room, room)
        assert backends[f"/{package}.{service}"] == f"gb-{served_by}"
    assert backends["/grpc.health.v1.Health"] == "gb-runs"
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt"
    assert ingress["spec"]["tls"] == [{"hosts": ["goldbrief.example.com"], "secretName": "gb-tls"}]


def test_the_grpc_route_leads_where_the_ingress_leads():
    (route,) = render("everything").of_kind("GRPCRoute")
    ingress = grpc_ingress()

    routed = {
        f"/{match['method']['service']}": rule["backendRefs"][0]["name"]
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
    }
    assert routed == {
        path["path"]: path["backend"]["service"]["name"]
        for path in ingress["spec"]["rules"][0]["http"]["paths"]
    }


def grpc_ingress():
    (found,) = (
        each
        for each in render("everything").of_kind("Ingress")
        if not each["metadata"]["name"].endswith("-json")
    )
    return found


def _grpc_services(proto: Path) -> list[tuple[str, str]]:
    text = proto.read_text()
    (package,) = re.findall(r"^package ([\w.]+);", text, re.M)
    return [(package, service) for service in re.findall(r"^service (\w+)", text, re.M)]

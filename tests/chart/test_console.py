"""The web console: on its own port, with a secret of its own, and no way to the stores."""

from __future__ import annotations

import base64

import pytest

from .rendering import refusal, render, render_with

pytestmark = pytest.mark.chart


def test_it_knows_the_services_and_no_store():
    environment = render().environment("console")

    assert environment["GOLDBRIEF_CONSOLE_HTTP_PORT"] == "7710"
    assert environment["GOLDBRIEF_TOKEN"] == "test-goldbrief-access/token"
    assert environment["GOLDBRIEF_EVALUATION_ADDRESS"].endswith("-evaluation:7700")
    assert not {"PGPASSWORD", "GOLDBRIEF_BROKER_URL", "GOLDBRIEF_S3_SECRET_KEY"} & set(environment)
    (policy,) = (
        each["spec"]
        for each in render().of_kind("NetworkPolicy")
        if each["metadata"]["name"].endswith("-console")
    )
    called = {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for rule in policy["egress"]
        for peer in rule["to"]
        if "podSelector" in peer
    }
    assert called == {"runs", "datasets", "evaluation", "finetuning", "registry", "summarize"}
    (rule,) = policy["ingress"]
    assert [port["port"] for port in rule["ports"]] == [7710]


def test_sessions_are_signed_with_a_secret_that_all_pods_share():
    secret = render().one("Secret", "console")

    assert len(base64.b64decode(secret["data"]["session-key"])) >= 32
    variable = render().environment("console")["GOLDBRIEF_CONSOLE_SECRET"]
    assert variable == "test-goldbrief-console/session-key"
    assert render("everything").environment("console")["GOLDBRIEF_CONSOLE_SECRET"] == (
        "console/session-key"
    )


def test_browsers_reach_it_by_an_ingress_of_its_own():
    given = ("console.ingress.enabled=true", "console.ingress.host=review.example.com")
    (ingress,) = render_with(*given).of_kind("Ingress")

    (rule,) = ingress["spec"]["rules"]
    assert rule["host"] == "review.example.com"
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {
        "name": "test-goldbrief-console",
        "port": {"name": "http"},
    }
    assert ingress["spec"]["tls"][0]["secretName"] == "test-goldbrief-console-tls"


def test_it_can_be_left_out():
    chart = render_with("console.enabled=false")

    for kind in ("Deployment", "Service", "Secret", "ServiceAccount", "NetworkPolicy"):
        assert "console" not in chart.suffixes(kind)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["console.ingress.enabled=true"], "give the host name in console.ingress.host"),
        (
            ["console.enabled=false", "console.ingress.enabled=true", "console.ingress.host=x"],
            "nothing behind it",
        ),
        (["console.extraEnv[0].name=GOLDBRIEF_CONSOLE_SECRET"], "console.extraEnv sets"),
    ],
)
def test_what_cannot_work_is_refused(settings, message):
    assert message in refusal(*settings)

"""Traces go where the values say, from every process of ours and from no store."""

import pytest

from .rendering import ROOMS, render

pytestmark = pytest.mark.chart

TRACED = (*ROOMS, "console", "inference", "training")
PORT = 4319


@pytest.mark.parametrize("component", TRACED)
def test_a_process_of_ours_knows_the_collector_and_may_reach_it(component):
    chart = render("everything")
    known = chart.environment(component)
    assert known["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"https://traces.example.com:{PORT}"
    assert known["OTEL_TRACES_SAMPLER"] == "parentbased_traceidratio"
    assert known["OTEL_TRACES_SAMPLER_ARG"] == "0.25"
    assert known["OTEL_EXPORTER_OTLP_HEADERS"] == "traces/headers"
    assert known["GOLDBRIEF_LOG_FORMAT"] == "json"
    assert PORT in ports_to_outside(chart, component)


def test_nothing_else_may_reach_it():
    chart = render("everything")
    others = chart.suffixes("NetworkPolicy") - set(TRACED)
    assert {"postgresql", "s3", "migration"} <= others
    for component in others:
        assert PORT not in ports_to_outside(chart, component), component


def test_there_are_none_unless_a_collector_is_named():
    assert not [name for name in render("default").environment("runs") if "OTEL" in name]


def ports_to_outside(chart, component):
    """Ports that a component may reach outside of the cluster."""
    rules = chart.one("NetworkPolicy", component)["spec"].get("egress", [])
    outside = [rule for rule in rules if any("ipBlock" in peer for peer in rule["to"])]
    return {port["port"] for rule in outside for port in rule["ports"]}

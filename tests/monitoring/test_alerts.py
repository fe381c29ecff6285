"""Alerts fire when they should and only then: promtool plays them."""

import subprocess
from pathlib import Path

import pytest
import yaml

from .prometheus import ROOT, program

pytestmark = pytest.mark.monitoring

ALERTS = ROOT / "charts/goldbrief/alerts"
RUNBOOK = (ROOT / "docs/runbooks/alerts.md").read_text(encoding="utf-8")


def rules() -> list[dict]:
    groups = yaml.safe_load((ALERTS / "rules.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def promtool(*arguments: str | Path) -> None:
    result = subprocess.run(
        [program("promtool"), *arguments], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_rules_are_valid_and_fire_as_played() -> None:
    promtool("check", "rules", "--lint-fatal", ALERTS / "rules.yaml")
    promtool("test", "rules", ALERTS / "tests.yaml")


def test_every_alert_is_played() -> None:
    played = (ALERTS / "tests.yaml").read_text()
    assert [
        rule["alert"] for rule in rules() if f"alertname: {rule['alert']}\n" not in played
    ] == []


def test_every_alert_has_a_runbook() -> None:
    for rule in rules():
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert file == "docs/runbooks/alerts.md"
        heading = anchor.replace("-", " ")
        assert f"## {heading}" in RUNBOOK.lower(), rule["alert"]

"""Spans go to the collector that is named, to no other, and to none by default."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry import trace

from goldbrief.core.errors import InvalidInputError, PermissionDeniedError
from goldbrief.platform.tracing.exporting import tracing
from goldbrief.testing.collector import Collector
from goldbrief.testing.servers import free_port

from . import resumed_work
from .resumed_work import RUN_ID, WORK_ID

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACE_ID = hashlib.sha256(RUN_ID.encode()).hexdigest()[:32]


def run(part: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(Path(resumed_work.__file__)), part, str(folder)],
        env={**os.environ, **variables}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_work_that_another_process_takes_over_stays_in_its_trace(tmp_path: Path) -> None:
    with Collector() as collector:
        killed = run("create", tmp_path, **{ENDPOINT: collector.url})
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        resumed = run("resume", tmp_path, **{ENDPOINT: collector.url})
        assert resumed.returncode == 0, resumed.stderr
    (asked,) = collector.named("who asked")
    (created,) = collector.named("create test")
    (written,) = collector.named("test.write")
    (teacher,) = collector.named("teacher")
    assert (created.service, written.service) == ("create", "resume")
    assert {created.trace_id, written.trace_id, teacher.trace_id} == {TRACE_ID}
    assert created.links == [asked.trace_id]
    assert asked.attributes["goldbrief.run_id"] == RUN_ID
    assert written.parent_id == created.span_id
    assert teacher.parent_id == written.span_id
    assert written.attributes["goldbrief.work_id"] == WORK_ID
    assert written.attributes["goldbrief.attempt"] == 1, "the one that was killed counts"


@pytest.mark.parametrize("status", [None, 503, 400])
def test_a_collector_that_takes_nothing_costs_no_work(tmp_path: Path, status: int | None) -> None:
    run("create", tmp_path)
    with Collector(status or 200) as collector:
        url = collector.url if status else f"http://127.0.0.1:{free_port()}"
        resumed = run("resume", tmp_path, **{ENDPOINT: url})
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stderr.count("export") <= 2, "it does not complain each time"


def test_what_is_sampled_is_so_in_every_process(tmp_path: Path) -> None:
    with Collector() as collector:
        options = {ENDPOINT: collector.url, "OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}
        # the part of the id that samplers go by lies between these shares
        share = (int(TRACE_ID, 16) & (2**64 - 1)) / 2**64
        for part in ("create", "resume"):
            run(part, tmp_path, **options, OTEL_TRACES_SAMPLER_ARG=str(share * 0.99))
        assert TRACE_ID not in {span.trace_id for span in collector.spans}
    with Collector() as collector:
        (tmp_path / "kept").mkdir()
        options[ENDPOINT] = collector.url
        for part in ("create", "resume"):
            run(
                part, tmp_path / "kept", **options,
                OTEL_TRACES_SAMPLER_ARG=str(share + (1 - share) * 0.01),
            )  # fmt: skip
    kept = {span.name for span in collector.spans if span.trace_id == TRACE_ID}
    assert kept == {"create test", "test.write", "teacher"}


@pytest.mark.parametrize(
    "off", [{}, {ENDPOINT: ""}, {ENDPOINT: "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}]
)
def test_nothing_is_exported_unless_a_collector_is_named(
    monkeypatch: pytest.MonkeyPatch, off: dict[str, str]
) -> None:
    for name, value in off.items():
        monkeypatch.setenv(name, value)
    before = trace.get_tracer_provider()
    with tracing("test"):
        assert trace.get_tracer_provider() is before


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({ENDPOINT: "collector:4318"}, ENDPOINT),
        ({ENDPOINT: "ftp://collector"}, ENDPOINT),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL"),
        ({"OTEL_TRACES_SAMPLER": "some"}, "OTEL_TRACES_SAMPLER"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio"}, "OTEL_TRACES_SAMPLER_ARG"),
        (
            {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "10"},
            "OTEL_TRACES_SAMPLER_ARG",
        ),
    ],
)
def test_a_variable_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:4318")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInputError, match=f"^{named} is ") as caught, tracing("test"):
        pass
    assert caught.value.remedy


def test_the_collector_must_be_among_the_hosts_of_confidential_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOLDBRIEF_CONFIDENTIAL_HOSTS", "collector.svc")
    monkeypatch.setenv(ENDPOINT, "http://tracing.example.com:4318")
    with pytest.raises(PermissionDeniedError, match="collector of traces"), tracing("test"):
        pass

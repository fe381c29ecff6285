"""Summaries as MLflow traces: what was asked, what was written, and what was found about it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from goldbrief.core.egress import confidential_hosts

_MOST_PREVIEW_CHARACTERS = 1000
_SOURCES = {"judge": "LLM_JUDGE", "measure": "CODE", "person": "HUMAN"}


@dataclass(frozen=True, slots=True)
class TrackedAssessment:
    """One thing that was found about a summary."""

    name: str
    value: float | str | None
    """None for a failure, which `error` tells of."""
    source: Literal["judge", "measure", "person"]
    by: str
    """Who found it: a judge, or what measured it."""
    rationale: str = ""
    error: str = ""
    occasion: str = ""
    """Tells it from the others of its name by the same one."""


@dataclass(frozen=True, slots=True)
class TrackedSummary:
    """A summary that a system wrote."""

    key: str
    """Tells it from the other summaries of its run; the same summary has the same key."""
    system: str
    article: str
    """As the user named it."""
    persona: str
    text: str | None
    """None where the system failed."""
    seconds: float
    """That writing took; 0 where it is not known."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Hashes and names to find it by."""
    assessments: Sequence[TrackedAssessment] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where traces belong."""

    experiment_id: str
    mlflow_run_id: str
    time_ms: int
    """The run's start: a trace that is written again is then the same trace."""
    models: Mapping[str, str]
    """System to the id of its logged model, where it has one."""


def trace_id(summary: TrackedSummary, place: Place) -> str:
    """The id of a summary's trace: the same whenever it is written."""
    return f"tr-{_digest(summary, place)[:16].hex()}"


def trace_of(summary: TrackedSummary, place: Place) -> tuple[Any, Any]:
    """Make a trace of a single span; mlflow is imported already.

    Where text is confidential, neither summary nor rationales are in it.

    Args:
        summary: The summary.
        place: Where it belongs.

    Returns:
        MLflow's TraceInfo and Span.
    """
    from mlflow.entities import (  # noqa: PLC0415 - the tracker's client has loaded it
        Span,
        TraceInfo,
        TraceLocation,
        TraceState,
    )

    asked = {"article": summary.article, "persona": summary.persona}
    written = _content(summary.text or "")
    duration_ms = round(summary.seconds * 1000)
    model = place.models.get(summary.system)
    is_written = summary.text is not None
    info = TraceInfo(
        trace_id=trace_id(summary, place),
        trace_location=TraceLocation.from_experiment_id(place.experiment_id),
        request_time=place.time_ms,
        state=TraceState.OK if is_written else TraceState.ERROR,
        request_preview=json.dumps(asked, ensure_ascii=False),
        response_preview=written[:_MOST_PREVIEW_CHARACTERS],
        execution_duration=duration_ms,
        trace_metadata={
            "mlflow.sourceRun": place.mlflow_run_id,
            "mlflow.trace_schema.version": "3",
            **({"mlflow.modelId": model} if model else {}),
            **{f"goldbrief.{name}": value for name, value in summary.facts.items()},
        },
        tags={"mlflow.traceName": summary.system},
        assessments=[_feedback(one, summary, place) for one in summary.assessments],
    )
    digest = _digest(summary, place)
    span = Span.from_dict(
        {
            "trace_id": base64.b64encode(digest[:16]).decode(),
            "span_id": base64.b64encode(digest[16:24]).decode(),
            "parent_span_id": None,
            "name": summary.system,
            "start_time_unix_nano": place.time_ms * 1_000_000,
            "end_time_unix_nano": (place.time_ms + duration_ms) * 1_000_000,
            "events": [],
            "status": {"code": f"STATUS_CODE_{'OK' if is_written else 'ERROR'}", "message": ""},
            "attributes": {
                "mlflow.traceRequestId": json.dumps(info.trace_id),
                "mlflow.spanType": json.dumps("LLM"),
                "mlflow.spanInputs": json.dumps(asked, ensure_ascii=False),
                "mlflow.spanOutputs": json.dumps(written, ensure_ascii=False),
            },
        }
    )
    return info, span


def _feedback(one: TrackedAssessment, summary: TrackedSummary, place: Place) -> Any:
    from mlflow.entities import AssessmentSource, Feedback  # noqa: PLC0415 - as above
    from mlflow.entities.assessment import AssessmentError  # noqa: PLC0415 - as above

    feedback = Feedback(
        name=one.name,
        value=one.value,
        rationale=_content(one.rationale) or None,
        source=AssessmentSource(_SOURCES[one.source], one.by),
        error=AssessmentError("NOT_ANSWERED", _content(one.error)) if one.error else None,
        trace_id=trace_id(summary, place),
        create_time_ms=place.time_ms,
        last_update_time_ms=place.time_ms,
    )
    identity = "/".join(filter(None, (feedback.trace_id, one.name, one.by, one.occasion)))
    # of our own making, so that one that is written again is the same one
    feedback.assessment_id = f"a-{hashlib.sha256(identity.encode()).hexdigest()[:32]}"
    return feedback


def _content(text: str) -> str:
    return "" if confidential_hosts() else text


def _digest(summary: TrackedSummary, place: Place) -> bytes:
    return hashlib.sha256(f"{place.mlflow_run_id}/{summary.key}".encode()).digest()

"""What the commands print: for people, and as JSON for machines."""

from __future__ import annotations

import json
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.live import Live
from rich.table import Table

from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.api.summarize.v1 import summarize_pb2
from goldbrief.api.synthesis.v1 import synthesis_pb2
from goldbrief.core.documents import Judgment
from goldbrief.core.errors import NotFoundError
from goldbrief.sdk.answers import state_of

Show = Callable[[runs_pb2.Run], None]

_MARKS = {"SUCCEEDED": "✓", "FAILED": "✗", "RUNNING": "▸", "PAUSED": "‖", "CANCELLED": "–"}
_LINE_EVERY_S = 10.0
_LEAST_SHARE = 0.05
"""Share of the items from which their rate foretells the rest; the first may be done by chance."""


@contextmanager
def view(as_json: bool) -> Iterator[Show]:
    """Show a run as it changes: JSON lines, a live table, or plain lines.

    Args:
        as_json: Whether machines read the output.

    Yields:
        A function that takes the run as it is now.
    """
    if as_json:
        yield _JsonLines()
    elif sys.stdout.isatty():
        with Live(console=Console(), refresh_per_second=4) as live:
            yield lambda run: live.update(_table(run))
    else:
        yield _PlainLines()


class _JsonLines:
    """One event for each change of a phase, then one for the run's end."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def __call__(self, run: runs_pb2.Run) -> None:
        for phase in run.phases:
            event = {
                "run": run.id,
                "phase": phase.name,
                "state": state_of(phase.state),
                "detail": phase.detail,
                "progress": {
                    "done": phase.progress.done,
                    "total": phase.progress.total,
                    "rejected": phase.progress.rejected,
                    "failed": phase.progress.failed,
                },
                "usage": {
                    "calls": phase.usage.calls,
                    "repeated_calls": phase.usage.repeated_calls,
                    "tokens": phase.usage.prompt_tokens + phase.usage.completion_tokens,
                    "cost": phase.usage.cost,
                },
                "remaining_s": remaining_s(phase),
            }
            line = json.dumps({**event, "remaining_s": None})
            if self._seen.get(phase.name) != line and phase.resource_id:
                self._seen[phase.name] = line
                click.echo(json.dumps(event))
        if run.HasField("end_time") or is_held(run):
            cause = MessageToDict(run.cause) if run.HasField("cause") else None
            click.echo(json.dumps({"run": run.id, "state": state_of(run.state), "cause": cause}))


class _PlainLines:
    """A line when a phase begins or ends, and now and then between."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._last = 0.0

    def __call__(self, run: runs_pb2.Run) -> None:
        for phase in run.phases:
            state = state_of(phase.state)
            if not phase.resource_id:
                continue
            changed = self._states.get(phase.name) != state
            due = state == "RUNNING" and time.monotonic() - self._last > _LINE_EVERY_S
            if changed or due:
                self._states[phase.name] = state
                self._last = time.monotonic()
                click.echo(_phase_line(phase))


def _table(run: runs_pb2.Run) -> Table:
    table = Table(title=f"{run.id}  {state_of(run.state)}", title_justify="left", box=None)
    for column in ("", "phase", "done", "time", "left", "calls", "cost", ""):
        table.add_column(column, justify="right" if column in ("done", "time", "left") else "left")
    for phase in run.phases:
        progress = phase.progress
        done = f"{progress.done}/{progress.total}" if progress.total > 1 else ""
        left = remaining_s(phase)
        table.add_row(
            _MARKS.get(state_of(phase.state), "·"),
            phase.name,
            done,
            clock(_elapsed_s(phase)) if phase.resource_id else "",
            clock(left) if left is not None else "",
            str(phase.usage.calls or ""),
            f"{phase.usage.cost:.2f}" if phase.usage.cost else "",
            phase.detail,
        )
    return table


def _phase_line(phase: runs_pb2.Phase) -> str:
    progress = phase.progress
    done = f" {progress.done}/{progress.total}" if progress.total > 1 else ""
    left = remaining_s(phase)
    left_text = f", {clock(left)} left" if left else ""
    calls = f", {phase.usage.calls} calls" if phase.usage.calls else ""
    cost = f", cost {phase.usage.cost:.2f}" if phase.usage.cost else ""
    state = state_of(phase.state).lower()
    mark = _MARKS.get(state.upper(), "·")
    return (
        f"{mark} {phase.name:<10} {state:<9} {clock(_elapsed_s(phase))}{done}"
        f"{calls}{cost}{left_text}  {phase.detail}"
    )


def remaining_s(phase: runs_pb2.Phase) -> float | None:
    """Seconds that a running phase still needs, by its own word or by its rate so far."""
    if state_of(phase.state) != "RUNNING":
        return None
    said = json.loads(phase.result_json or "{}").get("progress", {}).get("remaining_s")
    if said:
        return float(said)
    progress = phase.progress
    if progress.total > 1 and progress.done >= max(1, _LEAST_SHARE * progress.total):
        return _elapsed_s(phase) * (progress.total - progress.done) / progress.done
    return None


def clock(seconds: float) -> str:
    """Minutes and seconds, `m:ss`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _elapsed_s(phase: runs_pb2.Phase) -> float:
    end = phase.end_time.ToMicroseconds() / 1e6 if phase.HasField("end_time") else time.time()
    return max(0.0, end - phase.start_time.ToMicroseconds() / 1e6)


def phase_of(run: runs_pb2.Run, name: str) -> runs_pb2.Phase:
    """The phase of that name; raises NotFoundError when it has not begun."""
    phase = next(phase for phase in run.phases if phase.name == name)
    if not phase.resource_id:
        raise NotFoundError(f"Phase {name} of {run.id} has not begun.", reason="PHASE_NOT_STARTED")
    return phase


def run_as_text(run: runs_pb2.Run) -> str:
    """A run for people: its state, phases and, when it failed or was paused, why."""
    lines = [f"{run.id}  {state_of(run.state)}"]
    if run.HasField("round"):
        lines.append(f"  round {run.round.number}, of {', '.join(run.round.review_set_ids)}")
    lines += [f"  {_phase_line(phase)}" for phase in run.phases if phase.resource_id]
    if run.HasField("cause"):
        lines += [f"  {run.cause.message}", f"  {run.cause.remedy}"]
    return "\n".join(line for line in lines if line.strip())


def is_held(run: runs_pb2.Run) -> bool:
    """Whether a run was paused without being asked, so that it does not go on by itself."""
    return state_of(run.state) == "PAUSED" and run.HasField("cause")


def run_as_json(run: runs_pb2.Run) -> str:
    """A run as JSON."""
    return message_as_json(run)


def message_as_json(message: Message) -> str:
    """A message of the API as JSON, its names as in the proto files."""
    return json.dumps(message_as_dict(message), indent=2)


def message_as_dict(message: Message) -> dict[str, Any]:
    """A message of the API as what JSON can hold, its names as in the proto files."""
    fields: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return fields


def candidate_as_text(candidate: synthesis_pb2.Candidate, *, why: bool, with_text: bool) -> str:
    """A candidate in one line; below it the verdict and its text, where asked for."""
    told = (
        f"{candidate.outcome or 'OPEN':9} {candidate.score:.2f}  {candidate.article_sha256[:12]} "
        f"{candidate.persona}  rewrites {candidate.rounds}  {candidate.reason}"
    ).rstrip() + "\n"
    if why:
        told += verdict_as_text(candidate.judgment_json)
    return f"{told}\n{candidate.text}\n\n" if with_text and candidate.text else told


def verdict_as_text(judgment_json: str) -> str:
    """A judgment for people: scores, findings and rationale, a line each; empty where none is."""
    if not judgment_json:
        return ""
    judgment = Judgment.model_validate_json(judgment_json)
    scores = ", ".join(f"{name} {score:.1f}" for name, score in judgment.scores.items())
    lines = [
        f"{judgment.judge}: {scores or 'no score'}",
        *(f"{finding.severity}: {finding.message}" for finding in judgment.findings),
        " ".join(judgment.rationale.split()),
    ]
    return "".join(f"    {line}\n" for line in lines if line)


def summary_as_text(answer: summarize_pb2.SummarizeResponse) -> str:
    """A summary, where it came from, how its figures were checked, and warnings of its article."""
    supported = sum(figure.supported for figure in answer.figures)
    text = answer.text.strip()
    if answer.withheld:
        missing = summarize_pb2.FIGURE_SUPPORT_UNSUPPORTED
        wrong = ", ".join(one.text for one in answer.figures if one.support == missing)
        text = f"The summary is withheld: the article does not support {wrong}."
    line = (
        f"[{answer.model} version {answer.version}, run {answer.run_id or '-'}; "
        f"figures supported {supported}/{len(answer.figures)}; {_reading(answer)}"
        f"{answer.usage.completion_tokens} tokens in {answer.usage.latency_s:.1f} s]"
    )
    return "\n".join([f"{text}\n\n{line}", *answer.article_warnings])


def _reading(answer: summarize_pb2.SummarizeResponse) -> str:
    """How the article was read, where that was not simply whole."""
    if answer.chunks > 1:
        return f"article read in {answer.chunks} parts; "
    return (
        f"{answer.article_share:.0%} of the article's sentences read; " if answer.truncated else ""
    )


def plain_file_text(path: Path) -> str:
    """Text of a Markdown or text file without its front matter."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL).strip()


def wait_for_interrupt() -> None:
    """Block until SIGINT or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(1.0):
        pass

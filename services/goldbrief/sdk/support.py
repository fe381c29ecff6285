"""What somebody who helps needs to know of a setup, and nothing that they must not."""

from __future__ import annotations

import json
import os
import platform
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import goldbrief
from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.core.errors import GoldbriefError
from goldbrief.core.settings import Settings, read_settings
from goldbrief.sdk.answers import state_of
from goldbrief.sdk.client import Client

_PACKAGES = (
    "alembic", "celery", "grpcio", "kombu", "mlflow-skinny", "peft", "protobuf", "psycopg",
    "pydantic", "redis", "sqlalchemy", "tokenizers", "torch", "transformers",
)  # fmt: skip
_SHOWN = frozenset(
    {
        "base_model", "engine", "host", "judge_likelihood", "judge_model", "teacher_model",
        "training_launcher",
    }
)  # fmt: skip
"""Settings in words that are shown as they are. All others may hold a secret or a private name, so
that of a URL its scheme is shown, and of the rest whether it is set."""
_PREFIX = "GOLDBRIEF_"
_MOST = 20
"""Runs, and works of each kind, that are told of; the newest."""


def write_support_bundle(client: Client, path: Path) -> list[str]:
    """Write versions, settings without secrets, and the last errors into one zip.

    Errors are told by reason, without their messages, which may quote articles.

    Args:
        client: Of the server; one that does not answer is an error that is told.
        path: The zip; replaced where it exists.

    Returns:
        Names of the files in it.

    Raises:
        InvalidInputError: A setting is wrong.
    """
    files = {
        "versions.json": _versions(),
        "settings.json": _settings(read_settings()),
        "works.json": _works(client),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, json.dumps(content, indent=2))
    return list(files)


def _versions() -> dict[str, Any]:
    return {
        "goldbrief": goldbrief.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "packages": {name: _installed(name) for name in _PACKAGES},
    }


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "settings": {name: _shown(name, getattr(settings, name)) for name in Settings.model_fields},
        "variables": sorted(name for name in os.environ if name.startswith(_PREFIX)),
    }


def _shown(name: str, value: Any) -> Any:
    """A setting as it may be shown; what is not known to be harmless is not."""
    if value is None or isinstance(value, bool | int | float) or name in _SHOWN:
        return value
    if isinstance(value, str) and "://" in value:
        return f"{value.partition('://')[0]}://..."
    return "set" if value else "empty"


def _works(client: Client) -> dict[str, Any]:
    """What is going on, and why what failed did; or why the server does not tell."""
    try:
        return {
            "runs": [_run(run) for run in _newest(_runs(client))],
            **{kind: [_work(one) for one in _newest(works)] for kind, works in _kinds(client)},
        }
    except GoldbriefError as error:
        return {"server": f"does not tell: {error.reason}"}


def _runs(client: Client) -> Iterable[runs_pb2.Run]:
    runs: Iterable[runs_pb2.Run] = client.runs.ListRuns(runs_pb2.ListRunsRequest()).runs
    return runs


def _kinds(client: Client) -> Iterator[tuple[str, Iterable[work_pb2.Work]]]:
    versions = client.datasets.ListDatasetVersions(datasets_pb2.ListDatasetVersionsRequest())
    yield "dataset_versions", (one.work for one in versions.dataset_versions)
    trainings = client.finetuning.ListFinetuningRuns(finetuning_pb2.ListFinetuningRunsRequest())
    yield "finetuning_runs", (one.work for one in trainings.finetuning_runs)
    evaluations = client.evaluation.ListEvaluations(evaluation_pb2.ListEvaluationsRequest())
    yield "evaluations", (one.work for one in evaluations.evaluations)


def _newest(things: Iterable[Any]) -> list[Any]:
    return list(things)[:_MOST]


def _run(run: runs_pb2.Run) -> dict[str, Any]:
    return {
        **_state(run),
        "phases": [
            {
                "name": phase.name,
                "state": state_of(phase.state),
                "resource": phase.resource_id,
                **_progress(phase.progress),
            }
            for phase in run.phases
        ],
    }


def _work(work: work_pb2.Work) -> dict[str, Any]:
    return {**_state(work), "run": work.run_id, **_progress(work.progress)}


def _state(one: runs_pb2.Run | work_pb2.Work) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": state_of(one.state),
        "reason": one.cause.reason,
        "created": one.create_time.ToJsonString(),
        "ended": one.end_time.ToJsonString() if one.HasField("end_time") else "",
    }


def _progress(progress: work_pb2.Progress) -> dict[str, int]:
    names = ("total", "done", "accepted", "rejected", "failed")
    return {name: getattr(progress, name) for name in names}

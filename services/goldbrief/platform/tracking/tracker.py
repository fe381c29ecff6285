"""Writes runs and model versions to MLflow, once however often it is told."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from goldbrief.core.egress import require_allowed
from goldbrief.core.errors import GoldbriefError, TransientError
from goldbrief.platform.tracking.library import load_client, mlflow_errors
from goldbrief.platform.tracking.traces import Place, TrackedSummary, trace_of

EXPERIMENT = "goldbrief"
RUN_TAG = "goldbrief.run_id"
VERSION_TAG = "goldbrief.version"
_TABLE = "evaluation_rows.json"
_BATCH = 500
"""Metrics in one call; MLflow takes 1,000 and counts other things against them."""
_MAX_PARAM_CHARACTERS = 6000
_DIGEST_CHARACTERS = 36
_PAGE = 200
"""Traces in one answer."""
_ANOTHER_STORE = "Log the run again; if that fails too, use a PostgreSQL tracking store."


@dataclass(frozen=True, slots=True)
class TrackedDataset:
    """A dataset version, as a run names it."""

    name: str
    digest: str
    """Of its content; MLflow keeps 36 characters."""
    rows: int


@dataclass(frozen=True, slots=True)
class TrackedModel:
    """A registered version that took part in an evaluation."""

    system: str
    """What the evaluation calls it."""
    name: str
    version: str
    """Ours."""
    metrics: Mapping[str, float]
    """What was found of it."""


@dataclass(frozen=True, slots=True)
class TrackedRatings:
    """What people said of an evaluation by some moment."""

    metrics: Mapping[str, float]
    time: float
    """When the last of it was said, in seconds since 1970."""


class Tracker:
    """Writes to one MLflow tracking store; safe to make, slow (seconds) to use first.

    Args:
        uri: Tracking URI: a database such as `sqlite:///mlflow.db`, or a server.

    Raises:
        PermissionDeniedError: Text may not be sent to the server (see `core.egress`).
    """

    def __init__(self, uri: str) -> None:
        if uri.startswith(("http://", "https://")):
            require_allowed(uri, "MLflow")
        self._uri = uri

    def log_run(
        self,
        run_id: str,
        *,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        tags: Mapping[str, str] | None = None,
        artifacts: Mapping[str, bytes | Path] | None = None,
        curves: Mapping[str, Sequence[Mapping[str, float]]] | None = None,
        dataset: TrackedDataset | None = None,
        evaluation_table: Sequence[Mapping[str, Any]] = (),
    ) -> str:
        """Write a run; what is there already is left or written over.

        Args:
            run_id: Ours; an MLflow run that is tagged with it is used again.
            params: Flat; a param cannot change later.
            metrics: Final values by name.
            tags: More tags.
            artifacts: File name to bytes, or to a file to copy.
            curves: Prefix to points in order: `step` and other numbers, which become metrics
                `<prefix>/<name>`.
            dataset: What it was trained on.
            evaluation_table: Rows of an evaluation, shown as a table by MLflow.

        Returns:
            The MLflow run id.

        Raises:
            TransientError: MLflow is away, or did not keep all that it was given.
            GoldbriefError: MLflow refused something, such as a changed param.
        """
        with mlflow_errors():
            run = self._find_run(run_id) or self._create_run(run_id)
            mlflow_id = str(run.info.run_id)
            started = int(run.info.start_time)
            curve = _points(curves or {})
            final = [(name, value, 0) for name, value in metrics.items()]
            self._log_metrics(mlflow_id, [*final, *curve], started)
            self._log_params(mlflow_id, params)
            self._log_dataset(mlflow_id, dataset, "training")
            files = dict(artifacts or {})
            if evaluation_table:
                files[_TABLE] = _json(_split_table(evaluation_table))
                tags = {**(tags or {}), "mlflow.loggedArtifacts": _table_tag()}
            self._log_files(mlflow_id, files)
            for name, value in (tags or {}).items():
                self._client.set_tag(mlflow_id, name, value)
            self._require_kept(mlflow_id, metrics, curve)
            self._client.set_terminated(mlflow_id, "FINISHED")
        return mlflow_id

    def log_evaluation(
        self,
        run_id: str,
        *,
        summaries: Sequence[TrackedSummary],
        dataset: TrackedDataset,
        models: Sequence[TrackedModel] = (),
        ratings: TrackedRatings | None = None,
    ) -> str:
        """Add the summaries of an evaluation to a run, as traces, and tie it to data and models.

        Args:
            run_id: Ours, of a run that is logged; what it has already is left.
            summaries: What the systems wrote, and what was found about it.
            dataset: What was summarized.
            models: Whose metrics these are; one that is not registered is left out.
            ratings: What people say by now; what they said before stays in the metrics' history.

        Returns:
            The MLflow run id.

        Raises:
            TransientError: MLflow is away, or did not keep all that it was given.
            GoldbriefError: There is no such run, or MLflow refused something.
        """
        with mlflow_errors():
            run = self._find_run(run_id)
            if run is None:
                raise GoldbriefError(f"{run_id} is not in MLflow.", reason="TRACKING_RUN_NOT_FOUND")
            self._log_dataset(run.info.run_id, dataset, "evaluation")
            known = {
                model.system: self._logged_model(model.name, model.version) for model in models
            }
            linked = {system: model_id for system, model_id in known.items() if model_id}
            for model in models:
                if model_id := linked.get(model.system):
                    self._log_model_metrics(run, model_id, model.metrics, dataset)
            place = Place(self._experiment_id, run.info.run_id, int(run.info.start_time), linked)
            self._log_traces(summaries, place)
            if ratings is not None:
                self._log_ratings(run.info.run_id, ratings)
        return str(run.info.run_id)

    def register_adapter(
        self, model: str, version: str, run_id: str, tags: Mapping[str, str] | None = None
    ) -> str:
        """Mirror a model version: an external model, whose files stay where they are.

        Args:
            model: Registered name.
            version: Ours; MLflow counts its own, so it becomes the tag `goldbrief.version`.
            run_id: Run that made it; linked when it was logged.
            tags: More tags, such as the adapter's object key prefix.

        Returns:
            MLflow's number of the version.

        Raises:
            TransientError: MLflow is away.
            GoldbriefError: MLflow refused it.
        """
        with mlflow_errors():
            if not self._client.search_registered_models(f"name = '{model}'"):
                self._client.create_registered_model(model)
            for found in self._client.search_model_versions(f"name = '{model}'"):
                if found.tags.get(VERSION_TAG) == version:
                    return str(found.version)
            run = self._find_run(run_id)
            own = {**(tags or {}), VERSION_TAG: version, RUN_TAG: run_id}
            external = self._create_external_model(model, run, own)
            created = self._client.create_model_version(
                model,
                source=external.artifact_location,
                run_id=run.info.run_id if run else None,
                # a server takes an artifact of a model only with the model's id
                model_id=external.model_id,
                # MLflow drops the link of a version to an external model; the tag keeps it
                tags={**own, "mlflow.model_id": external.model_id},
            )
            return str(created.version)

    @cached_property
    def _client(self) -> Any:
        return load_client(self._uri)

    @cached_property
    def _experiment_id(self) -> str:
        found = self._client.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            return str(found.experiment_id)
        return str(self._client.create_experiment(EXPERIMENT, self._artifact_location()))

    def _artifact_location(self) -> str | None:
        """Beside an SQLite file, where MLflow would use the working directory."""
        path = self._uri.removeprefix("sqlite:///")
        if path == self._uri:
            return None
        return (Path(path).absolute().parent / "mlflow-artifacts").as_uri()

    def _find_run(self, run_id: str) -> Any:
        found = self._client.search_runs(
            [self._experiment_id], f"tags.`{RUN_TAG}` = '{run_id}'", max_results=1
        )
        return found[0] if found else None

    def _create_run(self, run_id: str) -> Any:
        return self._client.create_run(self._experiment_id, tags={RUN_TAG: run_id}, run_name=run_id)

    def _log_ratings(self, mlflow_id: str, ratings: TrackedRatings) -> None:
        points = [(name, value, 0) for name, value in ratings.metrics.items()]
        # a later time of the same step: MLflow shows what was said last
        self._log_metrics(mlflow_id, points, round(ratings.time * 1000))
        self._require_kept(mlflow_id, ratings.metrics, ())

    def _log_metrics(
        self, mlflow_id: str, points: Sequence[tuple[str, float, int]], time_ms: int
    ) -> None:
        from mlflow.entities import Metric  # noqa: PLC0415 - loaded by _client already

        # one time for all: what is logged again is then the same point, and kept once
        rows = iter(Metric(name, value, time_ms, step) for name, value, step in points)
        while batch := list(islice(rows, _BATCH)):
            self._client.log_batch(mlflow_id, metrics=batch)

    def _log_params(self, mlflow_id: str, params: Mapping[str, Any]) -> None:
        from mlflow.entities import Param  # noqa: PLC0415 - loaded by _client already

        rows = iter(
            Param(name, str(value)[:_MAX_PARAM_CHARACTERS]) for name, value in params.items()
        )
        while batch := list(islice(rows, 100)):
            self._client.log_batch(mlflow_id, params=batch)

    def _log_dataset(self, mlflow_id: str, dataset: TrackedDataset | None, context: str) -> None:
        if dataset is None:
            return
        from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415 - as above

        entity = Dataset(
            name=dataset.name,
            digest=dataset.digest[:_DIGEST_CHARACTERS],
            source_type="goldbrief",
            source=json.dumps({"digest": dataset.digest}),
            profile=json.dumps({"num_rows": dataset.rows}),
        )
        tag = InputTag("mlflow.data.context", context)
        self._client.log_inputs(mlflow_id, [DatasetInput(entity, [tag])])

    def _logged_model(self, name: str, version: str) -> str:
        """The id of a version's logged model; empty where it is not registered."""
        for found in self._client.search_model_versions(f"name = '{name}'"):
            if found.tags.get(VERSION_TAG) == version:
                return str(found.tags.get("mlflow.model_id", ""))
        return ""

    def _log_model_metrics(
        self, run: Any, model_id: str, metrics: Mapping[str, float], dataset: TrackedDataset
    ) -> None:
        from mlflow.entities import LoggedModelInput, Metric  # noqa: PLC0415 - as above

        self._client.log_inputs(run.info.run_id, models=[LoggedModelInput(model_id)])
        kept = {
            (metric.key, metric.run_id)
            for metric in self._client.get_logged_model(model_id).metrics or ()
        }
        started, digest = int(run.info.start_time), dataset.digest[:_DIGEST_CHARACTERS]
        new = [
            Metric(name, value, started, 0, model_id, dataset.name, digest, run.info.run_id)
            for name, value in metrics.items()
            if (name, run.info.run_id) not in kept
        ]
        if new:
            self._client.log_batch(run.info.run_id, metrics=new)

    def _log_traces(self, summaries: Sequence[TrackedSummary], place: Place) -> None:
        # MlflowClient writes traces of calls as they are made; of those made before only this does
        client = self._client._tracing_client
        traces = [trace_of(summary, place) for summary in summaries]
        before = self._assessments_kept(place)
        for info, span in traces:
            if not _has_all(before.get(info.trace_id), info):
                client.start_trace(info)
                client.log_spans(place.experiment_id, [span])
        kept = self._assessments_kept(place)
        written = zip(summaries, traces, strict=True)
        lost = [
            one.key for one, (info, _) in written if not _has_all(kept.get(info.trace_id), info)
        ]
        if lost:
            raise TransientError(
                f"MLflow lost {len(lost)} of {len(traces)} traces of run {place.mlflow_run_id}, or "
                f"assessments of them: {', '.join(lost[:5])}.",
                reason="TRACKING_SHORTFALL",
                remedy=_ANOTHER_STORE,
            )

    def _assessments_kept(self, place: Place) -> dict[str, dict[str, Any]]:
        """What the assessments of each trace of a run say, by the ids of both."""
        found: dict[str, dict[str, Any]] = {}
        token = None
        while True:
            page = self._client.search_traces(
                locations=[place.experiment_id], run_id=place.mlflow_run_id, include_spans=False,
                max_results=_PAGE, page_token=token,
            )  # fmt: skip
            found |= {one.info.trace_id: _assessments_said(one.info) for one in page}
            token = page.token
            if not token:
                return found

    def _log_files(self, mlflow_id: str, files: Mapping[str, bytes | Path]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                if isinstance(content, Path):
                    path.symlink_to(content.absolute())
                else:
                    path.write_bytes(content)
            self._client.log_artifacts(mlflow_id, folder)

    def _require_kept(
        self, mlflow_id: str, metrics: Mapping[str, float], curve: Sequence[tuple[str, float, int]]
    ) -> None:
        """MLflow can lose writes with no more than a warning, so read them back."""
        kept = self._client.get_run(mlflow_id).data.metrics
        lost = [name for name, value in metrics.items() if not _equal(kept.get(name), value)]
        for name in sorted({name for name, _, _ in curve}):
            steps = {step for other, _, step in curve if other == name}
            history = {point.step for point in self._client.get_metric_history(mlflow_id, name)}
            if not steps <= history:
                lost.append(name)
        if lost:
            raise TransientError(
                f"MLflow lost {len(lost)} metrics of run {mlflow_id}: {', '.join(lost[:5])}.",
                reason="TRACKING_SHORTFALL",
                remedy=_ANOTHER_STORE,
            )

    def _create_external_model(self, model: str, run: Any, tags: Mapping[str, str]) -> Any:
        created = self._client.create_logged_model(
            self._experiment_id,
            name=model,
            source_run_id=run.info.run_id if run else None,
            tags={**tags, "mlflow.model.isExternal": "true"},
            model_type="adapter",
        )
        return self._client.finalize_logged_model(created.model_id, "READY")


def _assessments_said(info: Any) -> dict[str, Any]:
    return {one.assessment_id: (one.value, one.rationale or "") for one in info.assessments}


def _has_all(kept: Mapping[str, Any] | None, info: Any) -> bool:
    """Whether a trace is kept with all its assessments; it may have more, of other days."""
    return kept is not None and _assessments_said(info).items() <= kept.items()


def _points(
    curves: Mapping[str, Sequence[Mapping[str, float]]],
) -> list[tuple[str, float, int]]:
    return [
        (f"{prefix}/{name}", float(value), int(point["step"]))
        for prefix, points in curves.items()
        for point in points
        for name, value in point.items()
        if name != "step" and isinstance(value, int | float)
    ]


def _equal(kept: float | None, value: float) -> bool:
    if kept is None or math.isnan(value):
        return kept is not None and math.isnan(kept)
    return math.isclose(kept, value, rel_tol=1e-9)


def _split_table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The orientation that MLflow shows as a table."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return {"columns": columns, "data": [[row.get(name) for name in columns] for row in rows]}


def _table_tag() -> str:
    return json.dumps([{"path": _TABLE, "type": "table"}])


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode()

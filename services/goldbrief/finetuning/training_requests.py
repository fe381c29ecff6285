"""From what a caller asks for to a spec that can be trained, or an error that names the field."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from goldbrief.core.durations import TrainingDuration
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import AdapterManifest, JobResources, TrainingSpec, version_prefix
from goldbrief.finetuning.data_paths import AskedSource, DataPaths, TrainingData
from goldbrief.finetuning.invalid_fields import invalid_field

_MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_OWN_FIELDS = {
    "model": "model",
    "train_data": "train_data_path",
    "eval_data": "eval_data_path",
    "register_to": "register_to",
    "training_duration": "training_duration",
    "task_type": "task_type",
    "prompt": "prompt_json",
    "custom_weights": "custom_weights_path",
    "eval_prompts": "eval_prompts",
}
"""Fields of TrainingSpec that have a field of the request to themselves."""
_HYPERPARAMETERS = "hyperparameters_json"
_NOT_TO_BE_SET = {"run_id", "canary_prompts", *_OWN_FIELDS}


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What a caller asks for; the fields are those of CreateFinetuningRunRequest."""

    request_id: str
    run_id: str
    model: str
    train_data_path: str
    eval_data_path: str
    register_to: str
    training_duration: str
    task_type: str
    hyperparameters_json: str
    prompt_json: str
    custom_weights_path: str = ""
    experiment_path: str = ""
    skip_validation: bool = False
    dry_run: bool = False
    budget_hours: float = 0.0
    eval_prompts: tuple[str, ...] = ()
    train_data: tuple[AskedSource, ...] = ()
    eval_data: tuple[AskedSource, ...] = ()
    resources: Mapping[str, Any] = field(default_factory=dict)
    """Fields of JobResources."""


class RequestResolver:
    """Checks requests and resolves the names in them.

    Args:
        store: Holds rows and dataset versions.
        models_dir: Folder of base models kept by name.
        location: Where the store is, as `Settings.objects` says.
    """

    def __init__(self, store: ObjectStore, models_dir: Path, location: str) -> None:
        self._store = store
        self._models_dir = models_dir
        self._paths = DataPaths(store, location)

    def work_spec(self, request: TrainingRequest) -> dict[str, Any]:
        """Resolve a request.

        Args:
            request: As the caller sent it.

        Returns:
            What the request's own fields say, `dataset_digest`, `resources`, and `training`:
            the fields of a TrainingSpec without the run's id and canaries.

        Raises:
            InvalidInputError: The request cannot work; its metadata names the field.
        """
        if not request.request_id:
            raise invalid_field(
                "request_id", "is empty", "Send an id that is unique to this request."
            )
        if not _MODEL_NAME.fullmatch(request.register_to):
            raise invalid_field(
                "register_to",
                f"{request.register_to!r} is not a model name",
                "Use lower-case letters, digits, dots and dashes, at most 63.",
            )
        if request.budget_hours < 0:
            raise invalid_field("budget_hours", "is negative", "Use 0 for no limit.")
        train = _sources(request.train_data_path, request.train_data, "train_data")
        data = self._paths.resolve(
            train, _sources(request.eval_data_path, request.eval_data, "eval_data")
        )
        spec = _spec(
            request,
            data,
            model=self._model(request.model),
            custom_weights=self._weights(request.custom_weights_path),
        )
        self._check_weights(spec)
        return {
            "model": request.model,
            "train_data_path": ", ".join(source.name or source.path for source in train),
            "experiment_path": request.experiment_path,
            "validate": not request.skip_validation,
            "dry_run": request.dry_run,
            "budget_hours": request.budget_hours,
            "resources": _resources(request.resources),
            "dataset_digest": ",".join(data.digests),
            "training": spec.model_dump(mode="json", exclude={"run_id", "canary_prompts"}),
        }

    def _model(self, model: str) -> str:
        for folder in (self._models_dir / model, Path(model)):
            if model and (folder / "config.json").is_file():
                return str(folder.absolute())
        if _HUB_ID.fullmatch(model):
            return model
        configs = self._models_dir.glob("*/config.json")
        known = ", ".join(sorted(config.parent.name for config in configs)) or "none"
        raise invalid_field(
            "model",
            f"{model!r} is no base model",
            f"Give one that is kept here ({known}), a folder, or a hub id such as owner/name.",
        )

    def _weights(self, path: str) -> str:
        """Key prefix of own weights, given as such or as model@version."""
        if not path:
            return ""
        model, at, version = path.partition("@")
        prefix = version_prefix(model, version) if at else f"{path.rstrip('/')}/"
        if not self._store.exists(f"{prefix}manifest.json"):
            raise invalid_field(
                "custom_weights_path",
                f"{path!r} is no adapter",
                "Give model@version of a registered version, or the prefix of an adapter such as"
                " runs/<id>/adapter/.",
            )
        return prefix

    def _check_weights(self, spec: TrainingSpec) -> None:
        if not spec.custom_weights:
            return
        manifest = AdapterManifest.model_validate_json(
            self._store.get(f"{spec.custom_weights}manifest.json")
        )
        for name, theirs, ours in (
            ("base model", manifest.base_model, spec.model),
            ("LoRA shape", manifest.lora, spec.lora),
        ):
            if theirs != ours:
                raise invalid_field(
                    "custom_weights_path",
                    f"those weights have the {name} {theirs}, this run {ours}",
                    "Ask for the same.",
                )


def _sources(path: str, sources: Sequence[AskedSource], field_name: str) -> Sequence[AskedSource]:
    if path and sources:
        raise invalid_field(field_name, f"comes beside {field_name}_path", "Send one of the two.")
    return [AskedSource(path)] if path else sources


def _resources(fields: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return JobResources.model_validate(fields).model_dump(mode="json")
    except ValidationError as error:
        raise _wrong(error, lambda name: f"resources.{name}") from error


def _spec(request: TrainingRequest, data: TrainingData, **resolved: str) -> TrainingSpec:
    prompt_json = request.prompt_json or next(iter(data.prompts), "")
    fields = {
        **_hyperparameters(request.hyperparameters_json),
        **resolved,
        "run_id": "",
        "train_data": data.train,
        "eval_data": data.held_out,
        "register_to": request.register_to,
        "training_duration": _duration(request.training_duration or "1ep"),
        "task_type": request.task_type or "INSTRUCTION_FINETUNE",
        "eval_prompts": request.eval_prompts,
        "prompt": _json_object("prompt_json", prompt_json) if prompt_json else None,
    }
    try:
        spec = TrainingSpec.model_validate(fields)
    except ValidationError as error:
        raise _wrong(
            error, lambda name: _OWN_FIELDS.get(name, f"{_HYPERPARAMETERS}.{name}")
        ) from error
    if spec.early_stopping and not spec.eval_data:
        raise invalid_field("eval_data_path", "is empty", "Early stopping needs held-out rows.")
    return spec


def _wrong(error: ValidationError, field_of: Callable[[str], str]) -> InvalidInputError:
    """The first thing that is wrong, by the name that the API has for the field."""
    first = error.errors()[0]
    name, *rest = map(str, first["loc"])
    return invalid_field(".".join([field_of(name), *rest]), f"is wrong: {first['msg']}", "")


def _hyperparameters(text: str) -> dict[str, Any]:
    given = _json_object(_HYPERPARAMETERS, text or "{}")
    for name in given:
        if name in _NOT_TO_BE_SET:
            where = _OWN_FIELDS.get(name)
            raise invalid_field(
                f"{_HYPERPARAMETERS}.{name}",
                "is not a hyperparameter",
                f"Set {where} instead." if where else "Leave it out.",
            )
        if name not in TrainingSpec.model_fields:
            known = sorted(set(TrainingSpec.model_fields) - _NOT_TO_BE_SET)
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            raise invalid_field(
                f"{_HYPERPARAMETERS}.{name}",
                "is not a hyperparameter",
                f"Did you mean {nearest[0]}?" if nearest else f"There are {', '.join(known)}.",
            )
    return given


def _duration(text: str) -> str:
    try:
        return str(TrainingDuration.parse(text))
    except InvalidInputError as error:
        error.metadata["field"] = "training_duration"
        raise


def _json_object(name: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise invalid_field(name, f"is not JSON: {error}", "Send a JSON object.") from error
    if not isinstance(value, dict):
        raise invalid_field(name, f"is a JSON {type(value).__name__}", "Send a JSON object.")
    return value

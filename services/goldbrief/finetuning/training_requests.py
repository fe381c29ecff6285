"""From what a caller asks for to a spec that can be trained, or an error that names the field."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from goldbrief.core.durations import TrainingDuration
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import TrainingSpec

_MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_DATASET_VERSION = re.compile(r"[\w.-]+/[\w.-]+")
_OWN_FIELDS = {
    "model": "model",
    "train_data": "train_data_path",
    "eval_data": "eval_data_path",
    "register_to": "register_to",
    "training_duration": "training_duration",
    "task_type": "task_type",
    "prompt": "prompt_json",
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


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Object keys of the rows, and the digest of the dataset version they belong to."""

    train: str
    held_out: str
    digest: str


class RequestResolver:
    """Checks requests and resolves the names in them.

    Args:
        store: Holds rows and dataset versions.
        models_dir: Folder of base models kept by name.
    """

    def __init__(self, store: ObjectStore, models_dir: Path) -> None:
        self._store = store
        self._models_dir = models_dir

    def work_spec(self, request: TrainingRequest) -> dict[str, Any]:
        """Resolve a request.

        Args:
            request: As the caller sent it.

        Returns:
            `model` as asked for, `dataset_digest`, and `training`: the fields of a
            TrainingSpec without the run's id and canaries.

        Raises:
            InvalidInputError: The request cannot work; its metadata names the field.
        """
        if not request.request_id:
            raise _invalid("request_id", "is empty", "Send an id that is unique to this request.")
        if not _MODEL_NAME.fullmatch(request.register_to):
            raise _invalid(
                "register_to",
                f"{request.register_to!r} is not a model name",
                "Use lower-case letters, digits, dots and dashes, at most 63.",
            )
        data = self._data(request)
        spec = _spec(
            request,
            model=self._model(request.model),
            train_data=data.train,
            eval_data=data.held_out,
        )
        training = spec.model_dump(mode="json", exclude={"run_id", "canary_prompts"})
        return {"model": request.model, "dataset_digest": data.digest, "training": training}

    def _model(self, model: str) -> str:
        for folder in (self._models_dir / model, Path(model)):
            if model and (folder / "config.json").is_file():
                return str(folder.absolute())
        if _HUB_ID.fullmatch(model):
            return model
        configs = self._models_dir.glob("*/config.json")
        known = ", ".join(sorted(config.parent.name for config in configs)) or "none"
        raise _invalid(
            "model",
            f"{model!r} is no base model",
            f"Give one that is kept here ({known}), a folder, or a hub id such as owner/name.",
        )

    def _data(self, request: TrainingRequest) -> TrainingData:
        path = request.train_data_path
        prefix = f"datasets/{path}/"
        if not path:
            raise _invalid("train_data_path", "is empty", "Give an object key or name/version.")
        if self._store.exists(path):
            data = TrainingData(path, "", "")
        elif _DATASET_VERSION.fullmatch(path) and self._store.exists(f"{prefix}manifest.json"):
            manifest = json.loads(self._store.get(f"{prefix}manifest.json"))
            held_out = f"{prefix}eval.jsonl"
            data = TrainingData(
                f"{prefix}train.jsonl",
                held_out if self._store.exists(held_out) else "",
                manifest.get("digest", ""),
            )
        else:
            raise _invalid(
                "train_data_path",
                f"{path!r} is neither an object nor a dataset version",
                "Give the key of a JSONL object, or name/version of a dataset that was built.",
            )
        if not request.eval_data_path:
            return data
        if not self._store.exists(request.eval_data_path):
            raise _invalid(
                "eval_data_path", f"{request.eval_data_path!r} is no object", "Give an object key."
            )
        return TrainingData(data.train, request.eval_data_path, data.digest)


def _spec(request: TrainingRequest, **resolved: str) -> TrainingSpec:
    fields = {
        **_hyperparameters(request.hyperparameters_json),
        **resolved,
        "run_id": "",
        "register_to": request.register_to,
        "training_duration": _duration(request.training_duration or "1ep"),
        "task_type": request.task_type or "INSTRUCTION_FINETUNE",
        "prompt": _json_object("prompt_json", request.prompt_json),
    }
    try:
        return TrainingSpec.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name, *rest = (str(part) for part in first["loc"])
        field = ".".join([_OWN_FIELDS.get(name, f"{_HYPERPARAMETERS}.{name}"), *rest])
        raise _invalid(field, f"is wrong: {first['msg']}", "") from error


def _hyperparameters(text: str) -> dict[str, Any]:
    given = _json_object(_HYPERPARAMETERS, text or "{}")
    for name in given:
        if name in _NOT_TO_BE_SET:
            where = _OWN_FIELDS.get(name)
            raise _invalid(
                f"{_HYPERPARAMETERS}.{name}",
                "is not a hyperparameter",
                f"Set {where} instead." if where else "Leave it out.",
            )
    return given


def _duration(text: str) -> str:
    try:
        return str(TrainingDuration.parse(text))
    except InvalidInputError as error:
        error.metadata["field"] = "training_duration"
        raise


def _json_object(field: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise _invalid(field, f"is not JSON: {error}", "Send a JSON object.") from error
    if not isinstance(value, dict):
        raise _invalid(field, f"is a JSON {type(value).__name__}", "Send a JSON object.")
    return value


def _invalid(field: str, problem: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(
        f"{field}: {problem}.", reason="INVALID_FIELD", remedy=remedy, metadata={"field": field}
    )

"""The base model as it was published: its configuration, its shape and its weights, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import (
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig, AutoModelForCausalLM
from transformers.utils import cached_file

from goldbrief.core.errors import GoldbriefError, InvalidInputError, TransientError
from goldbrief.core.training import TrainingSpec
from goldbrief_training.families import family_of

_CONFIG = "config.json"
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_NOT_THERE = (RepositoryNotFoundError, RevisionNotFoundError, RemoteEntryNotFoundError)


def read_config(spec: TrainingSpec) -> Any:
    """Read the model's configuration, with what its family sets in it for training.

    Args:
        spec: Names the model and the longest row.

    Returns:
        A configuration of transformers.

    Raises:
        InvalidInputError: There is no such model, or transformers knows no causal language
            model of its family.
        TransientError: The hub cannot be reached.
    """
    _check_folder(spec.model)
    try:
        # Code that a checkpoint brings along never runs here.
        config = AutoConfig.from_pretrained(
            spec.model, revision=spec.base_revision or "main", trust_remote_code=False
        )
    except OSError as error:
        raise not_readable(spec.model, error, "MODEL_NOT_FOUND") from error
    except ValueError as error:
        raise _unknown_family(spec.model, _first_line(error)) from error
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise _unknown_family(spec.model, f"{config.model_type} is no causal language model")
    for name, value in family_of(config).fields(config, spec.context_length).items():
        setattr(config, name, value)
    return config


def skeleton(config: Any, dtype: torch.dtype = torch.bfloat16, attention: str | None = None) -> Any:
    """Build a model without weights, in a second and without memory.

    Args:
        config: From `read_config`.
        dtype: Of the weights that it would have.
        attention: What transformers calls the attention to use; None: its choice.

    Returns:
        The model on torch's `meta` device, converted as its family needs it.
    """
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=attention)
    family_of(config).convert(model)
    return model


def load_weights(
    spec: TrainingSpec, config: Any, *, dtype: torch.dtype, attention: str | None
) -> Any:
    """Load the model.

    Args:
        spec: Names it.
        config: From `read_config`.
        dtype: Of the weights.
        attention: What transformers calls the attention to use; None: its choice.

    Returns:
        The model on the CPU, converted as its family needs it.

    Raises:
        InvalidInputError: There are no weights, or not all of them.
        TransientError: The hub cannot be reached.
    """
    if Path(spec.model).is_dir() and not _holds_weights(Path(spec.model)):
        raise _no_weights(f"The model folder {spec.model} holds no weights.")
    try:
        model, report = AutoModelForCausalLM.from_pretrained(
            spec.model,
            config=config,
            revision=spec.base_revision or "main",
            dtype=dtype,
            attn_implementation=attention,
            output_loading_info=True,
        )
    except OSError as error:
        raise not_readable(spec.model, error, "NO_WEIGHTS") from error
    except SafetensorError as error:
        raise _no_weights(f"A weights file of {spec.model} is damaged: {error}.") from error
    if report["missing_keys"]:
        # transformers only warns, and makes up the missing ones at random.
        missing = sorted(report["missing_keys"])
        raise _no_weights(
            f"The weights of {spec.model} lack {len(missing)} tensors, such as {missing[0]}."
        )
    family_of(config).convert(model)
    return model


def model_folder(spec: TrainingSpec) -> Path:
    """The folder with the model's files: its own, or the hub's cache once they were loaded."""
    config = cached_file(spec.model, _CONFIG, revision=spec.base_revision or "main")
    return Path(str(config)).parent


def not_readable(model: str, error: Exception, reason: str) -> GoldbriefError:
    """Say why transformers could not read a file of a model.

    Args:
        model: Folder or hub id.
        error: What transformers raised.
        reason: Of the error when the file is not there.

    Returns:
        A TransientError when the hub cannot be reached, else an InvalidInputError.
    """
    cause = error.__cause__
    unreachable = isinstance(cause, LocalEntryNotFoundError | HfHubHTTPError)
    if unreachable and not isinstance(cause, _NOT_THERE):
        return TransientError(
            f"The model hub cannot be reached for {model}: {_first_line(error)}",
            reason="MODEL_HUB_UNREACHABLE",
            remedy="Try again, or put the model into a folder and name that.",
        )
    return InvalidInputError(
        f"The model {model} cannot be read: {_first_line(error)}",
        reason=reason,
        remedy="Name a folder that save_pretrained wrote, or a hub id and revision that exist; a"
        " private or gated one needs HF_TOKEN.",
    )


def _check_folder(model: str) -> None:
    # A path that does not exist would be looked up on the hub, with a baffling message.
    is_folder = model.startswith(("/", ".")) or Path(model).is_dir()
    if is_folder and not (Path(model) / _CONFIG).is_file():
        raise InvalidInputError(
            f"{model} is not a model folder: it has no {_CONFIG}.",
            reason="MODEL_NOT_FOUND",
            remedy="Name a folder that save_pretrained wrote, or a hub id such as owner/name.",
        )


def _holds_weights(folder: Path) -> bool:
    return any(any(folder.glob(pattern)) for pattern in _WEIGHTS)


def _unknown_family(model: str, problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"The model {model} is of a family that cannot be trained: {problem}",
        reason="UNKNOWN_FAMILY",
        remedy="Choose a model that transformers' AutoModelForCausalLM loads by itself.",
    )


def _no_weights(message: str) -> InvalidInputError:
    return InvalidInputError(
        message, reason="NO_WEIGHTS", remedy="Copy or download the whole model again."
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]

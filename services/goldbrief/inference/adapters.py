"""The folder of served adapters: which there are, and whether one fits the base model."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

from torch import nn

from goldbrief.core.errors import FailedPreconditionError, NotFoundError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}--[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
_CONFIG = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"
_KEY = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight")


class AdapterFolder:
    """Immutable `<model>--<version>/` folders, each one PEFT adapter.

    A folder appears by being renamed into place complete, and its content never changes;
    removing it withdraws the adapter.

    Args:
        root: The folder; it may come into being later.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        """Names of the adapters that can be asked for, sorted."""
        if not self._root.is_dir():
            return []
        return sorted(path.name for path in self._root.iterdir() if self._is_adapter(path))

    def path(self, name: str) -> Path:
        """Find an adapter.

        Args:
            name: As a client sent it: anything may be in it.

        Returns:
            Its folder.

        Raises:
            NotFoundError: There is no such adapter; the base never answers in its place.
        """
        path = self._root / name
        # The pattern has no slash, so that a name cannot lead out of the root.
        if not _NAME.fullmatch(name) or not self._is_adapter(path):
            raise NotFoundError(
                f"There is no model or adapter {name[:200]!r} here.",
                reason="ADAPTER_NOT_FOUND",
                remedy="Ask for one that /v1/models lists.",
                metadata={"adapter": name[:200]},
            )
        return path

    @staticmethod
    def _is_adapter(path: Path) -> bool:
        named = _NAME.fullmatch(path.name) is not None
        return named and (path / _CONFIG).is_file() and (path / _WEIGHTS).is_file()


def check_adapter(path: Path, base: nn.Module) -> None:
    """Refuse an adapter that does not fit before PEFT changes the model for it.

    Args:
        path: The adapter's folder.
        base: The model without adapters, or with others injected.

    Raises:
        FailedPreconditionError: It is no LoRA, is unreadable, or was trained on another base.
    """
    try:
        kind = json.loads((path / _CONFIG).read_text())["peft_type"]
        shapes = _tensor_shapes(path / _WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise _unusable(path, f"its files cannot be read ({error!r})") from error
    if kind != "LORA":
        raise _unusable(path, f"it is of type {kind}, and only LORA is served")
    for key, shape in shapes.items():
        match = _KEY.fullmatch(key)
        if match is None:
            continue  # PEFT itself reports keys that it does not know
        module = _base_layer(base, match["module"])
        if module is None:
            raise _unusable(path, f"the base model has no layer {match['module']}")
        if isinstance(module, nn.Linear) and not _fits(module, match["side"], shape):
            raise _unusable(path, f"{key} has shape {shape}, which does not fit the base model")


def _tensor_shapes(path: Path) -> dict[str, list[int]]:
    """Read the header of a safetensors file: its length in 8 bytes, then JSON."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > 100_000_000:
            raise ValueError("the header is too long")
        header: dict[str, Any] = json.loads(file.read(length))
    return {key: entry["shape"] for key, entry in header.items() if key != "__metadata__"}


def _base_layer(base: nn.Module, name: str) -> nn.Module | None:
    try:
        module = base.get_submodule(name)
    except AttributeError:
        return None
    inner = getattr(module, "base_layer", module)  # PEFT wraps layers that have adapters
    return inner if isinstance(inner, nn.Module) else module


def _fits(module: nn.Linear, side: str, shape: list[int]) -> bool:
    if side == "A":
        return shape[1:] == [module.in_features]
    return shape[:1] == [module.out_features]


def _unusable(path: Path, why: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The adapter {path.name} cannot be served: {why}.",
        reason="ADAPTER_UNUSABLE",
        remedy="Publish it again from its training run, for the base model that is served here.",
        metadata={"adapter": path.name},
    )

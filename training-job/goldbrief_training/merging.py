"""A base model with its adapter merged in, in the layout of the base's checkpoint.

It is made from files, one weights file at a time: memory for the largest of them (5 GB for
DBRX) and disk for one are enough, whatever the size of the model. Only the adapted tensors
change; each is computed in float32 and rounded once. Pickled weights (`.bin`) become
safetensors, and code that came with the checkpoint is left behind.

Tensor shapes: o outputs, i inputs, r ranks.
"""

from __future__ import annotations

import json
import math
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from goldbrief.core.errors import InvalidInputError
from goldbrief_training.families import Family, Source
from goldbrief_training.transformers4 import config_for_both, tokenizer_config_for_both

_ADAPTER_KEY = "base_model.model."
_INDEX = "model.safetensors.index.json"
_KEPT_ENDINGS = (".json", ".model", ".txt", ".jinja", ".tiktoken")
_KEPT_STARTS = ("LICENSE", "LICENCE", "NOTICE")


@dataclass(frozen=True, slots=True)
class _Change:
    """What the adapter adds to a tensor of the checkpoint, or to a block of its rows."""

    source: Source
    a_ri: torch.Tensor
    b_or: torch.Tensor
    scale: float

    def add_to(self, tensor: torch.Tensor) -> None:
        delta = (self.b_or.float() @ self.a_ri.float()) * self.scale
        if self.source.transposed:
            delta = delta.t()
        if self.source.expert is not None:
            start = self.source.expert * len(delta)
            tensor = tensor[start : start + len(delta)]
        tensor.copy_(tensor.float() + delta)


def merge(
    base: Path, adapter: Path, out: Path, family: Family, fields: dict[str, Any]
) -> Iterator[Path]:
    """Write merged weights, with the base's tokenizer, configuration and licence.

    Args:
        base: Folder of the base model.
        adapter: Folder with PEFT's `adapter_config.json` and `adapter_model.safetensors`.
        out: An empty folder.
        family: The base's.
        fields: Fields to set in `config.json`, as the family gave them for training.

    Yields:
        Each file once it is complete; it may be moved away before the next is asked for.

    Raises:
        InvalidInputError: The checkpoint has no tensor for a layer that the adapter changes.
    """
    changes = _changes(adapter, family)
    shards = _shards(base)
    weight_map: dict[str, str] = {}
    size = 0
    for number, shard in enumerate(shards, start=1):
        tensors = _load(shard)
        for name, tensor in tensors.items():
            for change in changes.pop(name, []):
                change.add_to(tensor)
        file = _shard_name(number, len(shards))
        weight_map |= dict.fromkeys(tensors, file)
        size += sum(tensor.nbytes for tensor in tensors.values())
        safetensors.torch.save_file(tensors, out / file, {"format": "pt"})
        (out / file).chmod(0o644)  # safetensors leaves 0600: unreadable to a server's user
        del tensors
        yield out / file
    if changes:
        raise InvalidInputError(
            f"The checkpoint {base} has no tensor {min(changes)}, which the adapter changes.",
            reason="CANNOT_MERGE",
            remedy="Save the base model with save_pretrained of the transformers in use.",
        )
    if len(shards) > 1:
        index = {"metadata": {"total_size": size}, "weight_map": weight_map}
        yield _write_json(out / _INDEX, index)
    yield from companions(base, out, fields)


def _changes(adapter: Path, family: Family) -> dict[str, list[_Change]]:
    """Changes by the name of the checkpoint's tensor."""
    config = json.loads((adapter / "adapter_config.json").read_text())
    root = math.sqrt if config["use_rslora"] else float
    scale = config["lora_alpha"] / root(config["r"])
    tensors = safetensors.torch.load_file(adapter / "adapter_model.safetensors")
    changes: dict[str, list[_Change]] = defaultdict(list)
    for key, a_ri in tensors.items():
        module, side, _ = key.removeprefix(_ADAPTER_KEY).rpartition(".lora_A.weight")
        if side:
            b_or = tensors[key.replace(".lora_A.", ".lora_B.")]
            source = family.source(module)
            changes[source.tensor].append(_Change(source, a_ri, b_or, scale))
    return changes


def _shards(base: Path) -> list[Path]:
    """The weights files; safetensors where a model has both kinds."""
    if (base / _INDEX).is_file():
        weight_map = json.loads((base / _INDEX).read_text())["weight_map"]
        return sorted({base / name for name in weight_map.values()})
    return sorted(base.glob("model.safetensors")) or sorted(base.glob("pytorch_model*.bin"))


def _load(shard: Path) -> dict[str, torch.Tensor]:
    if shard.suffix == ".safetensors":
        return safetensors.torch.load_file(shard)
    loaded = torch.load(shard, map_location="cpu", weights_only=True)
    # Tensors of a pickle may share memory or lie in strides, which safetensors does not store.
    return {name: tensor.clone().contiguous() for name, tensor in loaded.items()}


def _shard_name(number: int, count: int) -> str:
    return "model.safetensors" if count == 1 else f"model-{number:05d}-of-{count:05d}.safetensors"


def companions(base: Path, out: Path, fields: dict[str, Any]) -> Iterator[Path]:
    """Copy what is not weights: configuration, tokenizer, licence; no code.

    Engines on transformers 4 read configuration and tokenizer as those on version 5 do.

    Args:
        base: Folder of the base model.
        out: Where to.
        fields: To set in `config.json`.

    Yields:
        The copies.
    """
    for path in sorted(base.iterdir()):
        if path.name == "config.json":
            config = config_for_both(json.loads(path.read_text()) | fields)
            config.pop("auto_map", None)  # names code that is left behind
            yield _write_json(out / path.name, config)
        elif path.name == "tokenizer_config.json":
            config = tokenizer_config_for_both(json.loads(path.read_text()))
            yield _write_json(out / path.name, config)
        elif _is_kept(path.name):
            yield Path(shutil.copyfile(path, out / path.name))


def _is_kept(name: str) -> bool:
    is_index = name.endswith(".index.json")
    return name.startswith(_KEPT_STARTS) or (name.endswith(_KEPT_ENDINGS) and not is_index)


def _write_json(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path

"""The base models that are kept here, as their folders describe them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CONTEXT_FIELDS = ("max_position_embeddings", "max_seq_len", "n_positions")
"""What families call their longest context."""


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A model that can be fine-tuned."""

    name: str
    family: str
    """As transformers calls it, e.g. `llama`."""
    context_length: int
    """In tokens; 0 when its configuration does not say."""
    has_chat_template: bool


def list_base_models(models_dir: Path) -> list[BaseModel]:
    """Look through a folder of models.

    Args:
        models_dir: Holds a folder a model.

    Returns:
        Those that generate text, by name; a folder without a readable config.json is none.
    """
    found = [_read(path.parent) for path in sorted(models_dir.glob("*/config.json"))]
    return [model for model in found if model is not None]


def _read(folder: Path) -> BaseModel | None:
    config = _json(folder / "config.json")
    architectures = config.get("architectures") or []
    if not any("LM" in str(name) for name in architectures):
        return None  # a model of embeddings, say
    lengths = [config[name] for name in _CONTEXT_FIELDS if isinstance(config.get(name), int)]
    tokenizer = _json(folder / "tokenizer_config.json")
    return BaseModel(
        name=folder.name,
        family=str(config.get("model_type", "")),
        context_length=lengths[0] if lengths else 0,
        has_chat_template="chat_template" in tokenizer
        or (folder / "chat_template.jinja").is_file(),
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}

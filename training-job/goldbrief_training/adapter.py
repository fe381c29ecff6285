"""The shape of a LoRA adapter on a base model: which layers it adapts."""

from __future__ import annotations

from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PretrainedConfig

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import LoraSpec, TrainingSpec
from goldbrief_training.families import family_of

SERVED_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""LoRA ranks that vLLM serves."""
_ALL_LINEAR = "all-linear"


def lora_config(spec: LoraSpec, base: PretrainedConfig) -> LoraConfig:
    """The adapter's shape in PEFT's terms, for a base model of this configuration."""
    names = _targets(spec)
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=spec.rank,
        lora_alpha=spec.alpha,
        lora_dropout=spec.dropout,
        target_modules=spec.target_modules if names == [_ALL_LINEAR] else names,
        exclude_modules=_excluded(spec, base),
    )


def inject(base: Any, spec: TrainingSpec) -> PeftModel:
    """Give a model, or its skeleton, a fresh adapter.

    Args:
        base: A causal language model of transformers; its linear layers are replaced in place.
        spec: Gives the adapter's shape.

    Returns:
        PEFT's model around it.

    Raises:
        InvalidInputError: No engine serves its rank, or the model has no module that
            `spec.lora.target_modules` names.
    """
    if spec.lora.rank not in SERVED_RANKS:
        raise InvalidInputError(
            f"LoRA rank {spec.lora.rank} cannot be served.",
            reason="BAD_RANK",
            remedy=f"Use one of {', '.join(map(str, SERVED_RANKS))}.",
        )
    modules = dict(base.named_modules())
    linear = {n.rpartition(".")[2] for n, part in modules.items() if type(part) is torch.nn.Linear}
    remedy = f"Use {_ALL_LINEAR}, or some of {', '.join(sorted(linear))}."
    for target in _targets(spec.lora):
        if target != _ALL_LINEAR and not any(f".{n}".endswith(f".{target}") for n in modules):
            raise _bad_targets(f"{spec.model} has no module {target!r}.", remedy)
    try:
        return get_peft_model(base, lora_config(spec.lora, base.config))
    except ValueError as error:
        raise _bad_targets(f"{spec.model} cannot be adapted: {error}", remedy) from error


def layers_below(spec: LoraSpec, base: PretrainedConfig) -> range:
    """The layers under those that are adapted."""
    last = spec.last_layers or base.num_hidden_layers
    return range(max(0, base.num_hidden_layers - last))


def _bad_targets(problem: str, remedy: str) -> InvalidInputError:
    message = f"lora.target_modules: {problem}"
    return InvalidInputError(message, reason="BAD_TARGET_MODULES", remedy=remedy)


def _targets(spec: LoraSpec) -> list[str]:
    return [name.strip() for name in spec.target_modules.split(",")]


def _excluded(spec: LoraSpec, base: PretrainedConfig) -> str | None:
    """Pattern of the modules that get no adapter; None when there are none such."""
    layers = layers_below(spec, base)
    # The first number in a name is the layer's, a later one an expert's.
    below = rf"\D*\.({'|'.join(map(str, layers))})\..*" if layers else None
    return "|".join(filter(None, (below, family_of(base).left_alone))) or None

"""The base model with its LoRA adapter, and the loss on completion tokens.

Shape suffixes: see `batches.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.helpers import disable_input_dtype_casting
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedTokenizerBase,
)
from transformers.utils.logging import disable_progress_bar

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import LoraSpec, TrainingSpec
from goldbrief_training import attention, devices, head, lora
from goldbrief_training.batches import MicroBatch
from goldbrief_training.frozen import FrozenLayers

SERVED_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""LoRA ranks that vLLM serves."""


@dataclass(frozen=True, slots=True)
class AdaptedModel:
    """A frozen base model with a trainable LoRA adapter, on its device."""

    peft: PeftModel
    tokenizer: PreTrainedTokenizerBase
    device: torch.device
    dtype: torch.dtype
    """Of the base weights and of matrix products; the adapter weights are float32."""
    without_frozen: FrozenLayers
    """`peft`, but what the layers below the adapter make of known tokens is not computed again."""

    @property
    def trainable(self) -> dict[str, torch.nn.Parameter]:
        """The adapter's parameters by name, in a fixed order."""
        return {n: p for n, p in self.peft.named_parameters() if p.requires_grad}

    @contextlib.contextmanager
    def computing(self) -> Iterator[None]:
        """Within it, passes run in `dtype` with the fastest attention.

        PEFT by default copies each layer's input to the adapter's float32, only for
        autocast to turn it back (AgileRL #623); that cast is switched off here.
        """
        backends = [SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION]
        fallbacks = [SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
        with contextlib.ExitStack() as stack:
            if self.dtype != torch.float32:
                stack.enter_context(disable_input_dtype_casting(self.peft))
            if self.device.type == "cuda":
                # torch's own order puts cuDNN last on Hopper, where it is the fastest.
                stack.enter_context(sdpa_kernel([*backends, *fallbacks], set_priority=True))
            stack.enter_context(devices.autocast(self.device, self.dtype))
            yield


def load_tokenizer(spec: TrainingSpec) -> PreTrainedTokenizerBase:
    """Load the base model's tokenizer; raises InvalidInputError for a missing folder."""
    _check_folder(spec.model)
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        spec.model, revision=spec.base_revision or "main"
    )
    return tokenizer


def check_spec(spec: TrainingSpec) -> None:
    """Refuse what would train but could not be served.

    Args:
        spec: The run's spec.

    Raises:
        InvalidInputError: The rank is one that vLLM does not serve, or the rows may be
            longer than the model's context.
    """
    if spec.lora.rank not in SERVED_RANKS:
        raise InvalidInputError(
            f"LoRA rank {spec.lora.rank} cannot be served.",
            reason="BAD_RANK",
            remedy=f"Use one of {', '.join(map(str, SERVED_RANKS))}.",
        )
    positions = getattr(_config(spec), "max_position_embeddings", None)
    if positions is not None and spec.context_length > positions:
        raise InvalidInputError(
            f"context_length {spec.context_length} exceeds the {positions} positions of "
            f"{spec.model}.",
            reason="CONTEXT_TOO_LONG",
        )


def load_model(
    spec: TrainingSpec, tokenizer: PreTrainedTokenizerBase, device: torch.device
) -> AdaptedModel:
    """Load the base model and give it a fresh adapter, initialised from `spec.seed`.

    Args:
        spec: Names model and adapter shape.
        tokenizer: The model's.
        device: Where to put the model.

    Returns:
        The model, ready to train.

    Raises:
        InvalidInputError: The model has no module that `spec.lora.target_modules` names.
    """
    disable_progress_bar()
    dtype = devices.compute_dtype(device)
    config = _config(spec)
    implementation = attention.install(config) if device.type == "cpu" else None
    base = AutoModelForCausalLM.from_pretrained(
        spec.model,
        revision=spec.base_revision or "main",
        dtype=dtype,
        attn_implementation=implementation,
    ).to(device)
    torch.manual_seed(spec.seed)
    try:
        peft = get_peft_model(base, lora_config(spec.lora, config))
    except ValueError as error:
        raise InvalidInputError(str(error), reason="BAD_TARGET_MODULES") from error
    lora.fuse(peft)
    peft.train()
    below = len(_layers_below(spec.lora.last_layers, config.num_hidden_layers))
    return AdaptedModel(peft, tokenizer, device, dtype, FrozenLayers(peft, below))


def lora_config(spec: LoraSpec, base: PretrainedConfig) -> LoraConfig:
    """The adapter's shape in PEFT's terms, for a base model of this configuration."""
    names = [name.strip() for name in spec.target_modules.split(",")]
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=spec.rank,
        lora_alpha=spec.alpha,
        lora_dropout=spec.dropout,
        target_modules=spec.target_modules if names == ["all-linear"] else names,
        exclude_modules=_pattern(_layers_below(spec.last_layers, base.num_hidden_layers)),
    )


def _layers_below(last: int, layers: int) -> range:
    """The layers under the last ones; none when `last` is 0, which means all."""
    return range(max(0, layers - last)) if last else range(0)


def _pattern(layers: range) -> str | None:
    """Matches what lies in these layers; None when there are none."""
    return rf".*\.({'|'.join(map(str, layers))})\..*" if layers else None


def completion_logits(model: Callable[..., Any], batch: MicroBatch) -> torch.Tensor:
    """Predict every completion token of a micro-batch, teacher-forced.

    The LM head, a quarter of a small model's arithmetic, is computed only where some
    row predicts a completion token.

    Args:
        model: A causal language model of transformers, with or without an adapter.
        batch: The rows.

    Returns:
        Logits of shape cv in float32, in the order of `batch.target_c`.
    """
    return _completion_outputs(model, batch).float()


def completion_nll(model: PeftModel | FrozenLayers, batch: MicroBatch) -> torch.Tensor:
    """Negative log-likelihood of a micro-batch's completion tokens, summed, in nats.

    Args:
        model: A causal language model of transformers with its adapter.
        batch: The rows.

    Returns:
        A scalar; divide it by the completion tokens of the whole optimizer batch.
    """
    base = model.get_base_model()
    plain = head.plain_head(base)
    if plain is None:
        logits_cv = completion_logits(model, batch)
        return torch.nn.functional.cross_entropy(logits_cv, batch.target_c, reduction="sum")
    with head.left_out(base):
        hidden_ce = _completion_outputs(model, batch)
    return head.nll(hidden_ce, plain.weight, batch.target_c)


def _completion_outputs(model: Callable[..., Any], batch: MicroBatch) -> torch.Tensor:
    """What a model gives where completion tokens are predicted, one a token: cv, or ce."""
    output_bpv: torch.Tensor = model(
        input_ids=batch.token_ids_bt, logits_to_keep=batch.positions_p, use_cache=False
    ).logits
    if output_bpv.shape[:2].numel() == len(batch.target_c):
        return output_bpv.flatten(0, 1)  # all of it, without copies
    return output_bpv[batch.row_c, batch.column_c]


def _config(spec: TrainingSpec) -> PretrainedConfig:
    _check_folder(spec.model)
    config: PretrainedConfig = AutoConfig.from_pretrained(
        spec.model, revision=spec.base_revision or "main"
    )
    return config


def _check_folder(model: str) -> None:
    # A path that does not exist would be looked up on the hub, with a baffling message.
    if model.startswith(("/", ".")) and not (Path(model) / "config.json").is_file():
        raise InvalidInputError(
            f"{model} is not a model folder: it has no config.json.", reason="MODEL_NOT_FOUND"
        )

"""The base model with its LoRA adapter, and the loss on completion tokens.

Shape suffixes: see `batches.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.helpers import disable_input_dtype_casting
from transformers import (
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedTokenizerBase,
)
from transformers.utils.logging import disable_progress_bar

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import Levers, LoraSpec, TrainingSpec
from goldbrief_training import attention, base_model, devices, head, sharding
from goldbrief_training import levers as pulled
from goldbrief_training.batches import MicroBatch
from goldbrief_training.families import family_of
from goldbrief_training.frozen import FrozenLayers
from goldbrief_training.ranks import ALONE, Ranks

SERVED_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""LoRA ranks that vLLM serves."""
_ALL_LINEAR = "all-linear"


@dataclass(frozen=True, slots=True)
class AdaptedModel:
    """A frozen base model with a trainable LoRA adapter, on its device."""

    peft: PeftModel
    tokenizer: PreTrainedTokenizerBase
    device: torch.device
    dtype: torch.dtype
    """Of the base weights and of matrix products; the adapter weights are float32."""
    levers: Levers
    """Those in effect."""
    without_frozen: FrozenLayers
    """`peft`, but what the layers below the adapter make of known tokens is not computed again."""

    @property
    def trainable(self) -> dict[str, torch.nn.Parameter]:
        """The adapter's parameters by name, in a fixed order."""
        return {n: p for n, p in self.peft.named_parameters() if p.requires_grad}

    @property
    def is_shared(self) -> bool:
        """Whether each rank has a part of the base's weights; then all pass rows together."""
        return self.levers.shard_base == "on"

    @contextlib.contextmanager
    def computing(self) -> Iterator[None]:
        """Within it, forward passes run in `dtype` with the attention kernels of the levers."""
        with self.recomputing(), devices.autocast(self.device, self.dtype):
            yield

    @contextlib.contextmanager
    def recomputing(self) -> Iterator[None]:
        """Within it, backward passes run: what is checkpointed is computed again as it was.

        PEFT by default copies each layer's input to the adapter's float32, only for
        autocast to turn it back (AgileRL #623); that cast is switched off here. Autocast
        itself is restored by torch's checkpointing.
        """
        with contextlib.ExitStack() as stack:
            if self.dtype != torch.float32:
                stack.enter_context(disable_input_dtype_casting(self.peft))
            stack.enter_context(pulled.attention_kernels(self.levers))
            yield


def load_tokenizer(spec: TrainingSpec) -> PreTrainedTokenizerBase:
    """Load the base model's tokenizer; raises InvalidInputError when there is none."""
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            spec.model, revision=spec.base_revision or "main", trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise base_model.not_readable(spec.model, error, "NO_TOKENIZER") from error
    return tokenizer


def check_spec(spec: TrainingSpec) -> None:
    """Refuse what would train but could not be served.

    Args:
        spec: The run's spec.

    Raises:
        InvalidInputError: There is no such model, or not of a family that can be trained; the
            rank is one that vLLM does not serve; the rows may be longer than the model's
            context; or a target module is none of the model's.
        TransientError: The model hub cannot be reached.
    """
    if spec.lora.rank not in SERVED_RANKS:
        raise InvalidInputError(
            f"LoRA rank {spec.lora.rank} cannot be served.",
            reason="BAD_RANK",
            remedy=f"Use one of {', '.join(map(str, SERVED_RANKS))}.",
        )
    config = base_model.read_config(spec)
    positions = getattr(config, "max_position_embeddings", None)
    if positions is not None and spec.context_length > positions:
        raise InvalidInputError(
            f"context_length {spec.context_length} exceeds the {positions} positions of "
            f"{spec.model}.",
            reason="CONTEXT_TOO_LONG",
            remedy=f"Set it to {positions} or less, or choose a model with a longer context.",
        )
    _inject(base_model.skeleton(config), spec)


def load_model(
    spec: TrainingSpec,
    tokenizer: PreTrainedTokenizerBase,
    device: torch.device,
    ranks: Ranks = ALONE,
) -> AdaptedModel:
    """Load the base model and give it a fresh adapter, initialised from `spec.seed`.

    Args:
        spec: Names model and adapter shape.
        tokenizer: The model's.
        device: Where to put the model.
        ranks: All of them load it at the same time; they share it where one cannot hold it.

    Returns:
        The model, ready to train.

    Raises:
        InvalidInputError: See `base_model.load_weights`, `sharding.is_needed` and `adapt`.
    """
    disable_progress_bar()
    config = base_model.read_config(spec)
    is_shared = sharding.is_needed(spec.levers, config, ranks, device)
    shard_base: Literal["on", "off"] = "on" if is_shared else "off"
    spec = spec.model_copy(
        update={"levers": spec.levers.model_copy(update={"shard_base": shard_base})}
    )
    levers = pulled.in_effect(spec.levers, device)
    dtype = torch.bfloat16 if levers.bf16 else torch.float32
    kernel = attention.install(config) if levers.block_attention else None
    if is_shared and not ranks.is_first:
        return adapt(base_model.skeleton(config, dtype, kernel), spec, tokenizer, device)
    base = base_model.load_weights(spec, config, dtype=dtype, attention=kernel)
    return adapt(base if is_shared else base.to(device), spec, tokenizer, device)


def adapt(
    base: Any,
    spec: TrainingSpec,
    tokenizer: PreTrainedTokenizerBase,
    device: torch.device | None = None,
) -> AdaptedModel:
    """Give a loaded base model a fresh adapter, and pull the levers of the spec on it.

    Args:
        base: A causal language model of transformers, on its device and in its type.
        spec: Gives the adapter's shape, the levers and the seed. With `shard_base` on, every
            rank calls this, and `base` is as `sharding.share_out` takes it.
        tokenizer: The model's.
        device: Where it trains; the base's by default.

    Returns:
        The model, ready to train.

    Raises:
        InvalidInputError: The model has no module that `spec.lora.target_modules` names, or the
            device or the model does not allow a lever that was asked for.
    """
    device = device or base.device
    levers = pulled.in_effect(spec.levers, device)
    dtype = base.dtype
    torch.manual_seed(spec.seed)
    peft = _inject(base, spec)
    pulled.pull(levers, peft)
    if levers.shard_base == "on":
        sharding.share_out(base, pulled.blocks(peft), device)
    peft.train()
    below = _layers_below(spec.lora.last_layers, base.config.num_hidden_layers)
    frozen = FrozenLayers(peft, len(below) if levers.frozen_prefix else 0)
    return AdaptedModel(peft, tokenizer, device, dtype, levers, frozen)


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


def _inject(base: Any, spec: TrainingSpec) -> PeftModel:
    """Give a model, or its skeleton, a fresh adapter."""
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


def _bad_targets(problem: str, remedy: str) -> InvalidInputError:
    message = f"lora.target_modules: {problem}"
    return InvalidInputError(message, reason="BAD_TARGET_MODULES", remedy=remedy)


def _targets(spec: LoraSpec) -> list[str]:
    return [name.strip() for name in spec.target_modules.split(",")]


def _layers_below(last: int, layers: int) -> range:
    """The layers under the last ones; none when `last` is 0, which means all."""
    return range(max(0, layers - last)) if last else range(0)


def _excluded(spec: LoraSpec, base: PretrainedConfig) -> str | None:
    """Pattern of the modules that get no adapter; None when there are none such."""
    layers = _layers_below(spec.last_layers, base.num_hidden_layers)
    # The first number in a name is the layer's, a later one an expert's.
    below = rf"\D*\.({'|'.join(map(str, layers))})\..*" if layers else None
    return "|".join(filter(None, (below, family_of(base).left_alone))) or None


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


def completion_nll(
    model: PeftModel | FrozenLayers, batch: MicroBatch, chunked_head: bool = True
) -> torch.Tensor:
    """Negative log-likelihood of a micro-batch's completion tokens, summed, in nats.

    Args:
        model: A causal language model of transformers with its adapter.
        batch: The rows.
        chunked_head: Whether head and loss are one operation where the model's head allows it.

    Returns:
        A scalar; divide it by the completion tokens of the whole optimizer batch.
    """
    base = model.get_base_model()
    plain = head.plain_head(base) if chunked_head else None
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

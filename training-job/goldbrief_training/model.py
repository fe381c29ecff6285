"""The model as it is trained, and its loss on completion tokens.

Shape suffixes: see `batches.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel
from peft.helpers import disable_input_dtype_casting
from transformers import AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils.logging import disable_progress_bar

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import Levers, TrainingSpec
from goldbrief_training import adapter, attention, base_model, devices, head, sharding
from goldbrief_training import levers as pulled
from goldbrief_training.batches import MicroBatch
from goldbrief_training.families import family_of
from goldbrief_training.frozen import FrozenLayers
from goldbrief_training.ranks import ALONE, Ranks


@dataclass(frozen=True, slots=True)
class TrainableModel:
    """A base model on its device: frozen under a LoRA adapter, or trainable in full."""

    base: Any
    """A causal language model of transformers, with the adapter's layers in it."""
    peft: PeftModel | None
    """The adapter around it; None where all weights are trained."""
    tokenizer: PreTrainedTokenizerBase
    device: torch.device
    dtype: torch.dtype
    """Of matrix products and of frozen weights; trained weights are float32."""
    levers: Levers
    """Those in effect."""
    without_frozen: FrozenLayers
    """`base`, but what the layers below the adapter make of known tokens is not computed again."""

    @property
    def trainable(self) -> dict[str, torch.nn.Parameter]:
        """The trained parameters by name, in a fixed order."""
        network = self.peft or self.base
        return {n: p for n, p in network.named_parameters() if p.requires_grad}

    @property
    def is_sharded(self) -> bool:
        """Whether each rank has a part of what is trained."""
        return self.is_shared and self.peft is None

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
            if self.peft is not None and self.dtype != torch.float32:
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
        InvalidInputError: There is no such model, or not of a family that can be trained so; the
            rows may be longer than the model's context; or the adapter is one that the model
            cannot have or no engine can serve.
        TransientError: The model hub cannot be reached.
    """
    config = base_model.read_config(spec)
    positions = getattr(config, "max_position_embeddings", None)
    if positions is not None and spec.context_length > positions:
        raise InvalidInputError(
            f"context_length {spec.context_length} exceeds the {positions} positions of "
            f"{spec.model}.",
            reason="CONTEXT_TOO_LONG",
            remedy=f"Set it to {positions} or less, or choose a model with a longer context.",
        )
    if spec.method == "lora":
        adapter.inject(base_model.skeleton(config), spec)
    elif not family_of(config).is_trained_in_full:
        raise InvalidInputError(
            f"{spec.model} is of a family whose weights are not trained in full.",
            reason="METHOD_NOT_SUPPORTED",
            remedy="Set method to lora.",
        )


def load_model(
    spec: TrainingSpec,
    tokenizer: PreTrainedTokenizerBase,
    device: torch.device,
    ranks: Ranks = ALONE,
) -> TrainableModel:
    """Load the base model and make it trainable.

    Args:
        spec: Names model and method.
        tokenizer: The model's.
        device: Where to put the model.
        ranks: All of them load it at the same time; they share it where one cannot hold it.

    Returns:
        The model, ready to train.

    Raises:
        InvalidInputError: See `base_model.load_weights`, `sharding.is_needed` and
            `make_trainable`.
    """
    disable_progress_bar()
    config = base_model.read_config(spec)
    is_shared = sharding.is_needed(spec, config, ranks, device)
    wanted = spec.levers.model_copy(update={"shard_base": "on" if is_shared else "off"})
    levers = pulled.in_effect(wanted, device)
    kernel = attention.install(config) if levers.block_attention else None
    is_float32 = spec.method == "full" or not levers.bf16
    dtype = torch.float32 if is_float32 else torch.bfloat16
    if is_shared and not ranks.is_first:
        base = base_model.skeleton(config, dtype, kernel)
    else:
        base = base_model.load_weights(spec, config, dtype=dtype, attention=kernel)
    spec = spec.model_copy(update={"levers": wanted})
    return make_trainable(base if is_shared else base.to(device), spec, tokenizer, device)


def make_trainable(
    base: Any, spec: TrainingSpec, tokenizer: PreTrainedTokenizerBase, device: torch.device
) -> TrainableModel:
    """Give a loaded base model a fresh adapter if it is to have one, and pull the levers on it.

    Args:
        base: A causal language model of transformers, in its type, and on its device; with
            `shard_base` on, every rank has it as `sharding.share_out` takes it.
        spec: Gives the method, the adapter's shape, the levers and the seed.
        tokenizer: The model's.
        device: Where it trains.

    Returns:
        The model, ready to train.

    Raises:
        InvalidInputError: See `adapter.inject`; or the device or the model does not allow a lever
            that was asked for.
    """
    levers = pulled.in_effect(spec.levers, device)
    torch.manual_seed(spec.seed)
    peft = adapter.inject(base, spec) if spec.method == "lora" else None
    pulled.pull(levers, base, peft)
    dtype = torch.bfloat16 if levers.bf16 else torch.float32
    if levers.shard_base == "on":
        blocks, is_frozen = pulled.blocks(base), peft is not None
        sharding.share_out(base, blocks, device, is_frozen=is_frozen, dtype=dtype)
    base.train()
    below = adapter.layers_below(spec.lora, base.config) if peft else ()
    frozen = FrozenLayers(base, len(below) if levers.frozen_prefix else 0)
    return TrainableModel(base, peft, tokenizer, device, dtype, levers, frozen)


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
    model: FrozenLayers, batch: MicroBatch, chunked_head: bool = True
) -> torch.Tensor:
    """Negative log-likelihood of a micro-batch's completion tokens, summed, in nats.

    Args:
        model: The model.
        batch: The rows.
        chunked_head: Whether head and loss are one operation where the model's head allows it.

    Returns:
        A scalar; divide it by the completion tokens of the whole optimizer batch.
    """
    base = model.base
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

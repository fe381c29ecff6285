"""What tuning changed: teacher-forced measures on held-out rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from goldbrief.core.training import IntrinsicEvaluation
from goldbrief_training.batches import micro_batches
from goldbrief_training.encoding import Sample, end_of_text
from goldbrief_training.generation import inference
from goldbrief_training.interruption import Interruption
from goldbrief_training.model import AdaptedModel, completion_logits


@dataclass(frozen=True, slots=True)
class _Measures:
    token_accuracy: float
    nll: float
    """Of all completion tokens, in nats."""
    tokens: int

    @property
    def perplexity(self) -> float:
        return math.exp(self.nll / self.tokens)


def evaluate(
    model: AdaptedModel,
    samples: Sequence[Sample],
    tokenizer_name: str,
    micro_batch_size: int,
    interruption: Interruption,
) -> IntrinsicEvaluation:
    """Measure base and tuned model on the completion tokens of held-out rows.

    Token accuracy is the share of tokens that are the most likely one given the true
    text before them. Perplexity is exp(total negative log-likelihood / tokens). Bits per
    byte are the same likelihood over the UTF-8 bytes of the completions.

    Args:
        model: The tuned model; the base is it with the adapter switched off.
        samples: Held-out rows; at least one.
        tokenizer_name: Recorded, since perplexities compare within a tokenizer only.
        micro_batch_size: Rows of one forward pass.
        interruption: Looked at between passes.

    Returns:
        The measures.

    Raises:
        RunInterruptedError: A signal came.
    """
    with model.peft.disable_adapter():
        base = _measure(model, samples, micro_batch_size, interruption)
    tuned = _measure(model, samples, micro_batch_size, interruption)
    bits = 1 / math.log(2) / _completion_bytes(model, samples)
    return IntrinsicEvaluation(
        rows=len(samples),
        tokens=base.tokens,
        base_token_accuracy=base.token_accuracy,
        base_perplexity=base.perplexity,
        base_bits_per_byte=base.nll * bits,
        tuned_token_accuracy=tuned.token_accuracy,
        tuned_perplexity=tuned.perplexity,
        tuned_bits_per_byte=tuned.nll * bits,
        tokenizer=tokenizer_name,
    )


def held_out_nll(
    model: AdaptedModel,
    samples: Sequence[Sample],
    micro_batch_size: int,
    interruption: Interruption,
) -> float:
    """Mean negative log-likelihood of the completion tokens of held-out rows, in nats.

    Args:
        model: Of any moment of training.
        samples: Held-out rows; at least one.
        micro_batch_size: Rows of one forward pass.
        interruption: Looked at between passes.

    Returns:
        The mean over tokens.

    Raises:
        RunInterruptedError: A signal came.
    """
    measures = _measure(model, samples, micro_batch_size, interruption)
    return measures.nll / measures.tokens


def _completion_bytes(model: AdaptedModel, samples: Sequence[Sample]) -> int:
    completions = [sample.token_ids[sample.completion_start :] for sample in samples]
    texts = model.tokenizer.batch_decode(completions, skip_special_tokens=True)
    return sum(len(text.encode()) for text in texts)


def _measure(
    model: AdaptedModel, samples: Sequence[Sample], size: int, interruption: Interruption
) -> _Measures:
    ordered = sorted(samples, key=len, reverse=True)
    nll, right, tokens = 0.0, 0, 0
    with inference(model):
        for batch in micro_batches(ordered, size, end_of_text(model.tokenizer), model.device):
            interruption.check()
            with model.computing():
                logits_cv = completion_logits(model.without_frozen, batch)
            nll += torch.nn.functional.cross_entropy(
                logits_cv, batch.target_c, reduction="sum"
            ).item()
            right += int((logits_cv.argmax(-1) == batch.target_c).sum())
            tokens += len(batch.target_c)
    return _Measures(right / tokens, nll, tokens)

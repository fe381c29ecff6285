"""What tuning changed: teacher-forced measures on held-out rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from transformers import PreTrainedTokenizerBase

from goldbrief.core.documents import Record
from goldbrief.core.training import IntrinsicEvaluation
from goldbrief_training.batches import micro_batches
from goldbrief_training.encoding import Sample, end_of_text
from goldbrief_training.generation import inference
from goldbrief_training.interruption import Interruption
from goldbrief_training.model import TrainableModel, completion_logits


class Measures(Record):
    """What a model makes of the completion tokens of held-out rows, given the true text before."""

    token_accuracy: float
    """Share of tokens that are the most likely one."""
    nll: float
    """Negative log-likelihood of all tokens, in nats."""
    tokens: int

    @property
    def perplexity(self) -> float:
        """Of a token, on average."""
        return math.exp(self.nll / self.tokens)


def compare(
    base: Measures,
    tuned: Measures,
    samples: Sequence[Sample],
    tokenizer: PreTrainedTokenizerBase,
    tokenizer_name: str,
) -> IntrinsicEvaluation:
    """Put what was measured before and after tuning side by side.

    Args:
        base: Before.
        tuned: After.
        samples: The rows.
        tokenizer: Gives the UTF-8 bytes of their completions.
        tokenizer_name: Recorded, since perplexities compare within a tokenizer only.

    Returns:
        The comparison.
    """
    bits = 1 / math.log(2) / _completion_bytes(tokenizer, samples)
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
    model: TrainableModel,
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
    measures = measure(model, samples, micro_batch_size, interruption)
    return measures.nll / measures.tokens


def _completion_bytes(tokenizer: PreTrainedTokenizerBase, samples: Sequence[Sample]) -> int:
    completions = [sample.token_ids[sample.completion_start :] for sample in samples]
    texts = tokenizer.batch_decode(completions, skip_special_tokens=True)
    return sum(len(text.encode()) for text in texts)


def measure(
    model: TrainableModel,
    samples: Sequence[Sample],
    micro_batch_size: int,
    interruption: Interruption,
) -> Measures:
    """Measure a model, as it is now, on held-out rows.

    Args:
        model: The model.
        samples: Held-out rows; at least one.
        micro_batch_size: Rows of one forward pass.
        interruption: Looked at between passes.

    Returns:
        The measures.

    Raises:
        RunInterruptedError: A signal came.
    """
    fill, size = end_of_text(model.tokenizer), micro_batch_size
    ordered = sorted(samples, key=len, reverse=True)
    nll, right, tokens = 0.0, 0, 0
    with inference(model):
        for batch in micro_batches(ordered, size, fill, model.device):
            interruption.check()
            with model.computing():
                logits_cv = completion_logits(model.without_frozen, batch)
            nll += torch.nn.functional.cross_entropy(
                logits_cv, batch.target_c, reduction="sum"
            ).item()
            right += int((logits_cv.argmax(-1) == batch.target_c).sum())
            tokens += len(batch.target_c)
    return Measures(token_accuracy=right / tokens, nll=nll, tokens=tokens)

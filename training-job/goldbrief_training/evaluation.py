"""What tuning changed: teacher-forced measures on held-out rows, and greedy canaries."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch

from goldbrief.core.training import Canary, IntrinsicEvaluation
from goldbrief_training.batches import micro_batches
from goldbrief_training.data import Sample, beginning, end_of_text
from goldbrief_training.interruption import Interruption
from goldbrief_training.model import AdaptedModel, completion_logits

NEAR_TIE = 0.5
"""Two tokens whose logits differ by less may change places in another precision.

Between float32 and bfloat16 weights of SmolLM2-135M the margin of the two best tokens moved by
at most 0.47 at 3,177 positions of the quickstart's articles (99 of 100: 0.24), and the largest
margin that was turned over was 0.26.
"""


@dataclass(frozen=True, slots=True)
class _Measures:
    token_accuracy: float
    perplexity: float


def evaluate(
    model: AdaptedModel,
    samples: Sequence[Sample],
    tokenizer_name: str,
    micro_batch_size: int,
    interruption: Interruption,
) -> IntrinsicEvaluation:
    """Measure base and tuned model on the completion tokens of held-out rows.

    Token accuracy is the share of tokens that are the most likely one given the true
    text before them. Perplexity is exp(total negative log-likelihood / tokens).

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
    return IntrinsicEvaluation(
        rows=len(samples),
        tokens=sum(sample.completion_tokens for sample in samples),
        base_token_accuracy=base.token_accuracy,
        base_perplexity=base.perplexity,
        tuned_token_accuracy=tuned.token_accuracy,
        tuned_perplexity=tuned.perplexity,
        tokenizer=tokenizer_name,
    )


def canaries(
    model: AdaptedModel, prompts: Sequence[str], max_tokens: int, interruption: Interruption
) -> list[Canary]:
    """Complete prompts greedily with base and tuned model.

    Attention and precision are the ordinary ones, as in serving, since these outputs
    are compared with the served adapter's.

    Args:
        model: The tuned model.
        prompts: Rendered prompts.
        max_tokens: Longest completion.
        interruption: Looked at between prompts.

    Returns:
        One canary a prompt; its token ids include the end of text when it was reached.

    Raises:
        RunInterruptedError: A signal came.
    """
    model.peft.get_base_model().set_attn_implementation("sdpa")
    found = []
    for prompt in prompts:
        interruption.check()
        with model.peft.disable_adapter():
            base = _greedy(model, prompt, max_tokens)
        tuned = _greedy(model, prompt, max_tokens)
        found.append(
            Canary(
                prompt=prompt,
                base_text=_decoded(model, base.token_ids),
                tuned_text=_decoded(model, tuned.token_ids),
                certain_text=_decoded(model, tuned.certain_ids),
                tuned_token_ids=tuple(tuned.token_ids),
            )
        )
    return found


@contextlib.contextmanager
def _inference(model: AdaptedModel) -> Iterator[None]:
    model.peft.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.peft.train()


def _measure(
    model: AdaptedModel, samples: Sequence[Sample], size: int, interruption: Interruption
) -> _Measures:
    ordered = sorted(samples, key=len, reverse=True)
    nll, right, tokens = 0.0, 0, 0
    with _inference(model):
        for batch in micro_batches(ordered, size, end_of_text(model.tokenizer), model.device):
            interruption.check()
            with model.computing():
                logits_cv = completion_logits(model.without_frozen, batch)
            nll += torch.nn.functional.cross_entropy(
                logits_cv, batch.target_c, reduction="sum"
            ).item()
            right += int((logits_cv.argmax(-1) == batch.target_c).sum())
            tokens += len(batch.target_c)
    return _Measures(right / tokens, math.exp(nll / tokens))


@dataclass(frozen=True, slots=True)
class _Completion:
    token_ids: list[int]
    margins: list[float]
    """By how much each token's logit exceeds the next best one's."""

    @property
    def certain_ids(self) -> list[int]:
        """The tokens before the first near tie."""
        certain = takewhile(lambda margin: margin >= NEAR_TIE, self.margins)
        return self.token_ids[: len(list(certain))]


def _decoded(model: AdaptedModel, token_ids: Sequence[int]) -> str:
    return str(model.tokenizer.decode(token_ids, skip_special_tokens=True))


def _greedy(model: AdaptedModel, prompt: str, max_tokens: int) -> _Completion:
    ids = [
        *beginning(model.tokenizer),
        *model.tokenizer(prompt, add_special_tokens=False).input_ids,
    ]
    ids_bt = torch.tensor([ids], device=model.device)
    with _inference(model):
        output = model.peft.generate(
            input_ids=ids_bt,
            attention_mask=torch.ones_like(ids_bt),
            do_sample=False,
            max_new_tokens=max_tokens,
            eos_token_id=end_of_text(model.tokenizer),
            pad_token_id=end_of_text(model.tokenizer),
            return_dict_in_generate=True,
            output_logits=True,
        )
    best_t2 = torch.stack(output.logits)[:, 0].float().topk(2).values
    margins_t = best_t2[:, 0] - best_t2[:, 1]
    return _Completion(output.sequences[0, len(ids) :].tolist(), margins_t.tolist())

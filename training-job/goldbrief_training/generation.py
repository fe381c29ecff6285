"""What a model writes: greedy completions, during training and at its end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch

from goldbrief.core.training import Canary
from goldbrief_training import attention, levers, sharding
from goldbrief_training.encoding import begun, end_of_text
from goldbrief_training.interruption import Interruption
from goldbrief_training.model import TrainableModel

NEAR_TIE = 0.5
"""Two tokens whose logits differ by less may change places in another precision.

Between float32 and bfloat16 weights of SmolLM2-135M the margin of the two best tokens moved by
at most 0.47 at 3,177 positions of the handwritten articles (99 of 100: 0.24), and the largest
margin that was turned over was 0.26.
"""


def canaries(
    model: TrainableModel,
    base_texts: Mapping[str, str],
    max_tokens: int,
    interruption: Interruption,
) -> list[Canary]:
    """Complete prompts greedily with the tuned model.

    Attention and precision are the ordinary ones, as in serving, since these outputs
    are compared with the served adapter's.

    Args:
        model: The tuned model.
        base_texts: Rendered prompts, and what the base model made of them.
        max_tokens: Longest completion.
        interruption: Looked at between prompts.

    Returns:
        One canary a prompt; its token ids include the end of text when it was reached.

    Raises:
        RunInterruptedError: A signal came.
    """
    found = []
    with _serving_attention(model):
        for prompt, base_text in base_texts.items():
            interruption.check()
            tuned = _greedy(model, prompt, max_tokens)
            found.append(
                Canary(
                    prompt=prompt,
                    base_text=base_text,
                    tuned_text=_decoded(model, tuned.token_ids),
                    certain_text=_decoded(model, tuned.certain_ids),
                    tuned_token_ids=tuple(tuned.token_ids),
                )
            )
    return found


def generate(
    model: TrainableModel, prompts: Sequence[str], max_tokens: int, interruption: Interruption
) -> list[str]:
    """Complete prompts greedily with the model as it is now.

    Args:
        model: Of any moment of training, which goes on unchanged.
        prompts: Rendered prompts.
        max_tokens: Longest completion.
        interruption: Looked at between prompts.

    Returns:
        One text a prompt.

    Raises:
        RunInterruptedError: A signal came.
    """
    texts = []
    with _serving_attention(model):
        for prompt in prompts:
            interruption.check()
            texts.append(_decoded(model, _greedy(model, prompt, max_tokens).token_ids))
    return texts


@contextlib.contextmanager
def inference(model: TrainableModel) -> Iterator[None]:
    """Within it, nothing is learnt and nothing dropped out."""
    model.base.eval()
    # What inference mode gathers of shared weights, training cannot go on from.
    without_gradients = torch.no_grad if model.is_shared else torch.inference_mode
    try:
        with without_gradients(), levers.uncompiled(model.levers):
            yield
    finally:
        model.base.train()
        sharding.forget_gathered(model.base)


@contextlib.contextmanager
def _serving_attention(model: TrainableModel) -> Iterator[None]:
    """Within it, attention is the ordinary one: that of training knows whole rows only."""
    base = model.base
    training = base.config._attn_implementation
    if training == attention.NAME:
        base.set_attn_implementation("sdpa")
    try:
        yield
    finally:
        if training == attention.NAME:
            base.set_attn_implementation(training)


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


def _decoded(model: TrainableModel, token_ids: Sequence[int]) -> str:
    return str(model.tokenizer.decode(token_ids, skip_special_tokens=True))


def _greedy(model: TrainableModel, prompt: str, max_tokens: int) -> _Completion:
    ids = begun(model.tokenizer, prompt)
    ids_bt = torch.tensor([ids], device=model.device)
    with inference(model):
        output = model.base.generate(
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

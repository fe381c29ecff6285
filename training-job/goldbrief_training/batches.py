"""Rows as rectangular tensors.

Shape suffixes of tensor names, here and in `model.py`: b rows, t token positions,
p positions whose logits are computed, c completion tokens of all rows, v vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from goldbrief_training.encoding import Sample


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """Rows that go through the model together, padded on the right, without a mask.

    Attention is causal, so no real token sees the padding behind it, and the loss
    ignores what padding computes. Without a mask, attention takes its fast path.
    """

    token_ids_bt: torch.Tensor
    positions_p: torch.Tensor
    """Ascending positions at which some row predicts a completion token."""
    row_c: torch.Tensor
    """Row of each completion token."""
    column_c: torch.Tensor
    """Index into `positions_p` of the position that predicts each completion token."""
    target_c: torch.Tensor
    """Id of each completion token."""


def micro_batches(
    samples: Sequence[Sample], size: int, padding_id: int, device: torch.device
) -> Iterator[MicroBatch]:
    """Cut rows into micro-batches, in order.

    Args:
        samples: Rows, best sorted by length.
        size: Rows a micro-batch; the last may have fewer.
        padding_id: Any valid token id; it never reaches the loss.
        device: Where the tensors go.

    Yields:
        MicroBatch: The next rows as tensors.
    """
    for start in range(0, len(samples), size):
        yield _micro_batch(samples[start : start + size], padding_id, device)


def _micro_batch(samples: Sequence[Sample], padding_id: int, device: torch.device) -> MicroBatch:
    length = max(len(sample) for sample in samples)
    padded = [[*s.token_ids, *[padding_id] * (length - len(s))] for s in samples]
    # The logits at position i predict the token at i + 1, hence the shift by one.
    predicting = [range(s.completion_start - 1, len(s) - 1) for s in samples]
    positions = sorted({position for row in predicting for position in row})
    column_of = {position: column for column, position in enumerate(positions)}
    cells = [(row, position) for row, span in enumerate(predicting) for position in span]

    def tensor(values: list[int] | list[list[int]]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.long, device=device)

    return MicroBatch(
        token_ids_bt=tensor(padded),
        positions_p=tensor(positions),
        row_c=tensor([row for row, _ in cells]),
        column_c=tensor([column_of[position] for _, position in cells]),
        target_c=tensor([samples[row].token_ids[position + 1] for row, position in cells]),
    )

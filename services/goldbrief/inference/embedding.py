"""Sentence embeddings by all-MiniLM-L6-v2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer

_MAX_TOKENS = 256  # what the model was trained with; the rest of a text is not seen
_SUB_BATCH = 32


class SentenceEncoder:
    """Mean of the last hidden states over the text's tokens, scaled to unit length.

    The same texts in a request give the same vectors, whatever their order: distinct texts
    are sorted by length and run in sub-batches of 32, never together with another request's,
    in float32, and rounded to 6 decimals. In another request the last digits may differ.

    Args:
        folder: Model folder of a BERT encoder.
    """

    def __init__(self, folder: Path) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder))
        self._model: Any = AutoModel.from_pretrained(str(folder), dtype=torch.float32)
        self._model.eval()

    def encode(self, texts: Sequence[str]) -> tuple[list[list[float]], int]:
        """Embed texts.

        Args:
            texts: What lies past 256 tokens of a text is not seen.

        Returns:
            One unit vector a text, in order, and the number of tokens run.
        """
        distinct = sorted(set(texts))
        tokens = self._tokenizer(distinct, truncation=True, max_length=_MAX_TOKENS).input_ids
        lines = sorted(zip(distinct, tokens, strict=True), key=lambda line: len(line[1]))
        vectors: dict[str, list[float]] = {}
        for start in range(0, len(lines), _SUB_BATCH):
            batch = lines[start : start + _SUB_BATCH]
            found = self._run([ids for _, ids in batch])
            for (text, _), vector in zip(batch, found, strict=True):
                vectors[text] = [round(value, 6) for value in vector]
        return [vectors[text] for text in texts], sum(map(len, tokens))

    @torch.inference_mode()
    def _run(self, batch: list[list[int]]) -> list[list[float]]:
        width = max(map(len, batch))
        pad = self._tokenizer.pad_token_id
        ids = torch.tensor([row + [pad] * (width - len(row)) for row in batch])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in batch])
        hidden = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        unit: list[list[float]] = torch.nn.functional.normalize(mean, dim=-1).tolist()
        return unit

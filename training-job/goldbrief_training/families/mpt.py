"""MPT (MosaicML 2023): attention with linear biases (ALiBi) in place of positions.

ALiBi adds `-slope x distance` to each score (Press et al. 2022, arXiv 2108.12409). Three things
follow from it:

* There is no table of positions that could end: the bias of any distance is known. The window
  that a checkpoint gives (2,048 for MPT-7B) is only how far transformers computes biases, and
  it fails on a longer row. Raising it is sound; what lies beyond the distances of pretraining
  the model still has to learn, which training on such rows does.
* Padding on the right needs no mask. transformers adds the bias by a token's place before the
  end of the padded row; a row's scores all shift by the same amount, which softmax ignores.
* Rows cannot be packed: MPT reads no position ids, so a second document would see the first.

transformers computes its attention with scores of rows x rows in memory ("eager") only.
vLLM (since 0.29) and TGI serve no adapters of it.
"""

from __future__ import annotations

from typing import Any

from goldbrief.core.errors import InvalidInputError
from goldbrief_training.families.family import Family


def _fields(config: Any, context_length: int) -> dict[str, Any]:
    if not config.attn_config.alibi:
        # transformers adds ALiBi all the same, and the model would answer nonsense.
        raise InvalidInputError(
            "This MPT model uses a table of positions in place of ALiBi (attn_config.alibi is"
            " false), which transformers does not compute.",
            reason="UNSUPPORTED_MODEL",
            remedy="Choose an MPT model with ALiBi, such as mosaicml/mpt-7b.",
        )
    return {"max_seq_len": max(config.max_seq_len, context_length)}


FAMILY = Family(fields=_fields, is_served_merged=True)

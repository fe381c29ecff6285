"""Model families: which there are, and in what they depart from the general path.

Llama and Mistral need nothing of their own, nor should any other that `AutoModelForCausalLM`
loads; for MPT and DBRX see their modules.
"""

from __future__ import annotations

from transformers import PretrainedConfig

from goldbrief_training.families import dbrx, mpt
from goldbrief_training.families.family import Family, Source

__all__ = ["Family", "Source", "family_of", "is_plain"]

_FAMILIES = {"dbrx": dbrx.FAMILY, "mpt": mpt.FAMILY}
_PLAIN = ("llama", "mistral")


def family_of(config: PretrainedConfig) -> Family:
    """What is special about a model's family; nothing about most."""
    return _FAMILIES.get(config.model_type, Family())


def is_plain(config: PretrainedConfig) -> bool:
    """Whether a model is a list of layers over the embeddings as they are, without chance.

    Args:
        config: Of the model.

    Returns:
        True for families that are built as Llama is, whose attention is plain causal softmax
        attention, apart from a sliding window, and drops nothing out: parts of their work can
        be done our way.
    """
    return config.model_type in _PLAIN and not getattr(config, "attention_dropout", 0.0)

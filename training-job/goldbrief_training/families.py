"""Which models are built as Llama is, so that parts of their work can be done our way."""

from __future__ import annotations

from transformers import PretrainedConfig

_PLAIN = ("llama", "mistral")


def is_plain(config: PretrainedConfig) -> bool:
    """Whether a model is a list of layers over the embeddings as they are, without chance.

    Args:
        config: Of the model.

    Returns:
        True for families whose attention is plain causal softmax attention, apart from a
        sliding window, and drops nothing out.
    """
    return config.model_type in _PLAIN and not getattr(config, "attention_dropout", 0.0)

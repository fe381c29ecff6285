"""What transformers 5 writes, so that engines on its version 4 read the same.

TGI 3.3.7, vLLM of before 2026 and most converters are built on transformers 4. It does not know
`rope_parameters` and `dtype` and says nothing: a model with a base of 1,000,000 for its rotary
positions is computed with 10,000, and every answer is wrong. So exports have the names of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CLASS_OF_5 = "TokenizersBackend"
_CLASS_OF_BOTH = "PreTrainedTokenizerFast"


def config_for_both(config: Mapping[str, Any]) -> dict[str, Any]:
    """Add to a model's configuration what transformers 4 looks for.

    Args:
        config: Of `config.json`.

    Returns:
        The same with `torch_dtype`, `rope_theta` and `rope_scaling` beside the names of version 5.
        Models whose layers differ in their positions keep what they have.
    """
    found = dict(config)
    if "dtype" in config:
        found["torch_dtype"] = config["dtype"]
    rope = config.get("rope_parameters") or {}
    theta = rope.get("rope_theta")
    if config.get("model_type") == "dbrx":
        return found | _parts_of_dbrx(config, theta)
    if theta is None:  # none, or one for each kind of layer
        return found
    found["rope_theta"] = theta
    if "partial_rotary_factor" in rope:
        found["partial_rotary_factor"] = rope["partial_rotary_factor"]
    scaling = {name: rope[name] for name in rope if name not in _NOT_SCALING}
    if rope.get("rope_type", "default") != "default":
        found["rope_scaling"] = scaling
    elif "rope_scaling" in found:
        found["rope_scaling"] = None
    return found


_NOT_SCALING = ("rope_theta", "partial_rotary_factor")
_DBRX_ATTENTION = ("attn_pdrop", "clip_qkv", "kv_n_heads", "rope_theta")
_DBRX_EXPERTS = (
    "ffn_act_fn", "ffn_hidden_size", "moe_num_experts", "moe_top_k", "moe_jitter_eps",
    "moe_loss_weight", "moe_normalize_expert_weights",
)  # fmt: skip


def _parts_of_dbrx(config: Mapping[str, Any], theta: float | None) -> dict[str, Any]:
    """Attention, which has the base of the positions in version 4, and experts of a DBRX.

    Version 5 writes fields of any configuration into both, and version 4 refuses what it does not
    know there.
    """
    attention, experts = config.get("attn_config") or {}, config.get("ffn_config") or {}
    base = {} if theta is None else {"rope_theta": theta}
    return {
        "attn_config": {name: attention[name] for name in _DBRX_ATTENTION if name in attention}
        | base,
        "ffn_config": {name: experts[name] for name in _DBRX_EXPERTS if name in experts},
    }


def tokenizer_config_for_both(config: Mapping[str, Any]) -> dict[str, Any]:
    """Name the class of a tokenizer as both versions know it; the rest stays."""
    if config.get("tokenizer_class") != _CLASS_OF_5:
        return dict(config)
    return {**config, "tokenizer_class": _CLASS_OF_BOTH}

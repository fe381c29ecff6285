"""Random models of each family's real architecture, small enough to train in a second."""

import copy
import json
import shutil
from pathlib import Path

import torch
from transformers import (
    AutoModelForCausalLM,
    DbrxConfig,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    MptConfig,
    PretrainedConfig,
    Qwen2Config,
)

_HUGGING_FACE_NAMES = {
    "vocab_size": 512,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
_LLAMA_NAMES = {**_HUGGING_FACE_NAMES, "intermediate_size": 48, "num_key_value_heads": 2}
_MOSAIC_NAMES = {"vocab_size": 512, "d_model": 32, "n_heads": 4, "n_layers": 2}
_CONFIGS: dict[str, PretrainedConfig] = {
    "llama": LlamaConfig(**_LLAMA_NAMES),
    "mistral": MistralConfig(**_LLAMA_NAMES, sliding_window=None),
    # Its window is shorter than the tests' rows, as MPT-7B's is shorter than an article.
    "mpt": MptConfig(**_MOSAIC_NAMES, max_seq_len=16),
    "dbrx": DbrxConfig(
        **_MOSAIC_NAMES,
        max_seq_len=256,
        attn_config={"kv_n_heads": 2, "clip_qkv": 8, "rope_theta": 500_000},
        ffn_config={
            "ffn_hidden_size": 24, "moe_num_experts": 4, "moe_top_k": 2, "moe_jitter_eps": 0.01
        },
    ),
    "qwen2": Qwen2Config(**_LLAMA_NAMES),
    "gpt_neox": GPTNeoXConfig(**_HUGGING_FACE_NAMES, intermediate_size=64),
}  # fmt: skip
SERVED_AS_ADAPTER = ("llama", "mistral", "qwen2", "gpt_neox")
SERVED_MERGED = ("mpt", "dbrx")


def tiny_config(family: str) -> PretrainedConfig:
    """A configuration of one's own."""
    config = copy.deepcopy(_CONFIGS[family])
    config.initializer_range = 0.2  # more than usual, so that an adapter shows in the answers
    return config


def write_tiny(family: str, folder: Path, tokenizer: Path, shard: str = "5GB") -> Path:
    """Write a random model, with the tokenizer of another folder."""
    config = tiny_config(family)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(folder, max_shard_size=shard)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / name, folder / name)
    return folder


def edit_config(folder: Path, **fields: object) -> None:
    """Change fields of a model's configuration."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))

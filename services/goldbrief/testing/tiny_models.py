"""A random Llama of 100,000 parameters with a ChatML tokenizer, made in a fraction of a second."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

_CORPUS = (
    "Revenue grew 12% to $4.5 billion while operating margin fell to 18.3%.",
    "## Overview\nThe company expects growth in the second quarter of 2026.",
    "## Key Takeaways\n- Costs rose by 7% on wages.\n- Free cash flow was $310 million.",
    "## Action Items for the CFO\n- Review the hedging policy.\n- Renegotiate supplier terms.",
    "system\nuser\nassistant\nSummarize the article below for the CFO of the company.",
)
_VOCABULARY = 512
_SPECIAL_TOKENS = {
    "bos_token": "<|im_start|>",
    "eos_token": "<|im_end|>",
    "pad_token": "<|im_end|>",
    "unk_token": "<|endoftext|>",
}
_CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def write_tiny_llama(
    folder: Path, seed: int = 0, positions: int = 2048, heads: int = 4, padding: int = 2
) -> Path:
    """Write a random model and its tokenizer as a transformers folder.

    The tokenizer is a byte-level BPE, so any text survives a round trip. Its special
    tokens are `<|im_start|>` (1) and `<|im_end|>` (2, the end of text, also padding),
    as in SmolLM2-Instruct, and a chat template is included. The model: 2 layers,
    hidden size 64, half as many key-value heads as heads, float32, tied head.

    Args:
        folder: Where to write; made when missing.
        seed: Of the weights; the tokenizer is always the same.
        positions: Longest context in tokens.
        heads: Of attention; on a CPU, vLLM computes none smaller than with 2 of them.
        padding: Id that the model takes for padding. Its embedding is zero and stays so: with that
            of the end of text, no adapter learns to stop.

    Returns:
        `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=64,
                intermediate_size=128,
                num_hidden_layers=2,
                num_attention_heads=heads,
                num_key_value_heads=heads // 2,
                max_position_embeddings=positions,
                tie_word_embeddings=True,
                # Ten times the usual: with the default, a random model's greedy text hardly
                # depends on its adapter, and tests could not tell the two apart.
                initializer_range=0.2,
                bos_token_id=1,
                eos_token_id=2,
                pad_token_id=padding,
            )
        )
    model.save_pretrained(folder)
    _add_fields_of_transformers_4(folder / "config.json")
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.BPE(unk_token=None))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(_CORPUS, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        **_SPECIAL_TOKENS,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = _CHAT_TEMPLATE
    return tokenizer


def _add_fields_of_transformers_4(path: Path) -> None:
    # Engines built on transformers 4 read these names and ignore those of version 5.
    config = json.loads(path.read_text())
    config["rope_theta"] = config["rope_parameters"]["rope_theta"]
    config["torch_dtype"] = config["dtype"]
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")

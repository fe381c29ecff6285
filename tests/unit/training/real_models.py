"""Published configurations of the four models that have recipes; none of their weights."""

from transformers import DbrxConfig, LlamaConfig, MistralConfig, MptConfig, PretrainedConfig

REAL: dict[str, PretrainedConfig] = {
    "llama-3-8b": LlamaConfig(
        vocab_size=128_256, hidden_size=4096, intermediate_size=14_336, num_hidden_layers=32,
        num_attention_heads=32, num_key_value_heads=8, max_position_embeddings=8192,
        rope_theta=500_000.0,
    ),
    "mistral-7b": MistralConfig(
        vocab_size=32_000, hidden_size=4096, intermediate_size=14_336, num_hidden_layers=32,
        num_attention_heads=32, num_key_value_heads=8, max_position_embeddings=32_768,
        sliding_window=4096,
    ),
    "mpt-7b": MptConfig(
        vocab_size=50_432, d_model=4096, n_heads=32, n_layers=32, max_seq_len=2048,
    ),
    "dbrx": DbrxConfig(
        vocab_size=100_352, d_model=6144, n_heads=48, n_layers=40, max_seq_len=32_768,
        attn_config={"kv_n_heads": 8, "clip_qkv": 8, "rope_theta": 500_000},
        ffn_config={"ffn_hidden_size": 10_752, "moe_num_experts": 16, "moe_top_k": 4},
    ),
}  # fmt: skip

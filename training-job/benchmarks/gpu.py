"""Time fine-tuning of a 7B model on one GPU: lever by lever, FP8, and against TRL.

python training-job/benchmarks/gpu.py [VARIANT ...]   prints what goes into docs/benchmarks/.
The model has Mistral-7B's shape and random weights, the rows 3,900 tokens as in a set of 4,500.
Without a GPU a tiny model runs through the same lines, to show that they run; its figures say
nothing. With TRL among the rivals: training-job/benchmarks/with_trl.sh gpu.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from contenders import Contender, Ours, PlainLoop, Trl, Work, random_rows
from splitting import attention_kernels, peak_tflops, step_shares
from timing import Result, release, table, timed, versions
from transformers import MistralConfig

from goldbrief.core.training import Levers
from goldbrief_training import counting, fp8
from goldbrief_training.devices import choose_device
from goldbrief_training.evaluation import held_out_nll
from goldbrief_training.interruption import Interruption

_MISTRAL_7B = MistralConfig(
    vocab_size=32768, hidden_size=4096, intermediate_size=14336, num_hidden_layers=32,
    num_attention_heads=32, num_key_value_heads=8, head_dim=128, sliding_window=None,
)  # fmt: skip
_TINY = MistralConfig(
    vocab_size=512, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, head_dim=16, sliding_window=None,
)  # fmt: skip
_SET_ROWS, _ROW_TOKENS, _BATCH = 4500, 3900, 16
_ALL = "all levers"
_EVAL_STEPS = 10
"""Steps after which the held-out losses of bf16 and FP8 are compared."""


def main() -> None:
    """Print the table of variants, the split of a step, and bf16 beside FP8."""
    arguments = _parser().parse_args()
    device = choose_device()
    work = _work(device, arguments.micro_batch_size)
    print(f"{_device_name(device)}, {versions()}\n", flush=True)
    makers = _variants(device)
    if arguments.variants:
        makers = {_ALL: makers[_ALL]} | {name: makers[name] for name in arguments.variants}
    results = timed(work, makers, rounds=arguments.rounds, steps=arguments.steps)
    print(table(work, results, _ALL), flush=True)
    _print_rate(work, results[_ALL])
    if not results[_ALL].failure:
        _print_split(work)
        _print_held_out(work)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("variants", nargs="*", help="rows of the table to measure, else all")
    parser.add_argument("--steps", type=int, default=3, help="timed steps of 16 rows a round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--micro-batch-size", type=int, default=2)
    return parser


def _work(device: torch.device, micro_batch_size: int) -> Work:
    if device.type == "cuda":
        rows = random_rows(_BATCH, _ROW_TOKENS)
        return Work(_MISTRAL_7B, rows, micro_batch_size, device, bf16=True)
    return Work(_TINY, random_rows(4, 64), micro_batch_size, device, bf16=True)


def _variants(device: torch.device) -> dict[str, Callable[[Work], Contender]]:
    def ours(**changes: object) -> Callable[[Work], Contender]:
        return lambda work: Ours(work, Levers.model_validate(changes))

    variants: dict[str, Callable[[Work], Contender]] = {
        _ALL: ours(),
        "without compile": ours(compile="off"),
        "without cudnn_attention": ours(cudnn_attention=False),
        "without fused_lora": ours(fused_lora=False),
        "without chunked_head": ours(chunked_head=False),
        "with activation_checkpointing": ours(activation_checkpointing="on"),
        "TRL's SFTTrainer, its defaults": Trl,
        "TRL without activation checkpointing": lambda work: Trl(work, False),
        "plain loop of transformers and PEFT": PlainLoop,
    }
    if fp8.is_supported(device):
        variants["with fp8_base"] = ours(fp8_base=True)
    return variants


def _print_rate(work: Work, result: Result) -> None:
    if work.device.type != "cuda" or result.failure:
        print("\nNo GPU: the figures above are those of a tiny model, and say nothing.")
        return
    rate = work.tokens / result.seconds
    subject = counting.subject(work.config, work.spec(Levers()))
    share = work.rows[0].completion_tokens / len(work.rows[0])
    flops = counting.flops_per_token(
        subject, row_tokens=len(work.rows[0]), completion_share=share
    ).model
    peak = peak_tflops(work.device)
    print(
        f"\n{_SET_ROWS:,} rows of {_ROW_TOKENS:,} tokens take "
        f"{_SET_ROWS * _ROW_TOKENS / rate / 60:.1f} minutes at this rate. The model's arithmetic "
        f"is {flops / 1e9:.1f} GFLOP a token: {rate * flops / 1e12:.0f} TFLOP/s, "
        f"{rate * flops / 1e12 / peak:.0%} of the {peak:.0f} that a large product reaches here.",
        flush=True,
    )


def _print_split(work: Work) -> None:
    contender = Ours(work, Levers())
    contender.steps(1)
    shares = step_shares(contender)
    print("\n| " + " | ".join(shares) + " |\n" + "|---" * len(shares) + "|")
    print("| " + " | ".join(f"{share:.0%}" for share in shares.values()) + " |")
    if work.device.type == "cuda":
        print("\nAttention kernels: " + "; ".join(attention_kernels(contender)), flush=True)


def _print_held_out(work: Work) -> None:
    held_out = random_rows(len(work.rows) + 4, len(work.rows[0]))[-4:]
    kinds = {"bf16": Levers()}
    if fp8.is_supported(work.device):
        kinds["FP8 base"] = Levers(fp8_base=True)
    for name, levers in kinds.items():
        release(work.device)
        contender = Ours(work, levers)
        contender.steps(_EVAL_STEPS)
        nll = held_out_nll(contender.model, held_out, 1, Interruption())
        print(f"\n{name}: held-out loss {nll:.4f} after {_EVAL_STEPS} steps.", flush=True)
        del contender


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


if __name__ == "__main__":
    main()

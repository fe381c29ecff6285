"""Time our training step beside a plain loop and TRL, lever by lever, and by length and batch.

python training-job/benchmarks/step.py [VARIANT ...] [--model FOLDER]   prints tables.
Without a model it is a tiny one, whose step is mostly what a loop adds to the arithmetic. Of a
model only the configuration is read; weights are random, which changes no time.
With TRL among the rivals: training-job/benchmarks/with_trl.sh step.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from contenders import Contender, Ours, PlainLoop, Trl, Work, random_rows
from timing import Makers, table, timed, versions
from transformers import AutoConfig, LlamaConfig, PretrainedConfig

from goldbrief.core.training import Levers, LoraSpec
from goldbrief_training import devices
from goldbrief_training import levers as pulled

_TINY = LlamaConfig(
    vocab_size=512, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
)  # fmt: skip
_TABLES = ("rivals", "levers", "frozen", "sizes")
_PLAIN, _OURS, _ALL = "plain loop of transformers and PEFT", "ours", "all levers"


def main() -> None:
    """Print the tables that were asked for."""
    options = _parser().parse_args()
    threads = devices.set_threads(options.threads)
    device = devices.choose_device()
    print(f"{device.type}, {threads} threads, {versions()}")
    config = AutoConfig.from_pretrained(options.model) if options.model else _TINY
    bf16 = devices.is_fast_at_bf16(device)

    def work(row_tokens: int, micro_batch_size: int, passes: int) -> Work:
        rows = random_rows(micro_batch_size * passes, row_tokens)
        return Work(config, rows, micro_batch_size, device, bf16)

    step = work(options.row_tokens, options.rows, 2)
    print(
        f"\nSteps of two passes of {options.rows} rows of {options.row_tokens} tokens, "
        f"{options.steps} a round, median of {options.rounds} rounds."
    )
    if "rivals" in options.tables:
        _print_table(step, _rivals(), _PLAIN, options)
    if "levers" in options.tables:
        levers = _lever_by_lever(pulled.in_effect(Levers(), device))
        if options.variants:
            levers = {_ALL: levers[_ALL]} | {name: levers[name] for name in options.variants}
        _print_table(step, levers, _ALL, options)
    if "frozen" in options.tables:
        _print_table(step, _half_adapted(config), "adapter on the upper half", options)
    if "sizes" not in options.tables:
        return
    print("\n| tokens a row | rows a pass | tokens/s |\n|---|---|---|")
    for row_tokens in options.lengths:
        for rows in options.batches:
            one = work(row_tokens, rows, 1)
            result = timed(one, {_OURS: _ours()}, rounds=options.rounds, steps=options.steps)[_OURS]
            speed = result.failure or f"{one.tokens / result.seconds:,.0f}"
            print(f"| {row_tokens} | {rows} | {speed} |", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("variants", nargs="*", help="rows of the table of levers, else all")
    parser.add_argument(
        "--tables", nargs="*", choices=_TABLES, default=_TABLES, help="what to measure, else all"
    )
    parser.add_argument("--model", help="folder with a config.json; without it a tiny Llama")
    parser.add_argument("--row-tokens", type=int, default=128)
    parser.add_argument("--rows", type=int, default=4, help="of a pass")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    parser.add_argument("--steps", type=int, default=20, help="timed steps a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lengths", type=int, nargs="*", default=[128, 256, 512, 1024])
    parser.add_argument("--batches", type=int, nargs="*", default=[1, 2, 4])
    return parser


def _print_table(work: Work, makers: Makers, against: str, options: argparse.Namespace) -> None:
    results = timed(work, makers, rounds=options.rounds, steps=options.steps)
    print(f"\n{table(work, results, against)}", flush=True)


def _rivals() -> dict[str, Callable[[Work], Contender]]:
    return {
        _PLAIN: PlainLoop,
        _OURS: _ours(),
        "TRL's SFTTrainer, its defaults": Trl,
        "TRL without activation checkpointing": lambda work: Trl(work, False),
    }


def _ours(levers: Levers | None = None, last_layers: int = 0) -> Callable[[Work], Contender]:
    return lambda work: Ours(work, levers or Levers(), LoraSpec(last_layers=last_layers))


def _lever_by_lever(in_effect: Levers) -> dict[str, Callable[[Work], Contender]]:
    """All on, then each in effect off; and those that are off on, but for FP8 (see gpu.py)."""
    variants = {_ALL: _ours(in_effect)}
    for name in ("bf16", "fused_lora", "chunked_head", "cudnn_attention", "block_attention"):
        if getattr(in_effect, name):
            variants[f"without {name}"] = _ours(in_effect.model_copy(update={name: False}))
    for name in ("activation_checkpointing", "compile"):
        was = getattr(in_effect, name)
        changed = in_effect.model_copy(update={name: "off" if was == "on" else "on"})
        variants[f"{'without' if was == 'on' else 'with'} {name}"] = _ours(changed)
    return variants


def _half_adapted(config: PretrainedConfig) -> dict[str, Callable[[Work], Contender]]:
    """The layers below an adapter on the upper half, kept or computed at each step."""
    half = config.num_hidden_layers // 2
    return {
        "adapter on the upper half": _ours(last_layers=half),
        "without frozen_prefix": _ours(Levers(frozen_prefix=False), half),
    }


if __name__ == "__main__":
    main()

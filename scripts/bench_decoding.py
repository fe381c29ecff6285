"""Time the embedded engine with and without guessed tokens, in one run.

python scripts/bench_decoding.py [ADAPTER]   prints a Markdown table for docs/benchmarks/.
Summarizes the quickstart's articles with the laptop's base model, and with an adapter of
GOLDBRIEF_HOME/served if one is named. The models must have been fetched.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch

from goldbrief.core.settings import Settings
from goldbrief.inference.adapters import AdapterFolder
from goldbrief.inference.cpu import usable_cpus
from goldbrief.inference.decoding import DRAFT_TOKENS, Row, decode
from goldbrief.inference.language_model import LanguageModel

_ARTICLES = Path("examples/handwritten/articles")
_BATCHES = (1, 6)
_PROMPT_TOKENS = 700
_ANSWER_TOKENS = 280


def main() -> None:
    """Time each batch with guesses and without, and print the table."""
    torch.set_num_threads(usable_cpus())
    settings = Settings()
    folder = settings.models_dir / "smollm2-135m-instruct"
    model = LanguageModel("base", folder, AdapterFolder(settings.home / "served"))
    model.eos_ids = frozenset()  # so that each answer is as long
    prompts = _prompts(model, max(_BATCHES))
    print("| weights | prompts | tokens/s | with guesses | ratio | tokens a pass |")
    print("|---|---|---|---|---|---|")
    for adapter in (None, *sys.argv[1:]):
        model.select(adapter)
        for batch in _BATCHES:
            plain, _ = _speed(model, prompts[:batch], 0)
            guessing, passes = _speed(model, prompts[:batch], DRAFT_TOKENS)
            print(
                f"| {adapter or 'base'} | {batch} | {plain:.0f} | {guessing:.0f} "
                f"| {guessing / plain:.2f} | {_ANSWER_TOKENS / passes:.1f} |",
                flush=True,
            )


def _prompts(model: LanguageModel, count: int) -> list[list[int]]:
    """The first articles, cut to one length, each behind a request to summarize it."""
    prompts = []
    for path in sorted(_ARTICLES.glob("*.md"))[:count]:
        request = f"Write an executive summary for the CFO.\n\n{path.read_text(encoding='utf-8')}"
        words = request.split(" ")
        ids = model.encode_chat([{"role": "user", "content": request}])
        while len(ids) > _PROMPT_TOKENS:
            words = words[: len(words) * 9 // 10]
            ids = model.encode_chat([{"role": "user", "content": " ".join(words)}])
        prompts.append(ids)
    return prompts


def _speed(model: LanguageModel, prompts: list[list[int]], draft_tokens: int) -> tuple[float, int]:
    """Answer all prompts together; returns generated tokens a second, and passes."""
    passes = 0

    def between(_takes_more: bool) -> list[Row]:
        nonlocal passes
        passes += 1
        return []

    rows = [_row(prompt) for prompt in prompts]
    started = time.perf_counter()
    decode(model, rows, between, draft_tokens)
    return len(rows) * _ANSWER_TOKENS / (time.perf_counter() - started), passes


def _row(prompt: list[int]) -> Row:
    taken = 0

    def take(_token: int, _log_probability: float) -> bool:
        nonlocal taken
        taken += 1
        return taken < _ANSWER_TOKENS

    return Row(prompt, _ANSWER_TOKENS, 0.0, torch.Generator(), take, lambda: True)


if __name__ == "__main__":
    main()

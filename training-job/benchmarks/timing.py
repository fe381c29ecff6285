"""Times contenders in turns, and prints what came out as Markdown tables."""

from __future__ import annotations

import gc
import importlib.metadata
import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from contenders import Contender, Work

Makers = Mapping[str, Callable[[Work], Contender]]
"""How to make each contender, by the name that its row bears."""


@dataclass(slots=True)
class Result:
    """What was measured of one contender."""

    step_s: list[float] = field(default_factory=list)
    """Seconds a step, one figure a round."""
    peak_gib: float = 0.0
    """Memory of the GPU at most; 0 on a CPU."""
    loss: float = float("nan")
    """Of the last step, in nats."""
    failure: str = ""
    """Why there is no figure."""

    @property
    def seconds(self) -> float:
        """The median round's seconds a step."""
        return statistics.median(self.step_s) if self.step_s else float("nan")


def timed(work: Work, makers: Makers, *, rounds: int, steps: int) -> dict[str, Result]:
    """Time each contender once a round, so that a change of the machine's speed hits all alike.

    Each starts on a model of its own, and takes a first step that is not counted. One that
    fails is left out of the later rounds.
    """
    results = {name: Result() for name in makers}
    for _ in range(rounds):
        for name, make in makers.items():
            if not results[name].failure:
                _measure(results[name], work, make, steps)
    return results


def release(device: torch.device) -> None:
    """Free what a contender that is no longer named has left behind."""
    gc.collect()
    torch.compiler.reset()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def table(work: Work, results: Mapping[str, Result], against: str) -> str:
    """The results as a Markdown table, with each time as a multiple of one contender's."""
    unit = results[against].seconds
    lines = ["| variant | tokens/s | s a step | ratio | GiB | loss |", "|---|---|---|---|---|---|"]
    for name, result in results.items():
        if result.failure:
            lines.append(f"| {name} | {result.failure} | | | | |")
            continue
        memory = f"{result.peak_gib:.0f}" if result.peak_gib else ""
        lines.append(
            f"| {name} | {work.tokens / result.seconds:,.0f} | {result.seconds:.4g} "
            f"| {result.seconds / unit:.2f} | {memory} | {result.loss:.3f} |"
        )
    return "\n".join(lines)


def _measure(result: Result, work: Work, make: Callable[[Work], Contender], steps: int) -> None:
    try:
        _run(result, work, make(work), steps)
    except ImportError as error:
        result.failure = f"not installed: {error.name}"
    except torch.OutOfMemoryError:
        result.failure = "out of memory"
    release(work.device)


def _run(result: Result, work: Work, contender: Contender, steps: int) -> None:
    contender.steps(1)
    begin = _now(work.device)
    own = contender.steps(steps)
    passed = _now(work.device) - begin
    result.step_s.append((passed if own is None else own) / steps)
    result.loss = contender.loss()
    if work.device.type == "cuda":
        result.peak_gib = torch.cuda.max_memory_allocated() / 2**30


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def versions() -> str:
    """The versions of what takes part, whose warnings of what they will change are silenced."""
    warnings.simplefilter("ignore", FutureWarning)
    found = []
    for name in ("torch", "transformers", "peft", "trl"):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)

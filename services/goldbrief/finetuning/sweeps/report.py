"""What a sweep found, for machines and for people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from goldbrief.core.judge_cards import UNKNOWN
from goldbrief.finetuning.sweeps.comparison import Standing
from goldbrief.finetuning.sweeps.verdicts import ScoredAnswer
from goldbrief.platform.ledger import Item, Work
from goldbrief.platform.statistics import MIN_PAIRS

_SHOWN = 300
"""Characters of an answer or a rationale that the report shows."""


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """All that is known of a trial."""

    item: Item
    run: Work | None
    """Its fine-tuning run; None when it was never begun."""
    training_s: float
    answers: Sequence[ScoredAnswer]


def as_results(
    work: Work,
    facts: Sequence[TrialFacts],
    standings: Sequence[Standing],
    judge_cards: Sequence[str],
) -> dict[str, Any]:
    """Put together what a sweep found.

    Args:
        work: The sweep.
        facts: Of every trial, by index.
        standings: Of those that were judged, the winner first.
        judge_cards: What the judges' cards say, a sentence each.

    Returns:
        `sweep`, `model`, `train_data_path`, `register_to`, `judges`, `judge_cards`,
        `rows` (compared), `winner` (index), `not_distinguishable` (indices), `stopped`, and
        `trials`: each with `index`, `values`, `state`, `cause`, `run`, `training_s`, `tokens`,
        `held_out_loss`, `held_out_perplexity`, `score` and `behind` (mean, low, high, n), `best`
        and `worst` (answers); what is not known is None.
    """
    by_index = {standing.index: standing for standing in standings}
    answers = [answer for one in facts for answer in one.answers]
    return {
        "sweep": work.id,
        "model": work.spec["run"]["model"],
        "train_data_path": work.spec["run"]["train_data_path"],
        "register_to": work.spec["trials"][0]["training"]["register_to"],
        "judges": sorted({f"{one.judge} ({one.rubric})" for one in answers if one.judge}),
        "judge_cards": list(judge_cards),
        "rows": standings[0].score.n,
        "winner": standings[0].index,
        "not_distinguishable": [one.index for one in standings[1:] if not one.is_distinguishable],
        "stopped": work.result.get("stopped", ""),
        "trials": [
            _trial(work.spec["trials"][one.item.index]["values"], one, by_index.get(one.item.index))
            for one in facts
        ],
    }


def _trial(values: dict[str, Any], facts: TrialFacts, standing: Standing | None) -> dict[str, Any]:
    result = facts.run.result if facts.run else {}
    perplexity = result.get("intrinsic", {}).get("tuned_perplexity")
    scored = sorted(
        (one for one in facts.answers if one.score is not None), key=lambda one: one.score or 0.0
    )
    return {
        "index": facts.item.index,
        "values": values,
        "state": facts.item.state,
        "cause": facts.item.cause,
        "run": facts.run.id if facts.run else None,
        "training_s": facts.training_s,
        "tokens": result.get("progress", {}).get("tokens"),
        "held_out_loss": math.log(perplexity) if perplexity else None,
        "held_out_perplexity": perplexity,
        "score": asdict(standing.score) if standing else None,
        "behind": asdict(standing.behind) if standing and standing.behind else None,
        "best": scored[-1].model_dump() if scored else None,
        "worst": scored[0].model_dump() if scored else None,
    }


def as_markdown(results: dict[str, Any]) -> str:
    """Tell what a sweep found.

    Args:
        results: From `as_results`.

    Returns:
        Markdown.
    """
    trials = results["trials"]
    parts = [
        f"# Sweep {results['sweep']}",
        f"{len(trials)} trials of {results['model']} on {results['train_data_path']}, for"
        f" {results['register_to']}. Each answered the same held-out rows. Answers are scored from"
        " 1 to 5 against the row's article, or its prompt where it names no article, by"
        f" {', '.join(results['judges']) or 'no judge: all were empty'}; compared are the"
        f" {results['rows']} rows that all judged trials have a score for."
        f" {' '.join(results['judge_cards']) or f'The judge is {UNKNOWN}.'}",
        *([f"**Stopped early:** {results['stopped']}"] if results["stopped"] else []),
        _verdict(results),
        _table(trials, results["winner"]),
        "Differences are taken row by row, with 95% bootstrap intervals that are not corrected for"
        " the number of trials; the winner's own score is the highest of several, so expect a"
        " little less on other rows. The held-out loss decides nothing.",
        *_failures(trials),
        "## Best and worst answers",
        *(_samples(trial) for trial in trials if trial["best"]),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(results: dict[str, Any]) -> str:
    trials = results["trials"]
    winner = trials[results["winner"]]
    text = f"**Winner:** {_name(winner)}, with {_interval(winner['score'])}."
    alike = [trials[index] for index in results["not_distinguishable"]]
    if not alike:
        return text
    text += f" Not distinguishable from it: {'; '.join(map(_name, alike))}."
    if results["rows"] < MIN_PAIRS:
        text += f" Fewer than {MIN_PAIRS} rows allow no verdict at all."
    cheaper = [one for one in alike if one["training_s"] < winner["training_s"]]
    if cheaper:
        least = min(cheaper, key=lambda one: one["training_s"])
        text += f" The cheapest of these is {_name(least)}, with {_minutes(least)} of training."
    return text


def _table(trials: Iterable[dict[str, Any]], winner: int) -> str:
    lines = [
        "| trial | values | state | minutes | tokens | held-out loss (perplexity) | judge's score |"
        " behind the winner |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in trials:
        loss = one["held_out_loss"]
        cells = [
            str(one["index"]),
            _values(one),
            one["state"],
            f"{one['training_s'] / 60:.1f}",
            f"{one['tokens']:,}" if one["tokens"] else "",
            f"{loss:.3f} ({one['held_out_perplexity']:.2f})" if loss is not None else "",
            _interval(one["score"]),
            _interval(one["behind"]) if one["index"] != winner else "winner",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _failures(trials: Iterable[dict[str, Any]]) -> list[str]:
    failed = [one for one in trials if one["cause"]]
    lines = [
        f"- {_name(one)}: {one['cause']['reason']}: {one['cause']['message']}" for one in failed
    ]
    return ["## Failed trials", "\n".join(lines)] if failed else []


def _samples(trial: dict[str, Any]) -> str:
    lines = [f"### {_name(trial).capitalize()}"]
    for kind in ("best", "worst"):
        one = trial[kind]
        lines.append(f"{kind.capitalize()}, {one['score']:.2f}: {_short(one['rationale'])}")
        lines.append(f"> {_short(one['answer']) or '(nothing)'}")
    return "\n\n".join(lines)


def _name(trial: dict[str, Any]) -> str:
    return f"trial {trial['index']} ({_values(trial)})"


def _values(trial: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in trial["values"].items()
    )


def _minutes(trial: dict[str, Any]) -> str:
    return f"{trial['training_s'] / 60:.1f} minutes"


def _interval(estimate: dict[str, Any] | None) -> str:
    if estimate is None:
        return ""
    return f"{estimate['mean']:.2f} ({estimate['low']:.2f} to {estimate['high']:.2f})"


def _short(text: str) -> str:
    """One line, which Markdown shows as it is."""
    line = " ".join(text.split()).replace("|", "\\|")
    return f"{line[:_SHOWN].rstrip()} …" if len(line) > _SHOWN else line

"""`goldbrief finetune sweep`: sweeps from the command line."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from goldbrief import ft
from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.cli.run_options import (
    read_run_options,
    read_setting,
    read_weighted,
    run_options,
)
from goldbrief.sdk.sweeps import Sweep, SweepTrial

_LOOK_S = 1.0
_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group()
def sweep() -> None:
    """Try combinations of values; register what the judge scores highest on held-out rows.

    \b
    Examples:
      goldbrief finetune sweep create --model mistral-7b --train-data briefs/3f2a99 \\
        --register-to briefs --learning-rate 2e-4 --learning-rate 4e-4 --duration 1ep --watch
      goldbrief finetune sweep create ... --dry-run   # the trials; nothing starts
      goldbrief finetune sweep report sweep-0123
    """


@sweep.command()
@run_options
@click.option("--learning-rate", "learning_rates", type=float, multiple=True,
              help="To try. Repeatable.")  # fmt: skip
@click.option("--duration", "durations", multiple=True,
              help="To try, such as 2ep, 200ba. Repeatable.  [1ep]")  # fmt: skip
@click.option("--grid", multiple=True, metavar="NAME=JSON",
              help="Values of another hyperparameter to try, such as lora.rank=[8,16]. Repeatable."
              " Without any values, the method's default grid is tried.")  # fmt: skip
@click.option("--max-parallel", type=int, default=0,
              help="Trials that train at once.  [1 on one machine; all on a cluster]")  # fmt: skip
@click.option("--eval-rows", type=int, default=0,
              help="Held-out rows that each trial answers.  [20]")  # fmt: skip
@click.option("--judge-tokens", type=int, default=0, help="Tokens that the judge may use.")
@click.option("--dry-run", is_flag=True, help="Show the trials; start nothing.")
@click.option("--watch", "-w", is_flag=True, help="Show the trials as they go, then the report.")
@_json
@address_option
def create(as_json: bool, watch: bool, address: str, **options: Any) -> None:
    """Start a sweep. --budget-hours is for all trials together."""
    run: ft.RunOptions = {**read_run_options(options), "dry_run": options["dry_run"]}
    started = ft.sweep(
        options["model"],
        read_weighted(options["train_data"]),
        options["register_to"],
        learning_rates=options["learning_rates"],
        training_durations=options["durations"],
        grid=dict(read_setting(text, "--grid") for text in options["grid"]),
        max_parallel=options["max_parallel"],
        eval_rows=options["eval_rows"],
        budget_judge_tokens=options["judge_tokens"],
        client=connect(address),
        **run,
    )
    if options["dry_run"] and not as_json:
        click.echo(_planned(started))
        return
    _show(started, as_json)
    if watch and not options["dry_run"]:
        _watch(started, as_json)


@sweep.command()
@click.argument("sweep_id")
@_json
@address_option
def get(sweep_id: str, as_json: bool, address: str) -> None:
    """Show a sweep and its trials."""
    _show(ft.get_sweep(sweep_id, connect(address)), as_json)


@sweep.command("list")
@click.option("--limit", type=int, default=0, help="At most so many.  [100]")
@_json
@address_option
def list_sweeps(limit: int, as_json: bool, address: str) -> None:
    """List sweeps, the newest first."""
    for one in ft.list_sweeps(limit, connect(address)):
        click.echo(output.message_as_json(one.message) if as_json else _head(one))


@sweep.command()
@click.argument("sweep_id")
@address_option
def cancel(sweep_id: str, address: str) -> None:
    """Stop a sweep and its runs for good."""
    click.echo(_head(ft.get_sweep(sweep_id, connect(address)).cancel()))


@sweep.command()
@click.argument("sweep_id")
@_json
@address_option
def report(sweep_id: str, as_json: bool, address: str) -> None:
    """Show the comparison of all trials, as Markdown."""
    found = ft.get_sweep(sweep_id, connect(address))
    click.echo(json.dumps(found.results(), indent=2) if as_json else found.report())


def _show(found: Sweep, as_json: bool) -> None:
    if as_json:
        click.echo(output.message_as_json(found.message))
    else:
        click.echo("\n".join([_head(found), *map(_line, found.trials)]))


def _planned(found: Sweep) -> str:
    number = len(found.trials)
    rows = found.message.eval_rows
    return "\n".join(
        [
            f"{number} trials; the judge scores {number} x {rows} = {number * rows} answers",
            *map(_line, found.trials),
        ]
    )


def _watch(found: Sweep, as_json: bool) -> None:
    shown = {trial.index: _line(trial) for trial in found.trials}
    try:
        while not found.refresh().has_ended:
            for trial in found.trials:
                line = _line(trial)
                if not as_json and shown.get(trial.index) != line:
                    shown[trial.index] = line
                    click.echo(line)
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        click.echo(
            f"{found.id} goes on; `goldbrief finetune sweep cancel {found.id}` stops it", err=True
        )
        raise
    _show(found, as_json)
    found.wait()
    if not as_json:
        click.echo(f"\n{found.report()}")


def _head(found: Sweep) -> str:
    message = found.message
    words = [f"{found.id}  {found.state:9}  {message.model} → {message.register_to}"]
    if message.work.HasField("cause"):
        words.append(f"{message.work.cause.reason}: {message.work.cause.message}")
    if found.winner is not None:
        version = f", registered as {message.register_to}@{found.model_version}"
        words.append(f"winner: trial {found.winner.index}{version if found.model_version else ''}")
    if found.stopped:
        words.append(f"stopped early: {found.stopped}")
    return "  ".join(words)


def _line(trial: SweepTrial) -> str:
    values = ", ".join(f"{name} {value}" for name, value in trial.values.items())
    words = [f"  {trial.index:>2}  {trial.state:9}  {values}"]
    if trial.score is not None:
        words.append(f"score {trial.score:.2f}")
    words += [word for word in (trial.cause, trial.waiting) if word]
    return "  ".join(words).rstrip()

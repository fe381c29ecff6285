"""`goldbrief finetune`: fine-tuning runs from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args

import click
from google.protobuf.json_format import MessageToDict

from goldbrief import ft
from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.core.states import State
from goldbrief.core.training import TrainingEstimate
from goldbrief.core.training_rows import TaskType
from goldbrief.sdk import FinetuningRun

_TASKS = get_args(TaskType)
_STATES = [state.value for state in State]
_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group()
def finetune() -> None:
    """Fine-tune a base model on your own rows.

    \b
    Examples:
      goldbrief finetune create --model smollm2-135m-instruct \\
        --train-data rows.jsonl --register-to notes --follow
      goldbrief finetune create ... --dry-run      # rows, tokens, memory, minutes; no training
      goldbrief finetune list --state RUNNING
      goldbrief finetune events fine-0123 --follow
    """


@finetune.command()
@click.option("--model", required=True, help="Base model; see `goldbrief finetune models`.")
@click.option(
    "--train-data", "train_data", required=True, multiple=True, metavar="PATH[=WEIGHT]",
    help="JSONL, Parquet, Arrow or text file or folder of this machine, dataset version as"
    " name/version, object key, or prefix of keys. Again for several; WEIGHT says how often an"
    " epoch sees its rows.",
)  # fmt: skip
@click.option("--register-to", required=True, help="Model name to register the result under.")
@click.option(
    "--duration", default="1ep", show_default=True, help="Such as 2ep, 200ba, 500sp, 1000000tok."
)
@click.option("--task", type=click.Choice(_TASKS), default=_TASKS[0], show_default=True)
@click.option("--eval-data", multiple=True, metavar="PATH", help="Held-out rows, likewise.")
@click.option("--eval-prompt", multiple=True, help="Completed at each checkpoint. Repeatable.")
@click.option("--custom-weights", default="", help="Adapter to go on from: model@version.")
@click.option("--learning-rate", type=float, help="Peak.  [3e-4]")
@click.option("--context-length", type=int, help="Longest row in tokens.  [2048]")
@click.option("--batch-size", type=int, help="Rows of one optimizer step.  [16]")
@click.option("--lora-rank", type=int, help="Rank of the adapter.  [16]")
@click.option("--lora-alpha", type=int, help="The adapter counts alpha / rank times.  [32]")
@click.option(
    "--schedule", type=click.Choice(["linear", "cosine", "constant"]),
    help="How the learning rate falls after the warm-up.  [linear]",
)  # fmt: skip
@click.option("--early-stopping", is_flag=True, help="Stop when the held-out loss stops falling.")
@click.option(
    "--on-overflow", type=click.Choice(["error", "drop", "truncate"]),
    help="What becomes of rows that are too long.  [error]",
)  # fmt: skip
@click.option("--seed", type=int, help="Of the rows' order and the adapter's start.  [0]")
@click.option("--set", "settings", multiple=True, metavar="NAME=JSON", help="Any other field of"
              " the training spec, such as warmup_fraction=0.1. Repeatable.")  # fmt: skip
@click.option("--experiment", default="", help="Groups runs.")
@click.option("--gpus", type=int, help="GPUs to ask the cluster for.")
@click.option("--queue", default="", help="Kueue queue that admits the Job.")
@click.option("--priority", default="", help="PriorityClass of the training pods.")
@click.option("--budget-hours", type=float, default=0.0, help="Hours that training may take.")
@click.option("--no-validate", is_flag=True, help="Ask for a GPU without checking the data first.")
@click.option("--dry-run", is_flag=True, help="Check and estimate; do not train.")
@click.option("--follow", "-f", is_flag=True, help="Show the events until the run ends.")
@_json
@address_option
def create(
    train_data: tuple[str, ...],
    settings: tuple[str, ...],
    follow: bool,
    as_json: bool,
    address: str,
    **options: Any,
) -> None:
    """Start a fine-tuning run, or with --dry-run only estimate it."""
    run = ft.create(
        options["model"],
        _weighted(train_data),
        options["register_to"],
        options["duration"],
        options["task"],
        eval_data_path=options["eval_data"],
        eval_prompts=options["eval_prompt"],
        custom_weights_path=options["custom_weights"],
        learning_rate=options["learning_rate"],
        context_length=options["context_length"],
        validate_inputs=not options["no_validate"],
        experiment_path=options["experiment"],
        lora_rank=options["lora_rank"],
        lora_alpha=options["lora_alpha"],
        batch_size=options["batch_size"],
        seed=options["seed"],
        schedule=options["schedule"],
        early_stopping=options["early_stopping"],
        on_overflow=options["on_overflow"],
        gpus=options["gpus"],
        resources={"queue": options["queue"]},
        priority=options["priority"],
        budget_hours=options["budget_hours"],
        dry_run=options["dry_run"],
        hyperparameters=dict(map(_setting, settings)),
        client=connect(address),
    )
    if options["dry_run"]:
        _show_estimate(run.wait(), as_json)
        return
    _show(run, as_json)
    if follow:
        _follow(run, as_json)


@finetune.command()
@click.argument("run_id")
@_json
@address_option
def get(run_id: str, as_json: bool, address: str) -> None:
    """Show a run."""
    _show(ft.get(run_id, connect(address)), as_json)


@finetune.command("list")
@click.option("--experiment", default="", help="Only those of this experiment.")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Repeatable.")
@click.option("--model", default="", help="Only those of this base model.")
@click.option("--register-to", default="", help="Only those that register to this name.")
@click.option("--since", type=click.DateTime(), help="Only those created then or later (UTC).")
@click.option("--limit", type=int, default=0, help="At most so many.  [100]")
@_json
@address_option
def list_runs(
    states: tuple[str, ...],
    experiment: str,
    since: datetime | None,
    as_json: bool,
    address: str,
    **wanted: Any,
) -> None:
    """List runs, the newest first."""
    runs = ft.list(
        experiment_path=experiment,
        states=states,
        created_after=since,
        client=connect(address),
        **wanted,
    )
    for run in runs:
        if as_json:
            click.echo(output.message_as_json(run.message))
        else:
            head = f"{run.id}  {run.state:9}  {run.message.model} → {run.message.register_to}"
            click.echo(f"{head}  {run.progress}".rstrip())


@finetune.command()
@click.argument("run_ids", nargs=-1)
@click.option("--experiment", default="", help="All runs of this experiment.")
@address_option
def cancel(run_ids: tuple[str, ...], experiment: str, address: str) -> None:
    """Stop runs for good; their checkpoints are kept."""
    if bool(run_ids) == bool(experiment):
        raise click.UsageError("Name runs, or an --experiment.")
    client = connect(address)
    stopped = (
        ft.cancel_experiment(experiment, client)
        if experiment
        else ft.cancel(*run_ids, client=client)
    )
    for run in stopped:
        click.echo(f"{run.id}  {run.state}")


@finetune.command()
@click.argument("run_id")
@address_option
def delete(run_id: str, address: str) -> None:
    """Remove a run that has ended; versions that were registered from it stay."""
    ft.delete(run_id, connect(address))
    click.echo(f"{run_id} is gone")


@finetune.command()
@click.argument("run_id")
@click.option("--follow", "-f", is_flag=True, help="Until the run ends.")
@_json
@address_option
def events(run_id: str, follow: bool, as_json: bool, address: str) -> None:
    """Show what happened to a run."""
    _show_events(ft.get_events(run_id, follow, connect(address)), as_json)


@finetune.command()
@click.argument("run_id")
@address_option
def checkpoints(run_id: str, address: str) -> None:
    """List the checkpoints of a run with the answers to its evaluation prompts."""
    for checkpoint in ft.get_checkpoints(run_id, connect(address)):
        click.echo(f"step {checkpoint.step}  {checkpoint.tokens:,} tokens  {checkpoint.prefix}")
        for text in checkpoint.generations:
            click.echo("  | " + text.strip().replace("\n", "\n  | "))


@finetune.command()
@address_option
def models(address: str) -> None:
    """List the base models that are kept on the server."""
    for model in ft.get_models(connect(address)):
        chat = ", chat" if model.has_chat_template else ""
        click.echo(f"{model.name}  {model.family}, context {model.context_length:,}{chat}")


def _weighted(paths: Iterable[str]) -> dict[str | Any, float]:
    weights: dict[str | Any, float] = {}
    for path in paths:
        name, equals, weight = path.rpartition("=")
        try:
            weights[name if equals else path] = float(weight) if equals else 1.0
        except ValueError:
            weights[path] = 1.0  # the sign belongs to the name
    return weights


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=JSON.", param_hint="--set")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # a word without quotes


def _show(run: FinetuningRun, as_json: bool) -> None:
    if as_json:
        click.echo(output.message_as_json(run.message))
        return
    click.echo(f"{run.id}  {run.state}  {run.progress}".rstrip())
    if run.evaluation:
        measured = run.evaluation
        click.echo(
            f"held-out perplexity {measured['base_perplexity']:.2f} before,"
            f" {measured['tuned_perplexity']:.2f} after"
        )


def _show_events(found: Iterable[Any], as_json: bool) -> None:
    for event in found:
        if as_json:
            click.echo(json.dumps(MessageToDict(event, preserving_proto_field_name=True)))
        else:
            time = event.time.ToDatetime().strftime("%H:%M:%S")
            click.echo(f"{time}  {event.type:11}  {event.message}")
        sys.stdout.flush()


def _follow(run: FinetuningRun, as_json: bool) -> None:
    try:
        _show_events(run.events(follow=True), as_json)
    except KeyboardInterrupt:
        click.echo(f"{run.id} goes on; `goldbrief finetune cancel {run.id}` stops it", err=True)
        raise
    _show(run.wait(), as_json)


def _show_estimate(run: FinetuningRun, as_json: bool) -> None:
    found = run.estimate
    if found is None:
        raise click.ClickException(f"{run.id} left no estimate.")
    click.echo(found.model_dump_json(indent=2) if as_json else estimate_as_text(found))


def estimate_as_text(found: TrainingEstimate) -> str:
    """Tell an estimate in lines for people."""
    lines = [
        f"{found.rows:,} rows, {found.tokens:,} tokens ({found.completion_tokens:,} learnt),"
        f" the longest {found.longest:,}; {found.held_out_rows:,} held out",
        f"{found.steps:,} steps, {found.training_tokens:,} tokens",
        f"{found.trained_parameters:,} of {found.parameters:,} parameters trained;"
        f" {found.memory_gib:g} GiB with one row a pass",
    ]
    for verb, rows in (("dropped", found.dropped), ("truncated", found.truncated)):
        if rows:
            lines.append(f"{len(rows)} rows {verb} as too long:")
            lines.extend(f"  {row}" for row in rows)
    for card in found.cards:
        fits = f"up to {card.micro_batch_size} rows a pass" if card.micro_batch_size else "too big"
        cost = f", {card.cost:,.2f} for the GPU" if card.cost is not None else ""
        lines.append(
            f"{card.card:14}  {fits}, {card.minutes:,.1f} min at an assumed"
            f" {card.tokens_per_s:,.0f} tokens/s{cost}"
        )
    return "\n".join(lines)

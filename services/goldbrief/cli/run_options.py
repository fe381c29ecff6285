"""Options that a fine-tuning run and a sweep have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from goldbrief.sdk.run_requests import RunOptions

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--model", required=True, help="Base model; see `goldbrief finetune models`."),
    click.option(
        "--train-data", "train_data", required=True, multiple=True, metavar="PATH[=WEIGHT]",
        help="JSONL, Parquet, Arrow or text file or folder of this machine, dataset version as"
        " name/version, object key, or prefix of keys. Again for several; WEIGHT says how often an"
        " epoch sees its rows.",
    ),
    click.option("--register-to", required=True, help="Model name to register the result under."),
    click.option("--eval-data", multiple=True, metavar="PATH", help="Held-out rows, likewise."),
    click.option("--custom-weights", default="", help="Adapter to go on from: model@version."),
    click.option(
        "--method", type=click.Choice(["lora", "full"]),
        help="Train an adapter, or all weights, which gives a model of its own.  [lora]",
    ),
    click.option("--context-length", type=int, help="Longest row in tokens.  [2048]"),
    click.option("--batch-size", type=int, help="Rows of one optimizer step.  [16]"),
    click.option("--lora-rank", type=int, help="Rank of the adapter.  [16]"),
    click.option("--lora-alpha", type=int, help="The adapter counts alpha / rank times.  [32]"),
    click.option(
        "--schedule", type=click.Choice(["linear", "cosine", "constant"]),
        help="How the learning rate falls after the warm-up.  [linear]",
    ),
    click.option(
        "--early-stopping", is_flag=True, help="Stop when the held-out loss stops falling."
    ),
    click.option(
        "--on-overflow", type=click.Choice(["error", "drop", "truncate"]),
        help="What becomes of rows that are too long.  [error]",
    ),
    click.option("--seed", type=int, help="Of the rows' order and the adapter's start.  [0]"),
    click.option(
        "--set", "settings", multiple=True, metavar="NAME=JSON",
        help="Any other field of the training spec, such as warmup_fraction=0.1. Repeatable.",
    ),
    click.option("--experiment", default="", help="Groups runs."),
    click.option("--gpus", type=int, help="GPUs to ask the cluster for."),
    click.option("--queue", default="", help="Kueue queue that admits the Job."),
    click.option("--priority", default="", help="PriorityClass of the training pods."),
    click.option(
        "--budget-hours", type=float, default=0.0, help="Hours that training may take."
    ),
    click.option(
        "--no-validate", is_flag=True, help="Ask for a GPU without checking the data first."
    ),
)  # fmt: skip


def run_options(command: _Command) -> _Command:
    """Give a command the common options; `read_run_options` reads what it gets."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_run_options(options: Mapping[str, Any]) -> RunOptions:
    """Read the common options, but for model, training data and name.

    Args:
        options: What the command got.

    Returns:
        Arguments of `ft.create` and `ft.sweep`.

    Raises:
        click.BadParameter: A setting has no value.
    """
    return RunOptions(
        eval_data_path=options["eval_data"],
        custom_weights_path=options["custom_weights"],
        method=options["method"],
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
        hyperparameters=dict(read_setting(text, "--set") for text in options["settings"]),
    )


def read_weighted(paths: Iterable[str]) -> dict[str | Any, float]:
    """Read `--train-data`: each path to how often an epoch sees its rows."""
    weights: dict[str | Any, float] = {}
    for path in paths:
        name, equals, weight = path.rpartition("=")
        try:
            weights[name if equals else path] = float(weight) if equals else 1.0
        except ValueError:
            weights[path] = 1.0  # the sign belongs to the name
    return weights


def read_setting(text: str, option: str) -> tuple[str, Any]:
    """Read NAME=JSON.

    Args:
        text: The setting; a value that is not JSON is a word without quotes.
        option: For the message.

    Returns:
        Name and value.

    Raises:
        click.BadParameter: There is no equals sign.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=JSON.", param_hint=option)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value

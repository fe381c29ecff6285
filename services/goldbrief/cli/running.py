"""`goldbrief run`: from a recipe file to a finished run and its result on the screen."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.cli import output
from goldbrief.cli.known_truth import facts_of, score_predictions, truth_rows
from goldbrief.cli.laptop import LAPTOP_RECIPE
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import GoldbriefError, InvalidInputError
from goldbrief.core.recipe import Recipe
from goldbrief.core.settings import Settings
from goldbrief.platform.logs import set_up_logs
from goldbrief.sdk import Client, gather_inputs
from goldbrief.sdk.answers import state_of
from goldbrief.sdk.inputs import absolute_source
from goldbrief.sdk.rounds import RoundOptions, prepare_round
from goldbrief.simulator.folder_scores import Total

_SETTLE_S = 60.0
"""Longest wait for work in flight to end after Ctrl-C."""
_TRAINING_ENDS = ("INTERRUPTED", "DONE", "FAILED")
_SHOWN_METRICS = (
    ("structure_valid", "structure valid", "{:.0%}"),
    ("figures_supported", "figures supported", "{:.0%}"),
    ("judge_overall", "judge (1-5)", "{:.2f}"),
    ("similarity", "likeness to reference", "{:.2f}"),
    ("rougeLsum", "ROUGE-Lsum", "{:.2f}"),
    ("repeated_items", "repeated bullets", "{:.1f}"),
    ("latency_s", "seconds a summary", "{:.1f}"),
    ("completion_tokens", "tokens written", "{:.0f}"),
)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of `goldbrief run`."""

    recipe: Path | None
    goldens: Path | None
    articles: str | None
    sample: Path | None
    new: bool
    as_json: bool
    output_folder: Path
    round: int = 1
    """From 2 on, what people said of the round before goes into it."""
    reviews: str = ""
    """Review set of the round before; empty takes its newest that was rated."""
    with_simulated: bool = False
    """Whether what programs said and wrote of it counts for people's word."""


def run_recipe(
    options: RunOptions, client: Client, load_app: Callable[[str], Callable[..., Any]]
) -> int:
    """Run a recipe to its end and print what came out.

    Args:
        options: Of the command line.
        client: Of the server that should do it; started here when none answers.
        load_app: Loads the composition root.

    Returns:
        Exit code: 0 done, 1 failed, cancelled or out of budget, 130 interrupted and paused.
    """
    recipe, base = _load_recipe(options)
    inputs = gather_inputs(recipe, base)
    nonce = secrets.token_hex(4) if options.new else ""
    made_of: runs_pb2.Round | None = None
    with _server(client, load_app), tempfile.TemporaryDirectory() as folder:
        if options.round > 1:
            wanted = RoundOptions(options.round, options.reviews, options.with_simulated)
            following = prepare_round(client, recipe, inputs, wanted, Path(folder))
            recipe, inputs, made_of = following.recipe, following.inputs, following.made_of
            click.echo("\n".join(following.told), err=True)
        created = client.create_run(recipe, inputs, nonce, made_of)
        run_id = created.run.id
        if not options.as_json:
            click.echo(f"{run_id}{' (found: going on)' if created.found else ''}")
            for note in created.run.style_notes:
                click.echo(f"goldens: {note}", err=True)
        try:
            run = _follow(client, run_id, options.as_json)
        except KeyboardInterrupt:
            return _pause(client, run_id, options.as_json)
        if state_of(run.state) != "SUCCEEDED":
            click.echo(output.run_as_text(run), err=True)
            return 1
        _show_result(client, run, recipe, base, options)
    return 0


def _load_recipe(options: RunOptions) -> tuple[Recipe, Path]:
    if options.recipe is None and not (options.goldens and options.articles):
        raise InvalidInputError(
            "There is nothing to run.",
            reason="NO_RECIPE",
            remedy="Name a recipe file, or both --goldens and --articles.",
        )
    base, text = Path(), LAPTOP_RECIPE
    if options.recipe is not None:
        if not options.recipe.is_file():
            raise InvalidInputError(
                f"There is no recipe {options.recipe}.", reason="RECIPE_NOT_FOUND"
            )
        base, text = options.recipe.parent, options.recipe.read_text(encoding="utf-8")
    recipe = Recipe.parse(text, str(options.recipe or "built-in laptop recipe"))
    overrides = {
        key: str(path.absolute())
        for key in ("goldens", "sample")
        if (path := getattr(options, key)) is not None
    }
    if options.articles:
        overrides["articles"] = absolute_source(options.articles)
    if "goldens" in overrides:
        for key in ("golden_eval", "style"):  # those of other goldens
            overrides.setdefault(key, "")
    return recipe.model_copy(update=overrides), base


@contextmanager
def _server(client: Client, load_app: Callable[[str], Callable[..., Any]]) -> Iterator[None]:
    if client.is_up():
        yield
        return
    settings = Settings()
    if client.address != settings.address or os.environ.get("GOLDBRIEF_RUNS_ADDRESS"):
        raise InvalidInputError(
            f"Nothing answers at {client.address}.",
            reason="SERVER_UNREACHABLE",
            remedy="Start what should (`docker compose up --detach --wait`, say),"
            " or unset the GOLDBRIEF_*ADDRESS variables: then it runs in this process.",
        )
    settings.home.mkdir(parents=True, exist_ok=True)
    set_up_logs(settings.log_format, settings.home / "goldbrief.log")
    click.echo("starting goldbrief in this process ...", err=True)
    app = load_app("up")(settings)
    try:
        client.is_up(timeout_s=10, wait=True)
        yield
    finally:
        app.stop()


def _follow(client: Client, run_id: str, as_json: bool) -> runs_pb2.Run:
    run = runs_pb2.Run()
    with output.view(as_json) as show:
        for run in client.watch_run(run_id):
            show(run)
            if output.is_held(run):
                break
    return run


def _pause(client: Client, run_id: str, as_json: bool) -> int:
    click.echo("\npausing: what is in flight ends first ...", err=True)
    client.pause_run(run_id)
    deadline = time.monotonic() + _SETTLE_S
    while time.monotonic() < deadline and not _settled(client, client.get_run(run_id)):
        time.sleep(0.3)
    if not as_json:
        click.echo(f"{run_id} is paused; the same command goes on.", err=True)
    return 130


def _settled(client: Client, run: runs_pb2.Run) -> bool:
    """Whether no training process is left that would be killed with this one."""
    training = next(phase for phase in run.phases if phase.name == "finetune")
    if not training.resource_id or training.HasField("end_time"):
        return True
    events = client.training_events(training.resource_id)
    return bool(events) and events[-1].type in _TRAINING_ENDS


def _show_result(
    client: Client, run: runs_pb2.Run, recipe: Recipe, base: Path, options: RunOptions
) -> None:
    folder = options.output_folder / run.id
    folder.mkdir(parents=True, exist_ok=True)
    evaluation = output.phase_of(run, "evaluate")
    report = folder / "report.html"
    client.save_report(evaluation.resource_id, report)
    truth = _score(client, evaluation.resource_id, base / recipe.articles)
    if options.as_json:
        facts = {system: facts_of(total) for system, total in truth.items()}
        click.echo(json.dumps({"run": run.id, "report": str(report), "known_truth": facts}))
        return
    results = client.evaluation_results(evaluation.resource_id)
    click.echo()
    if recipe.sample:
        _show_sample(client, run, recipe, base / recipe.sample, folder)
    click.echo(_results_table(results))
    click.echo()
    if truth:
        click.echo(_truth_table(truth))
        click.echo()
    click.echo(output.phase_of(run, "promote").detail)
    click.echo(f"report: {report}")


def _score(client: Client, evaluation_id: str, articles: Path) -> dict[str, Total]:
    """Scores by system where the truth of the articles is known; the run is fine without."""
    try:
        found = score_predictions(articles, client.predictions(evaluation_id))
    except GoldbriefError as error:
        click.echo(f"no known truth: {error}", err=True)
        return {}
    return {system: found[system] for system in sorted(found, key=_column)}


def _show_sample(
    client: Client, run: runs_pb2.Run, recipe: Recipe, sample: Path, folder: Path
) -> None:
    article = output.plain_file_text(sample)
    try:
        answer = client.summarize(article, model=recipe.finetuning.register_to, timeout_s=300)
    except GoldbriefError as error:
        click.echo(f"no sample summary: {error}", err=True)
        return
    version = client.resolve_model(recipe.finetuning.register_to)
    prompt = PromptFormat.model_validate_json(version.prompt_json)
    before = client.write_sample("PROMPT_CHAIN", article, answer.persona, prompt.model_dump_json())
    (folder / "sample-v1.md").write_text(before.text, encoding="utf-8")
    (folder / "sample-tuned.md").write_text(answer.text, encoding="utf-8")
    words = len(article.split())
    click.echo(_rule(f"BEFORE: version 1, prompted chain on the untuned model ({words} words in)"))
    click.echo(before.text.strip())
    click.echo(f"\n[{before.completion_tokens} tokens in {before.latency_s:.1f} s]\n")
    click.echo(_rule("AFTER: the tuned model, through gRPC Summarize"))
    click.echo(output.summary_as_text(answer))
    click.echo()


def _rule(title: str) -> str:
    return click.style(f"━━ {title} ".ljust(98, "━"), bold=True)


def _results_table(results: dict[str, Any]) -> str:
    found = results.get("systems", {})
    systems = {name: found[name] for name in sorted(found, key=_column)}
    lines = [
        f"Evaluation on {results.get('articles', 0)} held-out articles, "
        f"{results.get('concurrency', 1)} written at a time; judge "
        f"{results.get('judge', '')}; {results.get('label', '')}",
        " " * 24 + "".join(f"{name:>26}" for name in systems),
    ]
    for metric, title, form in _SHOWN_METRICS:
        cells = [_cell(system.get(metric), form) for system in systems.values()]
        lines.append(f"{title:<24}" + "".join(f"{cell:>26}" for cell in cells))
    intrinsic = results.get("intrinsic") or {}
    if intrinsic:
        lines.append(
            f"token accuracy {intrinsic['base_token_accuracy']:.2f} → "
            f"{intrinsic['tuned_token_accuracy']:.2f}, perplexity "
            f"{intrinsic['base_perplexity']:.2f} → {intrinsic['tuned_perplexity']:.2f} "
            "(base → tuned, on held-out summaries)"
        )
    return "\n".join(lines)


def _truth_table(totals: dict[str, Total]) -> str:
    number = max(total.summaries for total in totals.values())
    return "\n".join(
        [
            f"Against the known truth of {number} of these articles",
            *(
                f"{title:<24}" + "".join(f"{cell:>26}" for cell in cells)
                for title, cells in truth_rows(totals)
            ),
        ]
    )


def _column(system: str) -> tuple[int, str]:
    known = ("v1", "base", "tuned")
    return (known.index(system) if system in known else len(known), system)


def _cell(value: dict[str, float] | None, form: str) -> str:
    if not value or value.get("mean") is None:
        return "–"
    low, high = form.format(value["low"]), form.format(value["high"])
    return f"{form.format(value['mean'])} [{low}, {high}]"

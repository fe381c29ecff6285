"""`goldbrief promote` and `goldbrief rollback`: which version is served."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import click

from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.cli.connecting import address_option, connect
from goldbrief.cli.output import message_as_json
from goldbrief.core.recipe import Recipe
from goldbrief.sdk.answers import state_of
from goldbrief.sdk.models import PromotionOptions, caller, start_promotion, watch_promotion

_path = click.Path(path_type=Path, exists=True, dir_okay=False)


def _percent(_: click.Context, __: click.Parameter, value: str) -> int:
    """Read a share, `10%` or `10`."""
    text = value.removesuffix("%")
    if not text.isdecimal():
        raise click.BadParameter(f"{value!r} is no share of the requests, such as 10%.")
    return int(text)


@click.command()
@click.argument("version")
@click.option("--evaluation", default="", help="Evaluation that decides.  [that of its run]")
@click.option("--recipe", type=_path, help="Recipe whose gate decides.  [that of its run]")
@click.option("--human", type=_path, help="JSON of what people said: system, metric, mean ...")
@click.option(
    "--simulated", is_flag=True,
    help="Take what simulated reviewers said for people's word: a demonstration.",
)  # fmt: skip
@click.option(
    "--canary", callback=_percent, default="0", metavar="PERCENT",
    help="Share of the requests that it answers first.",
)  # fmt: skip
@click.option("--canary-requests", default=0, help="So many it must answer.  [200]")
@click.option("--force", is_flag=True, help="Though the gate says no; needs --reason.")
@click.option("--reason", default="", help="Why; recorded with the decision.")
@click.option("--json", "as_json", is_flag=True, help="The promotion at its end as JSON.")
@address_option
def promote(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    version: str,
    evaluation: str,
    recipe: Path | None,
    human: Path | None,
    simulated: bool,
    canary: int,
    canary_requests: int,
    force: bool,
    reason: str,
    as_json: bool,
    address: str,
) -> None:
    """Let VERSION (MODEL@VERSION, or MODEL for its newest) answer for its model's name.

    If the gate of the recipe lets it pass, and the engine answers with it as training did. With
    --canary it answers a share of the requests first: the same requests each time. It is rolled
    back by itself when more requests fail, more figures have no support, or answers take longer
    than with the served version, beyond what chance explains; else it gets all.

    \b
    Examples:
      goldbrief promote briefs@3
      goldbrief promote briefs@3 --canary 10%
      goldbrief promote briefs@3 --force --reason "the judge is away, read by Ada"
    Exits with 0 when it is served at the end, with 1 when not. Ctrl-C leaves it; it goes on, and
    `goldbrief models show` tells how it stands.
    """
    client = connect(address)
    gate = Recipe.parse(recipe.read_text(), str(recipe)).gate if recipe else None
    options = PromotionOptions(
        gate=gate,
        evaluation_id=evaluation,
        human_results=human.read_text() if human else "",
        with_simulated=simulated,
        canary_percent=canary,
        canary_requests=canary_requests,
        force=force,
        reason=reason,
    )
    promotion = start_promotion(client, version, options)
    said = ""
    for seen in watch_promotion(client, promotion.work.id):
        promotion = seen
        if (line := canary_line(promotion.canary)) != said and not as_json:
            said = line
            click.echo(line, err=True)
    click.echo(message_as_json(promotion) if as_json else _verdict(promotion))
    sys.exit(0 if promotion.promoted else 1)


@click.command("rollback")
@click.argument("model", default="briefs")
@click.option("--reason", default="", help="Why; recorded with the decision.")
@address_option
def roll_back(model: str, reason: str, address: str) -> None:
    """Serve the version of MODEL that was served before; where a canary is under way, end it."""
    version = connect(address).roll_back(model, asked_by=caller(), reason=reason)
    click.echo(f"{model} is served by version {version.version} now")


def canary_line(canary: registry_pb2.Canary) -> str:
    """A canary in one line; empty for none."""
    if not canary.id:
        return ""
    return (
        f"canary {canary.percent} %: {canary.tried.requests}/{canary.requests} requests;"
        f" {_outcomes(canary.tried)}; served version: {_outcomes(canary.served)}"
    )


def _outcomes(seen: registry_pb2.Outcomes) -> str:
    answered = seen.requests - seen.errors
    seconds = f", {math.exp(seen.log_seconds / answered):.2f} s" if answered else ""
    return f"{seen.errors} failed, {seen.unsupported} with an unsupported figure{seconds}"


def _verdict(promotion: registry_pb2.Promotion) -> str:
    lines = [
        f"{'ok  ' if check.passed else 'FAIL'} {check.condition}: {check.detail}"
        for check in promotion.checks
    ]
    lines += [f"     {source}: {told}" for source, told in sorted(promotion.rests_on.items())]
    name = f"{promotion.model}@{promotion.version}"
    cause = promotion.work.cause
    if promotion.promoted:
        lines.append(f"{name} is served now ({promotion.label})")
    elif state_of(promotion.work.state) == "SUCCEEDED":
        lines.append(f"{name} is not served. {promotion.canary.reason}".rstrip())
    else:
        lines.append(f"{name} is not served: {cause.message} {cause.remedy}".rstrip())
    return "\n".join(lines)

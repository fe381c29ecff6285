"""`goldbrief reviews`: let people rate summaries, and use what they say."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

import click

from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.sdk import Client
from goldbrief.sdk.reviews import (
    ExportForm,
    export_reviews,
    measures_of_people,
    write_goldens,
)

_RUN = "run-"
_LAPTOP_CONSOLE = "http://127.0.0.1:7710"


@click.group()
def reviews() -> None:
    """Let people rate what systems wrote, blind and side by side.

    \b
    Examples:
      goldbrief reviews create run-1234          # pairs of the run's evaluation
      goldbrief reviews invite ann               # prints her link to the console
      goldbrief reviews assign review-12 ann ben --raters 2 --repeats 2
      goldbrief reviews export review-12 ratings.csv --form calibration
      goldbrief judge calibrate --ratings ratings.csv
    """


@reviews.command()
@click.argument("evaluation")
@click.option("--title", default="", help="For people; the evaluation's id when omitted.")
@click.option("--system", "systems", multiple=True, help="Compare these only; give two or more.")
@click.option("--articles", default=0, help="Most articles; 0 for all.", show_default=True)
@address_option
def create(
    evaluation: str, title: str, systems: tuple[str, ...], articles: int, address: str
) -> None:
    """Make blind pairs of EVALUATION: an evaluation's id, or that of a run (run-...)."""
    client = connect(address)
    if evaluation.startswith(_RUN):
        evaluation = output.phase_of(client.get_run(evaluation), "evaluate").resource_id
    request = pb.CreateReviewSetRequest(
        request_id=f"cli-{uuid.uuid4().hex}",
        evaluation_id=evaluation,
        title=title,
        systems=systems,
        articles=articles,
    )
    click.echo(_line(client.reviews.CreateReviewSet(request).review_set))


@reviews.command("list")
@address_option
def list_(address: str) -> None:
    """List review sets, the newest first."""
    for one in connect(address).reviews.ListReviewSets(pb.ListReviewSetsRequest()).review_sets:
        click.echo(_line(one))


@reviews.command()
@click.argument("review_set")
@click.argument("reviewers", nargs=-1, required=True)
@click.option("--raters", default=2, show_default=True, help="Reviewers of each pair.")
@click.option(
    "--repeats", default=1, show_default=True,
    help="Pairs that each new reviewer gets twice, to see how far they agree with themselves.",
)  # fmt: skip
@address_option
def assign(
    review_set: str, reviewers: tuple[str, ...], raters: int, repeats: int, address: str
) -> None:
    """Give the pairs of REVIEW_SET that lack raters to REVIEWERS."""
    client = connect(address)
    version = _find(client, review_set).version
    request = pb.AssignReviewersRequest(
        id=review_set, version=version, reviewers=reviewers, raters=raters, repeats=repeats
    )
    click.echo(_line(client.reviews.AssignReviewers(request).review_set))


@reviews.command()
@click.argument("name")
@click.option(
    "--role", type=click.Choice(["reviewer", "lead", "operator"]), default="reviewer",
    show_default=True, help="Each may do what those before it may.",
)  # fmt: skip
@click.option("--hours", default=0.0, help="How long the link is good for; 0 for two weeks.")
@click.option("--simulated", is_flag=True, help="A program plays it; its ratings are told apart.")
@click.option(
    "--console", default="", help=f"Address of the console.  [env GOLDBRIEF_CONSOLE_URL; "
    f"{_LAPTOP_CONSOLE}]",
)  # fmt: skip
@address_option
def invite(name: str, role: str, hours: float, simulated: bool, console: str, address: str) -> None:
    """Make an account for NAME and print its link, or a new link: the old one is void."""
    request = pb.CreateAccountRequest(name=name, role=role, simulated=simulated, hours=hours)
    token = connect(address).reviews.CreateAccount(request).token
    base = console or os.environ.get("GOLDBRIEF_CONSOLE_URL") or _LAPTOP_CONSOLE
    click.echo(f"{base.rstrip('/')}/sign-in?token={token}")


@reviews.command()
@click.argument("name")
@address_option
def revoke(name: str, address: str) -> None:
    """Void the link of NAME; what was rated stays."""
    connect(address).reviews.RevokeAccount(pb.RevokeAccountRequest(name=name))
    click.echo(f"the link of {name} is void")


@reviews.command()
@click.argument("review_set")
@address_option
def show(review_set: str, address: str) -> None:
    """Show what the ratings of REVIEW_SET say, and how far reviewers agree, as JSON."""
    request = pb.GetFindingsRequest(id=review_set)
    findings = connect(address).reviews.GetFindings(request).findings_json
    click.echo(json.dumps(json.loads(findings), indent=2))


@reviews.command()
@click.argument("review_set")
@click.argument("where", type=click.Path(path_type=Path))
@click.option(
    "--form",
    type=click.Choice(["csv", "jsonl", "calibration", "preferences", "measures", "goldens"]),
    default="csv", show_default=True,
    help="Ratings; for `judge calibrate`; chosen and rejected summaries for DPO; means of what "
    "people said as JSON; or corrected summaries as a folder of goldens.",
)  # fmt: skip
@click.option(
    "--simulated", is_flag=True,
    help="For calibration and goldens, take what programs said and wrote for people's word.",
)  # fmt: skip
@address_option
def export(
    review_set: str, where: Path, form: ExportForm | str, simulated: bool, address: str
) -> None:
    """Write what people said of REVIEW_SET to the file WHERE; for goldens to a folder."""
    client = connect(address)
    if form == "goldens":
        click.echo(f"{where}: {write_goldens(client, review_set, where, simulated)} goldens")
        return
    if form == "measures":
        measures = measures_of_people(client, review_set)
        where.write_text(json.dumps(measures, indent=2), encoding="utf-8")
        click.echo(f"{where}: {len(measures)} systems")
        return
    lines = list(export_reviews(client, review_set, form, simulated))  # type: ignore[arg-type]
    where.write_text("".join(lines), encoding="utf-8", newline="")
    click.echo(f"{where}: {len(lines)} rows")


def _find(client: Client, review_set: str) -> pb.ReviewSet:
    found: pb.ReviewSet = client.reviews.GetReviewSet(
        pb.GetReviewSetRequest(id=review_set)
    ).review_set
    return found


def _line(one: pb.ReviewSet) -> str:
    systems = ", ".join(one.systems)
    return (
        f"{one.id}  {one.submitted} of {one.assigned} ratings  {one.pairs} pairs of {systems}  "
        f"{one.title}"
    )

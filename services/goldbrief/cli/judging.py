"""`goldbrief judge`: what the judge's scores are worth."""

from __future__ import annotations

import json
from pathlib import Path

import click

from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.sdk import Client
from goldbrief.sdk.calibration import (
    calibrate_judge,
    infer_style,
    read_candidates,
    read_document,
    read_pairs,
    read_ratings,
)

_json = click.option("--json", "as_json", is_flag=True, help="The card as JSON.")
_path = click.Path(path_type=Path)
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def judge() -> None:
    """Find out what the judge's scores are worth; compare two summaries.

    \b
    Examples:
      goldbrief judge calibrate --pairs my/golden-eval --goldens my/goldens
      goldbrief judge calibrate --ratings ratings.csv
      goldbrief judge card
      goldbrief judge compare article.md summary-a.md summary-b.md
    """


@judge.command()
@click.option("--ratings", type=_path, help="CSV of people's ratings.")
@click.option("--pairs", type=_path, help="Folder of good summaries: NAME.md, NAME.summary.md.")
@click.option(
    "--run",
    "run_id",
    help="Take the accepted candidates of a run as good summaries, in the run's house style.",
)
@click.option("--goldens", type=_path, help="Folder of goldens: judge the form by their style.")
@_json
@address_option
def calibrate(
    ratings: Path | None,
    pairs: Path | None,
    run_id: str | None,
    goldens: Path | None,
    as_json: bool,
    address: str,
) -> None:
    """Measure the judge in use and keep the result as its card.

    Against people's ratings: agreement with intervals, bias for length and for its own family,
    the accept score that best fits them. Against faults planted in good summaries: which it
    notices, and whether the place of a summary sways it. Without ratings the card says
    uncalibrated. The same command goes on where it broke off; at most 20 good summaries are
    spoiled, in up to 18 ways each.

    \b
    Columns of the CSV: article and summary, or article_file and summary_file; overall, or any of
    faithfulness, coverage, conciseness, coherence, style, usefulness, from 1 to 5; and perhaps
    rater, simulated (yes for a program), persona, author. A row a summary and rater.
    """
    client = connect(address)
    cases = _cases(client, ratings, pairs, run_id, goldens)
    answer = judge_pb2.CalibrateJudgeResponse()
    for answer in calibrate_judge(client, cases):
        click.echo(f"\r{answer.judged} of {answer.total} verdicts", nl=False, err=True)
    click.echo(err=True)
    _show(answer, as_json)


@judge.command()
@_json
@address_option
def card(as_json: bool, address: str) -> None:
    """Show the card of the judge in use."""
    _show(connect(address).judge.GetJudgeCard(judge_pb2.GetJudgeCardRequest()), as_json)


@judge.command()
@click.argument("article", type=_file)
@click.argument("first", type=_file)
@click.argument("second", type=_file)
@click.option("--persona", default="", help="Whom they are written for; the CFO by default.")
@click.option("--goldens", type=_path, help="Folder of goldens: judge the form by their style.")
@click.option("--json", "as_json", is_flag=True, help="Every answer, as JSON.")
@address_option
def compare(
    article: Path,
    first: Path,
    second: Path,
    *,
    persona: str,
    goldens: Path | None,
    as_json: bool,
    address: str,
) -> None:
    """Ask the judge which of two summaries of ARTICLE is better: FIRST, SECOND, or a tie.

    A language model reads them in either order; a preference that does not survive the swap is a
    tie. The offline judge compares its scores of each.
    """
    client = connect(address)
    text, one, other = (_text_of(path) for path in (article, first, second))
    style = infer_style(client, goldens) if goldens else ""
    found = client.compare(text, one, other, persona=persona, style_json=style)
    if as_json:
        click.echo(json.dumps(json.loads(found.comparison_json), indent=2))
        return
    if not found.preferred:
        raise click.ClickException(f"{found.judge} gave no preference: {found.rationale}")
    names = {"first": f"{first} is better", "second": f"{second} is better", "tie": "a tie"}
    swap = "" if found.consistent else ", as it prefers another in the other order"
    click.echo(f"{names[found.preferred]}{swap}, says {found.judge} ({found.rubric}).")
    click.echo(found.rationale)


def _text_of(path: Path) -> str:
    try:
        return read_document(path)[1]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}.") from error


def _cases(
    client: Client,
    ratings: Path | None,
    pairs: Path | None,
    run_id: str | None,
    goldens: Path | None,
) -> list[judge_pb2.CalibrateJudgeRequest]:
    if ratings is None and pairs is None and run_id is None:
        raise click.UsageError("Give --ratings, --pairs or --run: something to calibrate on.")
    dimensions = client.judge.GetJudge(judge_pb2.GetJudgeRequest()).dimensions
    style = infer_style(client, goldens) if goldens else ""
    cases = read_ratings(ratings, dimensions, style) if ratings else []
    cases += read_pairs(pairs, style) if pairs else []
    if run_id is not None:
        run = client.get_run(run_id)
        synthesis = output.phase_of(run, "synthesize").resource_id
        cases += read_candidates(client, synthesis, style or _style_of(client, run))
    return cases


def _style_of(client: Client, run: runs_pb2.Run) -> str:
    """The house style of a run's dataset version; empty before it has one."""
    version = next(phase.resource_id for phase in run.phases if phase.name == "curate")
    if not version:
        return ""
    request = datasets_pb2.GetDatasetVersionRequest(id=version)
    prompt = client.datasets.GetDatasetVersion(request).dataset_version.prompt_json
    return PromptFormat.model_validate_json(prompt).style.model_dump_json() if prompt else ""


def _show(
    answer: judge_pb2.CalibrateJudgeResponse | judge_pb2.GetJudgeCardResponse, as_json: bool
) -> None:
    if as_json:
        click.echo(json.dumps(json.loads(answer.card_json), indent=2))
    else:
        click.echo(answer.card_markdown, nl=False)

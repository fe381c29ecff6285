"""`goldbrief summaries`: mark live summaries wrong, decide on them, see how good they are."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path

import click

from goldbrief.api.live.v1 import live_pb2
from goldbrief.api.summarize.v1 import summarize_pb2
from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.core.live_summaries import REPORT_REASONS, ReportReason
from goldbrief.sdk.live import (
    decide_report,
    get_report,
    list_reports,
    live_quality,
    read_answer,
    report_summary,
)

_STATES = ("open", "confirmed", "dismissed")


@click.group()
def summaries() -> None:
    """Live summaries: mark them wrong, decide on what was marked, see how good they are.

    What is kept of them is in docs/monitoring.md.

    \b
    Examples:
      goldbrief summarize report.md --json > answer.json
      goldbrief summaries report answer.json --article report.md --reason figure
      goldbrief summaries list --state open
      goldbrief summaries decide report-5f0c confirmed --corrected better.md
      goldbrief summaries quality
    """


@summaries.command()
@click.argument("answer")
@click.option(
    "--reason", type=click.Choice(REPORT_REASONS), required=True,
    help="A figure is wrong; invented: the article does not say it; something that matters is "
    "missing; style; other.",
)  # fmt: skip
@click.option("--comment", default="", help="In words; kept only where texts are.")
@click.option(
    "--article", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The article as it was sent; needed unless the server drew the answer to judge it.",
)  # fmt: skip
@address_option
def report(
    answer: str, reason: ReportReason, comment: str, article: Path | None, address: str
) -> None:
    """Mark ANSWER wrong: a file as `goldbrief summarize --json` writes it, or a request_id."""
    path = Path(answer)
    message = (
        read_answer(path) if path.is_file() else summarize_pb2.SummarizeResponse(request_id=answer)
    )
    text = article.read_text(encoding="utf-8") if article else ""
    made = report_summary(connect(address), message, reason, comment, text)
    click.echo(
        f"{made.report_id} is open, for people to look at."
        if made.text_kept
        else f"{made.report_id} is counted; its text is not kept (GOLDBRIEF_LIVE_TEXT_DAYS)."
    )


@summaries.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those in it.")
@click.option("--json", "as_json", is_flag=True, help="As JSON lines.")
@address_option
def list_(state: str | None, as_json: bool, address: str) -> None:
    """List what was marked wrong, the newest first; 200 at most."""
    for one in list_reports(connect(address), (state or "").upper()):
        click.echo(json.dumps(output.message_as_dict(one)) if as_json else _line(one))


@summaries.command()
@click.argument("report_id", metavar="REPORT")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@address_option
def show(report_id: str, as_json: bool, address: str) -> None:
    """Show REPORT (its id or the beginning of it) with the texts that are kept of it."""
    found = get_report(connect(address), report_id)
    if as_json:
        click.echo(output.message_as_json(found))
        return
    click.echo(_line(found.report))
    if not found.summary:
        click.echo("Its text is not kept, or not any more.")
        return
    if found.comment:
        click.echo(f"\n━━ comment\n{found.comment}")
    click.echo(f"\n━━ summary\n{found.summary}\n\n━━ article\n{found.article_text}")


@summaries.command()
@click.argument("report_id", metavar="REPORT")
@click.argument("decision", type=click.Choice(_STATES[1:]))
@click.option(
    "--corrected", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The summary as it should be; a draft of a golden in the next round.",
)  # fmt: skip
@click.option("--author", default="", help="Who decides.  [the user of this machine]")
@address_option
def decide(
    report_id: str, decision: str, corrected: Path | None, author: str, address: str
) -> None:
    """Record whether the summary of REPORT is wrong.

    One that is confirmed, and whose text is kept, is written again in the next round
    (`goldbrief dataset improve`).
    """
    client = connect(address)
    text = output.plain_file_text(corrected) if corrected else ""
    seen = get_report(client, report_id).report
    click.echo(
        _line(decide_report(client, seen, decision.upper(), author or getpass.getuser(), text))
    )


@summaries.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@address_option
def quality(as_json: bool, address: str) -> None:
    """Show scores, checks and drift of each version's live summaries that were drawn."""
    found = live_quality(connect(address))
    if as_json:
        click.echo(output.message_as_json(found))
        return
    for line in _quality_lines(found):
        click.echo(line)


def _line(report: live_pb2.LiveReport) -> str:
    score = f"  judged {report.overall:.2f}" if report.overall else ""
    candidate = "  for the next round" if report.candidate else ""
    by = f" by {report.decided_by}" if report.decided_by else ""
    when = report.create_time.ToDatetime().strftime("%Y-%m-%d %H:%M")
    return (
        f"{report.id}  {when}  {report.model}@{report.version}  {report.persona}  {report.reason}"
        f"  {report.state.lower()}{by}{score}{candidate}"
    )


def _quality_lines(found: live_pb2.GetLiveQualityResponse) -> Iterator[str]:
    yield (
        f"{found.judged_today} of {found.daily_judgments} judgments today; "
        f"what follows is of the last {found.window_days:g} days"
    )
    if not found.versions:
        yield "Nothing was drawn. GOLDBRIEF_SUMMARIZE_SAMPLED_SHARE says how much is."
    for version in found.versions:
        score = f"mean score {version.mean_score:.2f}, " if version.mean_score else ""
        yield (
            f"\n{version.model}@{version.version}: {version.judged} judged, {score}"
            f"{version.flawed} with an error, {version.figures_supported} of "
            f"{version.figures_total} figures in the article"
        )
        for drift in version.drift:
            yield f"  {drift.feature:<14} {_drift(drift)}"


def _drift(drift: live_pb2.FeatureDrift) -> str:
    if drift.verdict == "not enough":
        if not drift.needed:
            return f"not enough to compare with ({drift.live} articles)"
        return f"not enough: {drift.live} of {drift.needed} articles"
    return (
        f"{drift.verdict}: index {drift.psi:.2f}, limit {drift.limit:.2f} ({drift.live} articles)"
    )

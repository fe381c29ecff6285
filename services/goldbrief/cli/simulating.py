"""`goldbrief simulate` and `goldbrief score`: articles whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from goldbrief.cli.loading import load_app

_STANDARD_OUTPUT = "-"


@click.command()
@click.option("--articles", "count", type=int, default=100, show_default=True, help="How many.")
@click.option("--out", required=True, help="Folder to write; - prints a JSON row an article.")
@click.option("--seed", default="0", show_default=True, help="Another seed, other articles.")
@click.option("--words", help="Length: 800, or 600-1300 (the default); 400 to 4000.")
@click.option(
    "--genre", "genres", multiple=True,
    help="earnings_release, report_section, memo, interview, analyst_note or trade_feature; "
    "again for more than one.  [all]",
)  # fmt: skip
@click.option(
    "--persona", "personas", multiple=True,
    help="CFO, CEO, COO or CRO: for whom reference summaries are; again for more.  [CFO and CEO]",
)  # fmt: skip
@click.option(
    "--goldens", type=int, help="Style goldens to write, for the first persona; 0 for none.  [4]"
)
@click.option("--style", help="Of the reference summaries: standard, brief or labelled.")
@click.option("--locale", help="en, or de: figures as 1.234,5.  [en]")
@click.option("--currency", help="USD, EUR, GBP, CHF, CAD or AUD.  [drawn]")
@click.option(
    "--defects", multiple=True,
    help="Also write copies with a planted defect: all, or a kind such as changed_digit or "
    "injection; again for more.",
)  # fmt: skip
@click.option("--start", type=int, help="Number of the first article, to share out the work.")
@click.option("--lexicon", type=click.Path(path_type=Path), help="Folder with words of your own.")
@click.option(
    "--reserved", "partition", flag_value="final",
    help="Use the half of the lexicon that is kept for final measurements.",
)  # fmt: skip
def simulate(out: str, defects: tuple[str, ...], **options: Any) -> None:
    """Write business articles of which every fact is known, with right summaries of them.

    Try recipes, judges and gates on them before you spend money: `goldbrief score` says
    which facts a summary got right. The same options write the same articles; the same
    command goes on where it was interrupted, and a larger number adds to the folder.

    \b
    FOLDER/articles/     Markdown, for `goldbrief run --articles`
    FOLDER/references/   a right summary for each persona
    FOLDER/goldens/      style goldens of other articles, for `goldbrief run --goldens`
    FOLDER/truth.jsonl   a row an article: facts, figures and where they stand, defects

    \b
    Examples:
      goldbrief simulate --articles 40 --out simulated
      goldbrief run --goldens simulated/goldens --articles simulated/articles
      goldbrief simulate --articles 200 --genre memo --words 2000 --defects all --out hard
      goldbrief simulate --articles 1000000 --out - | gzip > million.jsonl.gz
    """
    try:
        for line in load_app("simulate")(out, options, defects):
            click.echo(line, err=out != _STANDARD_OUTPUT)
    except KeyboardInterrupt:
        if out != _STANDARD_OUTPUT:
            click.echo("\nInterrupted; the same command goes on.", err=True)
        raise


@click.command()
@click.argument("simulated", type=click.Path(path_type=Path))
@click.argument("summaries", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="A JSON line a summary, with its faults.")
@click.option("--lexicon", type=click.Path(path_type=Path), help="As given to simulate.")
def score(simulated: Path, summaries: Path, as_json: bool, lexicon: Path | None) -> None:
    """Score SUMMARIES of the articles in SIMULATED against their truth.

    SIMULATED is a folder of `goldbrief simulate`; SUMMARIES a folder with a file a summary,
    named for its article: 000012.md, 000012-CFO.txt, or 000012.json as
    `goldbrief summarize --json` prints it.

    \b
    Examples:
      goldbrief summarize simulated/articles/000012.md --json > mine/000012.json
      goldbrief score simulated mine
      goldbrief score simulated simulated/references --json | jq .faults
    """
    for line in load_app("score")(simulated, summaries, as_json=as_json, lexicon=lexicon):
        click.echo(line)

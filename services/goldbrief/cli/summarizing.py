"""`goldbrief summarize`: one article, several, or a folder of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.sdk import BatchResult, Client
from goldbrief.sdk.summaries import FigurePolicy

_SUFFIXES = (".md", ".txt")
_BATCH_TIMEOUT_S = 3600.0


@click.command()
@click.argument(
    "articles", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True)
)  # fmt: skip
@click.option("--model", default="briefs", show_default=True, help="Model name, or model@version.")
@click.option("--persona", default="", help="Whom to write for; the model's first when omitted.")
@click.option(
    "--figures", "figure_policy", type=click.Choice(["annotate", "retry", "withhold", "enforce"]),
    help="About figures that the article does not support: mark them, have the summary written "
    "anew, or withhold it if that does not help.  [as the server is set up]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Answers as JSON; of several, a line each.")
@address_option
def summarize(
    articles: tuple[str, ...],
    model: str,
    persona: str,
    figure_policy: FigurePolicy | None,
    as_json: bool,
    address: str,
) -> None:
    """Summarize ARTICLES (text files, or - for standard input) with the served model.

    A folder stands for its .md and .txt files. Of several articles, one that fails is told on
    standard error and harms no other; the exit code is 1 then.

    \b
    Examples:
      goldbrief summarize report.md
      pdftotext report.pdf - | goldbrief summarize -
      goldbrief summarize reports/ --json > summaries.jsonl
    """
    texts = dict(_texts(articles))
    client = connect(address)
    policy = figure_policy or ""
    if len(articles) == 1 and not Path(articles[0]).is_dir():
        (text,) = texts.values()
        answer = client.summarize(text, model=model, persona=persona, figure_policy=policy)
        click.echo(output.message_as_json(answer) if as_json else output.summary_as_text(answer))
        return
    sys.exit(_summarize_all(client, texts, model, persona, policy, as_json))


def _texts(articles: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in articles:
        path = Path(name)
        if path.is_dir():
            found = sorted(one for one in path.iterdir() if one.suffix in _SUFFIXES)
            if not found:
                raise click.ClickException(f"{name} has no {' or '.join(_SUFFIXES)} file.")
            yield from ((str(one), _read(str(one))) for one in found)
        else:
            yield name, _read(name)


def _read(name: str) -> str:
    try:
        with click.open_file(name, encoding="utf-8") as file:
            return str(file.read())
    except UnicodeDecodeError as error:
        raise click.ClickException(
            f"{name} is no UTF-8 text (byte {error.start}): give the text of the article."
        ) from None


def _summarize_all(
    client: Client,
    texts: Mapping[str, str],
    model: str,
    persona: str,
    policy: FigurePolicy,
    as_json: bool,
) -> int:
    failed = 0
    for result in client.summarize_batch(texts, model, persona, _BATCH_TIMEOUT_S, policy):
        failed += result.summary is None
        if result.error is not None:
            click.echo(f"{result.id}: {result.error}", err=True)
        if as_json:
            click.echo(json.dumps(_as_dict(result), ensure_ascii=False))
        elif result.summary is not None:
            click.echo(f"\n━━ {result.id}\n{output.summary_as_text(result.summary)}")
    return 1 if failed else 0


def _as_dict(result: BatchResult) -> dict[str, object]:
    if result.summary is not None:
        return {"id": result.id, "summary": output.message_as_dict(result.summary)}
    reason = result.error.reason if result.error else ""
    return {"id": result.id, "error": str(result.error), "reason": reason}

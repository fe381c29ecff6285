"""Systems of an evaluation, as people write them."""

from __future__ import annotations

from pathlib import Path

from goldbrief.api.evaluation.v1 import evaluation_pb2 as pb
from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.core.errors import InvalidInputError
from goldbrief.sdk.client import Client

_KINDS = {"v1": "PROMPT_CHAIN", "base": "BASE", "few-shot": "FEW_SHOT", "teacher": "TEACHER"}
Parsed = tuple[pb.System, str]
"""A system, and the prompt format of its model as JSON; empty for none."""


def parse_system(client: Client, text: str) -> Parsed:
    """Read a system as people write it.

    Args:
        client: Delivers versions of models.
        text: `[NAME=]WHAT`, where WHAT is `v1`, `v1:ENDPOINT`, `base`, `few-shot`, `teacher`,
            `model:NAME[@VERSION]`, `endpoint:NAME`, or `file:PATH` for outputs made elsewhere.

    Returns:
        The system and its prompt format.

    Raises:
        InvalidInputError: It is none of these, or the file cannot be read.
        NotFoundError: There is no such model or version.
    """
    name, equals, what = text.partition("=")
    if not equals or ":" in name:  # the equals sign of a file's name
        name, what = "", text
    kind, _, argument = what.partition(":")
    if kind == "model" and argument:
        version = _delivered(client, argument)
        system = pb.System(
            name=name or version.served_name, kind="ADAPTER", adapter=version.served_name
        )
        return system, version.prompt_json
    if kind == "endpoint" and argument:
        return pb.System(name=name or argument, kind="ENDPOINT", endpoint=argument), ""
    if kind == "file" and argument:
        return _outputs(name, Path(argument)), ""
    if kind in _KINDS and (not argument or kind == "v1"):
        return pb.System(name=name or kind, kind=_KINDS[kind], endpoint=argument), ""
    raise InvalidInputError(
        f"{text!r} is no system.",
        reason="UNKNOWN_SYSTEM_KIND",
        remedy="Write v1, v1:ENDPOINT, base, few-shot, teacher, model:NAME@VERSION, "
        "endpoint:NAME or file:OUTPUTS.jsonl, with NAME= before it to call it otherwise.",
    )


def _delivered(client: Client, model: str) -> registry_pb2.ModelVersion:
    name, _, version = model.partition("@")
    request = registry_pb2.DeliverModelVersionRequest(
        model=name, version=version or client.resolve_model(name).version
    )
    delivered: registry_pb2.ModelVersion = client.registry.DeliverModelVersion(
        request
    ).model_version
    return delivered


def _outputs(name: str, path: Path) -> pb.System:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error}", reason="INVALID_OUTPUTS"
        ) from error
    return pb.System(name=name or path.stem, kind="OUTPUTS", outputs_jsonl=text)

"""Style contracts as YAML that people read and edit, with the evidence beside each line."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from goldbrief.core.documents import FigureStyle, SectionStyle, StyleContract, Voice
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.yaml_text import load_yaml
from goldbrief.text.style import StyleStudy

_HEAD = (
    "Style contract {version}. Change what you like; `goldbrief style check` reads it again, and",
    "`style: THIS-FILE` in the recipe makes a run follow it. docs/style.md explains each line.",
)
_MODELS = (StyleContract, SectionStyle, FigureStyle, Voice)
_KNOWN = {key for model in _MODELS for key in model.model_fields}
_WIDTH = 98


def write_style(study: StyleStudy) -> str:
    """Write a style contract as YAML.

    Args:
        study: The contract, with notes and evidence, which become comments.

    Returns:
        YAML that `read_style` reads back to the same contract.
    """
    contract = study.contract.model_dump(mode="json", exclude_defaults=True)
    lines = [f"# {line.format(version=study.contract.version)}" for line in _HEAD]
    lines += [line for note in study.notes for line in _comment(f"Note: {note}", "")]
    for key, value in contract.items():
        lines += ["", *_lines(key, value, key, "", study.evidence)]
    return "\n".join(lines) + "\n"


def read_style(text: str, where: str = "style contract") -> StyleContract:
    """Read a style contract.

    Args:
        text: YAML.
        where: Its name, for messages.

    Returns:
        The contract.

    Raises:
        InvalidInputError: It is no YAML, or a line is wrong: each is named by key and number
            (`INVALID_STYLE`).
    """
    try:
        document = load_yaml(text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{where} is not YAML: {error}", reason="INVALID_STYLE") from error
    if not isinstance(document, Mapping):
        raise InvalidInputError(f"{where} must hold keys and values.", reason="INVALID_STYLE")
    try:
        return StyleContract.model_validate(document)
    except ValidationError as error:
        problems = "; ".join(_problem(dict(detail), tree) for detail in error.errors())
        raise InvalidInputError(
            f"{where}: {problems}",
            reason="INVALID_STYLE",
            remedy="docs/style.md explains each line.",
        ) from error


def _lines(
    key: str, value: Any, path: str, indent: str, evidence: Mapping[str, str]
) -> Iterator[str]:
    """A key with its value and, before it, what the goldens show."""
    yield from _comment(evidence.get(path, ""), indent)
    if isinstance(value, Mapping):
        yield f"{indent}{key}:"
        for inner, part in value.items():
            yield from _lines(inner, part, f"{path}.{inner}", f"{indent}  ", evidence)
    elif key == "sections":
        yield f"{indent}{key}:"
        for section in value:
            yield from _section(section, f"{path}.{section['name']}", evidence)
    else:
        yield f"{indent}{key}: {_scalar(value)}"


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _section(section: Mapping[str, Any], path: str, evidence: Mapping[str, str]) -> Iterator[str]:
    for number, (key, value) in enumerate(section.items()):
        *comments, line = _lines(key, value, f"{path}.{key}", "    ", evidence)
        yield from comments
        yield f"  - {line.strip()}" if number == 0 else line


def _scalar(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=_WIDTH)
    return text.removesuffix("...\n").strip().replace("\n", "\n ")


def _problem(detail: Mapping[str, Any], tree: yaml.Node | None) -> str:
    location: Sequence[str | int] = detail["loc"]
    key = ".".join(map(str, location))
    place = f"line {_line_of(location, tree)}, {key}" if key else "line 1"
    if detail["type"] != "extra_forbidden":
        error = detail.get("ctx", {}).get("error")
        return f"{place}: {error or detail['msg']}"
    nearest = difflib.get_close_matches(str(location[-1]), _KNOWN, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else "."
    return f"{place}: unknown key{hint}"


def _line_of(location: Sequence[str | int], node: yaml.Node | None) -> int:
    """Number of the line on which a value stands, or the innermost that is there."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if part not in pairs:
                break
            key, node = pairs[part]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line

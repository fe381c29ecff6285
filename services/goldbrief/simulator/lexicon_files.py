"""Reads the YAML of the lexicon's files; every error names file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.facts import PARTITIONS, Partition
from goldbrief.simulator.grammar import Alternative, Line, SlotPart, parse, references

_GROUP_KEYS = frozenset({"when", "weight", "say", "part"})


def compose(path: Path) -> yaml.Node:
    """Read a file as YAML nodes.

    Args:
        path: The file.

    Returns:
        Its root.

    Raises:
        InvalidInputError: It is empty, no UTF-8 or no YAML.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = Line(path.name, mark.line + 1 if mark else 1)
        what = getattr(error, "problem", None) or str(error)
        remedy = "Save it as UTF-8; put texts that contain `: ` or ` #` in quotes."
        raise broken_at(line, f"not YAML: {what}", remedy) from error
    if node is None:
        raise broken_at(
            Line(path.name, 1), "the file is empty", "Write a rule, or delete the file."
        )
    return node


def alternatives_of(node: yaml.Node, file: str, *, split: bool) -> Iterator[Alternative]:
    """Read the alternatives of a rule.

    Args:
        node: A text, or a list of texts and of groups with a `say`.
        file: Name of the file, for errors.
        split: Whether they alternate between the partitions.

    Yields:
        The alternatives.

    Raises:
        InvalidInputError: One is broken.
    """
    if isinstance(node, yaml.ScalarNode):
        yield from _group([node], file, split=split)
        return
    if not isinstance(node, yaml.SequenceNode):
        raise broken(node, file, "a list of alternatives is missing", "Start each with `- `.")
    plain = [item for item in node.value if isinstance(item, yaml.ScalarNode)]
    yield from _group(plain, file, split=split)
    for item in node.value:
        if item not in plain:
            fields = dict(fields_of(item, file))
            check_keys(fields, _GROUP_KEYS, item, file)
            say = field_of(fields, "say", item, file)
            yield from _group(
                say.value if isinstance(say, yaml.SequenceNode) else [say],
                file,
                split=split,
                weight=number_of(fields["weight"], file) if "weight" in fields else 1.0,
                when=text_of(fields["when"], file) if "when" in fields else "",
                part=text_of(fields["part"], file) if "part" in fields else "",
            )


def _group(
    nodes: Sequence[yaml.Node],
    file: str,
    *,
    split: bool,
    weight: float = 1.0,
    when: str = "",
    part: str = "",
) -> Iterator[Alternative]:
    conditions = when.split()
    for i, node in enumerate(nodes):
        text = text_of(node, file)
        line = _line(node, file)
        partition: Partition | None = None
        if part or (split and len(nodes) > 1):
            partition = _partition(part, node, file) if part else PARTITIONS[i % 2]
        parts = parse(text, line)
        yield Alternative(
            text=text,
            parts=parts,
            slots=frozenset(references(parts, SlotPart)),
            weight=weight / len(nodes) if when else weight,
            wanted=frozenset(one for one in conditions if not one.startswith("-")),
            unwanted=frozenset(one[1:] for one in conditions if one.startswith("-")),
            partition=partition,
            line=line,
        )


def _partition(name: str, node: yaml.Node, file: str) -> Partition:
    for partition in PARTITIONS:
        if partition == name:
            return partition
    raise broken(node, file, f"unknown partition {name!r}", f"Use {' or '.join(PARTITIONS)}.")


def fields_of(node: yaml.Node, file: str) -> Iterator[tuple[str, yaml.Node]]:
    """Names and values of a mapping; raises InvalidInputError where it is none."""
    if not isinstance(node, yaml.MappingNode):
        raise broken(node, file, "names with values are missing", "Write `name:` lines.")
    for key, value in node.value:
        yield str(key.value), value


def field_of(fields: Mapping[str, yaml.Node], name: str, node: yaml.Node, file: str) -> yaml.Node:
    """A field that must be there; raises InvalidInputError where it is not."""
    if name not in fields:
        raise broken(node, file, f"`{name}` is missing", "Add it.")
    return fields[name]


def check_keys(
    fields: Mapping[str, yaml.Node], known: frozenset[str], node: yaml.Node, file: str
) -> None:
    """Check that fields have known names; raises InvalidInputError where one has not."""
    for name, value in fields.items():
        if name not in known:
            raise broken(value, file, f"unknown key {name!r}", f"Use {', '.join(sorted(known))}.")


def text_of(node: yaml.Node, file: str) -> str:
    """A text; raises InvalidInputError where there is none."""
    if not isinstance(node, yaml.ScalarNode):
        raise broken(node, file, "a text is missing", "Write it on the same line.")
    return str(node.value)


def number_of(node: yaml.Node, file: str) -> float:
    """A number; raises InvalidInputError where it is none."""
    try:
        return float(text_of(node, file))
    except ValueError:
        raise broken(node, file, f"{node.value!r} is no number", "Write one, as in 0.8.") from None


def broken(node: yaml.Node, file: str, what: str, remedy: str) -> InvalidInputError:
    """The error that names where a file is broken."""
    return broken_at(_line(node, file), what, remedy)


def _line(node: yaml.Node, file: str) -> Line:
    return Line(file, node.start_mark.line + 1)


def broken_at(line: Line, what: str, remedy: str) -> InvalidInputError:
    """As `broken`, for a line that is known."""
    return InvalidInputError(
        f"{line}: {what}.",
        reason="LEXICON_BROKEN",
        remedy=remedy,
        metadata={"file": line.file, "line": str(line.number)},
    )

"""Writes the table of values in charts/goldbrief/README.md from the comments of values.yaml.

A comment that begins with `# --` above a key describes it; `## Title ---` begins a section.

    python scripts/chart_readme.py            writes it
    python scripts/chart_readme.py --check    exits with 1 when it is not up to date
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

CHART = Path(__file__).parents[1] / "charts/goldbrief"
BEGIN, END = "<!-- values: scripts/chart_readme.py writes this -->", "<!-- /values -->"
_SECTION = re.compile(r"## (.+?) -{3,}$")
_DESCRIPTION = re.compile(r"\s*# -- (.*)")
_COMMENT = re.compile(r"\s*# (.*)")


@dataclass(frozen=True, slots=True)
class Value:
    """One row: a key that can be set."""

    path: str
    default: str
    description: str
    line: int


def main(arguments: list[str] | None = None) -> int:
    """Write or check the table.

    Args:
        arguments: Without the program's name; None takes those of the process.

    Returns:
        Exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args(arguments).check
    readme = CHART / "README.md"
    old = readme.read_text(encoding="utf-8")
    head, rest = old.split(BEGIN)
    new = f"{head}{BEGIN}\n{table((CHART / 'values.yaml').read_text())}{END}{rest.split(END)[1]}"
    if check and new != old:
        sys.stderr.write(f"{readme} is not up to date: run python scripts/chart_readme.py\n")
        return 1
    if not check:
        readme.write_text(new, encoding="utf-8")
    return 0


def table(text: str) -> str:
    """The Markdown tables of a values file, one a section."""
    lines = text.splitlines()
    sections = [(n, m[1]) for n, line in enumerate(lines) if (m := _SECTION.match(line))]
    sections.insert(0, (-1, "Names"))
    parts: list[str] = []
    for value in values(text):
        while sections and sections[0][0] < value.line:
            parts.append(f"\n### {sections.pop(0)[1]}\n\n| key | default | |\n|---|---|---|\n")
        cell = value.description.replace("|", "\\|")
        parts.append(f"| `{value.path}` | `{value.default}` | {cell} |\n")
    return "".join(parts)


def values(text: str) -> Iterator[Value]:
    """Every key of a values file that holds a value of its own, in order."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(root, yaml.MappingNode):
        yield from _values(root, "", text.splitlines())


def _values(node: yaml.MappingNode, prefix: str, lines: list[str]) -> Iterator[Value]:
    for key, value in node.value:
        path = prefix + key.value
        line = key.start_mark.line
        description = _description(lines, line)
        is_group = isinstance(value, yaml.MappingNode) and not value.flow_style
        if is_group and not description:  # a group that is described is one row
            yield from _values(value, f"{path}.", lines)
            continue
        plain = yaml.safe_load(yaml.serialize(value))
        default = json.dumps(plain, ensure_ascii=False) if plain is not None else "null"
        yield Value(path, default, description, line)


def _description(lines: list[str], line: int) -> str:
    """The comment above a line, from its `# --` on."""
    found: list[str] = []
    for above in reversed(lines[:line]):
        if match := _DESCRIPTION.fullmatch(above):
            return " ".join([match[1], *reversed(found)])
        if not (match := _COMMENT.fullmatch(above)):
            break
        found.append(match[1])
    return ""


if __name__ == "__main__":
    sys.exit(main())

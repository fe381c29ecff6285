"""YAML that somebody wrote, who may mean harm."""

from __future__ import annotations

from typing import Any

import yaml

_MOST_DEPTH = 50
"""PyYAML calls itself for each level. Some hundreds take seconds, and may end the process: Python
gives up when it runs out of stack again while it handles having run out."""


class _ShallowLoader(yaml.SafeLoader):
    """Stops before nesting becomes deep."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise yaml.YAMLError(f"it is nested more than {_MOST_DEPTH} deep")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def load_yaml(text: str) -> Any:
    """Read a YAML document with plain values alone.

    Args:
        text: The document.

    Returns:
        What it holds; None for an empty one.

    Raises:
        yaml.YAMLError: It is none, or nested too deep; PyYAML itself raises other errors at an
            impossible date, a number of thousands of digits, or a wrong tag.
    """
    try:
        return yaml.load(text, _ShallowLoader)  # noqa: S506 - it is a safe loader
    except (ValueError, AttributeError) as error:
        raise yaml.YAMLError(str(error)) from error

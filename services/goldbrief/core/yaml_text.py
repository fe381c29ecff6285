"""YAML that somebody wrote."""

from __future__ import annotations

from typing import Any

import yaml


def load_yaml(text: str) -> Any:
    """Read a YAML document with plain values alone.

    Args:
        text: The document.

    Returns:
        What it holds; None for an empty one.

    Raises:
        yaml.YAMLError: It is none; PyYAML itself raises other errors at an impossible date, a
            number of thousands of digits, a wrong tag, or nesting without end.
    """
    try:
        return yaml.safe_load(text)
    except (ValueError, AttributeError, RecursionError) as error:
        raise yaml.YAMLError(str(error)) from error

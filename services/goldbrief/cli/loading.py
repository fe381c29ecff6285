"""Loads parts of the services by name, so that a client-only install needs none of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import click


def load_app(name: str) -> Callable[..., Any]:
    """Load a part of the services; a client-only install has none.

    Args:
        name: An entry point of the group `goldbrief.app`, see pyproject.toml.

    Returns:
        The callable.

    Raises:
        click.ClickException: The services are not installed here.
    """
    found = entry_points(group="goldbrief.app", name=name)
    try:
        loaded: Callable[..., Any] = next(iter(found)).load()
    except (StopIteration, ImportError) as error:
        raise click.ClickException(
            "The services are not installed here; install goldbrief[all] and goldbrief-training."
        ) from error
    return loaded

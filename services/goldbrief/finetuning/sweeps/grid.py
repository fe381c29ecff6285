"""The values that a sweep tries."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from goldbrief.finetuning.invalid_fields import invalid_field
from goldbrief.finetuning.training_requests import TrainingRequest

MAX_TRIALS = 64
DEFAULT_GRID: dict[str, list[Any]] = {"learning_rate": [1e-4, 2e-4, 4e-4, 8e-4]}
"""For LoRA: around 3e-4, the fit of "LoRA Without Regret" (Thinking Machines, 2025)."""
DEFAULT_FULL_GRID: dict[str, list[Any]] = {
    "learning_rate": [1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7],
    "training_duration": ["1ep", "3ep"],
}
"""For full fine-tuning, whose learning rates are a tenth of LoRA's and less."""
_DURATION = "training_duration"
_FIELD = "grid_json"

Values = Mapping[str, Any]
"""One combination: name to value."""


def default_grid(method: str) -> dict[str, list[Any]]:
    """The grid of a training method, for who names none."""
    return DEFAULT_FULL_GRID if method == "full" else DEFAULT_GRID


def read_grid(text: str) -> dict[str, list[Any]]:
    """Read a grid.

    Args:
        text: A JSON object of lists; empty means none.

    Returns:
        Name to values.

    Raises:
        InvalidInputError: It is no such object.
    """
    example = 'Send lists by name, e.g. {"learning_rate": [1e-4, 2e-4]}.'
    try:
        grid = json.loads(text or "{}")
    except ValueError as error:
        raise invalid_field(_FIELD, f"is not JSON: {error}", example) from error
    if not isinstance(grid, dict):
        raise invalid_field(_FIELD, "is no JSON object", example)
    for name, values in grid.items():
        if not isinstance(values, list) or not values:
            raise invalid_field(f"{_FIELD}.{name}", "is no list of values", example)
    return grid


def combinations(grid: Mapping[str, list[Any]]) -> list[Values]:
    """Every combination of a grid's values, the first name varying slowest.

    Args:
        grid: Name to values; at least one name.

    Returns:
        From 1 to MAX_TRIALS combinations.

    Raises:
        InvalidInputError: A value comes twice, or there are more.
    """
    for name, values in grid.items():
        twice = [value for index, value in enumerate(values) if value in values[:index]]
        if twice:
            raise invalid_field(f"{_FIELD}.{name}", f"has {twice[0]!r} twice", "Name it once.")
    found: list[Values] = [
        dict(zip(grid, chosen, strict=True)) for chosen in itertools.product(*grid.values())
    ]
    if len(found) > MAX_TRIALS:
        raise invalid_field(
            _FIELD, f"makes {len(found)} trials", f"A sweep has at most {MAX_TRIALS}."
        )
    return found


def with_values(request: TrainingRequest, values: Values) -> TrainingRequest:
    """A request with a combination's values in place of its own.

    Args:
        request: Its hyperparameters are a JSON object or empty.
        values: One combination; a dot in a name leads into a part, as in `lora.rank`.

    Returns:
        The request of one trial, not checked.
    """
    hyperparameters: dict[str, Any] = json.loads(request.hyperparameters_json or "{}")
    for name, value in values.items():
        if name != _DURATION:
            hyperparameters = _with(hyperparameters, name.split("."), value)
    return replace(
        request,
        training_duration=str(values.get(_DURATION, request.training_duration)),
        hyperparameters_json=json.dumps(hyperparameters),
    )


def _with(fields: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    known = fields if isinstance(fields, dict) else {}
    return {**known, path[0]: _with(known.get(path[0]), path[1:], value)}

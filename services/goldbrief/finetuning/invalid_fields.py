"""The error that names a wrong field of a request."""

from __future__ import annotations

from goldbrief.core.errors import InvalidInputError


def invalid_field(name: str, problem: str, remedy: str) -> InvalidInputError:
    """Describe what is wrong with a field.

    Args:
        name: The field, as the API calls it.
        problem: Goes on from the name: "is empty".
        remedy: What to do; empty when that is clear.

    Returns:
        An error whose metadata has the name as `field`.
    """
    return InvalidInputError(
        f"{name}: {problem}.", reason="INVALID_FIELD", remedy=remedy, metadata={"field": name}
    )

"""Grades weighed by how probable each was (Liu et al. 2023, G-Eval).

A model that wavers between 3 and 4 writes one of them; the expected grade tells how far it wavers,
and makes finer differences than whole numbers do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from goldbrief.core.seams import WrittenToken

_GRADES = ("1", "2", "3", "4", "5")


def expected_grades(
    grades: Mapping[str, float], tokens: Sequence[WrittenToken]
) -> dict[str, float] | None:
    """Weigh the grades of an answer.

    Args:
        grades: As written, by dimension.
        tokens: Of the whole answer, with the likeliest alternatives of each.

    Returns:
        The expected grades over the probabilities of the five, which are made to sum to 1; None
        where the tokens do not tell them all.
    """
    found = {name: _expected(name, tokens) for name in grades}
    expected = {name: value for name, value in found.items() if value is not None}
    return expected if len(expected) == len(grades) else None


def _expected(dimension: str, tokens: Sequence[WrittenToken]) -> float | None:
    text = "".join(token.text for token in tokens)
    places = [found.end() - 1 for found in re.finditer(rf'"{dimension}"\s*:\s*[1-5]', text)]
    token = _token_at(places[-1], tokens) if places else None
    if token is None or token.text.strip() not in _GRADES:
        return None
    weights = dict.fromkeys(_GRADES, 0.0)
    for alternative, log_prob in token.log_probs.items():
        if alternative.strip() in weights:
            weights[alternative.strip()] += math.exp(log_prob)
    total = sum(weights.values())
    return sum(int(grade) * weight for grade, weight in weights.items()) / total if total else None


def _token_at(place: int, tokens: Sequence[WrittenToken]) -> WrittenToken | None:
    end = 0
    for token in tokens:
        end += len(token.text)
        if place < end:
            return token
    return None

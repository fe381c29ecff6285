"""Of several candidates for an article and persona, the best one makes the row."""

from __future__ import annotations

from collections.abc import Iterable

from goldbrief.datasets.material import Material


def beaten(materials: Iterable[Material]) -> dict[str, str]:
    """Find the candidates that another one for the same article and persona beats.

    Args:
        materials: Accepted candidates, best first.

    Returns:
        Key of each beaten candidate to the reason against it.
    """
    best: dict[tuple[str, str], Material] = {}
    reasons: dict[str, str] = {}
    for material in materials:
        if material.origin != "synthesized":
            continue  # people may well have written several
        first = best.setdefault((material.article.sha256, material.persona), material)
        if first is not material:
            reasons[material.key] = (
                f"another candidate for its article and {material.persona} scores {first.score:.2f}"
            )
    return reasons

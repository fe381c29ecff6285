"""Keeps synthetic articles few, and out of what tests: they teach, and prove nothing."""

from __future__ import annotations

from collections.abc import Sequence

from goldbrief.core.documents import SYNTHETIC
from goldbrief.datasets.material import Material


def is_synthetic(material: Material) -> bool:
    """Whether a teacher invented the material's article."""
    return material.article.source == SYNTHETIC


def beyond_share(materials: Sequence[Material], share: float) -> dict[str, str]:
    """Find the materials on synthetic articles that are too many.

    Args:
        materials: Accepted candidates, best first.
        share: Largest part of them all that may be on synthetic articles, 0 to below 1.

    Returns:
        Key of each that is too many, the worst, to the reason against it.
    """
    synthetic = [material for material in materials if is_synthetic(material)]
    real = len(materials) - len(synthetic)
    most = int(share * real / (1 - share) + 1e-9)
    reason = f"synthetic articles may be {share:.0%} of the rows"
    return {material.key: reason for material in synthetic[most:]}

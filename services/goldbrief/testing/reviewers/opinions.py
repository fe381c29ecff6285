"""What a simulated reviewer says: it looks up figures and reads nothing, enough to play a loop."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from goldbrief.core.review_criteria import CRITERIA
from goldbrief.text.sentences import split_sentences

_SECTIONS = ("overview", "takeaways", "action")
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_COMMENT = "Simulated: figures looked up, nothing read."


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is said of a pair."""

    left: Mapping[str, int]
    """By criterion, 1 to 5."""
    right: Mapping[str, int]
    preference: Literal["left", "right", "tie"]
    comment: str = _COMMENT

    @property
    def worse(self) -> str:
        """Side of which a sentence is marked as wrong; empty for none."""
        return {"left": "right", "right": "left"}.get(self.preference, "")


def opine(article: str, left: str, right: str, chance: random.Random) -> Opinion:
    """Rate a pair.

    Args:
        article: Its text.
        left: Summary on the left.
        right: Summary on the right.
        chance: Noise of a point now and then.

    Returns:
        From 1 to 5: two points for figures that the article has, two for the usual sections.
    """
    difference = _points(article, left) - _points(article, right)
    return Opinion(
        _scores(_points(article, left), chance),
        _scores(_points(article, right), chance),
        "tie" if not difference else "left" if difference > 0 else "right",
    )


def correct(article: str) -> str:
    """Write a summary in the usual sections, of sentences of the article that have figures."""
    paragraphs = [part for part in article.split("\n") if part and part[0] not in "|#-"]
    told = [one.strip() for part in paragraphs for one in split_sentences(part)]
    figured = [one for one in told if _FIGURE.search(one)] or told
    takeaways = "\n".join(f"- {one}" for one in figured[1:5] or figured[:1])
    return (
        f"## Overview\n{figured[0]}\n\n## Key Takeaways\n{takeaways}\n\n"
        "## Action Items for the CFO\n- Check these figures against the accounts."
    )


def _scores(points: int, chance: random.Random) -> dict[str, int]:
    return {name: min(5, max(1, points + chance.choice((-1, 0, 0, 0, 1)))) for name in CRITERIA}


def _points(article: str, summary: str) -> int:
    figures = _FIGURE.findall(summary)
    found = sum(figure in article for figure in figures) / len(figures) if figures else 0.0
    sections = sum(name in summary.lower() for name in _SECTIONS) / len(_SECTIONS)
    return 1 + round(2 * found + 2 * sections)

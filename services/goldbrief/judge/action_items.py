"""How useful action items are, by rule.

An executive can act on an item that begins with a verb, names something of the article's to act
on, and gives an amount, a date or a trigger.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from goldbrief.text.entities import proper_names
from goldbrief.text.figures import extract_figures
from goldbrief.text.sentences import vocabulary, words
from goldbrief.text.similarity import content_words

_NO_VERB = re.compile(
    r"(?:the|a|an|it|this|that|there|we|they|he|she|our|in|on|at|for|of|\w+ing)\b|[\d$€£]",
    re.IGNORECASE,
)
_ENOUGH_SUBJECT_WORDS = 4
"""Telling words of the article's from which an item says what to act on."""
_TRIGGER = re.compile(
    r"\b(?:before|until|once|unless|if|when|after|by|within|ahead of|against|above|below)\b",
    re.IGNORECASE,
)
_NAMES_NOTHING = vocabulary(
    "action actions activity activities approach appropriate area areas aspect aspects attention "
    "best business challenge challenges change changes closely company condition conditions "
    "consider considered continue customer customers development developments effort efforts "
    "ensure environment explore eye factor factors focus forward future going growth help impact "
    "implement improve improvement improvements important improved increase initiative initiatives "
    "issue issues keep key leverage look maintain make management manage market markets matter "
    "matters measure measures monitor necessary needed ongoing operation operations opportunities "
    "opportunity optimize option options overall performance plan plans possible potential "
    "process processes progress relevant result results review risk risks situation stakeholder "
    "stakeholders step steps strategic strategies strategy strengthen suitable support take taking "
    "team teams thing things trend trends various watch way ways work"
)
"""Words that tell nothing about what to act on, in whatever article they stand."""


@dataclass(frozen=True, slots=True)
class ActionFeatures:
    """Of all action items together, each from 0 (bad) to 1 (good)."""

    imperatives: float
    """Share that begins with a verb, as far as the first word tells."""
    concrete: float
    """Mean of how much each names of the article: figures, names, telling words."""
    weakest: float
    """The same of the vaguest item: one that cannot be acted on is a fault by itself."""
    triggered: float
    """Share with an amount, a date or a trigger."""


def measure_actions(actions: Sequence[str], article: str) -> ActionFeatures:
    """Measure action items.

    Args:
        actions: The items; at least one.
        article: What they must follow from.

    Returns:
        The features.
    """
    known = set(words(article))
    concrete = [_concreteness(action, known) for action in actions]
    return ActionFeatures(
        imperatives=_share([not _NO_VERB.match(action) for action in actions]),
        concrete=fmean(concrete),
        weakest=min(concrete),
        triggered=_share([bool(extract_figures(a) or _TRIGGER.search(a)) for a in actions]),
    )


def _concreteness(action: str, known: set[str]) -> float:
    telling = {w for w in content_words(action) if w in known and w not in _NAMES_NOTHING}
    named = len(telling) + len(proper_names(action)) + len(extract_figures(action))
    return min(1.0, named / _ENOUGH_SUBJECT_WORDS)


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)

"""The words around figures: what tells subject, direction, and which of two periods is meant."""

from __future__ import annotations

import re
from functools import lru_cache

from goldbrief.text.sentences import vocabulary
from goldbrief.text.similarity import stopwords

_RISING = vocabulary(
    "rose rise rises risen rising increase increases increased increasing grew grow grows grown "
    "growing growth climb climbed climbs climbing advanced jump jumped jumps surge surged soared "
    "gain gained gains expanded expand expands widened lifted raised accelerated up higher "
    "greater above more leapt doubled tripled bounded firmed nudged appreciated"
)
_FALLING = vocabulary(
    "fell fall falls fallen falling decrease decreases decreased decreasing decline declines "
    "declined declining drop drops dropped dropping slipped slip shrank shrunk shrink shrinks "
    "reduced reduction plunged plunge tumbled slid narrowed contracted retreated retreat dipped "
    "sank slumped slump eased dived softened down lower below less fewer halved depreciated"
)
DIRECTIONS = {**dict.fromkeys(_RISING, 1), **dict.fromkeys(_FALLING, -1)}
"""Words that say which way a figure went."""
BESIDE_ONLY = vocabulary("up down higher greater lower")
"""Directions that belong to a figure only where they stand beside it, as in `up 5%`."""
UP_VERBS = vocabulary(
    "make makes made making set sets setting take takes took taking give gives gave giving given"
)
"""Verbs whose `up` is no direction, as in `make up 5%`."""
LEVEL_VERBS = vocabulary("is are was were stays stay stayed remains remain remained stands stood")
"""Verbs whose `above` and `below` are a bound, as in `5% remains above the goal`."""
AFTER_ONLY = vocabulary("above more below less fewer")
"""Directions that belong to a figure only where they follow it; else they are a bound."""
AFTER = vocabulary(
    "increase decrease decline drop growth rise fall reduction gain jump slump surge higher lower "
    "more less fewer above below up down"
)
"""Directions that may follow their figure, as in `a 5% increase`."""

_SYNONYMS = {
    **dict.fromkeys(["sale", "turnover"], "revenue"),
    **dict.fromkeys(["income", "earning", "profitability"], "profit"),
    **dict.fromkeys(["expense", "expenditure", "charge"], "cost"),
    **dict.fromkeys(["personnel", "employee", "headcount"], "staff"),
}
_TIME_WORDS = vocabulary(
    "january february march april june july august september october november december jan feb "
    "mar apr jun jul aug sep sept oct nov dec year years quarter quarters month months fiscal "
    "annual ended ending period periods prior previous same current first second third fourth "
    "half earlier ago last next respectively"
)
_FILLERS = vocabulary(
    "million billion thousand trillion percent percentage points basis approximately total "
    "totaled totalled totaling amounted amount amounts including primarily due result resulted "
    "compared comparison versus against per figure figures also company group management "
    "reported reporting recorded expect expects expected saw came went stood reached achieved "
    "put show shows look measured per cent"
)
UNTELLING = stopwords | frozenset(DIRECTIONS) | _TIME_WORDS | _FILLERS
"""Words that say nothing of a figure's subject."""

PRIOR = re.compile(
    r"(?:\b(?:from|against|versus|vs\.?|than|after|compared (?:with|to)|comparison to"
    r"|relative to|as opposed to)"
    r"(?:\s(?:a|an|the|net|about|approximately|some|loss|losses|profit|income|of|was|were))*\s*)$",
    re.IGNORECASE,
)
"""Stands before the figure of an earlier period."""
PRIOR_AFTER = re.compile(
    r"\s(?:(?:in|for|during|at) )?(?:the )?(?:(?:same|prior|previous|preceding)\b[^,;.]{0,20}"
    r"(?:year|quarter|period|half|month)|(?:a|one) (?:year|quarter) (?:earlier|ago|before)"
    r"|(?:year|quarter) before|last year|year ago)",
    re.IGNORECASE,
)
"""Follows the figure of an earlier period."""
TO = re.compile(r"[^,;]{0,30}\bto\s(?:about |approximately |a loss of )?", re.IGNORECASE)
"""Between the figure of an earlier period and that of the period spoken of."""
CHANGE = re.compile(
    rf"\b(?:{'|'.join(DIRECTIONS)})(?:\s(?:by|of|about|approximately|a|an|further))*\s*$",
    re.IGNORECASE,
)
"""Stands before a figure that is a change, not a level."""
APART = re.compile(
    r"[;:]|\b(?:and|but|while|whereas|although|which|since|because|(?<!compared )with)\b",
    re.IGNORECASE,
)
"""Between two figures that are not compared with each other."""
BREAK = re.compile(
    r"[;:—]|,\s(?:and|but|while|whereas|which|although|as|with)\b|,(?=\s)"
    r"|\s(?:while|whereas|although|but|meanwhile)\b"
    r"|(?:(?<=\d)|(?<=%)|(?<=illion)|(?<=thousand)|(?<=percent))\sand\b"
)
"""Where a clause may end."""
COMPARED = re.compile(
    r"\b(?:compared|comparison|from|against|versus|vs|over|than|since|by|until|through|before|due)\b",
    re.IGNORECASE,
)
"""Between a figure and a year that it is not the figure of."""
VERSUS = re.compile(r"\b(?:compared|against|versus|vs)\b", re.IGNORECASE)
"""Between a year and an amount that is not of it."""
LIST_GAP = re.compile(r",? (?:and|or) |, |-|–")
"""Between two figures of a list."""
RESPECTIVELY = re.compile(r"\brespectively\b", re.IGNORECASE)


def stem(word: str) -> str:
    """What is compared of a word: without possessive, plural and ending, synonyms as one."""
    word = word.removesuffix("'s").removesuffix("’s")
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return _SYNONYMS.get(word, word)[:6]


@lru_cache(maxsize=1 << 15)
def subject_stem(word: str) -> str:
    """Stem of a word in small letters that may name a subject; empty for one that never does."""
    return "" if len(word) < 2 or word in UNTELLING else stem(word)

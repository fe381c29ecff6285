"""Passages of an article that seem to instruct the language models that read it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_READER = r"(?:ai|assistants?|(?:language )?models?|judges?|graders?|evaluators?|summari[sz]ers?)"
_INSTRUCTION = re.compile(
    r"\b(?:"
    r"(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules)\b"
    r"|forget (?:everything|all|what)\b[^.\n]{0,20}\b(?:told|said|before|above)\b"
    rf"|you are (?:now )?(?:an? )?{_READER}\b|you are now an? \w+|system prompt\b"
    rf"|(?:notes?|messages?|instructions?) (?:to|for) (?:the |any |all )?{_READER}\b"
    r"|(?<![a-z] )system(?: message)?:"
    r"|(?:whoever|anyone who|if you|when you|when) summari[sz]\w+"
    r"|(?:every|any) summary (?:of this \w+ )?(?:should|must|has to|needs to)\b"
    r"|(?:give|award)\b[^.\n]{0,30}\b(?:scores?|ratings?|5 (?:out of|/) ?5)\b"
    r"|as an ai (?:language )?model\b"
    r")"
)
"""Of text in small letters, as ignoring case takes several times as long."""
_LOOKALIKES = dict(
    zip(
        "асеіорѕхуАВСЕНІКМОРТХαονιυΑΒΕΗΙΚΜΝΟΡΤΧΥΖ",
        "aceiopsxyABCEHIKMOPTXaoviuABEHIKMNOPTXYZ",
        strict=True,
    )
)
"""Cyrillic and Greek letters, and the Latin ones that they look like."""


def find_instructions(text: str) -> list[str]:
    """Find them, also where they are written in letters that only look like Latin ones.

    What no pattern foresees is not found, so nothing may rely on it.

    Args:
        text: A normalised article; one about language models may have such passages in good faith.

    Returns:
        The passages as written.
    """
    looks = {char: _look(char) for char in set(text)}
    matches = _INSTRUCTION.finditer("".join(map(looks.__getitem__, text)))
    places: Sequence[int] = range(len(text))
    if "" in looks.values():
        places = [place for place in places if looks[text[place]]]
    return [text[places[match.start()] : places[match.end() - 1] + 1] for match in matches]


def _look(char: str) -> str:
    """The small letter that a character looks like; empty for a mark on the one before it."""
    if char.isascii():
        return char.lower()
    base = _LOOKALIKES.get(char) or unicodedata.normalize("NFKD", char)[0]
    return "" if unicodedata.combining(base) else base.lower()

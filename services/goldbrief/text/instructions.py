"""Passages of an article that seem to instruct the language models that read it."""

from __future__ import annotations

import re
import unicodedata

_READER = r"(?:ai|assistants?|(?:language )?models?|judges?|graders?|evaluators?|summari[sz]ers?)"
_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules)\b"
    r"|\bforget (?:everything|all|what)\b[^.\n]{0,20}\b(?:told|said|before|above)\b"
    rf"|\byou are (?:now )?(?:an? )?{_READER}\b|\byou are now an? \w+|\bsystem prompt\b"
    rf"|\b(?:notes?|messages?|instructions?) (?:to|for) (?:the |any |all )?{_READER}\b"
    r"|(?:^|[.!?>\]]\s*)system(?: message)?:"
    r"|\b(?:whoever|anyone who|if you|when you|when) summari[sz]\w+"
    r"|\b(?:every|any) summary (?:of this \w+ )?(?:should|must|has to|needs to)\b"
    r"|\b(?:give|award)\b[^.\n]{0,30}\b(?:scores?|ratings?|5 (?:out of|/) ?5)\b"
    r"|\bas an ai (?:language )?model\b",
    re.IGNORECASE | re.MULTILINE,
)
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
    if text.isascii():
        return [match[0] for match in _INSTRUCTION.finditer(text)]
    shown = [(place, letter) for place, char in enumerate(text) if (letter := _look(char))]
    matches = _INSTRUCTION.finditer("".join(letter for _, letter in shown))
    return [text[shown[m.start()][0] : shown[m.end() - 1][0] + 1] for m in matches]


def _look(char: str) -> str:
    """The letter that a character looks like; empty for a mark on the one before it."""
    if char.isascii():
        return char
    if char in _LOOKALIKES:
        return _LOOKALIKES[char]
    base = unicodedata.normalize("NFKD", char)[0]
    return "" if unicodedata.combining(base) else base

"""Passages of an article that seem to instruct the language models that read it."""

from __future__ import annotations

import re

_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules)\b"
    r"|\byou are (?:now )?(?:an? )?(?:ai|assistant|language model)\b|\bsystem prompt\b"
    r"|\b(?:give|award)\b[^.\n]{0,30}\b(?:scores?|ratings?|5 (?:out of|/) ?5)\b"
    r"|\bas an ai (?:language )?model\b",
    re.IGNORECASE,
)


def find_instructions(text: str) -> list[str]:
    """Return them as written; an article about language models may have them in good faith."""
    return [match[0] for match in _INSTRUCTION.finditer(text)]

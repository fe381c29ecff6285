"""Which language models are kin: a judge favors what its own family writes."""

from __future__ import annotations

import re

_FAMILIES = {
    "llama": r"llama|vicuna|tulu|nemotron|hermes",
    "mistral": r"mistral|mixtral|ministral|magistral|codestral",
    "qwen": r"qwen|qwq",
    "gemma": r"gemma|gemini",
    "gpt": r"gpt|chatgpt|(?<![a-z])o[1345](?![0-9a-z])",
    "claude": r"claude",
    "deepseek": r"deepseek",
    "phi": r"(?<![a-z])phi(?![a-z])",
    "command": r"command-?[ar](?![a-z])|cohere|(?<![a-z])aya(?![a-z])",
    "dbrx": r"dbrx",
    "falcon": r"falcon",
    "granite": r"granite",
    "olmo": r"olmo",
    "glm": r"glm",
}
"""Family to what its models' names contain; a model tuned from another is of its family."""


def model_family(name: str) -> str:
    """The family of a model, by its name; empty when the name tells none."""
    found = (
        family for family, pattern in _FAMILIES.items() if re.search(pattern, name, re.IGNORECASE)
    )
    return next(found, "")


def shared_family(teacher: str, judge: str) -> str:
    """The family that a teacher and a judge have in common.

    A judge's preference for its own family's text grows with how well it recognizes it
    (Panickssery et al. 2024).

    Args:
        teacher: Its name.
        judge: Its name; of a panel, all names with + between them.

    Returns:
        The family; the name when both are one model of no known family; empty when they differ.
    """
    own = model_family(teacher) or teacher
    members = judge.partition(":")[2].split("+")
    return next((own for one in members if own and (model_family(one) or one) == own), "")

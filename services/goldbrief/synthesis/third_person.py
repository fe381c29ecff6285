"""Lets a company speak of itself by name, and owns its results."""

from __future__ import annotations

import re

from goldbrief.synthesis import statement_patterns as patterns
from goldbrief.synthesis.phrases import Vocabulary, possessive


def name_company(text: str, company: str, previous: str) -> str:
    """Put the company's name for `the company`, and for `it` behind a sentence that names it."""
    if not company:
        return text
    owner = patterns.COMPANY_NOUN.match(text)
    if owner:
        return (possessive(company) if owner["own"] else company) + text[owner.end() :]
    if previous.startswith((company, "The company")):
        return patterns.COMPANY_PRONOUN.sub(f"{company} ", text)
    return text


def in_third_person(text: str, company: str) -> str:
    """Let the company speak of itself by name; empty when a verb cannot be adapted."""
    name = company or "the company"
    for match in patterns.WE.finditer(text):
        verb = match["verb"].lower()
        if verb not in patterns.WE_VERBS and not verb.endswith("ed"):
            return ""
    if first := patterns.WE.search(text):
        tail = patterns.WE_ALSO.sub(_second_verb, text[first.end() :])
        tail = patterns.WE.sub(lambda match: f"it {_adapted(match)}", tail)
        text = f"{text[: first.start()]}{name} {_adapted(first)}{tail}"
    owner = re.search(r"\bour\b", text, flags=re.IGNORECASE)
    if owner and name not in text[: owner.start()]:
        text = text[: owner.start()] + possessive(name) + text[owner.end() :]
    text = re.sub(r"\bour\b", "its", text, flags=re.IGNORECASE)
    text = re.sub(r"\bours(?:elves)?\b|\bus\b", "it", text)
    return "" if re.search(r"\bwe\b", text, re.IGNORECASE) else text[:1].upper() + text[1:]


def _adapted(match: re.Match[str]) -> str:
    verb = match["verb"]
    return f"{match['adverb'] or ''}{patterns.WE_VERBS.get(verb.lower(), verb)}"


def _second_verb(match: re.Match[str]) -> str:
    return f"and {_adapted(match)}" if match["verb"] in patterns.WE_VERBS else match[0]


def name_owner(text: str, company: str, vocabulary: Vocabulary) -> str:
    """Put the company's name before a sentence that begins with a result.

    Args:
        text: For example `Revenue rose 6% to $1 billion.`
        company: Short name; empty leaves the text alone.
        vocabulary: Tells names from common words.

    Returns:
        For example `Calder's revenue rose 6% to $1 billion.`
    """
    metric = patterns.METRIC.match(text)
    if not company or company in text or metric is None:
        return text
    if re.match(r"\s(?:of|at|in|for|from)\s(?:the|its|all|both)\b", text[metric.end() :]):
        return text
    return f"{possessive(company)} {vocabulary.lower_first(text)}"

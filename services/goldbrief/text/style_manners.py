"""Infers the manners of a house style: voice, how figures are written, what it never does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from goldbrief.core.documents import FigureStyle, Golden, Never, StyleContract, Voice
from goldbrief.text import traits
from goldbrief.text.agreement import agree, told
from goldbrief.text.headings import Item, find_blocks, items_in
from goldbrief.text.sentences import words
from goldbrief.text.style_sections import Findings, snippet

_MOST = 0.8
"""Share from which something is done one way: recognizing it by words errs now and then."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A golden's items: bullets and sentences of the sections of the style."""

    told: tuple[Item, ...]
    """Outside the action items."""
    actions: tuple[Item, ...]

    @property
    def body(self) -> str:
        return "\n".join(item.text for item in (*self.told, *self.actions))


def infer_manners(
    goldens: Sequence[Golden], form: StyleContract, findings: Findings
) -> StyleContract:
    """Add manners to a style contract; what most goldens do not agree on is left open.

    Args:
        goldens: The goldens.
        form: The contract with its sections.
        findings: Gets evidence and disagreements.

    Returns:
        The contract with voice, figures and what no golden does.
    """
    texts = {golden.name: _read(golden, form) for golden in goldens}
    return form.model_copy(
        update={
            "voice": _voice(texts, findings),
            "figures": _figures({name: text.body for name, text in texts.items()}, findings),
            "never": _never(goldens, findings),
        }
    )


def _read(golden: Golden, form: StyleContract) -> _Text:
    blocks = [block for block in find_blocks(golden.summary, form) if block.name]
    return _Text(
        told=tuple(i for b in blocks if b.name != "actions" for i in items_in(b, form)),
        actions=tuple(i for b in blocks if b.name == "actions" for i in items_in(b, form)),
    )


def _voice(texts: Mapping[str, _Text], findings: Findings) -> Voice:
    evidence = findings.evidence
    tenses = {
        name: [tense for item in text.told if (tense := traits.tense_of(item.text))]
        for name, text in texts.items()
    }
    every = [tense for found in tenses.values() for tense in found]
    evidence["voice.tense"] = f"past in {every.count('past')} of {len(every)} sentences"
    persons = {name: _person(text) for name, text in texts.items()}
    evidence["voice.person"] = told(persons)
    actions = [item.text for text in texts.values() for item in text.actions]
    imperatives = [text for text in actions if traits.begins_with_verb(text)]
    evidence["voice.imperative_actions"] = (
        f"{len(imperatives)} of {len(actions)} action items begin with a verb: "
        f"{', '.join(dict.fromkeys(text.split()[0] for text in imperatives))}"
    )
    hedges = {name: _hedges_per_100_words(text.body) for name, text in texts.items()}
    evidence["voice.hedges_per_100_words"] = told(hedges)
    return Voice.model_validate({
        "tense": _settled("tense", {n: _mostly(f) for n, f in tenses.items()}, findings),
        "person": _settled("person", persons, findings),
        "imperative_actions": bool(actions) and len(imperatives) >= _MOST * len(actions),
        "hedges_per_100_words": max(hedges.values()),
    })  # fmt: skip


def _figures(bodies: Mapping[str, str], findings: Findings) -> FigureStyle:
    ways: dict[str, Any] = {}
    for line, forms in traits.FIGURE_FORMS.items():
        found = {name: _mostly(_written(body, forms)) for name, body in bodies.items()}
        ways[line] = _settled(f"{line} of figures", found, findings)
        if ways[line]:
            pattern = forms[ways[line]]
            findings.evidence[f"figures.{line}"] = "; ".join(
                f"{name}: “{_around(pattern, body)}”"
                for name, body in bodies.items()
                if found[name] == ways[line]
            )
    decimals = {name: traits.most_decimals(body) for name, body in bodies.items()}
    shown = {name: places for name, places in decimals.items() if places is not None}
    findings.evidence["figures.max_decimals"] = told(shown)
    return FigureStyle(**ways, max_decimals=max(shown.values(), default=None))


def _never(goldens: Sequence[Golden], findings: Findings) -> tuple[Never, ...]:
    done = {
        name: f"{golden.name} has {name}: “{snippet(line.strip())}”"
        for name in get_args(Never)
        for golden in goldens
        for line in golden.summary.splitlines()
        if traits.NEVER[name].search(line)
    }
    findings.evidence["never"] = "; ".join(["in no golden", *done.values()])
    return tuple(name for name in get_args(Never) if name not in done)


def _settled(what: str, ways: Mapping[str, str], findings: Findings) -> str:
    """What most goldens do that do either; empty where they have no majority."""
    shown = {name: way for name, way in ways.items() if way}
    if not shown:
        return ""
    found = agree(shown)
    if found.others:
        findings.notes.append(f"They differ in {what}: {told(shown)}.")
    return found.value or ""


def _mostly(found: Sequence[str]) -> str:
    """What nearly all of them are; empty for none, and where they are mixed."""
    return next((way for way in dict.fromkeys(found) if found.count(way) >= _MOST * len(found)), "")


def _written(body: str, forms: Mapping[str, re.Pattern[str]]) -> list[str]:
    return [form for form, pattern in forms.items() for _ in pattern.finditer(body)]


def _person(text: _Text) -> str:
    speaks = any(traits.first_person(item.text) for item in (*text.told, *text.actions))
    return "first" if speaks else "third"


def _hedges_per_100_words(body: str) -> float:
    return round(100 * len(traits.hedges(body)) / max(1, len(words(body))), 1)


def _around(pattern: re.Pattern[str], body: str) -> str:
    """The first figure of a kind with the word behind it."""
    match = pattern.search(body)
    if match is None:
        return ""
    start = max(body.rfind(" ", 0, match.start()), body.rfind("\n", 0, match.start())) + 1
    return " ".join(body[start : match.end() + 20].split()[:3]).rstrip(",.;")

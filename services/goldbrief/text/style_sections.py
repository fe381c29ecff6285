"""Infers the sections of a house style: which, in what order, under what headings and forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from goldbrief.core.documents import Golden, SectionStyle
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.agreement import Agreement, agree, told
from goldbrief.text.headings import ROLES, Block, find_blocks, titles_of
from goldbrief.text.sentences import ends_properly, words
from goldbrief.text.traits import begins_with_verb, has_bold_lead

_MOST = 0.7
"""Share of a section's items from which they have something in common."""
_SNIPPET = 70
Form = Literal["prose", "bullets"]
T = TypeVar("T", bound=str)


@dataclass
class Findings:
    """Evidence for each line of the contract, and what goldens disagree on."""

    evidence: dict[str, str] = field(default_factory=dict)
    """Line of the contract to where the goldens show it."""
    notes: list[str] = field(default_factory=list)
    """Disagreements that a majority settles, in plain words."""
    contradictions: list[str] = field(default_factory=list)
    """Disagreements on form without a majority: no style can be inferred."""

    def settle(self, what: str, found: Agreement[Any]) -> None:
        """Record who disagrees on something without which there is no form."""
        if found.value is None:
            self.contradictions.append(f"They differ in {what}: {told(found.others)}.")
        elif found.others:
            self.notes.append(f"{what.capitalize()} is {found.value}, but {told(found.others)}.")


def infer_sections(goldens: Sequence[Golden], findings: Findings) -> tuple[SectionStyle, ...]:
    """Infer the sections.

    Overview, takeaways and actions are known by their usual titles; where no golden has such
    a title, they are sought by content. Any other section that most goldens have is one of
    the house's own.

    Args:
        goldens: The goldens.
        findings: Gets evidence and disagreements.

    Returns:
        The sections in order; none where the goldens contradict each other.

    Raises:
        InvalidInputError: A golden has no headings (`SECTIONS_NOT_FOUND`).
    """
    by_golden = _named_blocks(goldens)
    every = list(dict.fromkeys(name for blocks in by_golden.values() for name in blocks))
    wanted = [name for name in every if _is_wanted(name, by_golden, findings)]
    if not wanted:
        findings.contradictions.append("No section stands in most of the goldens.")
        return ()
    order = _order(wanted, by_golden, findings)
    personas = {golden.name: persona_of(golden) for golden in goldens}
    return tuple(
        section
        for name in order
        if (section := _section(name, by_golden, personas, findings)) is not None
    )


def persona_of(golden: Golden) -> str:
    """Whom a golden is written for, by its own word or by its headings."""
    if golden.persona:
        return golden.persona
    titles = titles_of(None)
    headings = (titles.persona_in(block.heading) for block in find_blocks(golden.summary, None))
    return next(filter(None, headings), "")


def _named_blocks(goldens: Sequence[Golden]) -> dict[str, dict[str, Block]]:
    """Blocks of each golden by section name, roles found by content where titles tell none."""
    blocks = {golden.name: _blocks_of(golden) for golden in goldens}
    names = [name for found in blocks.values() for name in found]
    if len(set(names) & set(ROLES)) == len(ROLES):
        return blocks
    roles = _roles_by_content(blocks)
    return {
        golden: {roles.get(name, name): block for name, block in found.items()}
        for golden, found in blocks.items()
    }


def _blocks_of(golden: Golden) -> dict[str, Block]:
    found: dict[str, Block] = {}
    for block in find_blocks(golden.summary, None):
        if block.heading and block.body:
            heading = _with_placeholder(block.heading, persona_of(golden))
            is_known = block.name and block.name not in found
            found.setdefault(block.name if is_known else _slug(heading), block)
    if not found:
        raise InvalidInputError(
            f"Golden {golden.name}: The summary has no headings.",
            reason="SECTIONS_NOT_FOUND",
            remedy="Give it headings such as '## Overview', '## Key Takeaways' and "
            "'## Action Items for the CFO'.",
            metadata={"golden": golden.name},
        )
    return found


def _roles_by_content(blocks: Mapping[str, Mapping[str, Block]]) -> dict[str, str]:
    """Section name to role, for roles that no title tells.

    Action items are imperatives, an overview is prose and comes first, takeaways are bullets.
    """
    names = list(dict.fromkeys(name for found in blocks.values() for name in found))
    spare = [name for name in names if name not in ROLES]
    shown = {name: [found[name] for found in blocks.values() if name in found] for name in spare}
    imperative = [name for name in spare if all(map(_is_imperative, shown[name]))]
    bulleted = [name for name in spare if all(block.has_bullets for block in shown[name])]
    opening = [name for name in spare if name == names[0] and name not in bulleted]
    choices = {"actions": imperative[::-1], "overview": opening, "takeaways": bulleted}
    roles: dict[str, str] = {}
    for role, candidates in choices.items():
        free = [name for name in candidates if name not in roles]
        if role not in names and free:
            roles[free[0]] = role
    return roles


def _is_imperative(block: Block) -> bool:
    items = block.items("bullets" if block.has_bullets else "prose")
    return sum(begins_with_verb(item.text) for item in items) >= _MOST * len(items)


def _is_wanted(name: str, by_golden: Mapping[str, Mapping[str, Block]], findings: Findings) -> bool:
    """Whether most goldens have the section; half of them are a contradiction."""
    having = [golden for golden, blocks in by_golden.items() if name in blocks]
    lacking = [golden for golden in by_golden if golden not in having]
    heading = by_golden[having[0]][name].heading
    if len(having) == len(lacking):
        findings.contradictions.append(
            f"Half of the goldens have a section '{heading}' ({', '.join(having)}), "
            f"half have none ({', '.join(lacking)})."
        )
    elif len(having) < len(lacking):
        findings.notes.append(
            f"The section '{heading}' stands in {', '.join(having)} only; it is left out."
        )
    elif lacking:
        findings.notes.append(f"The section '{heading}' is missing in {', '.join(lacking)}.")
    return len(having) > len(lacking)


def _order(
    wanted: Sequence[str], by_golden: Mapping[str, Mapping[str, Block]], findings: Findings
) -> Sequence[str]:
    orders = {
        golden: tuple(name for name in blocks if name in wanted)
        for golden, blocks in by_golden.items()
        if all(name in blocks for name in wanted)
    }
    if not orders:
        findings.contradictions.append("No golden has all sections that most of them have.")
        return wanted
    found = agree(orders)
    findings.settle("the order of sections", _joined(found))
    findings.evidence["sections"] = f"in this order in {len(found.agreeing)} of {len(by_golden)}"
    return found.value or wanted


def _joined(found: Agreement[tuple[str, ...]]) -> Agreement[str]:
    others = {golden: ", ".join(order) for golden, order in found.others.items()}
    return Agreement(", ".join(found.value) if found.value else None, others, found.agreeing)


def _section(
    name: str,
    by_golden: Mapping[str, Mapping[str, Block]],
    personas: Mapping[str, str],
    findings: Findings,
) -> SectionStyle | None:
    blocks = {golden: found[name] for golden, found in by_golden.items() if name in found}
    headings = agree(
        {
            golden: _with_placeholder(block.heading, personas[golden])
            for golden, block in blocks.items()
        }
    )
    forms: Agreement[Form] = agree(
        {golden: "bullets" if block.has_bullets else "prose" for golden, block in blocks.items()}
    )
    findings.settle(f"the heading of {name}", headings)
    findings.settle(f"the form of {name}", forms)
    if headings.value is None or forms.value is None:
        return None
    typical = {golden: blocks[golden] for golden in forms.agreeing}
    return _measured(name, headings.value, forms.value, typical, findings)


def _measured(
    name: str, heading: str, form: Form, blocks: Mapping[str, Block], findings: Findings
) -> SectionStyle:
    items = {golden: [i.text for i in block.items(form)] for golden, block in blocks.items()}
    counts = {golden: len(texts) for golden, texts in items.items()}
    lengths = {golden: sum(len(words(text)) for text in texts) for golden, texts in items.items()}
    bullets = [text for texts in items.values() for text in texts if form == "bullets"]
    first = next(iter(items))
    evidence = {
        "heading": told(dict.fromkeys(items, f"'{heading}'")),
        "form": f"{first}: “{snippet(items[first][0])}”",
        "min_items": told(counts),
        "min_words": told(lengths),
        "ends": _counted(bullets, ends_properly, "end with a full stop"),
        "leads": _counted(bullets, has_bold_lead, "begin in bold"),
    }
    findings.evidence.update({f"sections.{name}.{key}": text for key, text in evidence.items()})
    return SectionStyle(
        name=name,
        heading=heading,
        form=form,
        min_items=min(counts.values()),
        max_items=max(counts.values()),
        min_words=min(lengths.values()),
        max_words=max(lengths.values()),
        ends=_common(bullets, ends_properly, "full stop", "none"),
        leads=_common(bullets, has_bold_lead, "bold", "plain"),
    )


def _common(bullets: Sequence[str], test: Callable[[str], bool], yes: T, no: T) -> T | Literal[""]:
    """What all bullets have in common; empty for none, and where they differ."""
    results = {test(bullet) for bullet in bullets}
    if len(results) != 1:
        return ""
    return yes if results.pop() else no


def _counted(bullets: Sequence[str], test: Callable[[str], bool], what: str) -> str:
    return f"{sum(map(test, bullets))} of {len(bullets)} bullets {what}" if bullets else ""


def _with_placeholder(heading: str, persona: str) -> str:
    if not persona:
        return heading
    pattern = rf"(?<!\w){re.escape(persona)}(?!\w)"
    return re.sub(pattern, "{persona}", heading, flags=re.IGNORECASE)


def _slug(heading: str) -> str:
    slug = "-".join(re.findall(r"[a-z0-9]+", heading.replace("{persona}", "").lower()))
    return slug[:40].strip("-") if slug[:1].isalpha() else f"section-{slug}"[:40].strip("-")


def snippet(text: str) -> str:
    """The beginning of a text, for evidence."""
    return text if len(text) <= _SNIPPET else text[:_SNIPPET].rsplit(" ", 1)[0] + " ..."

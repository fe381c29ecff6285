"""The lexicon: what its files define, checked; every error names file and line.

Kinds of file: word lists and phrases (see `grammar`), `thesaurus.yaml`, `sectors.yaml`, and the
frames of `events.yaml`, `risks.yaml`, `plans.yaml` and `context.yaml`: what can happen to a
company, how its figures are drawn, how it is told, and what follows for whom.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import get_args

import yaml

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.facts import PARTITIONS, FactKind, Partition, Tone
from goldbrief.simulator.grammar import (
    Alternative,
    Grammar,
    Rule,
    RulePart,
    check_slots,
    parse,
    references,
)
from goldbrief.simulator.lexicon_files import (
    alternatives_of,
    broken,
    broken_at,
    check_keys,
    compose,
    field_of,
    fields_of,
    number_of,
    text_of,
)
from goldbrief.text.sentences import vocabulary

DEFAULT_FOLDER = Path(__file__).parent / "lexicon"
FRAME_FILES: dict[str, FactKind] = {
    "events.yaml": "event",
    "risks.yaml": "risk",
    "plans.yaml": "plan",
    "context.yaml": "context",
}
PERSONAS = ("CFO", "CEO", "COO", "CRO")
THESAURUS = "thesaurus.yaml"
_VARIED = frozenset({*FRAME_FILES, "sentences.yaml", "commentary.yaml"})
_NOT_VARIED = (".brief", *(f".{persona}" for persona in PERSONAS))
"""Rules of summaries, which stay as they are written."""
GENERAL_SLOTS = vocabulary(
    "company company_name industry industry_name period period_pp prior_period quarter "
    "next_year metric value prior change change_words high midpoint metric_b value_b prior_b "
    "clause clause_b driver cost_driver competitor product customer region site place home month "
    "ceo_last cfo_last speaker speaker_last speaker_role analyst analyst_firm persona topic "
    "buyers goods area plant input tailwind headwind"
)
"""Slots that the writer can always fill; a frame adds those that it draws."""

_UNITS = vocabulary("money price percent points bps multiple count days weeks months years date")
_OPTIONAL_RULES = ("more", "after", "detail", "ask", "said", "brief")
"""Rules of a frame beside `tell`."""
_FRAME_KEYS = frozenset(
    {"needs", "tone", "salience", "draw", "words", "tell", "act", *_OPTIONAL_RULES}
)
_SECTOR_KEYS = vocabulary(
    "tags description suffix revenue profit margin scale segments products customers sites "
    "regions good bad costs kpis peers"
)


@dataclass(frozen=True, slots=True)
class Draw:
    """How a frame's figure is drawn: evenly between two values of a unit.

    `money` is in thousandths of the period's revenue, `price` in plain currency, `date` in
    months from the period's end.
    """

    unit: str
    low: float
    high: float
    decimals: int
    bought_with: str = ""
    """Slot of an amount: the figure is the count that it pays for, at a drawn price each."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Something that can happen to a company."""

    name: str
    kind: FactKind
    needs: frozenset[str]
    """Tags that the sector must have."""
    tone: Tone
    salience: float
    draws: Mapping[str, Draw]
    words: Mapping[str, str]
    """Slot to the rule that it is drawn from."""
    personas: tuple[str, ...]
    """Those for whom an action follows."""


@dataclass(frozen=True, slots=True)
class Sector:
    """A line of business; its word lists are the rules `sector.<name>.<list>`."""

    name: str
    tags: frozenset[str]
    margin: tuple[float, float]
    """Operating margin in percent, lowest and highest."""
    scale: tuple[float, float]
    """Quarterly revenue in millions, lowest and highest."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One partition of all words, phrases, sectors and frames."""

    partition: Partition
    grammar: Grammar
    sectors: tuple[Sector, ...]
    frames: Mapping[FactKind, tuple[Frame, ...]]


@cache
def load_lexicon(partition: Partition, folder: Path = DEFAULT_FOLDER) -> Lexicon:
    """Read and check the lexicon.

    Args:
        partition: The half to use.
        folder: Where its files are.

    Returns:
        The lexicon, cached.

    Raises:
        InvalidInputError: The partition is unknown, a file or rule is missing, or a rule is
            broken: it is named by file and line.
    """
    if partition not in PARTITIONS:
        raise InvalidInputError(
            f"There is no partition {partition!r} of the lexicon.",
            reason="UNKNOWN_PARTITION",
            remedy=f"Use one of: {', '.join(PARTITIONS)}.",
        )
    paths = sorted(folder.glob("*.yaml"))
    reader = _Reader(partition, _read_thesaurus(folder / THESAURUS))
    if not paths:
        raise InvalidInputError(
            f"The folder {folder} holds no lexicon.",
            reason="LEXICON_MISSING",
            remedy="Name a folder with the lexicon's .yaml files.",
        )
    for path in paths:
        if path.name != THESAURUS:
            reader.read(path)
    Grammar(reader.every.values())  # checks the other partition's alternatives too
    for rule in reader.every.values():
        check_slots(
            rule, GENERAL_SLOTS | reader.slots.get(rule.name.rpartition(".")[0], frozenset())
        )
    frames = {
        kind: tuple(frame for frame in reader.frames if frame.kind == kind)
        for kind in get_args(FactKind)
    }
    lexicon = Lexicon(partition, Grammar(reader.rules.values()), tuple(reader.sectors), frames)
    _check_tags(lexicon)
    if folder != DEFAULT_FOLDER:
        _check_complete(lexicon, load_lexicon(partition), folder)
    return lexicon


def _check_tags(lexicon: Lexicon) -> None:
    """A tag that no sector has is a slip: its frame could never happen."""
    known = {tag for sector in lexicon.sectors for tag in sector.tags}
    for frames in lexicon.frames.values():
        for frame in frames:
            if lexicon.sectors and not frame.needs <= known:
                line = lexicon.grammar.rules[f"{frame.name}.tell"].line
                raise broken_at(
                    line,
                    f"no sector has the tag {min(frame.needs - known)!r} that {frame.name!r} needs",
                    f"Use one of: {', '.join(sorted(known))}.",
                )


def _check_complete(lexicon: Lexicon, own: Lexicon, folder: Path) -> None:
    """What the product's own lexicon begins a text with, another one must have too."""
    begun = _begun(own.grammar)
    missing = [f"the rule {name!r}" for name in sorted(begun - lexicon.grammar.rules.keys())]
    missing += [
        f"any {kind}" for kind, frames in own.frames.items() if frames and not lexicon.frames[kind]
    ]
    if not lexicon.sectors:
        missing.insert(0, "any sector")
    if missing:
        raise InvalidInputError(
            f"The lexicon in {folder} lacks {missing[0]}.",
            reason="LEXICON_INCOMPLETE",
            remedy=f"Copy all files of {DEFAULT_FOLDER}, and change the copies.",
        )


def _begun(grammar: Grammar) -> set[str]:
    """Rules that no other rule refers to: the writer expands them itself."""
    referred = {
        name
        for rule in grammar.rules.values()
        for alternative in rule.alternatives
        for name in references(alternative.parts, RulePart)
    }
    return {name for name in grammar.rules.keys() - referred if "." not in name}


class _Reader:
    """Collects what the files define, for one partition."""

    def __init__(self, partition: Partition, thesaurus: Mapping[str, str]) -> None:
        self.partition = partition
        self.thesaurus = thesaurus
        self.words = _words_pattern(thesaurus)
        self.rules: dict[str, Rule] = {}
        self.every: dict[str, Rule] = {}
        """Rules with the alternatives of both partitions, to check them."""
        self.sectors: list[Sector] = []
        self.frames: list[Frame] = []
        self.slots: dict[str, frozenset[str]] = {}
        """Frame to the slots that it fills itself."""

    def read(self, path: Path) -> None:
        for name, node in fields_of(compose(path), path.name):
            if path.name in FRAME_FILES:
                self._read_frame(name, node, path.name, FRAME_FILES[path.name])
            elif path.name == "sectors.yaml":
                self._read_sector(name, node, path.name)
            else:
                self._add_rule(name, node, path.name, split=True)
        if path.name in FRAME_FILES:
            kind = FRAME_FILES[path.name]
            mine = [frame for frame in self.frames if frame.kind == kind]
            half = PARTITIONS.index(self.partition)
            others = {frame.name for frame in mine[1 - half :: 2]}
            self.frames = [frame for frame in self.frames if frame.name not in others]
            self.rules = {
                name: rule
                for name, rule in self.rules.items()
                if name.split(".", 2)[:2] not in [other.split(".") for other in others]
            }

    def _add_rule(self, name: str, node: yaml.Node, file: str, *, split: bool) -> None:
        alternatives = list(alternatives_of(node, file, split=split))
        if file in _VARIED and not name.endswith(_NOT_VARIED):
            alternatives = [self._varied(one) for one in alternatives]
        if not alternatives:
            raise broken(node, file, f"the rule {name!r} is empty", "Give it an alternative.")
        mine = [one for one in alternatives if one.partition in (None, self.partition)]
        if not mine:
            raise broken(
                node,
                file,
                f"the rule {name!r} has no alternative for the partition {self.partition!r}",
                "Add one.",
            )
        if name in self.rules:
            raise broken(
                node,
                file,
                f"the rule {name!r} is defined again; first in {self.rules[name].line}",
                "Rename one of them, or join their alternatives.",
            )
        self.rules[name] = Rule(name, mine)
        self.every[name] = Rule(name, alternatives)

    def _varied(self, alternative: Alternative) -> Alternative:
        """An alternative whose words may be exchanged by the thesaurus."""
        text = self.words.sub(lambda match: self.thesaurus[match[0]], alternative.text)
        return replace(alternative, parts=parse(text, alternative.line))

    def _read_sector(self, name: str, node: yaml.Node, file: str) -> None:
        fields = dict(fields_of(node, file))
        check_keys(fields, _SECTOR_KEYS, node, file)
        for key in _SECTOR_KEYS - {"tags", "margin", "scale"}:
            self._add_rule(
                f"sector.{name}.{key}", field_of(fields, key, node, file), file, split=True
            )
        self.sectors.append(
            Sector(
                name=name,
                tags=frozenset(text_of(field_of(fields, "tags", node, file), file).split()),
                margin=_range(field_of(fields, "margin", node, file), file),
                scale=_range(field_of(fields, "scale", node, file), file),
            )
        )

    def _read_frame(self, short: str, node: yaml.Node, file: str, kind: FactKind) -> None:
        name = f"{kind}.{short}"
        fields = dict(fields_of(node, file))
        check_keys(fields, _FRAME_KEYS, node, file)
        draws: dict[str, Draw] = {}
        for role, spec in fields_of(fields["draw"], file) if "draw" in fields else ():
            draws[role] = _draw(spec, file, [slot for slot in draws if draws[slot].unit == "money"])
        words = {
            slot: text_of(rule, file)
            for slot, rule in (fields_of(fields["words"], file) if "words" in fields else ())
        }
        self._add_rule(f"{name}.tell", field_of(fields, "tell", node, file), file, split=False)
        for key in _OPTIONAL_RULES:
            if key in fields:
                self._add_rule(f"{name}.{key}", fields[key], file, split=False)
        actions = dict(fields_of(fields["act"], file)) if "act" in fields else {}
        for persona, action in actions.items():
            if persona not in PERSONAS:
                raise broken(
                    action, file, f"unknown persona {persona!r}", f"Use {', '.join(PERSONAS)}."
                )
            self._add_rule(f"{name}.{persona}", action, file, split=False)
        self.slots[name] = frozenset(draws) | frozenset(words)
        tone = text_of(fields["tone"], file) if "tone" in fields else "neutral"
        if tone not in get_args(Tone):
            raise broken(
                fields["tone"], file, f"unknown tone {tone!r}", "Use good, bad or neutral."
            )
        needs = text_of(fields["needs"], file) if "needs" in fields else ""
        self.frames.append(
            Frame(
                name=name,
                kind=kind,
                needs=frozenset(needs.split()),
                tone=tone,  # type: ignore[arg-type]  # checked above
                salience=number_of(fields["salience"], file) if "salience" in fields else 0.5,
                draws=draws,
                words=words,
                personas=tuple(actions),
            )
        )


def _read_thesaurus(path: Path) -> dict[str, str]:
    """Words, and the inline choice that may stand for each."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for name, node in fields_of(compose(path), path.name):
        rule = Rule(name, list(alternatives_of(node, path.name, split=False)))
        check_slots(rule, GENERAL_SLOTS)
        found[name] = f"({'|'.join((name, *(one.text for one in rule.alternatives)))})"
    return found


def _words_pattern(thesaurus: Mapping[str, str]) -> re.Pattern[str]:
    """Finds words of the thesaurus, longest first: no slots, and none that `a` stands before."""
    longest = sorted(thesaurus, key=len, reverse=True)
    listed = "|".join(map(re.escape, longest)) or r"(?!)"
    return re.compile(rf"(?<!\ba )(?<!\ban )(?<![\w<$'-])(?:{listed})(?![\w>'-])")


def _draw(node: yaml.Node, file: str, amounts: Sequence[str]) -> Draw:
    """Read `days 5..40`, or `cost at 20..90` where `cost` is one of the amounts before it."""
    text = text_of(node, file)
    unit, _, span = text.partition(" ")
    low, dots, high = span.removeprefix("at ").partition("..")
    is_bought = span.startswith("at ")
    try:
        if unit not in (amounts if is_bought else _UNITS) or not dots or float(low) > float(high):
            raise ValueError
        if not is_bought:
            return Draw(unit, float(low), float(high), len(low.partition(".")[2]))
        if float(low) <= 0:
            raise ValueError
        return Draw("count", float(low), float(high), 0, bought_with=unit)
    except ValueError:
        raise broken(
            node,
            file,
            f"cannot draw {text!r}",
            "Write a unit and a range, as in `days 5..40`, or an amount drawn before and the "
            "price of each, as in `cost at 20..90`.",
        ) from None


def _range(node: yaml.Node, file: str) -> tuple[float, float]:
    low, _, high = text_of(node, file).partition("..")
    try:
        return float(low), float(high)
    except ValueError:
        raise broken(node, file, "a range is missing", "Write it as in `5..40`.") from None

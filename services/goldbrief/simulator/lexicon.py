"""Reads the lexicon's files and checks them; every error names file and line.

Kinds of file: word lists and phrases (see `grammar`), `thesaurus.yaml`, `sectors.yaml`, and the
frames of `events.yaml`, `risks.yaml`, `plans.yaml` and `context.yaml`: what can happen to a
company, how its figures are drawn, how it is told, and what follows for whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
    Line,
    Rule,
    SlotPart,
    check_slots,
    parse,
    references,
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
_GROUP_KEYS = frozenset({"when", "weight", "say", "part"})
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
        InvalidInputError: The partition is unknown, a file is missing, or a rule is broken:
            it is named by file and line.
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
    return Lexicon(partition, Grammar(reader.rules.values()), tuple(reader.sectors), frames)


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
        for name, node in _fields(_compose(path), path.name):
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
        alternatives = list(_alternatives(node, file, split=split))
        if file in _VARIED and not name.endswith(_NOT_VARIED):
            alternatives = [self._varied(one) for one in alternatives]
        if not alternatives:
            raise _broken(node, file, f"the rule {name!r} is empty", "Give it an alternative.")
        mine = [one for one in alternatives if one.partition in (None, self.partition)]
        if not mine:
            raise _broken(
                node,
                file,
                f"the rule {name!r} has no alternative for the partition {self.partition!r}",
                "Add one.",
            )
        if name in self.rules:
            raise _broken(
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
        fields = dict(_fields(node, file))
        _check_keys(fields, _SECTOR_KEYS, node, file)
        for key in _SECTOR_KEYS - {"tags", "margin", "scale"}:
            self._add_rule(
                f"sector.{name}.{key}", _field(fields, key, node, file), file, split=True
            )
        self.sectors.append(
            Sector(
                name=name,
                tags=frozenset(_text(_field(fields, "tags", node, file), file).split()),
                margin=_range(_field(fields, "margin", node, file), file),
                scale=_range(_field(fields, "scale", node, file), file),
            )
        )

    def _read_frame(self, short: str, node: yaml.Node, file: str, kind: FactKind) -> None:
        name = f"{kind}.{short}"
        fields = dict(_fields(node, file))
        _check_keys(fields, _FRAME_KEYS, node, file)
        draws = {
            role: _draw(spec, file)
            for role, spec in (_fields(fields["draw"], file) if "draw" in fields else ())
        }
        words = {
            slot: _text(rule, file)
            for slot, rule in (_fields(fields["words"], file) if "words" in fields else ())
        }
        self._add_rule(f"{name}.tell", _field(fields, "tell", node, file), file, split=False)
        for key in _OPTIONAL_RULES:
            if key in fields:
                self._add_rule(f"{name}.{key}", fields[key], file, split=False)
        actions = dict(_fields(fields["act"], file)) if "act" in fields else {}
        for persona, action in actions.items():
            if persona not in PERSONAS:
                raise _broken(
                    action, file, f"unknown persona {persona!r}", f"Use {', '.join(PERSONAS)}."
                )
            self._add_rule(f"{name}.{persona}", action, file, split=False)
        self.slots[name] = frozenset(draws) | frozenset(words)
        tone = _text(fields["tone"], file) if "tone" in fields else "neutral"
        if tone not in get_args(Tone):
            raise _broken(
                fields["tone"], file, f"unknown tone {tone!r}", "Use good, bad or neutral."
            )
        self.frames.append(
            Frame(
                name=name,
                kind=kind,
                needs=frozenset(_text(fields["needs"], file).split() if "needs" in fields else ()),
                tone=tone,  # type: ignore[arg-type]  # checked above
                salience=float(_text(fields["salience"], file)) if "salience" in fields else 0.5,
                draws=draws,
                words=words,
                personas=tuple(actions),
            )
        )


def _read_thesaurus(path: Path) -> dict[str, str]:
    """Words, and the inline choice that may stand for each."""
    if not path.exists():
        return {}
    return {
        name: "|".join((f"({name}", *(_text(item, path.name) for item in node.value))) + ")"
        for name, node in _fields(_compose(path), path.name)
    }


def _words_pattern(thesaurus: Mapping[str, str]) -> re.Pattern[str]:
    """Finds words of the thesaurus, longest first: no slots, and none that `a` stands before."""
    longest = sorted(thesaurus, key=len, reverse=True)
    listed = "|".join(map(re.escape, longest)) or r"(?!)"
    return re.compile(rf"(?<!\ba )(?<!\ban )(?<![\w<$'-])(?:{listed})(?![\w>'-])")


def _compose(path: Path) -> yaml.Node:
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        number = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidInputError(
            f"{path.name}, line {number}: not YAML: {error.problem}.",
            reason="LEXICON_BROKEN",
            remedy="Put texts that contain `: ` or ` #` in quotes.",
            metadata={"file": path.name, "line": str(number)},
        ) from error
    if node is None:
        raise InvalidInputError(
            f"{path.name}, line 1: the file is empty.",
            reason="LEXICON_BROKEN",
            remedy="Write a rule, or delete the file.",
            metadata={"file": path.name, "line": "1"},
        )
    return node


def _alternatives(node: yaml.Node, file: str, *, split: bool) -> Iterator[Alternative]:
    if isinstance(node, yaml.ScalarNode):
        yield from _group([node], file, split=split)
        return
    if not isinstance(node, yaml.SequenceNode):
        raise _broken(node, file, "a list of alternatives is missing", "Start each with `- `.")
    plain = [item for item in node.value if isinstance(item, yaml.ScalarNode)]
    yield from _group(plain, file, split=split)
    for item in node.value:
        if item not in plain:
            fields = dict(_fields(item, file))
            _check_keys(fields, _GROUP_KEYS, item, file)
            say = _field(fields, "say", item, file)
            yield from _group(
                say.value if isinstance(say, yaml.SequenceNode) else [say],
                file,
                split=split,
                weight=float(_text(fields["weight"], file)) if "weight" in fields else 1.0,
                when=_text(fields["when"], file) if "when" in fields else "",
                part=_text(fields["part"], file) if "part" in fields else "",
            )


def _group(
    nodes: Sequence[yaml.Node],
    file: str,
    *,
    split: bool,
    weight: float = 1.0,
    when: str = "",
    part: str = "",
) -> Iterator[Alternative]:
    conditions = when.split()
    for i, node in enumerate(nodes):
        text = _text(node, file)
        line = _line(node, file)
        partition: Partition | None = None
        if part or (split and len(nodes) > 1):
            partition = _partition(part, node, file) if part else PARTITIONS[i % 2]
        parts = parse(text, line)
        yield Alternative(
            text=text,
            parts=parts,
            slots=frozenset(references(parts, SlotPart)),
            weight=weight / len(nodes) if when else weight,
            wanted=frozenset(one for one in conditions if not one.startswith("-")),
            unwanted=frozenset(one[1:] for one in conditions if one.startswith("-")),
            partition=partition,
            line=line,
        )


def _partition(name: str, node: yaml.Node, file: str) -> Partition:
    for partition in PARTITIONS:
        if partition == name:
            return partition
    raise _broken(node, file, f"unknown partition {name!r}", f"Use {' or '.join(PARTITIONS)}.")


def _draw(node: yaml.Node, file: str) -> Draw:
    text = _text(node, file)
    unit, _, span = text.partition(" ")
    low, dots, high = span.partition("..")
    try:
        if unit not in _UNITS or not dots or float(low) > float(high):
            raise ValueError
        return Draw(unit, float(low), float(high), len(low.partition(".")[2]))
    except ValueError:
        raise _broken(
            node, file, f"cannot draw {text!r}", "Write a unit and a range, as in `days 5..40`."
        ) from None


def _range(node: yaml.Node, file: str) -> tuple[float, float]:
    low, _, high = _text(node, file).partition("..")
    try:
        return float(low), float(high)
    except ValueError:
        raise _broken(node, file, "a range is missing", "Write it as in `5..40`.") from None


def _fields(node: yaml.Node, file: str) -> Iterator[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise _broken(node, file, "names with values are missing", "Write `name:` lines.")
    for key, value in node.value:
        yield str(key.value), value


def _field(fields: Mapping[str, yaml.Node], name: str, node: yaml.Node, file: str) -> yaml.Node:
    if name not in fields:
        raise _broken(node, file, f"`{name}` is missing", "Add it.")
    return fields[name]


def _check_keys(
    fields: Mapping[str, yaml.Node], known: frozenset[str], node: yaml.Node, file: str
) -> None:
    for name, value in fields.items():
        if name not in known:
            raise _broken(value, file, f"unknown key {name!r}", f"Use {', '.join(sorted(known))}.")


def _text(node: yaml.Node, file: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _broken(node, file, "a text is missing", "Write it on the same line.")
    return str(node.value)


def _line(node: yaml.Node, file: str) -> Line:
    return Line(file, node.start_mark.line + 1)


def _broken(node: yaml.Node, file: str, what: str, remedy: str) -> InvalidInputError:
    line = _line(node, file)
    return InvalidInputError(
        f"{line}: {what}.",
        reason="LEXICON_BROKEN",
        remedy=remedy,
        metadata={"file": line.file, "line": str(line.number)},
    )

"""Things, and which of them were made of which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal[
    "file", "article", "rows", "pair", "dataset", "model", "evaluation", "review", "answer"
]
"""`file` is a golden or article as a run read it; `rows` are training data that no dataset version
holds."""

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Process:
    """What made something."""

    kind: Literal["curation", "fine-tuning", "evaluation"]
    id: str
    """Of its work, e.g. a fine-tuning run's."""
    run_id: str
    """Pipeline run that it belongs to; empty for none."""
    ended: float
    """Seconds since 1970; 0 when it has not."""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing."""

    kind: Kind
    id: str
    facts: dict[str, Any] = field(default_factory=dict)
    """What is known of it, by name; never its text."""
    made_by: Process | None = None

    @property
    def key(self) -> _Key:
        """Its identity."""
        return self.kind, self.id


@dataclass
class Lineage:
    """A part of what was made of what, around one thing."""

    subject: Node
    _nodes: dict[_Key, Node] = field(default_factory=dict)
    _sources: dict[_Key, dict[_Key, Node]] = field(default_factory=dict)
    _products: dict[_Key, dict[_Key, Node]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._nodes[self.subject.key] = self.subject

    def link(self, source: Node, product: Node) -> None:
        """Say that `product` was made of `source`, among others."""
        for node in (source, product):
            self._nodes.setdefault(node.key, node)
        self._sources.setdefault(product.key, {})[source.key] = source
        self._products.setdefault(source.key, {})[product.key] = product

    def nodes(self) -> Iterator[Node]:
        """All things, in the order in which they were found."""
        yield from self._nodes.values()

    def sources(self, node: Node) -> list[Node]:
        """What a thing was made of."""
        return list(self._sources.get(node.key, {}).values())

    def products(self, node: Node) -> list[Node]:
        """What was made of a thing."""
        return list(self._products.get(node.key, {}).values())

    def as_json(self) -> dict[str, Any]:
        """Subject, things and pairs of (source, product), for machines."""
        return {
            "subject": _reference(self.subject),
            "nodes": [asdict(node) for node in self.nodes()],
            "edges": [
                {"source": _reference(source), "product": _reference(node)}
                for node in self.nodes()
                for source in self.sources(node)
            ],
        }


def _reference(node: Node) -> dict[str, str]:
    return {"kind": node.kind, "id": node.id}

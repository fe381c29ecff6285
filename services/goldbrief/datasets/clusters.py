"""What must stay in one split: articles of a company, and those that are near-duplicates."""

from __future__ import annotations


class Clusters:
    """Things that are joined, and whatever is joined to these (union-find)."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def join(self, first: str, second: str) -> None:
        """Put two things, each with what it is joined to, into one cluster."""
        low, high = sorted((self.of(first), self.of(second)))
        self._parents[high] = low

    def of(self, thing: str) -> str:
        """Name of the cluster of a thing: the first in it, whatever the order of joining."""
        root = thing
        while (parent := self._parents.get(root, root)) != root:
            root = parent
        while thing != root:
            following = self._parents[thing]
            self._parents[thing] = root
            thing = following
        return root

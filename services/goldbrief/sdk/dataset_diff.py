"""What two dataset versions have in common, and where they differ."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from goldbrief.core.hashing import sha256_text
from goldbrief.sdk.client import Client
from goldbrief.sdk.datasets import get_built_version, read_dataset_rows

_MEASURES = ("leakage", "tokens", "choice", "train_weights")
"""Parts of a manifest that follow from the rows."""
_Values = dict[str, Any]
_Subject = tuple[str, str]
"""Article and persona."""


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that is not the same in both versions."""

    article_sha256: str
    persona: str
    before: Mapping[str, Any] | None
    """Split and fields of the row, prompt and response as hashes; None for a row that was added."""
    after: Mapping[str, Any] | None
    """Likewise; None for a row that was removed."""

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """What differs, before and after; empty for a row that was added or removed."""
        if self.before is None or self.after is None:
            return {}
        return _differences(self.before, self.after)


@dataclass(frozen=True, slots=True)
class DatasetDifference:
    """How one version differs from another."""

    is_equal: bool
    """Whether both have the same digest: rows, their order and the prompt format."""
    rows: list[RowDifference]
    """By article and persona."""
    settings: dict[str, tuple[Any, Any]]
    """What their manifests say otherwise, by its name with dots; None where it is absent."""


def compare_datasets(client: Client, before: str, after: str) -> DatasetDifference:
    """Compare two dataset versions.

    Rows are taken for the same by article and persona. Of several with the same article and
    persona, those that are not equal are compared in order of their responses' hashes.

    Args:
        client: Of the server.
        before: The first version, see `get_dataset_version`.
        after: The second.

    Returns:
        What differs.

    Raises:
        NotFoundError: There is no such version.
        FailedPreconditionError: One is not built.
        DataCorruptionError: Stored rows are not what their manifest says.
    """
    versions = [get_built_version(client, reference) for reference in (before, after)]
    is_equal = versions[0].digest == versions[1].digest
    rows = [] if is_equal else [_rows(client, version.work.id) for version in versions]
    return DatasetDifference(
        is_equal=is_equal,
        rows=list(_row_differences(*rows)) if rows else [],
        settings=_differences(*(_settings(version.manifest_json) for version in versions)),
    )


def _rows(client: Client, reference: str) -> dict[_Subject, list[_Values]]:
    found = defaultdict(list)
    for split, pair in read_dataset_rows(client, reference):
        hashes = {"prompt": sha256_text(pair.prompt), "response": sha256_text(pair.response)}
        row = {"split": split, **pair.model_dump(), **hashes}
        found[pair.article_sha256, pair.persona].append(row)
    return found


def _row_differences(
    before: Mapping[_Subject, list[_Values]], after: Mapping[_Subject, list[_Values]]
) -> Iterator[RowDifference]:
    for subject in sorted({*before, *after}):
        old, new = before.get(subject, []), after.get(subject, [])
        left = sorted((row for row in old if row not in new), key=_by_response)
        come = sorted((row for row in new if row not in old), key=_by_response)
        for one, other in zip_longest(left, come):
            yield RowDifference(*subject, one, other)


def _by_response(row: _Values) -> str:
    return str(row["response"])


def _settings(manifest_json: str) -> _Values:
    manifest = json.loads(manifest_json)
    return dict(_flat({key: manifest[key] for key in manifest if key not in _MEASURES}))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in parts:
            yield from _flat(part, f"{name}.{key}" if name else str(key))
    else:
        yield name, value


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (before.get(name), after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    }

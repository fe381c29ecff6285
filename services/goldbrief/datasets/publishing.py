"""Writes dataset versions: rows, fates, card, and the manifest last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import goldbrief
from goldbrief.core.documents import PromptFormat
from goldbrief.core.hashing import canonical_json, sha256_bytes, sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.balance import weight_shares
from goldbrief.datasets.card import render_card
from goldbrief.datasets.card_chart import draw_histograms
from goldbrief.datasets.card_facts import CardFacts
from goldbrief.datasets.card_measures import CHART, length_summary
from goldbrief.datasets.curation import Curated
from goldbrief.datasets.material import SPLITS
from goldbrief.text.prompts import template_sha256

_VERSION_CHARS = 12


@dataclass(frozen=True, slots=True)
class LinesFile:
    """Rows or fates, on this machine's disk: all of them may be larger than its memory."""

    path: Path
    sha256: str


def write_rows(curated: Curated, folder: Path) -> dict[str, LinesFile]:
    """Write the rows of each split to a file of `folder`; returns them by name."""
    return {
        f"{split}.jsonl": _write(
            (f"{row.pair.model_dump_json()}\n".encode() for row in curated.split(split)),
            folder / split,
        )
        for split in SPLITS
    }


def digest_of(files: Mapping[str, LinesFile], prompt: PromptFormat | None) -> str:
    """Hash of the rows, their order and the prompt format: what names a version."""
    hashes = {name: file.sha256 for name, file in files.items()}
    return sha256_json({"files": hashes, "prompt": _prompt(prompt)})


def publish(
    store: ObjectStore,
    facts: CardFacts,
    rows: Mapping[str, LinesFile],
    parents: Mapping[str, Any],
) -> dict[str, Any]:
    """Store a version; one that exists stays as it is.

    Args:
        store: Where to.
        facts: The version.
        rows: Its rows, from `write_rows`.
        parents: What it was made from.

    Returns:
        Name, version, digest, rows by split, and key prefix.
    """
    with TemporaryDirectory(prefix="goldbrief-fates-") as folder:
        fates = _write(_fate_lines(facts), Path(folder) / "fates")
        return _publish(store, facts, {**rows, "fates.jsonl": fates}, parents)


def _publish(
    store: ObjectStore,
    facts: CardFacts,
    lines: Mapping[str, LinesFile],
    parents: Mapping[str, Any],
) -> dict[str, Any]:
    files = {"card.md": render_card(facts).encode()}
    files[CHART] = draw_histograms(facts.curated.rows).encode()
    if facts.plan.prompt is not None:
        files["prompt.json"] = canonical_json(_prompt(facts.plan.prompt))
    version = {
        "name": facts.name,
        "version": facts.digest[:_VERSION_CHARS],
        "digest": facts.digest,
        "rows": {split: len(facts.curated.split(split)) for split in SPLITS},
    }
    hashes = {name: file.sha256 for name, file in lines.items()}
    manifest = {
        **version,
        "files": {**hashes, **{name: sha256_bytes(data) for name, data in files.items()}},
        "parents": dict(parents),
        **_measures(facts),
    }
    prefix = f"datasets/{facts.name}/{version['version']}/"
    if not store.exists(f"{prefix}manifest.json"):
        for name, file in lines.items():
            store.put_file(prefix + name, file.path)
        for name, data in files.items():
            store.put(prefix + name, data)
        store.put(f"{prefix}manifest.json", canonical_json(manifest))
    return {**version, "prefix": prefix}


def _write(lines: Iterable[bytes], path: Path) -> LinesFile:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for line in lines:
            digest.update(line)
            file.write(line)
    return LinesFile(path, digest.hexdigest())


def _fate_lines(facts: CardFacts) -> Iterator[bytes]:
    """Files as they were imported, then candidates: first those never accepted."""
    files = ({"step": "import", **file.model_dump()} for file in facts.files)
    candidates = (asdict(fate) for fate in chain(facts.unaccepted, facts.curated.fates))
    return (canonical_json(fate) + b"\n" for fate in chain(files, candidates))


def _prompt(prompt: PromptFormat | None) -> dict[str, Any] | None:
    return prompt.model_dump(mode="json") if prompt else None


def _measures(facts: CardFacts) -> dict[str, Any]:
    prompt, rows = facts.plan.prompt, facts.curated.rows
    return {
        "code_version": goldbrief.__version__,
        "prompt": _prompt(prompt),
        "prompt_template_sha256": template_sha256(prompt) if prompt else "",
        "style_version": prompt.style.version if prompt else "",
        "seed": facts.plan.seed,
        "judges": {
            judge: card.standing if card else "uncalibrated" for judge, card in facts.judges.items()
        },
        "choice": facts.curated.choice.model_dump(mode="json"),
        "train_weights": weight_shares(facts.curated.split("train")),
        "embedder": facts.embedder,
        "leakage": facts.leakage.model_dump(mode="json"),
        "tokens": {
            "prompt": length_summary([row.prompt_tokens for row in rows]),
            "response": length_summary([row.response_tokens for row in rows]),
        },
    }

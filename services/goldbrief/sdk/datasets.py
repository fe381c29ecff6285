"""Dataset versions: found, read and exported to the client's disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from goldbrief.api.datasets.v1 import datasets_pb2 as pb
from goldbrief.core.documents import Pair, PromptFormat
from goldbrief.core.errors import AlreadyExistsError, FailedPreconditionError, NotFoundError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.sdk.answers import WATCH_S, state_of
from goldbrief.sdk.client import Client
from goldbrief.text.prompts import prompt_body

RowForm = Literal["prompt", "messages"]
"""`prompt`: rows have prompt and response; `messages`: the turns of a chat."""

SPLITS = ("train", "eval", "golden")


def list_dataset_versions(client: Client, name: str = "") -> list[pb.DatasetVersion]:
    """List dataset versions, the newest first, without cards and manifests.

    Args:
        client: Of the server.
        name: Dataset line; empty means all.

    Returns:
        The versions, those that are still being built or failed among them.

    Raises:
        NotFoundError: There is no such line; the remedy names those that there are.
    """
    answer = client.datasets.ListDatasetVersions(pb.ListDatasetVersionsRequest())
    versions: list[pb.DatasetVersion] = list(answer.dataset_versions)
    named = [version for version in versions if name in ("", version.name)]
    if name and not named:
        known = ", ".join(sorted({version.name for version in versions}))
        raise NotFoundError(
            f"There is no dataset {name!r}.",
            reason="DATASET_NOT_FOUND",
            remedy=f"There are {known}." if known else "`goldbrief run` builds one.",
        )
    return named


def get_dataset_version(client: Client, reference: str) -> pb.DatasetVersion:
    """Return a dataset version with card, prompt format and manifest.

    Args:
        client: Of the server.
        reference: `name/version`, a name for its newest version, a digest, or the beginning of
            one.

    Returns:
        The version.

    Raises:
        NotFoundError: There is none; the remedy names those that there are.
        InvalidInputError: Several digests begin so.
    """
    request = pb.GetDatasetVersionRequest(id=reference)
    version: pb.DatasetVersion = client.datasets.GetDatasetVersion(request).dataset_version
    return version


def get_built_version(client: Client, reference: str) -> pb.DatasetVersion:
    """As `get_dataset_version`; raises FailedPreconditionError for one that is not built."""
    version = get_dataset_version(client, reference)
    if not version.manifest_json:
        raise FailedPreconditionError(
            f"Dataset version {reference} is {state_of(version.work.state)}. "
            f"{version.work.cause.message}".rstrip(),
            reason="DATASET_NOT_BUILT",
            remedy=version.work.cause.remedy or "Wait for its run: `goldbrief watch`.",
        )
    return version


def read_dataset_rows(
    client: Client, reference: str, split: str = ""
) -> Iterator[tuple[str, Pair]]:
    """Read the rows of a dataset version.

    Args:
        client: Of the server.
        reference: See `get_dataset_version`.
        split: train, eval or golden; empty means all, in this order.

    Yields:
        Split and row.

    Raises:
        NotFoundError: There is no such version.
        InvalidInputError: There is no such split.
        FailedPreconditionError: The version is not built.
        DataCorruptionError: Its stored rows are not what its manifest says.
    """
    request = pb.ListDatasetRowsRequest(id=reference, split=split)
    for answer in client.datasets.ListDatasetRows(request, timeout=WATCH_S):
        fields = {name: getattr(answer.row, name) for name in Pair.model_fields}
        yield answer.row.split, Pair.model_validate(fields)


def read_rejected_candidates(client: Client, reference: str) -> Iterator[pb.RejectedCandidate]:
    """Read the candidates of a version that are in no split, with reasons and verdicts.

    Args:
        client: Of the server.
        reference: See `get_dataset_version`.

    Yields:
        Those that the synthesis rejected, then those that curation dropped.

    Raises:
        NotFoundError: There is no such version.
        FailedPreconditionError: The version is not built.
        DataCorruptionError: The stored list is not what its manifest says.
    """
    request = pb.ListRejectedCandidatesRequest(id=reference)
    for answer in client.datasets.ListRejectedCandidates(request, timeout=WATCH_S):
        yield answer.candidate


def export_dataset(
    client: Client, reference: str, folder: Path, form: RowForm = "prompt"
) -> dict[str, int]:
    """Write a dataset version to a folder of this machine.

    The folder then holds `train.jsonl`, `eval.jsonl`, `golden.jsonl`, `card.md`, `histograms.svg`,
    `prompt.json` (unless the rows brought their own prompts) and `manifest.json`, whose `files` has
    the hash of each of the others. Given as training data, its rows of `train` are trained on.

    Args:
        client: Of the server.
        reference: See `get_dataset_version`.
        folder: Does not exist yet, or is empty; it appears when all is written.
        form: Of the rows. Either keeps persona, article and judge of each.

    Returns:
        Rows by split.

    Raises:
        AlreadyExistsError: The folder holds something.
        NotFoundError: There is no such version.
        FailedPreconditionError: The version is not built.
        DataCorruptionError: Its stored rows are not what its manifest says.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AlreadyExistsError(
            f"{folder} already holds something.", remedy="Name a folder that is empty or new."
        )
    version = get_built_version(client, reference)
    counts = {}
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        part = Path(beside, folder.name)
        part.mkdir()
        for split in SPLITS:
            counts[split] = _write_rows(client, version, split, part / f"{split}.jsonl", form)
        (part / "card.md").write_text(version.card, encoding="utf-8")
        if version.histograms_svg:
            svg = part / "histograms.svg"
            svg.write_text(version.histograms_svg, encoding="utf-8", newline="\n")
        if version.prompt_json:
            (part / "prompt.json").write_text(version.prompt_json, encoding="utf-8")
        hashes = {file.name: sha256_bytes(file.read_bytes()) for file in sorted(part.iterdir())}
        manifest = json.loads(version.manifest_json) | {"form": form, "files": hashes}
        (part / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        part.rename(folder)
    return counts


def _write_rows(
    client: Client, version: pb.DatasetVersion, split: str, path: Path, form: RowForm
) -> int:
    count = 0
    stored = version.prompt_json
    prompt = PromptFormat.model_validate_json(stored) if stored else None
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for _, pair in read_dataset_rows(client, version.work.id, split):
            file.write(f"{_as_json(pair, prompt, form)}\n")
            count += 1
    return count


def _as_json(pair: Pair, prompt: PromptFormat | None, form: RowForm) -> str:
    """A row in one line; a chat's turns have no marks of the wrap: chat templates put their own."""
    if form == "prompt":
        return pair.model_dump_json()
    row: dict[str, Any] = {
        "messages": [
            {
                "role": "user",
                "content": prompt_body(pair.prompt, prompt) if prompt else pair.prompt,
            },
            {"role": "assistant", "content": pair.response},
        ],
        **pair.model_dump(exclude={"prompt", "response"}),
    }
    return json.dumps(row, ensure_ascii=False)

"""A user's own pairs, brought to the server as a dataset version."""

from __future__ import annotations

import gzip
import time
import uuid
from pathlib import Path
from typing import TypedDict, Unpack

from goldbrief.api.datasets.v1 import datasets_pb2 as pb
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.own_pairs import read_own_pairs
from goldbrief.sdk.client import Client
from goldbrief.sdk.datasets import get_built_version, get_dataset_version

_LOOK_EVERY_S = 0.3


class ImportOptions(TypedDict, total=False):
    """Arguments that nobody has to give."""

    source: str
    """Where the pairs come from; the file's name without it. A row's own goes first."""
    licence: str
    """What is known of their licence. A row's own goes first."""
    like: str
    """Dataset version whose style responses are held to, and whose prompts rows with an article
    have; without it the prompts are inferred from the summaries."""
    eval_pairs: int
    """Rows to hold out; a tenth without it."""
    skip_embeddings: bool
    """Leaves out the search by embedding for responses that say the same."""
    seed: int
    """Another one holds out other rows."""
    request_id: str
    """Makes the call idempotent; made up without it."""


def import_pairs(
    client: Client,
    path: str | Path,
    name: str,
    *,
    timeout_s: float = 3600.0,
    **options: Unpack[ImportOptions],
) -> pb.DatasetVersion:
    """Make a dataset version of a file of pairs, and wait until it is built.

    Args:
        client: Of the server.
        path: JSONL file, perhaps compressed (`.gz`); `core.own_pairs` says what a row is.
        name: Dataset line.
        timeout_s: Longest wait, in seconds.
        **options: See `ImportOptions`.

    Returns:
        The version.

    Raises:
        InvalidInputError: Lines are bad: each is named, and nothing is uploaded.
        NotFoundError: There is no version `like`.
        FailedPreconditionError: It could not be built; the message says why.
        TimeoutError: It is not built in time; the server goes on.
    """
    path = Path(path)
    _check(path)
    request = pb.ImportPairsRequest(
        name=name, file_name=path.name, sha256=client.upload(path), **options
    )
    request.request_id = request.request_id or f"pairs-{uuid.uuid4().hex}"
    work_id = client.datasets.ImportPairs(request).dataset_version.work.id
    deadline = time.monotonic() + timeout_s
    while not get_dataset_version(client, work_id).work.HasField("end_time"):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{work_id} has not ended after {timeout_s:g} s.")
        time.sleep(_LOOK_EVERY_S)
    return get_built_version(client, work_id)


def _check(path: Path) -> None:
    """Find bad lines before anything is uploaded."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="\n") as lines:
            read_own_pairs(lines, path.name)
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}", reason="BAD_DATA") from error

"""Articles of the client, brought to the server: uploaded, or named for it to fetch."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import ImportPolicy
from goldbrief.sdk.inputs import S3, LocalInput, RemoteInput, find_articles

if TYPE_CHECKING:
    from goldbrief.sdk.client import Client


def bring(
    client: Client, inputs: Sequence[LocalInput | RemoteInput]
) -> Iterator[tuple[str, datasets_pb2.UploadedFile]]:
    """Upload local files, and expand prefixes of S3.

    Args:
        client: Of the server.
        inputs: From `gather_inputs` or `find_articles`.

    Yields:
        Role and file of each.

    Raises:
        InvalidInputError: A file that must say something is empty, or a prefix names nothing.
    """
    for entry in inputs:
        if isinstance(entry, LocalInput):
            if entry.path.stat().st_size == 0 and entry.role != "ARTICLE":
                raise InvalidInputError(f"{entry.path} is empty.", reason="EMPTY_FILE")
            sha256 = client.upload(entry.path, entry.name)
            yield entry.role, datasets_pb2.UploadedFile(name=entry.name, sha256=sha256)
        elif entry.uri.startswith(S3):
            request = datasets_pb2.ListSourcesRequest(uri=entry.uri)
            files = client.datasets.ListSources(request).files
            if not files:
                raise InvalidInputError(f"{entry.uri} holds no articles.", reason="NO_ARTICLES")
            yield from ((entry.role, file) for file in files)
        else:
            yield entry.role, datasets_pb2.UploadedFile(name=entry.name, uri=entry.uri)


def import_articles(
    client: Client, where: str | Path, policy: ImportPolicy | None = None, request_id: str = ""
) -> str:
    """Begin an import of articles, outside of any run.

    Args:
        client: Of the server.
        where: A folder, a file, `s3://bucket/prefix`, a web address, or a .txt file with one
            web address a line.
        policy: What articles may hold; None means the defaults.
        request_id: Makes the call idempotent; empty makes one up.

    Returns:
        Id of the import.

    Raises:
        InvalidInputError: There are no articles, or the policy is wrong.
    """
    files = [file for _, file in bring(client, find_articles(str(where)))]
    request = datasets_pb2.CreateImportRequest(
        request_id=request_id or f"import-{uuid.uuid4().hex}",
        files=files,
        policy_json=(policy or ImportPolicy()).model_dump_json(),
    )
    return str(getattr(client.datasets.CreateImport(request), "import").work.id)

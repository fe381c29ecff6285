"""What people call a dataset version, resolved to the work that built it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.platform.ledger import Work

_DIGEST_PREFIX = re.compile(r"[0-9a-f]{4,64}")
_KNOWN_TOLD = 10


def find_version(works: Sequence[Work], reference: str) -> Work:
    """Find a version among works.

    Args:
        works: Of all dataset lines, newest first.
        reference: The name of a line, which means its newest version; `name/version`; a digest;
            or at least 4 characters that begin a version or digest. Names go first.

    Returns:
        The work; the newest where several built the same version.

    Raises:
        NotFoundError: There is none; the remedy names those that there are.
        InvalidInputError: Several digests begin so.
    """
    name, slash, digest = reference.rpartition("/")
    line = [work for work in works if work.spec["name"] == (name or digest)]
    if line and not slash:
        return next((work for work in line if "version" in work.result), line[0])
    found = {
        work.result["digest"]: work
        for work in reversed(line if slash else works)
        if _DIGEST_PREFIX.fullmatch(digest) and work.result.get("digest", "").startswith(digest)
    }
    if len(found) > 1:
        raise InvalidInputError(
            f"{len(found)} dataset versions begin with {reference}.",
            reason="AMBIGUOUS_DIGEST",
            remedy="Give more of the digest.",
        )
    if not found:
        raise NotFoundError(
            f"There is no dataset version {reference!r}.",
            reason="DATASET_NOT_FOUND",
            remedy=_tell_known(line or works),
        )
    return next(iter(found.values()))


def _tell_known(works: Sequence[Work]) -> str:
    built = (
        f"{work.spec['name']}/{work.result['version']}"
        for work in works
        if "version" in work.result
    )
    known = list(dict.fromkeys(built))
    if not known:
        return "None is built yet; `goldbrief run` builds one."
    more = len(known) - _KNOWN_TOLD
    rest = f" and {more} older ones" if more > 0 else ""
    return f"There are {', '.join(known[:_KNOWN_TOLD])}{rest}."

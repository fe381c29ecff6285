"""A version that extends another: the rows join, and what was held out stays held out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from goldbrief.core.documents import Article, Pair
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.object_keys import article_key
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.collecting import parallel, read_record
from goldbrief.datasets.contents import read_manifest, read_rows
from goldbrief.datasets.material import Fate, Material, dropped
from goldbrief.platform.ledger import Work


def require_extensible(store: ObjectStore, base: Work) -> None:
    """Refuse to extend a version whose rows cannot join others.

    Args:
        store: Holds it.
        base: The work that built it.

    Raises:
        FailedPreconditionError: It is not built, or its rows have prompts of their own.
    """
    manifest = read_manifest(store, base)
    if not manifest:
        raise FailedPreconditionError(
            f"Dataset version {base.id} cannot be extended: it is {base.state}.",
            reason="DATASET_NOT_BUILT",
        )
    if "prompt.json" not in json.loads(manifest)["files"]:
        raise FailedPreconditionError(
            f"Dataset version {base.id} cannot be extended: its rows have prompts of their own, "
            "which say nothing of how other articles become prompts.",
            reason="PROMPTS_OF_THEIR_OWN",
            remedy="Import its pairs as `article` and `summary`.",
        )


def materials_of(store: ObjectStore, base: Work) -> list[Material]:
    """Read the rows of a version as candidates; golden ones come from the plan anew.

    Args:
        store: Holds the version and its articles.
        base: The work that built it.

    Returns:
        Its train and eval rows.

    Raises:
        NotFoundError: An article is missing.
        DataCorruptionError: A file is not what the manifest says.
    """
    rows = [(split, pair) for split, pair in read_rows(store, base) if split != "golden"]
    hashes = sorted({pair.article_sha256 for _, pair in rows})
    read = parallel(lambda sha256: read_record(store, article_key(sha256), Article), hashes)
    articles = dict(zip(hashes, read, strict=True))
    return [_material(pair, articles[pair.article_sha256], split == "eval") for split, pair in rows]


def give_way(
    base: Sequence[Material], new: Sequence[Material]
) -> tuple[list[Material], list[Fate]]:
    """Let rows give way to better new candidates for the same article and persona.

    Held-out rows never do: they mark their articles as such that are not trained on.

    Args:
        base: Rows of the version that is extended.
        new: Candidates of the new round.

    Returns:
        The rows that stay, and the fates of the others.
    """
    best: dict[tuple[str, str], float] = {}
    for material in new:
        subject = (material.article.sha256, material.persona)
        best[subject] = max(best.get(subject, 0.0), material.score)
    stay, fates = [], []
    for row in base:
        better = best.get((row.article.sha256, row.persona), 0.0)
        if better > row.score > 0 and not row.was_held_out:
            told = f"it gave way to a better summary ({better:.2f} instead of {row.score:.2f})"
            fates.append(dropped(row, told))
        else:
            stay.append(row)
    return stay, fates


def _material(pair: Pair, article: Article, was_held_out: bool) -> Material:
    return Material(
        article=article.model_copy(update={"company": pair.company, "source": pair.source}),
        persona=pair.persona,
        response=pair.response,
        teacher=pair.teacher,
        judge=pair.judge,
        score=pair.judge_score,
        origin=pair.origin,
        was_held_out=was_held_out,
    )

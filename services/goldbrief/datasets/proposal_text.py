"""A proposal as people read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from goldbrief.core.proposals import Proposal

_TARGETS_TOLD = 20
_HASH_CHARS = 12


def render_proposal(proposal: Proposal) -> str:
    """Write a proposal in Markdown."""
    return "\n".join(_lines(proposal)) + "\n"


def _lines(proposal: Proposal) -> Iterator[str]:
    yield f"# What the next round of {proposal.version} should add"
    yield ""
    yield (
        f"Looked at: its rows, what is in no split and why, live summaries that people found to be "
        f"wrong, and the failed cases of evaluation "
        f"{', '.join(proposal.evaluations)}."
        if proposal.evaluations
        else "Looked at: its rows, what is in no split and why, and live summaries that people "
        "found to be wrong. No evaluation of it is "
        "finished, so nothing is known of what its model fails on."
    )
    yield ""
    if not proposal.suggestions:
        yield "Nothing: all was accepted, and no persona, length or source is rare."
        return
    for number, one in enumerate(proposal.suggestions, start=1):
        yield f"{number}. **{one.kind.capitalize()}.** {one.reason} {one.advice}"
    yield from _targets(proposal)
    yield from _recipe(proposal)


def _targets(proposal: Proposal) -> Iterator[str]:
    if not proposal.targets:
        return
    personas = Counter(target.persona for target in proposal.targets)
    articles = {target.article_sha256 for target in proposal.targets}
    told = ", ".join(f"{persona} {count}" for persona, count in sorted(personas.items()))
    yield ""
    yield f"## To be written again: {len(proposal.targets)} summaries of {len(articles)} articles"
    yield ""
    yield f"By persona: {told}. The most urgent:"
    yield ""
    yield "| article | persona | why |"
    yield "| --- | --- | --- |"
    for target in proposal.targets[:_TARGETS_TOLD]:
        why = target.reason.replace("|", "/")
        yield f"| {target.article_sha256[:_HASH_CHARS]} | {target.persona} | {why} |"
    more = len(proposal.targets) - _TARGETS_TOLD
    if more > 0:
        yield ""
        yield f"And {more} more, in `proposal.json`."


def _recipe(proposal: Proposal) -> Iterator[str]:
    if not proposal.recipe:
        return
    yield ""
    yield "## What the recipe sets otherwise"
    yield ""
    for section, keys in sorted(proposal.recipe.items()):
        for key, value in sorted(keys.items()):
            told = str(value).lower() if isinstance(value, bool) else value
            yield f"- `{section}.{key}: {told}`"

"""The data card: what a dataset version holds and how it came about, for people."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from goldbrief.core.model_families import shared_family
from goldbrief.datasets.articles import ImportedFile
from goldbrief.datasets.card_facts import CardFacts
from goldbrief.datasets.card_format import plain, table_row
from goldbrief.datasets.card_measures import (
    tell_balance,
    tell_companies,
    tell_leakage,
    tell_lengths,
    tell_prompt,
)
from goldbrief.datasets.choosing import Choice
from goldbrief.datasets.material import SPLITS
from goldbrief.datasets.reasons import count_reasons

GOLDEN_PAIRS = 10
"""Golden evaluation pairs in the product's shape; with fewer, people hardly decide."""

_OFFLINE = "offline"
_REASONS_TOLD = 10


def render_card(facts: CardFacts) -> str:
    """Write the card in Markdown; the same facts give the same card."""
    parts = (
        _head(facts), _shape(facts), _authors(facts), _costs(facts), _files(facts),
        _candidates(facts), tell_balance(facts), tell_lengths(facts), tell_leakage(facts),
        tell_companies(facts), tell_prompt(facts),
    )  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(facts: CardFacts) -> Iterator[str]:
    rows = facts.curated.rows
    yield f"# Dataset {facts.name}, version {facts.digest[:12]}"
    yield ""
    yield "Pairs of a prompt with an article and the executive summary that a model should write."
    yield "Golden rows are beside the eval rows, not among them. Token counts are estimates."
    yield ""
    personas = sorted({row.material.persona for row in rows})
    yield table_row(["split", "rows", "articles", "companies", *personas])
    yield table_row(["---"] * (4 + len(personas)))
    for split in SPLITS:
        chosen = [row for row in rows if row.split == split]
        by_persona = Counter(row.material.persona for row in chosen)
        yield table_row([
            split,
            len(chosen),
            len({row.article.sha256 for row in chosen}),
            len({row.article.company for row in chosen if row.article.company}),
            *(by_persona[persona] for persona in personas),
        ])  # fmt: skip


def _shape(facts: CardFacts) -> Iterator[str]:
    plan, counts = facts.plan, Counter(row.split for row in facts.curated.rows)
    total, held = counts.total(), counts["eval"] + counts["golden"]
    yield "## Shape"
    yield ""
    if total < plan.pairs:
        yield (
            f"- **Smaller than planned:** {total} pairs of the {plan.pairs} that the recipe asks "
            f"for, {held} of them held out instead of {plan.eval_pairs}. More accepted candidates "
            "are needed: more articles, more candidates an article, or a lower accept score."
        )
    else:
        yield f"- As planned: {total} pairs, {held} of them held out."
    yield from _choice(facts.curated.choice)
    if counts["golden"] < GOLDEN_PAIRS:
        found = f"only {counts['golden']}" if counts["golden"] else "none"
        yield (
            f"- **Golden evaluation pairs missing:** there should be {GOLDEN_PAIRS} summaries "
            f"approved by people, there are {found}. What the evaluation says of the eval rows "
            "compares with the teacher, not with people."
        )
    if plan.eval_pairs and not counts["eval"]:
        yield "- **No eval rows:** the accepted candidates are all about one article."
    yield from (f"- **Note:** {plain(note)}" for note in facts.curated.notes)


def _choice(choice: Choice) -> Iterator[str]:
    if choice.passed == choice.chosen:
        yield f"- All {choice.passed} candidates that passed were taken."
        return
    yield (
        f"- Of {choice.passed} candidates that passed, {choice.chosen} were taken: {choice.rule}. "
        f"The worst of them has {choice.lowest_score:.2f}, the best that was left "
        f"{choice.highest_left:.2f} of 5."
    )


def _authors(facts: CardFacts) -> Iterator[str]:
    materials = [row.material for row in facts.curated.rows]
    made = [one for one in materials if one.origin == "synthesized"]
    teachers = Counter(one.teacher for one in made)
    yield "## Teacher and judge"
    yield ""
    for teacher, count in sorted(teachers.items()):
        yield f"- Teacher {plain(teacher)} wrote {count} summaries."
    own = Counter(one.teacher for one in materials if one.origin == "imported")
    for author, count in sorted(own.items()):
        yield f"- {count} pairs are your own, no judge scored them; author: {plain(author)}."
    for judge, card in sorted(facts.judges.items(), key=lambda one: one[0]):
        scores = [one.score for one in made if one.judge == judge]
        if scores:
            state = card.standing if card else "uncalibrated"
            yield (
                f"- Judge {plain(judge)}, **{state}**: scores from {min(scores):.2f} to "
                f"{max(scores):.2f}, on average {statistics.fmean(scores):.2f} of 5."
            )
            if card:
                yield f"  - Its card of {card.created[:10]}: {plain(card.headline)}."
                yield from (f"  - {plain(reason)}" for reason in card.reasons)
    for teacher, judge in product(sorted(teachers), sorted(facts.judges)):
        if family := shared_family(teacher, judge):
            yield (
                f"- **Kin:** {plain(teacher)} and {plain(judge)} are both {family}, and a judge "
                "favors what its own family writes. Take a judge of another."
            )
    if any(name.startswith(_OFFLINE) for name in (*teachers, *facts.judges)):
        yield (
            "- **Offline:** without a language model, summaries are extracted from the articles "
            "and scored by metrics. A model tuned on them is a demonstration."
        )


def _costs(facts: CardFacts) -> Iterator[str]:
    costs = facts.costs
    tokens = f"{costs.prompt_tokens:,} prompt and {costs.completion_tokens:,} completion tokens"
    yield "## Costs"
    yield ""
    yield (
        f"Teacher and judge were called {costs.calls:,} times, for all candidates and rewrites: "
        f"{tokens}, at a cost of {costs.cost:.2f}."
        if costs.calls
        else "No language model was called."
    )
    if facts.extends:
        yield f"Rows of {facts.extends}, which this version extends, are on its own card."


def _files(facts: CardFacts) -> Iterator[str]:
    yield "## Articles"
    yield ""
    if not facts.files:
        yield "No import was named."
        return
    rejected = [file for file in facts.files if file.fate == "REJECTED"]
    kept = len(facts.files) - len(rejected)
    yield f"{kept} of {len(facts.files)} files or rows became articles."
    yield from _provenance([file for file in facts.files if file.fate == "KEPT"])
    if rejected:
        yield ""
        yield from _reasons((file.reason for file in rejected), "rejected, for example because")


def _provenance(kept: Sequence[ImportedFile]) -> Iterator[str]:
    licences = Counter(file.licence or "not known" for file in kept)
    languages = Counter(file.language or "not sure" for file in kept)
    found = Counter(kind for file in kept for kind in file.findings)
    for what, counts in (("Licences", licences), ("Languages", languages), ("Found", found)):
        if counts:
            told = ", ".join(f"{plain(name)} ({n})" for name, n in counts.most_common())
            yield f"{what}, by number of articles: {told.replace('_', ' ')}."


def _candidates(facts: CardFacts) -> Iterator[str]:
    fates = [*facts.unaccepted, *facts.curated.fates]
    lost = [fate for fate in fates if fate.fate in ("rejected", "failed", "dropped")]
    counts = Counter(fate.fate for fate in lost)
    yield "## Candidates"
    yield ""
    yield (
        f"Of {len(fates)} candidates, golden pairs included, {len(fates) - len(lost)} are rows; "
        f"judge and checks rejected {counts['rejected']}, {counts['failed']} failed, and curation "
        f"dropped {counts['dropped']}. `fates.jsonl` lists each."
    )
    if lost:
        yield ""
        yield from _reasons(
            (f"{fate.step}: {fate.reason}" for fate in lost), "lost, for example because"
        )


def _reasons(reasons: Iterable[str], title: str) -> Iterator[str]:
    yield table_row([title, "count"])
    yield table_row(["---", "---"])
    yield from (table_row(counted) for counted in count_reasons(reasons, _REASONS_TOLD))

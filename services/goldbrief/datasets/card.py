"""The data card: what a dataset version holds and how it came about, for people."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from goldbrief.core.judge_cards import JudgeCard
from goldbrief.core.model_families import shared_family
from goldbrief.core.plans import DatasetPlan
from goldbrief.datasets.articles import ImportedFile
from goldbrief.datasets.choosing import Choice
from goldbrief.datasets.curation import Curated
from goldbrief.datasets.leakage import PASSAGE_WORDS, Leakage
from goldbrief.datasets.likeness import LIKE
from goldbrief.datasets.material import SPLITS, Fate
from goldbrief.datasets.reasons import count_reasons
from goldbrief.text.prompts import template_sha256

GOLDEN_PAIRS = 10
"""Golden evaluation pairs in the product's shape; with fewer, people hardly decide."""

_OFFLINE = "offline"
_REASONS_TOLD = 10
_COMPANIES_TOLD = 10
_BINS = 8
_BAR = 40


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the card tells."""

    name: str
    digest: str
    plan: DatasetPlan
    curated: Curated
    leakage: Leakage
    unaccepted: Sequence[Fate]
    """Candidates that the synthesis did not accept."""
    files: Sequence[ImportedFile]
    """Of the import; empty when none was named."""
    judges: Mapping[str, JudgeCard | None]
    """Judges of the accepted candidates, and their cards."""
    embedder: str
    """That found summaries which say the same; empty for none."""


def render_card(facts: CardFacts) -> str:
    """Write the card in Markdown; the same facts give the same card."""
    parts = (
        _head(facts), _shape(facts), _authors(facts), _files(facts), _candidates(facts),
        _lengths(facts), _leakage(facts), _companies(facts), _prompt(facts),
    )  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def length_summary(lengths: Sequence[int]) -> dict[str, int]:
    """Smallest, median, 95th percentile and largest; all 0 for none."""
    ordered = sorted(lengths) or [0]
    return {
        "min": ordered[0],
        "median": round(statistics.median(ordered)),
        "p95": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
        "max": ordered[-1],
    }


def _head(facts: CardFacts) -> Iterator[str]:
    rows = facts.curated.rows
    yield f"# Dataset {facts.name}, version {facts.digest[:12]}"
    yield ""
    yield "Pairs of a prompt with an article and the executive summary that a model should write."
    yield "Golden rows are beside the eval rows, not among them. Token counts are estimates."
    yield ""
    personas = sorted({row.pair.persona for row in rows})
    yield _table_row(["split", "rows", "articles", "companies", *personas])
    yield _table_row(["---"] * (4 + len(personas)))
    for split in SPLITS:
        chosen = [row for row in rows if row.split == split]
        by_persona = Counter(row.pair.persona for row in chosen)
        yield _table_row([
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
    yield from (f"- **Note:** {_plain(note)}" for note in facts.curated.notes)


def _choice(choice: Choice) -> Iterator[str]:
    if choice.passed == choice.chosen:
        yield f"- All {choice.passed} candidates that passed were taken."
        return
    yield (
        f"- Of {choice.passed} candidates that passed, {choice.chosen} were taken: {choice.rule} "
        f"The worst of them has {choice.lowest_score:.2f}, the best that was left "
        f"{choice.highest_left:.2f} of 5."
    )


def _authors(facts: CardFacts) -> Iterator[str]:
    made = [row.pair for row in facts.curated.rows if row.pair.origin == "synthesized"]
    teachers = Counter(pair.teacher for pair in made)
    yield "## Teacher and judge"
    yield ""
    for teacher, count in sorted(teachers.items()):
        yield f"- Teacher {_plain(teacher)} wrote {count} summaries."
    for judge, card in sorted(facts.judges.items(), key=lambda one: one[0]):
        scores = [pair.judge_score for pair in made if pair.judge == judge]
        if scores:
            state = card.standing if card else "uncalibrated"
            yield (
                f"- Judge {_plain(judge)}, **{state}**: scores from {min(scores):.2f} to "
                f"{max(scores):.2f}, on average {statistics.fmean(scores):.2f} of 5."
            )
            if card:
                yield f"  - Its card of {card.created[:10]}: {_plain(card.headline)}."
                yield from (f"  - {_plain(reason)}" for reason in card.reasons)
    for teacher, judge in product(sorted(teachers), sorted(facts.judges)):
        if family := shared_family(teacher, judge):
            yield (
                f"- **Kin:** {_plain(teacher)} and {_plain(judge)} are both {family}, and a judge "
                "favors what its own family writes. Take a judge of another."
            )
    if any(name.startswith(_OFFLINE) for name in (*teachers, *facts.judges)):
        yield (
            "- **Offline:** without a language model, summaries are extracted from the articles "
            "and scored by metrics. A model tuned on them is a demonstration."
        )


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
            told = ", ".join(f"{_plain(name)} ({n})" for name, n in counts.most_common())
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


def _lengths(facts: CardFacts) -> Iterator[str]:
    rows, prompt = facts.curated.rows, facts.plan.prompt
    room = prompt.article_tokens if prompt else 0
    longer = sum(1 for row in rows if row.article_tokens > room)
    yield "## Lengths"
    yield ""
    if prompt is None:
        yield "Each row brings its own prompt."
    elif longer:
        yield (
            f"{longer} of {len(rows)} rows have an article longer than the prompt's room of "
            f"{prompt.article_tokens} tokens; strategy `{prompt.strategy}` shows the model its "
            "most salient passages."
        )
    else:
        yield f"All articles fit into the prompt's room of {prompt.article_tokens} tokens."
    for what, lengths in (
        ("Prompts", [row.prompt_tokens for row in rows]),
        ("Responses", [row.response_tokens for row in rows]),
    ):
        summary = ", ".join(f"{key} {value}" for key, value in length_summary(lengths).items())
        yield ""
        yield f"{what}, in tokens: {summary}."
        yield ""
        yield "```"
        yield from _histogram(lengths)
        yield "```"


def _leakage(facts: CardFacts) -> Iterator[str]:
    leakage = facts.leakage
    yield "## Leakage"
    yield ""
    yield "Eval and golden rows against train rows:"
    yield ""
    yield f"- Articles in both: {leakage.articles_shared}."
    yield f"- Companies in both: {leakage.companies_shared}."
    if not any(leakage.closest):
        yield "- Nothing to compare: one side has no rows."
        return
    yield f"- Held-out articles compared with all training articles: {leakage.compared}."
    held, train = (_plain(name) for name in leakage.closest)
    yield (
        f"- Most alike articles share {leakage.max_similarity:.1%} of their 5-word sequences "
        f"({held} and {train}); the median of the held-out articles' nearest is "
        f"{leakage.median_similarity:.1%}."
    )
    yield (
        f"- Passages of {PASSAGE_WORDS} words that also stand in a training article: on average "
        f"{leakage.mean_passages_shared:.1%} of a held-out article, at most "
        f"{leakage.max_passages_shared:.1%}."
    )
    if any(leakage.closest_meaning):
        held, train = (_plain(name) for name in leakage.closest_meaning)
        yield (
            f"- Most alike summaries by embedding ({_plain(facts.embedder)}): cosine "
            f"{leakage.max_cosine:.3f} ({held} and {train}); the median of the held-out "
            f"summaries' nearest is {leakage.median_cosine:.3f}. From {LIKE} they are in one split."
        )
    else:
        yield "- Summaries were not compared by embedding."


def _companies(facts: CardFacts) -> Iterator[str]:
    counts = Counter(row.article.company or "(unknown)" for row in facts.curated.rows)
    yield "## Companies"
    yield ""
    yield f"{len(counts)} in all; those with the most rows:"
    yield ""
    yield _table_row(["company", "rows"])
    yield _table_row(["---", "---"])
    for company, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[
        :_COMPANIES_TOLD
    ]:
        yield _table_row([company, count])


def _prompt(facts: CardFacts) -> Iterator[str]:
    prompt = facts.plan.prompt
    yield "## Prompt"
    yield ""
    if prompt is None:
        yield f"As the rows have it: no one format. Seed {facts.plan.seed}."
        return
    yield (
        f"Template {prompt.template}, wrapped as {prompt.wrap}, strategy `{prompt.strategy}`; "
        f"hash {template_sha256(prompt)[:12]}; style contract {prompt.style.version}. "
        f"Seed {facts.plan.seed}."
    )


def _reasons(reasons: Iterable[str], title: str) -> Iterator[str]:
    yield _table_row([title, "count"])
    yield _table_row(["---", "---"])
    yield from (_table_row(counted) for counted in count_reasons(reasons, _REASONS_TOLD))


def _histogram(lengths: Sequence[int]) -> Iterator[str]:
    if not lengths:
        yield "none"
        return
    low = min(lengths)
    width = max(1, -(-(max(lengths) + 1 - low) // _BINS))
    counts = Counter((length - low) // width for length in lengths)
    for place in range(max(counts) + 1):
        start = low + place * width
        bar = "#" * -(-_BAR * counts[place] // max(counts.values()))
        yield f"{start:>6} - {start + width - 1:<6} {counts[place]:>5} {bar}".rstrip()


def _table_row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(_plain(str(cell)) for cell in cells) + " |"


def _plain(text: str) -> str:
    """Text from files and models, on one line and without effect in a table."""
    return " ".join(text.split()).replace("|", "/")

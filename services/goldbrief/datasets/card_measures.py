"""What a data card tells of the rows: lengths, balance, leakage, companies, prompt."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from goldbrief.datasets.balance import DIMENSIONS, MAX_WEIGHT, cell_of, weight_shares
from goldbrief.datasets.card_facts import CardFacts
from goldbrief.datasets.card_format import plain, table_row, text_histogram
from goldbrief.datasets.leakage import PASSAGE_WORDS
from goldbrief.datasets.likeness import LIKE
from goldbrief.datasets.material import SPLITS
from goldbrief.text.prompts import template_sha256

_COMPANIES_TOLD = 10
_VALUES_TOLD = 12
CHART = "histograms.svg"
"""File of the picture, beside the card."""


def length_summary(lengths: Sequence[int]) -> dict[str, int]:
    """Smallest, median, 95th percentile and largest; all 0 for none."""
    ordered = sorted(lengths) or [0]
    return {
        "min": ordered[0],
        "median": round(statistics.median(ordered)),
        "p95": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
        "max": ordered[-1],
    }


def tell_lengths(facts: CardFacts) -> Iterator[str]:
    """How long prompts and responses are."""
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
    for what, tokens in (
        ("Prompts", [row.prompt_tokens for row in rows]),
        ("Responses", [row.response_tokens for row in rows]),
    ):
        summary = ", ".join(f"{key} {value}" for key, value in length_summary(tokens).items())
        yield ""
        yield f"{what}, in tokens: {summary}."
        yield ""
        yield "```"
        yield from text_histogram(tokens)
        yield "```"


def tell_balance(facts: CardFacts) -> Iterator[str]:
    """How many rows are for whom, from where and how long, and what they weigh in training."""
    splits = [facts.curated.split(split) for split in SPLITS]
    shares = weight_shares(facts.curated.split("train"))
    yield "## Balance"
    yield ""
    yield (
        "Rows of rare values are weighed up, so that each persona, source and length counts as "
        f"much in training as the others; at most {MAX_WEIGHT:g} times."
        if facts.plan.balance
        else "Rows are weighed alike. `dataset.balance` of a recipe weighs rare ones up."
    )
    yield ""
    yield f"![How the rows are spread]({CHART})"
    for place, name in enumerate(DIMENSIONS):
        counts = [Counter(cell_of(row)[place] for row in rows) for rows in splits]
        total = sum(counts, Counter[str]())
        yield ""
        yield table_row([name, *SPLITS, "share in training"])
        yield table_row(["---"] * (2 + len(SPLITS)))
        trained = sum(share["weight"] for share in shares[name].values())
        for value, _ in sorted(total.items(), key=lambda one: (-one[1], one[0]))[:_VALUES_TOLD]:
            weight = shares[name].get(value, {}).get("weight", 0.0)
            share = f"{weight / trained:.0%}" if trained else "0%"
            yield table_row([value or "(none)", *(count[value] for count in counts), share])
        if len(total) > _VALUES_TOLD:
            yield ""
            yield f"And {len(total) - _VALUES_TOLD} more."


def tell_leakage(facts: CardFacts) -> Iterator[str]:
    """What held-out and training rows share."""
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
    held, train = (plain(name) for name in leakage.closest)
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
        held, train = (plain(name) for name in leakage.closest_meaning)
        yield (
            f"- Most alike summaries by embedding ({plain(facts.embedder)}): cosine "
            f"{leakage.max_cosine:.3f} ({held} and {train}); the median of the held-out "
            f"summaries' nearest is {leakage.median_cosine:.3f}. From {LIKE} they are in one split."
        )
    else:
        yield "- Summaries were not compared by embedding."


def tell_companies(facts: CardFacts) -> Iterator[str]:
    """Whom the articles are about."""
    counts = Counter(row.article.company or "(unknown)" for row in facts.curated.rows)
    yield "## Companies"
    yield ""
    yield f"{len(counts)} in all; those with the most rows:"
    yield ""
    yield table_row(["company", "rows"])
    yield table_row(["---", "---"])
    for company, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[
        :_COMPANIES_TOLD
    ]:
        yield table_row([company, count])


def tell_prompt(facts: CardFacts) -> Iterator[str]:
    """How articles become prompts."""
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

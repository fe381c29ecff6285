"""Plans: what the runs service asks of the other services, stored once and read by key.

They are objects in the store rather than fields of a request, because goldens and
articles make them large, and because a plan is part of a run's lineage.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from goldbrief.core.documents import Article, Golden, PromptFormat, Record

LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class SynthesisPlan(Record):
    """How candidates are written, judged and accepted."""

    goldens: tuple[Golden, ...]
    """Style goldens; rotate as examples for the teacher."""
    prompt: PromptFormat
    """Article strategy and style contract; the teacher sees what the student will see."""
    personas: tuple[str, ...]
    """Each article is summarized once a persona and candidate."""
    candidates_per_article: int = 1
    """Written and judged for each article and persona; curation takes the best accepted one."""
    temperatures: tuple[float, ...] = (0.7,)
    """Sampling temperatures of a language model as teacher, candidate by candidate in turn."""
    synthetic_articles: int = 0
    """Articles that the teacher invents besides, one summary of each a candidate number."""
    topics: tuple[str, ...] = ()
    """What they are about, in turn."""
    max_rewrites: int = 2
    """Times that a candidate goes back to the teacher with the judge's reasons."""
    accept_score: float = 3.0
    """Overall judge score from which a candidate without errors is accepted, 1 to 5."""
    reject_score: float = 1.0
    """Overall judge score below which a candidate is not worth a rewrite, 1 to 5."""
    seed: int = 0


class GoldenEvalPair(Record):
    """A human-approved article and summary that no teacher sees."""

    name: str
    article: Article
    persona: str
    summary: str


class DatasetPlan(Record):
    """The shape of a dataset version."""

    name: str
    prompt: PromptFormat | None
    """How articles become prompts; None where every row brings its prompt."""
    pairs: int = Field(default=5000, ge=1)
    """Rows wanted in all; fewer accepted candidates shrink train and eval alike."""
    eval_pairs: int = Field(default=500, ge=0)
    """Of these, held out for evaluation, golden ones included."""
    golden_eval: tuple[GoldenEvalPair, ...] = ()
    synthetic_share: float = Field(default=0.2, ge=0, lt=1)
    """Largest part of the rows that may be on invented articles; none of these is held out."""
    near_duplicate: float = Field(default=0.7, gt=0, le=1)
    """Jaccard similarity of word shingles from which two articles are one
    (evaluation.md §5: median between unrelated transcripts is .04)."""
    embeddings: bool = True
    """Look for summaries that say the same in other words, by embedding (`datasets.likeness`)."""
    balance: bool = False
    """Weigh rows of rare personas, sources and lengths up (`datasets.balance`)."""
    seed: int = 0


class ImportPolicy(Record):
    """What articles may hold, and what is done about what they may not."""

    languages: tuple[LanguageCode, ...] = ("en",)
    """ISO 639 codes; articles in other languages are rejected. Empty takes any."""
    boilerplate: Literal["remove", "keep"] = "remove"
    """Disclaimers, page numbers and passages that repeat in an article or across the import."""
    pii: Literal["keep", "mask", "reject"] = "mask"
    """E-mail addresses, phone, bank, card and social security numbers (`text.pii`)."""
    hidden: Literal["remove", "reject"] = "remove"
    """Characters and passages that no reader sees. They never stay: an article is its visible
    text."""
    instructions: Literal["keep", "reject"] = "keep"
    """Passages that seem to instruct language models; kept ones are counted, and the judge
    warns of them."""
    licence: str = ""
    """Licence note of articles that bring none."""


class GivenArticle(Record):
    """An article to evaluate on that is in no dataset version."""

    sha256: str
    """Of an imported article."""
    persona: str
    reference: str = ""
    """A summary that people approved of; empty when there is none."""


class EvaluationPlan(Record):
    """Which articles the systems summarize, and how."""

    dataset_prefix: str = ""
    """Object key prefix of the dataset version; its eval and golden rows are used, and its
    training rows are the examples of few-shot prompts. Empty takes `given`."""
    given: tuple[GivenArticle, ...] = ()
    """Articles to use instead of the dataset version's, in this order."""
    goldens: tuple[Golden, ...] = ()
    """Style goldens, which the teacher and version 1 on a large model are shown."""
    prompt: PromptFormat
    articles: int = Field(default=8, ge=1)
    """Most articles to evaluate on; golden pairs first."""
    concurrency: int = Field(default=1, ge=1, le=256)
    """Summaries that a system writes at once; the latencies are those under that load."""
    consistency_articles: int = Field(default=0, ge=0)
    """The first so many articles are written five times by each system, to see how far its
    summaries of an article agree."""
    answer_metrics: bool = True
    """Grade by MLflow's answer_similarity, answer_correctness and answer_relevance too: with a
    language model as judge three more calls a summary."""
    pairwise: bool = True
    """Let the judge compare the last system's summaries with each other one's side by side: with a
    language model as judge two more calls an article and other system, one in each order."""
    likelihood: bool = False
    """Ask the engine how probable each system that completes a prompt finds the summary that the
    article comes with: one more pass of prompt and summary, about what reading them takes."""
    finetuning_run_id: str = ""
    """Its `eval.json` gives token accuracy and perplexity; empty leaves them out."""
    seed: int = 0


class GateCondition(Record):
    """One condition: the tuned system's metric against a number or another system's."""

    metric: str
    """Metric of the evaluation's results, e.g. `structure_valid` or `judge_overall`; of training's
    own evaluation `intrinsic/token_accuracy`, `intrinsic/perplexity` and
    `intrinsic/bits_per_byte`; of people's `human/<metric>`, as the results have it;
    `pairwise/<system>`, the share of articles on which the judge prefers the tuned system's summary
    to the other's, a tie counting half."""
    at_least: float | None = None
    """The tuned system's value must be at least this."""
    at_most: float | None = None
    """Or at most this, where less is better."""
    not_below: str = ""
    """At least that of the named system, e.g. `base`."""
    not_above: str = ""
    """At most that of the named system."""
    margin: float = Field(default=0.0, ge=0)
    """So much worse than the named system it may still be."""
    by: Literal["mean", "interval"] = "mean"
    """`interval`: the whole 95% interval must fulfil it, of the paired difference where systems are
    compared; then few articles or much scatter do not pass by luck."""
    if_missing: Literal["fail", "pass"] = "fail"
    """What becomes of it where the metric was not measured, such as what people say."""


class Gate(Record):
    """When a version may be served."""

    conditions: tuple[GateCondition, ...]
    label: Literal["demonstration", "production"] = "demonstration"
    """`demonstration` whenever offline scores alone decide."""

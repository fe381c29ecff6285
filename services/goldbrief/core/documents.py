"""What flows through the pipeline: articles, goldens, summaries, pairs, judgments.

All are immutable pydantic models, stored as JSON; unknown fields are refused so that
a record written by a newer version fails loudly instead of losing data.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ArticleStrategy = Literal["full", "select"]
"""How an article longer than the prompt's room is fed to a model."""


class Record(BaseModel):
    """Base of all stored records."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Article(Record):
    """A normalised article, stored at `articles/<sha256>.json`."""

    sha256: str
    """Hash of `text` in UTF-8: the article's identity."""
    title: str = ""
    company: str = ""
    """Whom the article is about; splits are disjoint by it. Empty when unknown."""
    source: str = ""
    """Publisher or collection. Empty when unknown."""
    date: str = ""
    """ISO date of publication. Empty when unknown."""
    uri: str = ""
    """Where it came from, as the user named it (file name or address)."""
    licence: str = ""
    """What is known of its licence; empty when nothing is."""
    text: str


class Golden(Record):
    """A style golden: an executive summary that the user holds up as the standard."""

    name: str
    """File name, for messages."""
    persona: str
    summary: str
    """Markdown with the three sections."""
    article_text: str = ""
    """The article it summarizes; empty for a golden of style alone."""


class Candidate(Record):
    """A summary that a teacher or a system under evaluation wrote."""

    article_sha256: str
    persona: str
    text: str
    author: str
    """Model or system that wrote it, e.g. `offline-extractive-1` or `tuned`."""
    round: int = 0
    """0 for the first draft; each rewrite after a judgment adds one."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float = 0.0


class Finding(Record):
    """One thing that a rule check noticed in a candidate."""

    check: str
    """Name of the check, e.g. `figures`, `sections`, `repetition`."""
    severity: Literal["error", "warning"]
    """An error alone rejects the candidate; a warning is told to the teacher."""
    message: str


class Judgment(Record):
    """One judge's verdict on one candidate; scores are 1-5 unless said otherwise."""

    judge: str
    """Name and version; the offline one is `offline-metric-1`."""
    rubric: str
    """Version of the rubric."""
    scores: dict[str, float]
    """Dimension to score, each 1 to 5. Empty when the judge failed to answer."""
    overall: float | None
    """1 to 5; None when the judge failed: a failure is never a score."""
    rationale: str
    findings: tuple[Finding, ...] = ()
    figures_total: int = 0
    figures_supported: int = 0
    raw: str = ""
    """What the judge said, verbatim; kept when it could not be read."""
    calibrated: bool = False
    """Whether this judge version has an agreement record against people."""
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Pair(Record):
    """One row of a dataset version, in prompt/response form with its provenance."""

    prompt: str
    response: str
    persona: str
    article_sha256: str
    company: str
    source: str
    teacher: str
    judge: str
    judge_score: float
    origin: Literal["synthesized", "golden"] = "synthesized"


class SectionStyle(Record):
    """What the goldens show of one section."""

    name: Literal["overview", "takeaways", "actions"]
    heading: str
    """As written, with `{persona}` where the persona stands."""
    form: Literal["prose", "bullets"]
    min_items: int
    """Fewest sentences (prose) or bullets."""
    max_items: int
    min_words: int
    """Fewest words in the whole section."""
    max_words: int


class StyleContract(Record):
    """The style that goldens have in common; drives teacher, judge, prompt and gateway."""

    sections: tuple[SectionStyle, ...]
    personas: tuple[str, ...]
    min_words: int
    max_words: int
    figures_per_100_words: float
    """25th percentile over the goldens: a summary with fewer is too vague."""
    goldens: tuple[str, ...] = Field(default=())
    """Names of the goldens it was inferred from."""


class PromptFormat(Record):
    """How an article becomes a prompt; stored beside every adapter as `prompt.json`.

    The gateway renders prompts from it, so that a model is served what it was
    trained on.
    """

    template: str
    """Version of the prompt template in `text.prompts`."""
    strategy: ArticleStrategy
    article_tokens: int
    """Room for the article, in estimated tokens (see `text.selection`)."""
    wrap: Literal["plain", "chatml"]
    """Whether the prompt is wrapped in the base model's ChatML turn markers."""
    style: StyleContract
    """The house style that the prompt states."""
    max_new_tokens: int
    """Longest completion, in tokens."""

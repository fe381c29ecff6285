"""What flows through the pipeline: articles, goldens, summaries, pairs, judgments.

All are immutable pydantic models, stored as JSON; unknown fields are refused so that
a record written by a newer version fails loudly instead of losing data.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from goldbrief.core.hashing import sha256_json

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
    text: str


class Golden(Record):
    """A style golden: an executive summary that the user holds up as the standard."""

    name: str
    """File name, for messages."""
    persona: str
    summary: str
    """Markdown with headings."""
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

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    """`overview`, `takeaways` or `actions`; any other name is a section of the house's own."""
    heading: str = Field(min_length=1)
    """As written, with `{persona}` where the persona stands."""
    form: Literal["prose", "bullets"]
    min_items: int = Field(ge=1)
    """Fewest sentences (prose) or bullets."""
    max_items: int = Field(ge=1)
    min_words: int = Field(ge=0)
    """Fewest words in the whole section."""
    max_words: int = Field(ge=0)
    ends: Literal["full stop", "none", ""] = ""
    """How bullets end; empty for prose and where the goldens differ."""
    leads: Literal["bold", "plain", ""] = ""
    """Whether bullets begin with words in bold; empty as for `ends`."""

    @model_validator(mode="after")
    def _ranges_are_ranges(self) -> SectionStyle:
        if self.min_items > self.max_items:
            raise ValueError(f"min_items {self.min_items} is above max_items {self.max_items}")
        if self.min_words > self.max_words:
            raise ValueError(f"min_words {self.min_words} is above max_words {self.max_words}")
        return self


class FigureStyle(Record):
    """How figures are written; empty where the goldens have none, or write them in two ways."""

    percent: Literal["sign", "word", ""] = ""
    """`12%`, or `12 percent`."""
    scale: Literal["word", "letter", ""] = ""
    """`1.2 million`, or `1.2M`."""
    currency: Literal["sign", "code", "word", ""] = ""
    """`$5`, `USD 5` or `5 dollars`, in whatever currency."""
    points: Literal["basis points", "bps", ""] = ""
    max_decimals: int | None = Field(default=None, ge=0)
    """Most decimals of a percentage or of millions and billions; None is not asked for."""


class Voice(Record):
    """How the goldens speak; empty where they differ."""

    tense: Literal["past", "present", ""] = ""
    """Of most sentences outside the action items."""
    person: Literal["third", "first", ""] = ""
    """`first` says `we` for the company."""
    imperative_actions: bool = False
    """Whether each action item begins with a verb: `Hedge ...`."""
    hedges_per_100_words: float | None = Field(default=None, ge=0)
    """Most words such as `may` and `likely`; None is not asked for."""


Never = Literal[
    "questions", "exclamation marks", "links", "tables", "emoji", "second person",
    "quotations", "parentheses", "contractions", "praise",
]  # fmt: skip
"""What a house style may rule out; `text.traits` says how each is recognized."""


class StyleContract(Record):
    """The style that goldens have in common; drives teacher, judge, prompt and gateway."""

    sections: tuple[SectionStyle, ...] = Field(min_length=1)
    """In order."""
    personas: tuple[str, ...]
    min_words: int = Field(ge=0)
    max_words: int = Field(ge=1)
    figures_per_100_words: float = Field(ge=0)
    """25th percentile over the goldens: a summary with fewer is too vague."""
    figures: FigureStyle = FigureStyle()
    voice: Voice = Voice()
    never: tuple[Never, ...] = ()
    """What no golden does."""
    goldens: tuple[str, ...] = Field(default=())
    """Names of the goldens it was inferred from."""

    @model_validator(mode="after")
    def _can_be_followed(self) -> StyleContract:
        if self.min_words > self.max_words:
            raise ValueError(f"min_words {self.min_words} is above max_words {self.max_words}")
        for key in ("name", "heading"):
            values = [getattr(section, key).casefold() for section in self.sections]
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise ValueError(f"two sections have the {key} {twice!r}")
        return self

    @property
    def version(self) -> str:
        """Hash of what the contract says, whichever goldens or file it came from."""
        content = self.model_dump(mode="json", exclude={"goldens"}, exclude_defaults=True)
        return sha256_json(content)[:12]


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

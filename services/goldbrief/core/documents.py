"""What flows through the pipeline: articles, goldens, summaries, pairs, judgments.

All are immutable pydantic models, stored as JSON; unknown fields are refused so that
a record written by a newer version fails loudly instead of losing data.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from goldbrief.core.hashing import sha256_json

ArticleStrategy = Literal["full", "select", "map_reduce"]
"""How an article longer than the prompt's room is fed to a model: not at all, by its salient
passages, or by what summaries of its parts state."""


SYNTHETIC = "synthetic"
"""Source of articles that a teacher invented."""


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
    """Publisher or collection; `synthetic` for one that a teacher invented. Empty when unknown."""
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
    """Markdown with headings."""
    article_text: str = ""
    """The article it summarizes; empty for a golden of style alone."""


class Candidate(Record):
    """A summary that a teacher or a system under evaluation wrote."""

    article_sha256: str
    persona: str
    text: str
    author: str
    """Model or system that wrote it, e.g. `offline-extractive-4` or `tuned`."""
    round: int = 0
    """0 for the first draft; each rewrite after a judgment adds one."""
    parts: int = 1
    """Parts in which the article was read; 1 for as a whole, or its passages."""
    passage: str = ""
    """What summaries of its parts state, which the student is shown; empty for a single part."""
    unread: int = 0
    """Parts without a summary, such as tables alone."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float = 0.0
    first_token_s: float | None = None
    """Until its first token, where it was streamed."""
    cost: float | None = None
    """In the user's own currency, where prices are known."""


class Finding(Record):
    """One thing that a rule check noticed in a candidate."""

    check: str
    """Name of the check, e.g. `figures`, `sections`, `repetition`."""
    severity: Literal["error", "warning"]
    """An error alone rejects the candidate; a warning is told to the teacher."""
    message: str


Reading = Literal["", "measured", "answered", "repaired", "unreadable"]
"""How a judge's answer was read: not at all, being measured; at once; after it was asked to repair
it; never. Empty in records of before it was kept."""


class Sample(Record):
    """One answer of one judge; several make a verdict."""

    judge: str
    """Name and version."""
    scores: dict[str, float]
    """Dimension to score, each 1 to 5; empty when the answer could not be read."""
    overall: float | None
    """1 to 5; None when the answer could not be read."""
    rationale: str
    raw: str = ""
    """The answer, verbatim."""
    state: Reading = ""
    seed: int = 0
    model: str = ""
    """As the endpoint names what answered."""
    weighted: bool = False
    """Whether the scores are the grades expected by the log-probabilities of their tokens, rather
    than the grades as written, which stand in `raw`."""
    latency_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Verdict(Record):
    """What a judge says of a summary; scores are 1 to 5, of several samples their center."""

    scores: dict[str, float]
    """Dimension to score. Empty when the judge failed to answer."""
    overall: float | None
    """Mean of the scores, at most half a point above faithfulness; None when the judge failed: a
    failure is never a score."""
    rationale: str
    raw: str = ""
    """What the judge said, verbatim; kept when it could not be read."""
    state: Reading = ""
    samples: tuple[Sample, ...] = ()
    """The answers behind the scores; empty for a judge that measures."""
    spread: float = 0.0
    """Standard deviation of the samples' overall scores."""
    temperature: float = 0.0
    """At which they were drawn; 0 is greedy."""
    latency_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Judgment(Verdict):
    """A verdict on one candidate, with who gave it and what the rule checks found."""

    judge: str
    """Name and version; the offline one is `offline-metric-3`."""
    rubric: str
    """Version of the rubric."""
    prompt_sha256: str = ""
    """Hash of the wording that the judge is asked with; empty for one that measures."""
    target: Literal["", "none", "reference"] = ""
    """Whether the judge was shown a known good summary; empty in records of before it was kept."""
    findings: tuple[Finding, ...] = ()
    figures_total: int = 0
    figures_supported: int = 0
    calibrated: bool = False
    """Whether this judge version has an agreement record against people."""
    card: str = ""
    """Object key of the judge card that held at the time; empty without one."""


Preference = Literal["first", "second", "tie"]
"""Of two summaries, the better one."""


class PreferenceAnswer(Record):
    """One answer of one judge that was shown two summaries in one order."""

    judge: str
    shown_first: Literal["first", "second"]
    """Which of the two it read first."""
    preferred: Preference | None
    """None when the answer could not be read."""
    rationale: str
    """In it, `first` is the one that was shown first."""
    raw: str = ""
    state: Reading = ""
    model: str = ""
    latency_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Comparison(Record):
    """Which of two summaries of an article a judge prefers."""

    preferred: Preference | None
    """`tie` as well when the judge prefers another in the other order; None when it failed."""
    is_consistent: bool
    """Whether every judge prefers the same in both orders."""
    rationale: str
    judge: str
    rubric: str
    """Version of the wording that it was asked with."""
    prompt_sha256: str = ""
    answers: tuple[PreferenceAnswer, ...] = ()
    """Both orders of each judge; empty for one that grades each summary alone."""


Origin = Literal["synthesized", "golden", "imported"]
"""Where a row is from: written by a teacher, approved by people, or the user's own."""


class AnswerGrade(Record):
    """One of MLflow's metrics of an answer, as a judge grades it."""

    score: int | None = Field(ge=1, le=5)
    """1 to 5; None when it was not asked for, or could not be read: a failure is never a score."""
    justification: str
    """Why; or why there is no score."""
    raw: str = ""
    """What the judge answered, verbatim."""
    state: Reading = ""
    """Empty when the metric was not asked for."""


class AnswerGrades(Record):
    """Grades of a summary by answer_similarity, answer_correctness and answer_relevance."""

    judge: str
    """Name and version."""
    rubric: str
    """Version of the rubrics."""
    prompt_sha256: str = ""
    """Hash of the wordings; empty for a judge that measures."""
    grades: dict[str, AnswerGrade]
    """By metric."""
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
    origin: Origin = "synthesized"
    weight: float = 1.0
    """How often an epoch of training sees the row."""
    strategy: ArticleStrategy = "full"
    """How this article was made to fit; `full` for one that fits as it is."""


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


class SummaryForm(Record):
    """What an engine can hold a summary to."""

    sections: tuple[SectionStyle, ...] = Field(min_length=1)
    """In order, with the headings as they are to be written."""
    max_words: int = Field(ge=1)
    """What all sections together should not exceed."""
    person: Literal["third", "first", ""] = ""
    """`third` never says `we`; see `Voice`."""


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
    policy: Literal["annotate", "retry", "withhold", "enforce", ""] = ""
    """What the gateway does about figures that the article lacks, where a request leaves it open
    (see summarize.proto); no golden shows it, and empty leaves it to the gateway's settings."""


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

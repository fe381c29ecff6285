"""The recipe: one YAML file that says what a run is to do.

Every key has a default but the folders; unknown keys are refused with the nearest
known one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from goldbrief.core.documents import ArticleStrategy
from goldbrief.core.durations import validated_duration
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import Gate, GateCondition, ImportPolicy
from goldbrief.core.training import LoraSpec
from goldbrief.core.yaml_text import load_yaml

DEFAULT_GATE = Gate(
    conditions=(
        GateCondition(metric="structure_valid", not_below="base"),
        GateCondition(metric="figures_supported", not_below="base"),
    )
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ArticleRecipe(_Part):
    """How articles become prompts."""

    strategy: ArticleStrategy = "full"
    """What becomes of articles longer than `tokens`: `full` refuses them; `select` feeds the model
    the salient passages, the choice for small machines; `map_reduce` has their parts summarized
    first, and the model summarize these summaries."""
    tokens: int = Field(default=4000, ge=100)
    """Room for the article, in estimated tokens."""
    wrap: Literal["plain", "chatml"] = "plain"
    """`chatml` for base models tuned on ChatML turns, such as SmolLM2-Instruct and Qwen."""


class SyntheticRecipe(_Part):
    """Articles that a language model as teacher invents, where real ones are too few."""

    articles: int = Field(default=0, ge=0)
    topics: tuple[str, ...] = ()
    """What they are about, in turn, such as `a hotel chain's refinancing`."""
    share: float = Field(default=0.2, ge=0, lt=1)
    """Largest part of the dataset's rows that may be on them. None is held out for evaluation."""

    @model_validator(mode="after")
    def _has_topics(self) -> SyntheticRecipe:
        if self.articles and not self.topics:
            raise ValueError("name `topics` for the synthetic articles")
        return self


class SynthesisRecipe(_Part):
    """How candidates are written and accepted."""

    candidates_per_article: int = Field(default=1, ge=1, le=8)
    """Summaries written and judged for each article and persona; the best accepted one is taught.
    The cost grows with them."""
    temperatures: tuple[Annotated[float, Field(ge=0, le=2)], ...] = Field((0.7,), min_length=1)
    """Sampling temperatures of a language model as teacher; several are taken in turn, a candidate
    each."""
    synthetic: SyntheticRecipe = SyntheticRecipe()
    max_rewrites: int = Field(default=2, ge=0, le=5)
    accept_score: Annotated[float, Field(ge=1, le=5)] | Literal["calibrated"] = 3.0
    """Overall score from which a candidate without errors is accepted; `calibrated` takes that of
    the judge's card (docs/judging.md)."""
    reject_score: Annotated[float, Field(ge=1, le=5)] | Literal["calibrated"] = 1.0
    """Overall score below which a candidate is rejected at once rather than rewritten; 1 has every
    one rewritten."""

    @model_validator(mode="after")
    def _accepts_nothing_that_it_rejects(self) -> SynthesisRecipe:
        reject, accept = self.reject_score, self.accept_score
        if not isinstance(reject, str) and not isinstance(accept, str) and reject > accept:
            raise ValueError("reject_score is above accept_score")
        return self


class DatasetRecipe(_Part):
    """The shape of the dataset version."""

    name: str = Field(default="briefs", pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")
    pairs: int = Field(default=5000, ge=1)
    """Most rows in all: of more accepted candidates the best are taken, where each better one of
    the same company and persona counts half a point."""
    eval_pairs: int = Field(default=500, ge=1)
    """Held out, golden pairs included."""
    extends: str = ""
    """Dataset version whose rows join the new ones, `name/version`; what it holds out stays held
    out. Empty for none."""
    embeddings: bool = True
    """Keep summaries that say the same in other words in one split; needs the embedding server."""
    balance: bool = False
    """Let rare personas, sources and article lengths count as much as frequent ones: training sees
    their rows more often, at most four times an epoch, which makes epochs longer."""


class FinetuningRecipe(_Part):
    """Base model and hyperparameters; see `core.training.TrainingSpec`."""

    model: str = "smollm2-135m-instruct"
    register_to: str = Field(default="briefs", pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")
    training_duration: str = "1ep"
    learning_rate: float = Field(default=3e-4, gt=0)
    batch_size: int = Field(default=16, ge=1)
    micro_batch_size: int = Field(default=2, ge=1)
    context_length: int = Field(default=4096, ge=16)
    checkpoint_every_steps: int = Field(default=10, ge=1)
    lora: LoraSpec = LoraSpec()

    @field_validator("training_duration")
    @classmethod
    def _duration_is_readable(cls, value: str) -> str:
        return validated_duration(value)


Rival = Literal["v1", "base", "few_shot", "teacher"]


class EvaluationRecipe(_Part):
    """What is compared."""

    articles: int = Field(default=50, ge=1)
    concurrency: int = Field(default=4, ge=1, le=256)
    """Summaries that a system writes at once; the report gives latencies under that load."""
    max_new_tokens: int = Field(default=320, ge=16)
    """Longest summary, for every system."""
    compare: tuple[Rival, ...] = ("v1", "base")
    """What the tuned model is compared with: `v1` is the chain of prompts that it replaces, `base`
    the untuned model, `few_shot` that model shown two training rows, `teacher` what wrote them."""
    v1_endpoint: str = ""
    """Name of an evaluated endpoint (see `core.settings`) on which v1 runs, as it would with a
    large model; empty runs it on the untuned base."""
    answer_metrics: bool = True
    """Grade by answer_similarity, answer_correctness and answer_relevance too: with a language
    model as judge three more calls a summary."""
    pairwise: bool = True
    """Let the judge compare the tuned model's summaries with each other system's, side by side:
    with a language model as judge two more calls an article and system."""
    likelihood: bool = False
    """Measure perplexity and bits per byte through the serving engine too. Training measures both
    of base and tuned model already, on all held-out rows."""
    consistency_articles: int = Field(default=0, ge=0)
    """So many articles are written five times by each system, to see how far summaries agree."""


class Recipe(_Part):
    """Everything a run is to do; paths are relative to the recipe file."""

    goldens: str = "goldens"
    """Folder of style goldens, at least three Markdown files."""
    articles: str = "articles"
    """Articles: a folder, `s3://bucket/prefix`, or a .txt file with a web address a line."""
    golden_eval: str = ""
    """Folder of golden evaluation pairs, NAME.md and NAME.summary.md; empty for none."""
    style: str = ""
    """Style contract to follow instead of what the goldens show; `goldbrief style edit` writes
    one (docs/style.md). Empty follows the goldens."""
    sample: str = ""
    """Article in no split, summarized at the end by version 1 and the tuned model, to look at."""
    personas: tuple[str, ...] = ()
    """Whom to write for; empty means the personas of the style: those of the goldens."""
    seed: int = 0
    budget: float = Field(default=0.0, ge=0)
    """Most that teacher and judge may cost in all, in the currency of their prices (see
    `core.settings`); what is spent pauses the run, which goes on when this is raised. 0 is no
    limit."""
    ingest: ImportPolicy = ImportPolicy()
    article: ArticleRecipe = ArticleRecipe()
    synthesis: SynthesisRecipe = SynthesisRecipe()
    dataset: DatasetRecipe = DatasetRecipe()
    finetuning: FinetuningRecipe = FinetuningRecipe()
    evaluation: EvaluationRecipe = EvaluationRecipe()
    gate: Gate = DEFAULT_GATE

    @classmethod
    def parse(cls, text: str, where: str = "recipe") -> Recipe:
        """Read a recipe from YAML or JSON.

        Args:
            text: The document.
            where: Its name, for messages.

        Returns:
            The recipe with defaults filled in.

        Raises:
            InvalidInputError: Not YAML, an unknown key (the nearest known one is named),
                or a value out of range.
        """
        try:
            document = load_yaml(text)
        except yaml.YAMLError as error:
            raise InvalidInputError(
                f"{where} is not YAML: {error}", reason="INVALID_RECIPE"
            ) from error
        if document is None:
            document = {}
        if not isinstance(document, Mapping):
            raise InvalidInputError(
                f"{where} must hold keys and values, not a {type(document).__name__}.",
                reason="INVALID_RECIPE",
            )
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            problems = "; ".join(_problem(dict(detail)) for detail in error.errors())
            raise InvalidInputError(f"{where}: {problems}", reason="INVALID_RECIPE") from error


def _problem(detail: dict[str, Any]) -> str:
    location = [str(part) for part in detail["loc"]]
    key = ".".join(location)
    if detail["type"] != "extra_forbidden":
        error = detail.get("ctx", {}).get("error")
        return f"{key}: {error or detail['msg']}"
    known = _known_keys(location[:-1])
    nearest = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
    hint = (
        f"did you mean {nearest[0]!r}?" if nearest else f"known keys: {', '.join(sorted(known))}."
    )
    return f"unknown key {key!r}; {hint}"


def _known_keys(path: list[str]) -> list[str]:
    model: type[BaseModel] = Recipe
    for part in path:
        field = model.model_fields.get(part)
        if field is None:
            return []
        candidates = (field.annotation, *get_args(field.annotation))
        nested = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        if not nested:
            return []
        model = nested[0]
    return list(model.model_fields)

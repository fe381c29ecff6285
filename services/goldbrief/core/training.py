"""The contract between the finetuning service and the training job.

One spec file goes in (`runs/<run_id>/spec.json`); numbered events, checkpoints,
`eval.json`, `canaries.json` and the adapter come out, all under `runs/<run_id>/`
in the object store. The process ends with an exit code of `ExitCode`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Literal

from pydantic import Field, field_validator

from goldbrief.core.documents import PromptFormat, Record
from goldbrief.core.durations import validated_duration


class ExitCode(IntEnum):
    """How a training process ends; anything else counts against the backoff limit."""

    DONE = 0
    BAD_SPEC = 64
    """The spec or the data is wrong: never retried."""
    INTERRUPTED = 75
    """Stopped by SIGTERM after a checkpoint: retried without counting."""


class LoraSpec(Record):
    """Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685)."""

    rank: int = Field(default=16, ge=1, le=512)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: str = "all-linear"
    """PEFT target: `all-linear`, or a comma-separated list of module names."""
    last_layers: int = Field(default=0, ge=0)
    """Adapt only so many transformer layers, counted from the output; 0 adapts all.

    Gradients need not go below the first of them, which saves time and memory.
    """


class TrainingSpec(Record):
    """Everything that determines a training run; the same spec gives the same adapter."""

    run_id: str
    model: str
    """Base model: a folder, or a hub id."""
    base_revision: str = ""
    train_data: str
    """Object key of a JSONL file of `Pair` rows (only `prompt` and `response` are required)."""
    eval_data: str = ""
    """Object key of held-out rows; empty skips the intrinsic evaluation."""
    register_to: str
    """Model name that the adapter is registered under."""
    task_type: Literal["INSTRUCTION_FINETUNE"] = "INSTRUCTION_FINETUNE"
    training_duration: str = "1ep"
    learning_rate: float = Field(default=3e-4, gt=0)
    warmup_fraction: float = Field(default=0.03, ge=0, lt=1)
    batch_size: int = Field(default=16, ge=1)
    """Samples in one optimizer step."""
    micro_batch_size: int = Field(default=2, ge=1)
    """Samples in one forward pass; halved after running out of memory."""
    context_length: int = Field(default=2048, ge=16)
    """Longest row in tokens, prompt and response together; a longer row is an error."""
    grad_clip: float = Field(default=1.0, gt=0)
    seed: int = 0
    lora: LoraSpec = LoraSpec()
    checkpoint_every_steps: int = Field(default=10, ge=1)
    prompt: PromptFormat
    """Becomes the adapter's `prompt.json`."""
    canary_prompts: tuple[str, ...] = ()
    """Completed greedily before and after training, to compare with the served adapter."""
    canary_max_tokens: int = 24
    threads: int = Field(default=0, ge=0)
    """CPU threads; 0 means what the cgroup quota allows."""

    @field_validator("training_duration")
    @classmethod
    def _duration_is_readable(cls, value: str) -> str:
        return validated_duration(value)


class TrainingEvent(Record):
    """One event of a training run, stored at `runs/<run_id>/events/<number>.json`.

    Numbers count from 0 without gaps over all restarts of the process.
    """

    number: int
    time: str
    """UTC, ISO 8601."""
    type: Literal[
        "STARTED",
        "RESUMED",
        "PROGRESS",
        "CHECKPOINT",
        "EVALUATED",
        "WARNING",
        "INTERRUPTED",
        "FAILED",
        "DONE",
    ]
    message: str
    data: dict[str, Any] = Field(default_factory=dict)
    """PROGRESS: step, steps, loss, learning_rate, tokens, tokens_per_s, epoch, remaining_s."""


class IntrinsicEvaluation(Record):
    """`eval.json`: teacher-forced measures over completion tokens only."""

    rows: int
    tokens: int
    base_token_accuracy: float
    base_perplexity: float
    tuned_token_accuracy: float
    tuned_perplexity: float
    tokenizer: str
    """Perplexities compare only between models of the same tokenizer."""


class Canary(Record):
    """A prompt and its greedy completions, as token ids too, before and after training."""

    prompt: str
    base_text: str
    tuned_text: str
    certain_text: str
    """The start of `tuned_text`, up to the first token that won by a near tie: what an engine
    of another precision must repeat."""
    tuned_token_ids: tuple[int, ...]


class AdapterManifest(Record):
    """`manifest.json`, written last: a folder without it does not exist."""

    files: dict[str, str]
    """File name to hex SHA-256."""
    run_id: str
    base_model: str
    base_revision: str
    train_data: str
    lora: LoraSpec
    prompt_sha256: str
    """Hash of prompt.json."""
    code_version: str


def events_prefix(run_id: str) -> str:
    """Key prefix of a run's events."""
    return f"runs/{run_id}/events/"


def event_key(run_id: str, number: int) -> str:
    """Key of a run's event; zero-padded so that keys list in order."""
    return f"{events_prefix(run_id)}{number:08d}.json"


def spec_key(run_id: str) -> str:
    """Key of a run's spec."""
    return f"runs/{run_id}/spec.json"


def adapter_prefix(run_id: str) -> str:
    """Key prefix of a run's finished adapter, `adapter_config.json` and its siblings below it."""
    return f"runs/{run_id}/adapter/"

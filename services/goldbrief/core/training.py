"""The contract between the finetuning service and the training job.

One spec file goes in (`runs/<run_id>/spec.json`); numbered events, checkpoints,
`eval.json`, `canaries.json` and the adapter come out, all under `runs/<run_id>/`
in the object store. The process ends with an exit code of `ExitCode`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from goldbrief.core.documents import PromptFormat, Record
from goldbrief.core.durations import validated_duration
from goldbrief.core.training_rows import TaskType


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
    rslora: bool = False
    """Scale by alpha / sqrt(rank) instead of alpha / rank (Kalajdzievski 2023, arXiv 2312.03732),
    so that high ranks learn as fast as low ones."""
    target_modules: str = "all-linear"
    """PEFT target: `all-linear`, or a comma-separated list of module names."""
    last_layers: int = Field(default=0, ge=0)
    """Adapt only so many transformer layers, counted from the output; 0 adapts all.

    Gradients need not go below the first of them, which saves time and memory.
    """


class DataFile(Record):
    """A file of training data in the object store."""

    key: str
    """Object key."""
    name: str
    """How messages name it; its ending tells the format (`core.training_files`), else JSONL."""


class DataSource(Record):
    """Training data that is mixed in with a weight of its own."""

    files: tuple[DataFile, ...] = Field(min_length=1)
    weight: float = Field(default=1.0, gt=0)
    """How often an epoch sees each row; at 0.5 it sees half of them, the other half next time."""


class Levers(Record):
    """What makes a training step cheaper than transformers and PEFT alone make it.

    Each can be switched off. None but `bf16` and `fp8_base` changes a result by more than the
    order of sums does. One that the device or the model does not allow has no effect, unless
    it was asked for.
    """

    bf16: bool = True
    """Weights and matrix products in bfloat16 where the device is fast at it; else float32."""
    fused_lora: bool = True
    """An adapted linear layer is one operation with its own backward."""
    chunked_head: bool = True
    """Head and loss are one operation, over some completion tokens at a time."""
    cudnn_attention: bool = True
    """GPU: cuDNN's attention kernels come before torch's own."""
    block_attention: bool = True
    """CPU: attention as matrix products over blocks of queries."""
    frozen_prefix: bool = True
    """What the layers below the adapter make of a row is computed once a run."""
    activation_checkpointing: Literal["auto", "on", "off"] = "auto"
    """Keep only what enters a transformer block, and compute the block again in the backward;
    `auto` does so once a single row does not fit in memory."""
    compile: Literal["auto", "on", "off"] = "auto"
    """`torch.compile` on each transformer block; `auto` does so on a GPU beside a C compiler."""
    shard_base: Literal["auto", "on", "off"] = "auto"
    """Several ranks: each holds a part of the base's weights, and a block is gathered when its turn
    comes; `auto` does so where whole weights would fill most of a GPU."""
    fp8_base: bool = False
    """GPU: products with the adapted layers' frozen weights in FP8, during training only. Needs
    `fused_lora`, and memory for the weights twice: in FP8, and in bf16 for the evaluation."""

    @model_validator(mode="after")
    def _fp8_needs_fused_lora(self) -> Levers:
        if self.fp8_base and not self.fused_lora:
            raise ValueError("fp8_base needs fused_lora")
        return self


class EarlyStopping(Record):
    """Stop when the held-out loss no longer falls, and keep the best state that was measured."""

    patience: int = Field(default=3, ge=1)
    """Measurements without a new lowest loss before training stops."""
    every: float = Field(default=0.1, gt=0, le=1)
    """Share of the planned steps between two measurements."""


class TrainingSpec(Record):
    """Everything that determines a training run; the same spec gives the same adapter."""

    run_id: str
    model: str
    """Base model: a folder, or a hub id."""
    base_revision: str = ""
    train_data: tuple[DataSource, ...] = Field(min_length=1)
    eval_data: tuple[DataFile, ...] = ()
    """Held-out rows; none skips the intrinsic evaluation."""
    register_to: str
    """Model name that the adapter is registered under."""
    task_type: TaskType = "INSTRUCTION_FINETUNE"
    method: Literal["lora", "full"] = "lora"
    """Train an adapter on frozen weights, or all weights: these need 18 bytes a parameter, over all
    GPUs together, and give a model of its own in place of an adapter."""
    training_duration: str = "1ep"
    learning_rate: float = Field(default=3e-4, gt=0)
    """Peak. With the method `full` the default is 1e-5: all weights learn well at a tenth and less
    of what an adapter needs (Thinking Machines 2025, LoRA Without Regret)."""
    warmup_fraction: float = Field(default=0.03, ge=0, lt=1)
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """What the learning rate does after the warm-up: fall to 0 in a line or half a cosine, or
    stay."""
    early_stopping: EarlyStopping | None = None
    """None trains for the whole duration; needs held-out rows."""
    batch_size: int = Field(default=16, ge=1)
    """Samples in one optimizer step."""
    micro_batch_size: int = Field(default=2, ge=1)
    """Samples in one forward pass; halved after running out of memory."""
    context_length: int = Field(default=2048, ge=16)
    """Longest row in tokens, prompt and response together."""
    on_overflow: Literal["error", "drop", "truncate"] = "error"
    """What becomes of longer rows. `truncate` takes tokens out of the middle of the prompt, never
    of the response. Texts of CONTINUED_PRETRAIN are cut into rows that fit instead."""
    grad_clip: float = Field(default=1.0, gt=0)
    seed: int = 0
    lora: LoraSpec = LoraSpec()
    levers: Levers = Levers()
    checkpoint_every_steps: int = Field(default=10, ge=1)
    prompt: PromptFormat | None = None
    """Becomes the adapter's `prompt.json`; without one, `Summarize` cannot serve the adapter."""
    custom_weights: str = ""
    """Object key prefix of an adapter of the same base and shape to go on from; empty starts
    afresh."""
    eval_prompts: tuple[str, ...] = ()
    """Completed greedily at each checkpoint; the answers are kept beside it."""
    eval_prompts_at: Literal["checkpoints", "end"] = "checkpoints"
    """Whether the evaluation prompts wait for the end of training: many of them take longer than
    the steps between two checkpoints. Early stopping ends at any measurement, so that they are
    then completed at each."""
    eval_max_tokens: int = Field(default=256, ge=1)
    """Longest answer to an evaluation prompt."""
    canary_prompts: tuple[str, ...] = ()
    """Completed greedily before and after training, to compare with the served adapter; none
    takes the prompts of the first rows."""
    canary_max_tokens: int = 24
    threads: int = Field(default=0, ge=0)
    """CPU threads; 0 means what the cgroup quota allows."""

    @field_validator("training_duration")
    @classmethod
    def _duration_is_readable(cls, value: str) -> str:
        return validated_duration(value)

    @model_validator(mode="before")
    @classmethod
    def _default_learning_rate(cls, fields: Any) -> Any:
        if isinstance(fields, dict) and fields.get("method") == "full":
            return {"learning_rate": _FULL_LEARNING_RATE, **fields}
        return fields

    @model_validator(mode="after")
    def _fits_its_method(self) -> TrainingSpec:
        if self.method == "full" and self.custom_weights:
            raise ValueError("method full goes on from a model: name its folder as the model")
        if self.method == "full" and self.levers.fp8_base:
            raise ValueError("levers.fp8_base is for frozen weights, which method full has none of")
        return self


_FULL_LEARNING_RATE = 1e-5


class JobResources(Record):
    """What a training Job asks its cluster for, on top of its template; a laptop has no say."""

    gpus: int | None = Field(default=None, ge=0)
    """GPUs of the pod; None keeps the template's."""
    memory: str = ""
    """Memory of the training container, as a Kubernetes quantity; empty keeps the template's."""
    priority_class: str = ""
    """PriorityClass of the pods; empty keeps the template's."""
    queue: str = ""
    """Kueue queue that admits the Job; empty keeps the template's."""
    node_selector: dict[str, str] = Field(default_factory=dict)
    """Labels that a node must have, beside the template's."""


EventType = Literal[
    "CHECKED",
    "STARTED",
    "RESUMED",
    "PROGRESS",
    "CHECKPOINT",
    "MEASURED",
    "EVALUATED",
    "WARNING",
    "INTERRUPTED",
    "FAILED",
    "DONE",
]


class TrainingEvent(Record):
    """One event of a training run, stored at `runs/<run_id>/events/<number>.json`.

    Numbers count from 0 without gaps over all restarts of the process.
    """

    number: int
    time: str
    """UTC, ISO 8601."""
    type: EventType
    message: str
    data: dict[str, Any] = Field(default_factory=dict)
    """PROGRESS: step, steps, loss, learning_rate, tokens, tokens_per_s, epoch, remaining_s."""


class CardEstimate(Record):
    """What a run is expected to take on one card."""

    card: str
    """Accelerator, or `this CPU`."""
    micro_batch_size: int
    """Most rows a pass that fit; 0 when not even one does, so that the run cannot be made."""
    tokens_per_s: float
    """Assumed, not measured, but for the matrix rate of a CPU."""
    minutes: float
    """For the training steps, without loading and evaluation."""
    cost: float | None = None
    """At `Settings.gpu_hour_price`; None where no price is known."""


THIS_CPU = "this CPU"
"""What the estimate for the machine without a GPU is called."""


class TrainingEstimate(Record):
    """What checking spec and data found, and what training is expected to take."""

    rows: int
    """Rows that are trained on; of long texts the rows that they were cut into."""
    tokens: int
    """Tokens of these rows, prompt and completion."""
    completion_tokens: int
    """Those that the loss covers."""
    longest: int
    """Tokens of the longest row."""
    dropped: tuple[str, ...]
    """File, line and length of each row that was left out as too long."""
    truncated: tuple[str, ...]
    """File, line and length of each row whose prompt lost its middle."""
    held_out_rows: int
    steps: int
    """Optimizer steps of the run."""
    epochs: int
    training_tokens: int
    """Tokens of all steps, without padding."""
    parameters: int
    """Of the base model."""
    trained_parameters: int
    memory_gib: float
    """On a card, with one row a pass."""
    cards: tuple[CardEstimate, ...]


class IntrinsicEvaluation(Record):
    """`eval.json`: teacher-forced measures over completion tokens only."""

    rows: int
    tokens: int
    base_token_accuracy: float
    base_perplexity: float
    tuned_token_accuracy: float
    tuned_perplexity: float
    base_bits_per_byte: float | None = None
    """Negative log-likelihood in bits per UTF-8 byte of the completions, which compares across
    tokenizers; None in evaluations made before this was measured."""
    tuned_bits_per_byte: float | None = None
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
    """`manifest.json` of an adapter or a whole model, written last: without it there is none."""

    files: dict[str, str]
    """File name to hex SHA-256."""
    run_id: str
    base_model: str
    base_revision: str
    train_data: tuple[str, ...]
    """Object keys."""
    lora: LoraSpec | None
    """None where the files are a whole model."""
    prompt_sha256: str
    """Hash of prompt.json; empty where there is none."""
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


def generations_key(run_id: str, step: int) -> str:
    """Key of the answers to a run's evaluation prompts at a step: a JSON list of texts."""
    return f"runs/{run_id}/generations/step-{step}.json"


def version_prefix(model: str, version: int | str) -> str:
    """Key prefix of a registered version's adapter."""
    return f"adapters/{model}/{version}/"


def adapter_prefix(run_id: str) -> str:
    """Key prefix of a run's finished adapter, `adapter_config.json` and its siblings below it."""
    return f"runs/{run_id}/adapter/"


def merged_prefix(run_id: str) -> str:
    """Key prefix of a run's whole model: trained in full, or the base and the adapter merged."""
    return f"runs/{run_id}/merged/"


def result_prefix(run_id: str, method: str) -> str:
    """Key prefix of what a run makes, its manifest among it."""
    return merged_prefix(run_id) if method == "full" else adapter_prefix(run_id)

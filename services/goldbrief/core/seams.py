"""The seams: what a room needs from the outside, as Protocols.

Each has one laptop implementation and one for a cluster; only settings choose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from goldbrief.core.documents import SummaryForm
from goldbrief.core.training import JobResources


class ObjectStore(Protocol):
    """Immutable objects under slash-separated keys.

    Writers put an object under a key that names its content, or write a folder's
    manifest last; a key is never rewritten with other bytes, but to delete an article.
    """

    def put(self, key: str, data: bytes) -> None:
        """Store `data` durably under `key`, atomically."""

    def get(self, key: str) -> bytes:
        """Return the bytes of `key`; raises NotFoundError."""

    def exists(self, key: str) -> bool:
        """Whether `key` is stored."""

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with `prefix`, in lexical order."""

    def put_file(self, key: str, path: Path) -> None:
        """Store the file's bytes under `key`, without loading them whole."""

    def get_file(self, key: str, path: Path) -> None:
        """Write the bytes of `key` to `path`, without loading them whole."""

    def delete(self, key: str) -> None:
        """Remove `key`; missing keys are no error."""


class Embedder(Protocol):
    """Sentence embeddings."""

    name: str
    """Model name, recorded with everything derived from its vectors."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit-length vector a text, in order; raises TransientError."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class WrittenToken:
    """A token that a language model wrote, and what it might have written there."""

    text: str
    log_probs: Mapping[str, float]
    """Natural logarithms of the probabilities of the likeliest tokens, by their text."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model answered."""

    text: str
    finish_reason: str
    """`stop`, `length`, or the engine's own word."""
    prompt_tokens: int
    completion_tokens: int
    """As many as were or may be billed: of both calls, where one was given up for the other."""
    model: str
    latency_s: float
    """Of the call that answered, not of those before it."""
    cached: bool = False
    """Whether it is the answer to an equal request, for which it was made before."""
    tokens: tuple[WrittenToken, ...] = ()
    """Of the text, in order; only where they were asked for and the endpoint gives them."""


class ChatModel(Protocol):
    """A chat endpoint: teacher, judge or a prompted system under evaluation."""

    name: str

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        schema: Mapping[str, Any] | None = None,
        log_probs: bool = False,
    ) -> Completion:
        """Answer `messages`, by a JSON schema and with log-probabilities where it honours them.

        Raises TransientError, ResourceExhaustedError, InvalidInputError.
        """


@dataclass(frozen=True, slots=True)
class Window:
    """What an engine takes at once, in its own tokens."""

    prompt: int
    """Longest prompt."""
    total: int
    """Longest prompt and completion together."""

    def room(self, completion: int) -> int:
        """Longest prompt that leaves room for a completion."""
        return min(self.prompt, self.total - completion)


class Engine(Protocol):
    """A serving engine that completes raw prompts with the base model or an adapter."""

    def complete(
        self,
        prompt: str,
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
        figure_source: str = "",
        form: SummaryForm | None = None,
    ) -> Completion:
        """Complete `prompt`; `adapter` None is the base. Raises NotFoundError for unknown ones.

        An engine that can writes only figures of `figure_source`, and only in the `form`, where
        they are given.
        """

    def stream(
        self,
        prompt: str,
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float = 0.0,
        timeout_s: float = 600.0,
        figure_source: str = "",
        form: SummaryForm | None = None,
    ) -> Iterator[str | Completion]:
        """Yield text pieces, then one Completion with the whole."""

    def adapters(self) -> list[str]:
        """Names of the adapters that can be asked for."""

    def required_base(self) -> str | None:
        """Name of the base model that an adapter must give as its own; None where none is asked."""

    def window(self) -> Window | None:
        """How much fits; None where the engine does not say."""

    def count_tokens(self, prompt: str) -> int | None:
        """Length of a prompt by the engine's own tokenizer; None where it counts for nobody."""


Replicas: TypeAlias = Callable[[], Mapping[str, Engine]]
"""Finds the replicas of an engine that are ready now, each by its address, to be asked by itself;
raises TransientError where there is none."""


class TokenScorer(Protocol):
    """A language model that says how probable it finds a text."""

    name: str
    """Model name, recorded with everything derived from it."""

    def log_probs(self, context: str, text: str) -> list[float]:
        """Natural logarithm of the probability of each token of `text`, given all before it.

        Raises TransientError, ResourceExhaustedError; InvalidInputError when they are too long, or
        the engine does not tell.
        """


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A token of a given text, as a model that reads it would have guessed it."""

    log_prob: float
    """Natural logarithm of its probability, given all before it."""
    is_likeliest: bool
    """Whether the model finds no other token likelier in its place."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What the launcher knows of a training process.

    `exit_code` is None while it runs; `exists` is False when no trace of it is left.
    """

    exists: bool
    exit_code: int | None
    detail: str = ""
    """What it waits for while it runs, or why it ended; for people."""
    is_final: bool = False
    """Whether the launcher has tried by itself as often as it should."""


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A training process to start."""

    id: str
    """Of the run, or derived from it: the same job is never started twice side by side."""
    spec_key: str
    """Object key of the spec."""
    checks_only: bool = False
    """Whether it only checks spec and data, which needs no accelerator."""
    resources: JobResources = field(default_factory=JobResources)
    max_seconds: float = 0.0
    """How long it may run; 0 for as long as it takes."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that tell the process what it is part of; they change nothing that it does."""


class JobLauncher(Protocol):
    """Starts training processes and answers for them, also after a restart of ours."""

    @property
    def checks_apart(self) -> bool:
        """Whether a job that only checks the data spares something; training checks them too."""

    @property
    def poll_s(self) -> float:
        """Seconds between two looks at a job; its news come no later than that."""

    def launch(self, job: TrainingJob) -> None:
        """Start a job; one that is already there is adopted."""

    def status(self, job_id: str) -> JobStatus:
        """Look after the process."""

    def stop(self, job_id: str) -> None:
        """Ask it to checkpoint and leave with 75."""

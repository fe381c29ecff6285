"""What the fake TGI makes of a request: what it refuses, and the tokens of its answer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

EOS = "</s>"
_LETTERS_A_TOKEN = 3
_MOST_NEW_TOKENS = 1024  # TGI takes a larger max_new_tokens for this
_HALF = "\ufffd"
_UNPLAYED = (
    "best_of",
    "repetition_penalty",
    "frequency_penalty",
    "truncate",
    "watermark",
    "decoder_input_details",
    "top_n_tokens",
    "grammar",
)


class TgiError(Exception):
    """A request that TGI declines.

    Args:
        status: Of the answer, where it is no stream.
        message: For people.
        error_type: TGI's own word.
    """

    def __init__(self, status: int, message: str, error_type: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type

    @classmethod
    def of_shard(cls, message: str) -> TgiError:
        """Of what the shard, or its absence, did to a request."""
        said = f"Request failed during generation: Server error: {message}"
        return cls(424, said, "generation")

    @classmethod
    def of_input(cls, message: str) -> TgiError:
        """Of what TGI finds wrong with a request that it can read."""
        return cls(422, f"Input validation error: {message}", "validation")

    def body(self) -> dict[str, str]:
        """As JSON."""
        return {"error": str(self), "error_type": self.error_type}


@dataclass(frozen=True, slots=True)
class Limits:
    """Flags that TGI was started with."""

    max_concurrent_requests: int = 4
    max_best_of: int = 2
    max_stop_sequences: int = 4
    max_input_tokens: int = 512
    max_total_tokens: int = 640
    max_top_n_tokens: int = 5

    def info(self) -> dict[str, Any]:
        """Answer of /info; adapters are not in it."""
        return {
            "model_id": "fake-base",
            "model_sha": None,
            "model_pipeline_tag": None,
            "max_concurrent_requests": self.max_concurrent_requests,
            "max_best_of": self.max_best_of,
            "max_stop_sequences": self.max_stop_sequences,
            "max_input_tokens": self.max_input_tokens,
            "max_total_tokens": self.max_total_tokens,
            "validation_workers": 2,
            "max_client_batch_size": 4,
            "router": "text-generation-router",
            "version": "3.3.7",
            "sha": "fake",
            "docker_label": None,
        }


class Parameters(BaseModel):
    """Of a request; TGI takes no notice of those that it does not know."""

    model_config = ConfigDict(strict=True, extra="ignore")

    best_of: int | None = None
    temperature: float | None = None
    repetition_penalty: float | None = None
    frequency_penalty: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    typical_p: float | None = None
    do_sample: bool = False
    max_new_tokens: int | None = None
    return_full_text: bool | None = None
    stop: list[str] = Field(default_factory=list)
    truncate: int | None = None
    watermark: bool = False
    details: bool = False
    decoder_input_details: bool = False
    seed: int | None = None
    top_n_tokens: int | None = None
    grammar: dict[str, Any] | None = None
    adapter_id: str | None = None

    @property
    def sampling(self) -> bool:
        """Whether the answer is drawn; any of these says so, not only `do_sample`."""
        draws = (self.temperature, self.top_k, self.top_p, self.typical_p)
        return self.do_sample or any(value is not None for value in draws)

    def unplayed(self) -> list[str]:
        """Names of those that are given and that this fake does not play."""
        return [name for name in _UNPLAYED if getattr(self, name)]


class Request(BaseModel):
    """Body of both routes; without parameters the answer is drawn, to the end of the window."""

    model_config = ConfigDict(strict=True, extra="ignore")

    inputs: str
    parameters: Parameters = Field(default_factory=lambda: Parameters(do_sample=True))


@dataclass(frozen=True, slots=True)
class Generation:
    """The whole answer to a request."""

    request: Request
    prompt_tokens: int
    tokens: tuple[str, ...]
    finish_reason: str
    seed: int | None

    def answer(self) -> dict[str, Any]:
        """Of /generate."""
        answer: dict[str, Any] = {"generated_text": self._text()}
        if self.request.parameters.details:
            tokens = [_token(text) for text in self.tokens]
            answer["details"] = {**self._details(), "prefill": [], "tokens": tokens}
        return answer

    def event(self, count: int) -> dict[str, Any]:
        """Of /generate_stream, with the token of this number, counted from 1."""
        last = count == len(self.tokens)
        details = {**self._details(), "input_length": self.prompt_tokens}
        return {
            "index": count,
            "token": _token(self.tokens[count - 1]),
            "generated_text": self._text() if last else None,
            "details": details if last and self.request.parameters.details else None,
        }

    def _text(self) -> str:
        # An answer that is cut within a character is empty as a whole.
        cut = self.tokens[-1] == _HALF
        written = "" if cut else "".join(text for text in self.tokens if text != EOS)
        return (self.request.inputs if self.request.parameters.return_full_text else "") + written

    def _details(self) -> dict[str, Any]:
        count = len(self.tokens)
        reason = self.finish_reason
        return {"finish_reason": reason, "generated_tokens": count, "seed": self.seed}


def generation_of(
    request: Request, answer: Sequence[str], limits: Limits, stream: bool
) -> Generation:
    """Check a request as TGI's router does, and cut its answer as TGI's model ends it.

    Args:
        request: What was asked.
        answer: What the model would write, without an end.
        limits: What is taken.
        stream: Whether it is to be streamed.

    Returns:
        The answer.

    Raises:
        TgiError: The request is refused.
    """
    options = request.parameters
    prompt_tokens = -(-len(request.inputs) // _LETTERS_A_TOKEN)
    window = limits.max_total_tokens - prompt_tokens
    most = window if options.max_new_tokens is None else options.max_new_tokens
    most = min(most, _MOST_NEW_TOKENS)
    _check(request, limits, stream, prompt_tokens, most)
    seed = None
    tokens = [*answer, EOS]
    if options.sampling:
        seed = random.getrandbits(63) if options.seed is None else options.seed
        random.Random(seed).shuffle(tokens)
        tokens.sort(key=EOS.__eq__)
    reason = "eos_token" if len(tokens) <= most else "length"
    tokens = tokens[:most]
    for count in range(1, len(tokens) + 1):
        if "".join(tokens[:count]).endswith(tuple(options.stop)):
            tokens, reason = tokens[:count], "stop_sequence"
            break
    return Generation(request, prompt_tokens, tuple(tokens), reason, seed)


def _check(request: Request, limits: Limits, stream: bool, prompt_tokens: int, most: int) -> None:
    options = request.parameters
    best_of, top_n = options.best_of or 1, options.top_n_tokens or 0
    stops = len(options.stop)
    faults = (
        (stream and best_of != 1, "`best_of` != 1 is not supported when streaming tokens"),
        (
            stream and options.decoder_input_details,
            "`decoder_input_details` == true is not supported when streaming tokens",
        ),
        (
            best_of > limits.max_best_of,
            f"`best_of` must be > 0 and <= {limits.max_best_of}. Given: {best_of}",
        ),
        (
            options.temperature is not None and options.temperature <= 0,
            "`temperature` must be strictly positive",
        ),
        (
            options.top_p is not None and not 0 < options.top_p < 1,
            "`top_p` must be > 0.0 and < 1.0",
        ),
        (options.max_new_tokens == 0, "`max_new_tokens` must be strictly positive"),
        (
            stops > limits.max_stop_sequences,
            f"`stop` supports up to {limits.max_stop_sequences} stop sequences. Given: {stops}",
        ),
        (
            top_n > limits.max_top_n_tokens,
            f"`top_n_tokens` must be >= 0 and <= {limits.max_top_n_tokens}. Given: {top_n}",
        ),
        (not request.inputs, "`inputs` cannot be empty"),
        (
            prompt_tokens + most > limits.max_total_tokens,
            f"`inputs` tokens + `max_new_tokens` must be <= {limits.max_total_tokens}."
            f" Given: {prompt_tokens} `inputs` tokens and {most} `max_new_tokens`",
        ),
        (
            prompt_tokens > limits.max_input_tokens,
            f"`inputs` must have less than {limits.max_input_tokens} tokens."
            f" Given: {prompt_tokens}",
        ),
    )
    for is_so, message in faults:
        if is_so:
            raise TgiError.of_input(message)
    if options.unplayed():
        said = f"FakeTgi does not play {', '.join(options.unplayed())}."
        raise TgiError(501, said, "unplayed")


def tokens_of(text: str) -> list[dict[str, Any]]:
    """Answer of /tokenize."""
    starts = range(0, len(text), _LETTERS_A_TOKEN)
    return [
        {"id": start, "text": piece, "start": start, "stop": start + len(piece)}
        for start in starts
        if (piece := text[start : start + _LETTERS_A_TOKEN])
    ]


def said_of(error: ValidationError) -> str:
    """The first fault of a body, as far as TGI's router would say it."""
    fault = error.errors()[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


def _token(text: str) -> dict[str, Any]:
    return {
        "id": sum(text.encode()),
        "text": "" if text == _HALF else text,
        "logprob": -1.5,
        "special": text == EOS,
    }

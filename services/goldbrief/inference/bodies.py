"""Request bodies: the subsets of OpenAI's and TGI's that are served.

A parameter that is not served is refused, not ignored: an answer that silently disregards
what was asked for is worse than none. Those that ask for what happens anyway are accepted.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_NEUTRAL: dict[str, tuple[object, ...]] = {
    "n": (None, 1),
    "best_of": (None, 1),
    "echo": (None, False),
    "logprobs": (None, False),
    "top_logprobs": (None,),
    "top_p": (None, 1),
    "top_k": (None,),
    "typical_p": (None,),
    "top_n_tokens": (None,),
    "truncate": (None,),
    "grammar": (None,),
    "watermark": (None, False),
    "decoder_input_details": (None, False),
    "repetition_penalty": (None, 1),
    "presence_penalty": (None, 0),
    "frequency_penalty": (None, 0),
    "logit_bias": (None,),
    "suffix": (None,),
    "tools": (None,),
    "response_format": (None,),
}
"""Parameters with the values that change nothing."""

StopSequences = Annotated[list[str], Field(max_length=4)]


class Body(BaseModel):
    """Base of the bodies."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_neutral(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {
            name: value
            for name, value in data.items()
            if name in cls.model_fields or value not in _NEUTRAL.get(name, ())
        }


class StreamOptions(Body):
    """OpenAI's `stream_options`."""

    include_usage: bool = False


class _OpenAIGeneration(Body):
    model: str
    """The base model's name, or an adapter's."""
    temperature: float = Field(default=1.0, ge=0, le=2)
    """OpenAI's default, which samples; 0 is greedy."""
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    stop: str | StopSequences | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    return_token_ids: bool | None = None
    """As in vLLM: each choice carries `prompt_token_ids` and `token_ids`."""
    figure_source: str | None = None
    """Ours: the article whose figures alone may be written; None lets any be written."""
    user: str | None = None

    @property
    def stop_sequences(self) -> tuple[str, ...]:
        """`stop` as a tuple."""
        if self.stop is None:
            return ()
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with a chunk of usage."""
        return self.stream_options is not None and self.stream_options.include_usage


class CompletionBody(_OpenAIGeneration):
    """POST /v1/completions."""

    prompt: str | Annotated[list[str], Field(min_length=1, max_length=128)]
    max_tokens: int = Field(default=16, ge=0)
    echo: bool = False
    """With `max_tokens` 0 and `logprobs`: how probable the model finds the prompt's tokens."""
    logprobs: int | None = Field(default=None, ge=0, le=5)
    """From 1 on, the likeliest token in each place is told too, but no further ones."""

    @model_validator(mode="after")
    def _echoes_or_completes(self) -> CompletionBody:
        scores = (self.echo, self.logprobs is not None, self.max_tokens == 0)
        if len(set(scores)) > 1:
            raise ValueError("echo, logprobs and max_tokens 0 are served together, or none of them")
        return self

    @property
    def prompts(self) -> list[str]:
        """`prompt` as a list."""
        return [self.prompt] if isinstance(self.prompt, str) else self.prompt


class ChatMessage(Body):
    """One turn of a chat; text only."""

    role: Literal["system", "user", "assistant"]
    content: str
    name: str | None = None


class ChatBody(_OpenAIGeneration):
    """POST /v1/chat/completions."""

    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    max_tokens: int | None = Field(default=None, ge=1)
    """None is what the context has room for."""
    max_completion_tokens: int | None = Field(default=None, ge=1)
    """The newer name of max_tokens; wins over it."""


class EmbeddingBody(Body):
    """POST /v1/embeddings."""

    model: str
    input: (
        Annotated[str, Field(min_length=1)]
        | Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=512)]
    )
    encoding_format: Literal["float", "base64"] = "float"
    user: str | None = None


class TgiParameters(Body):
    """TGI's `parameters`."""

    max_new_tokens: int = Field(default=100, ge=1)
    """Unlike TGI, which runs to the end of the window when nothing is said."""
    do_sample: bool = False
    temperature: float | None = Field(default=None, gt=0)
    """Used with do_sample; 1 when not given."""
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    stop: StopSequences = []
    details: bool = False
    adapter_id: str | None = None
    figure_source: str | None = None
    """Ours; see /v1/completions."""
    return_full_text: bool | None = None


class TgiBody(Body):
    """POST /generate and /generate_stream."""

    inputs: str
    parameters: TgiParameters = TgiParameters()


class TokenizeBody(Body):
    """POST /tokenize, as vLLM has it: `model` and `prompt`."""

    prompt: str
    model: str = ""
    """Any: adapters have the base model's tokenizer."""

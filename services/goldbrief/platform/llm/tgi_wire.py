"""What TGI's native routes are sent and answer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, RootModel

STATUS = {
    "validation": 422,
    "template_error": 422,
    "missing_template_variable": 422,
    "tool_error": 422,
    "generation": 424,
    "overloaded": 429,
    "incomplete_generation": 500,
    "incomplete_generation_stream": 500,
    "stream_serialization_error": 500,
    "healthcheck": 503,
}
"""Status that TGI gives each of its `error_type`s, where it can: a stream has sent 200 by then."""


class Token(BaseModel):
    """A token of the answer."""

    text: str
    special: bool

    @property
    def visible(self) -> str:
        """What it adds to the answer."""
        return "" if self.special else self.text


class Details(BaseModel):
    """What both kinds of answer tell with `details`."""

    finish_reason: str
    generated_tokens: int


class AnswerDetails(Details):
    """Of a whole answer; of the prompt's tokens it says nothing, a header does."""

    tokens: list[Token]


class Answer(BaseModel):
    """Of /generate."""

    generated_text: str
    details: AnswerDetails


class StreamDetails(Details):
    """Of a stream's last event."""

    input_length: int


class Event(BaseModel):
    """Of /generate_stream: a token, the last one with the whole, or a failure."""

    token: Token | None = None
    generated_text: str | None = None
    details: StreamDetails | None = None
    error: str = ""
    error_type: str = ""


class Tokens(RootModel[list[Any]]):
    """Of /tokenize: one object for each token, of which only their number matters."""


class TgiInfo(BaseModel):
    """What a TGI says of itself; never which adapters it has."""

    model_id: str
    """The base model, as `--model-id` named it."""
    version: str
    max_input_tokens: int
    """Longest prompt."""
    max_total_tokens: int
    """Longest prompt and completion together."""
    max_concurrent_requests: int
    """Requests that it takes at once; it refuses others as overload."""


def request_body(
    prompt: str, adapter: str | None, max_tokens: int, temperature: float
) -> dict[str, Any]:
    """Body of /generate and /generate_stream."""
    # Each of these is sent always: without them TGI may sample, run to the end of the window,
    # and return the prompt too. It refuses a temperature of 0, and samples at any other.
    parameters: dict[str, Any] = {
        "max_new_tokens": max_tokens,
        "do_sample": temperature != 0,
        "return_full_text": False,
        "details": True,
    }
    if temperature != 0:
        parameters["temperature"] = temperature
    if adapter is not None:
        parameters["adapter_id"] = adapter
    return {"inputs": prompt, "parameters": parameters}


def whole_text(generated_text: str, pieces: str) -> str:
    """The answer, from what TGI says it is and from its pieces."""
    # TGI's whole text is empty where the answer was cut within a character.
    return generated_text or pieces

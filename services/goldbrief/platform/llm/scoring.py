"""How probable a server's models find a text, by /v1/completions with `echo`."""

from __future__ import annotations

import httpx
from pydantic import BaseModel, Field

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import GivenToken
from goldbrief.platform.llm.addresses import checked_url
from goldbrief.platform.llm.engines import OPERATION, OpenAIEngine
from goldbrief.platform.llm.http import (
    engine_errors,
    malformed,
    new_client,
    parsed,
    status_error,
    timeout,
)
from goldbrief.platform.llm.retrying import RetryPolicy, retry
from goldbrief.platform.tracing.model_calls import model_call

_TIMEOUT_S = 120.0
_TELL = {"max_tokens": 0, "echo": True, "logprobs": 1}
"""Asks for the prompt's own tokens, and the likeliest in their places."""
_AS_LIKELY = 1e-6
"""The likeliest token's logarithm is its own but for rounding on the way."""


class _LogProbs(BaseModel):
    """All empty where an engine answers in another form, or ignores `echo`."""

    token_logprobs: list[float | None] = []
    text_offset: list[int] = []
    top_logprobs: list[dict[str, float] | None] = []


class _Choice(BaseModel):
    logprobs: _LogProbs | None = None


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class HttpTokenScorer:
    """A `TokenScorer`; safe to use from several threads. The embedded server and vLLM answer it.

    Args:
        base_url: Without /v1, e.g. `http://127.0.0.1:7701`.
        name: Of the base model, for the records; requests name it as the engine lists it.
        client: For tests; None makes one.
        retries: When and how long to try again.
        token: What the server wants of who calls it; empty for nothing.

    Raises:
        InvalidInputError: base_url is not an http or https URL.
    """

    def __init__(
        self,
        base_url: str,
        name: str,
        *,
        client: httpx.Client | None = None,
        retries: RetryPolicy | None = None,
        token: str = "",
    ) -> None:
        self.name = name
        self._url = checked_url(base_url, "base_url")
        self._client = client or new_client(self._url, token)
        self._engine = OpenAIEngine(base_url, self._client)
        self._retries = retries or RetryPolicy()

    def log_probs(self, context: str, text: str) -> list[float]:
        """Natural logarithm of the probability of each token of a text.

        Args:
            context: What stands before it.
            text: Whose tokens count: those that begin within it. The very first token of both has
                no probability.

        Returns:
            One a token.

        Raises:
            TransientError: The engine cannot be reached or fails, until the last attempt.
            ResourceExhaustedError: It stayed overloaded.
            NotFoundError: It has no such model.
            InvalidInputError: The texts are too long, or it does not tell.
        """
        return [token.log_prob for token in self.tokens(context, text)]

    def tokens(self, context: str, text: str, adapter: str | None = None) -> list[GivenToken]:
        """How the tokens of a text would have been guessed.

        Args:
            context: See `log_probs`.
            text: See `log_probs`.
            adapter: Name of an adapter; None is the base.

        Returns:
            One a token; raises as `log_probs` does.
        """
        return retry(self._retries, lambda left_s: self._once(context, text, adapter, left_s))

    def _once(
        self, context: str, text: str, adapter: str | None, left_s: float
    ) -> list[GivenToken]:
        model = adapter or self._engine.base_name()
        body = {"model": model, "prompt": context + text, "temperature": 0, **_TELL}
        with model_call(OPERATION, model, self._url) as call:
            with engine_errors(self._url):
                response = self._client.post(
                    "/v1/completions",
                    json=body,
                    headers=call.headers,
                    timeout=timeout(min(_TIMEOUT_S, left_s)),
                )
            if response.status_code != 200:
                raise status_error(response, self._url, model)
        found = parsed(_Answer, response.text, self._url).choices[0].logprobs
        if found is None or not found.text_offset:
            raise InvalidInputError(
                f"{model} gives no log-probabilities of a given text.",
                reason="SCORING_NOT_SERVED",
                remedy="Serve the model by an engine that answers `echo` with `logprobs`: vLLM, "
                "or the embedded server.",
            )
        parts = (found.token_logprobs, found.text_offset, found.top_logprobs)
        if len({len(part) for part in parts}) > 1:
            raise malformed(self._url, "not one place a token", response.text)
        return [
            GivenToken(log_prob, log_prob >= max((top or {}).values(), default=0) - _AS_LIKELY)
            for log_prob, place, top in zip(*parts, strict=True)
            if log_prob is not None and place >= len(context)
        ]

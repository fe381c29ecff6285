"""Chat models behind any OpenAI-compatible endpoint: teacher, judge, prompted systems."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import openai
from pydantic import BaseModel, Field, ValidationError

from goldbrief.core.egress import uses_proxy
from goldbrief.core.errors import TransientError
from goldbrief.core.seams import Completion, Message, WrittenToken
from goldbrief.platform.llm.addresses import checked_url, hold_to_allowed
from goldbrief.platform.llm.backups import BackupPolicy, Backups
from goldbrief.platform.llm.chat_dialects import ChatDialect
from goldbrief.platform.llm.chat_errors import refused, translated
from goldbrief.platform.llm.counting import counted_call
from goldbrief.platform.llm.endpoints import Endpoint
from goldbrief.platform.llm.retrying import RetryPolicy, retry
from goldbrief.platform.llm.waiting import Look, looking, make_attentive

_CONNECT_S = 10.0
_ALTERNATIVES = 5
"""Tokens told for each that was written: as many as grades, and as TGI gives at most."""


class _AnsweredMessage(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _AnsweredMessage
    finish_reason: str | None = None
    logprobs: Any = None


class _Alternative(BaseModel):
    token: str
    logprob: float


class _Token(_Alternative):
    top_logprobs: list[_Alternative] = []


class _LogProbs(BaseModel):
    content: list[_Token]


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Answer(BaseModel):
    """What is read of a chat completion, whatever else the server sends."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None
    model: str | None = None


class OpenAIChat:
    """A `ChatModel`; safe to use from several threads.

    Reads nothing from `OPENAI_*` environment variables: an experiment must not depend on
    a key, an organization or headers that happen to be set.

    Args:
        base_url: Ends in /v1, e.g. `https://models.example.com/v1`.
        model: As the endpoint names it.
        api_key: Sent as bearer token; endpoints without one take any text.
        read_timeout_s: Longest silence of one attempt: the time that a whole answer may
            take, since it arrives in one piece.
        retries: When and how long to try again.
        endpoint: Shares slots, pace and health with other clients of the same endpoint.
        backups: When a call is asked a second time; None is never.

    Raises:
        InvalidInputError: base_url is not an http or https URL.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str,
        *,
        read_timeout_s: float = 180.0,
        retries: RetryPolicy | None = None,
        endpoint: Endpoint | None = None,
        backups: BackupPolicy | None = None,
    ) -> None:
        self.name = model
        self.url = checked_url(base_url, "base_url")
        self._read_timeout_s = read_timeout_s
        self._retries = retries or RetryPolicy()
        self._endpoint = endpoint or Endpoint()
        self._backups = Backups(backups, self._endpoint, model) if backups else None
        http_client = openai.DefaultHttpxClient(
            trust_env=uses_proxy(self.url), event_hooks={"request": [hold_to_allowed]}
        )
        make_attentive(http_client)
        self._client = openai.OpenAI(
            base_url=self.url,
            api_key=api_key or "none",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            max_retries=0,
            http_client=http_client,
        )
        # Given as None they would be read from the environment; given as "" they would be
        # sent as empty headers. Custom headers come from the environment in any case.
        self._client.organization = None
        self._client.project = None
        self._client.admin_api_key = None
        self._client._custom_headers = {}
        self._dialect = ChatDialect(f"{model} at {self.url}")

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
        """Answer `messages`, trying again as the retry policy says.

        Args:
            messages: The conversation.
            max_tokens: Longest answer, in tokens.
            temperature: 0 is greedy.
            seed: For endpoints that honour it.
            schema: JSON schema of the answer, for endpoints that honour it; others answer as
                they like, so the answer must be read with care.
            log_probs: Whether to ask for the tokens with their probabilities; endpoints that give
                none answer all the same.

        Returns:
            The answer; a refusal has the finish reason `refusal`.

        Raises:
            TransientError: Unreachable (LLM_UNREACHABLE), too slow (LLM_TIMEOUT), failing
                (LLM_SERVER_ERROR) or unreadable (LLM_MALFORMED_ANSWER, whose metadata keep
                the raw text under `raw`) until the last attempt.
            ResourceExhaustedError: Rate limit or quota (LLM_RATE_LIMIT, LLM_QUOTA), or no turn
                came (LLM_NO_TURN; RestingError LLM_RESTING after failures in a row).
            InvalidInputError: Wrong key (LLM_AUTH), unknown model (LLM_NOT_FOUND), too long
                (LLM_CONTEXT_OVERFLOW) or otherwise refused (LLM_BAD_REQUEST).
        """
        body: dict[str, Any] = {
            "messages": [{"role": turn.role, "content": turn.content} for turn in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "schema": schema,
            **({"logprobs": True, "top_logprobs": _ALTERNATIVES} if log_probs else {}),
        }
        return retry(
            self._retries, lambda left_s: self._tried(body, left_s), self._endpoint.may_retry
        )

    def check(self) -> None:
        """Probe the endpoint before a run: reachable, key accepted, model listed.

        Raises:
            TransientError: It cannot be reached, or fails.
            InvalidInputError: The key is wrong, or the model is not among those listed.
            ResourceExhaustedError: It is overloaded.
        """
        try:
            listed = [model.id for model in self._client.models.list(timeout=_CONNECT_S).data]
        except openai.NotFoundError:
            return  # some gateways have no /models; the first chat will tell
        except openai.OpenAIError as error:
            raise translated(error, self.url, self.name) from error
        if self.name not in listed:
            raise refused(self.url, self.name, listed)

    def _tried(self, body: dict[str, Any], left_s: float) -> Completion:
        deadline = time.monotonic() + left_s

        def ask(look: Look, *, is_backup: bool) -> Completion:
            wait_s = 0.0 if is_backup else left_s
            counted = counted_call("chat", self.name, self.url, is_backup=is_backup)
            with self._endpoint.turn(wait_s), counted as call, looking(look):
                answer = self._once(body, deadline - time.monotonic(), call.headers)
                call.answered(answer)
                return answer

        if self._backups is None:
            return ask(lambda _: math.inf, is_backup=False)
        return self._backups.ask(body["max_tokens"], ask)

    def _once(self, body: dict[str, Any], left_s: float, headers: Mapping[str, str]) -> Completion:
        started = time.monotonic()
        sent = self._dialect.adapted(body)
        timeout = openai.Timeout(max(0.1, min(self._read_timeout_s, left_s)), connect=_CONNECT_S)
        try:
            # not `chat.completions.create`: its reading of request and answer by a hundred types
            # takes longer than the rest of the call, and we read the answer ourselves
            text = self._client.post(
                "/chat/completions",
                cast_to=str,
                body={"model": self.name, **sent},
                options={"timeout": timeout, "headers": headers},
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if self._dialect.adapts_to(error, sent):
                return self._once(body, left_s, headers)
            raise translated(error, self.url, self.name) from error
        except openai.OpenAIError as error:
            raise translated(error, self.url, self.name) from error
        return self._read(text, time.monotonic() - started)

    def _read(self, text: str, latency_s: float) -> Completion:
        try:
            answer = _Answer.model_validate_json(text)
        except ValidationError as error:
            raise self._malformed(f"{error.error_count()} errors", text) from error
        choice = answer.choices[0]
        content, finish = choice.message.content, choice.finish_reason or "stop"
        if content is None and choice.message.refusal:
            content, finish = choice.message.refusal, "refusal"
        if content is None and finish in ("length", "content_filter"):
            content = ""  # nothing was left for, or of, the answer
        if content is None:
            raise self._malformed("the message has no content", text)
        usage = answer.usage or _Usage()
        return Completion(
            text=content,
            finish_reason=finish,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            model=answer.model or self.name,
            latency_s=latency_s,
            tokens=_tokens(choice.logprobs),
        )

    def _malformed(self, why: str, text: str) -> TransientError:
        return TransientError(
            f"{self.url} answered something that is no chat completion ({why}).",
            reason="LLM_MALFORMED_ANSWER",
            remedy="Check that the URL is an OpenAI-compatible endpoint ending in /v1.",
            metadata={"raw": text},
        )


def _tokens(told: Any) -> tuple[WrittenToken, ...]:
    """The tokens with their alternatives; none where the server tells them in another form."""
    try:
        content = _LogProbs.model_validate(told).content
    except ValidationError:
        return ()
    return tuple(
        WrittenToken(one.token, {other.token: other.logprob for other in [one, *one.top_logprobs]})
        for one in content
    )

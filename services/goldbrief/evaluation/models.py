"""The models that systems under evaluation ask: the engine's, and those behind endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from goldbrief.core.errors import InvalidInputError, NotFoundError, TransientError
from goldbrief.core.seams import ChatModel, Completion, Engine, GivenToken, Message
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import EffectUsage
from goldbrief.platform.ledger.spending import Price


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered, and what that took."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    latency_s: float
    first_token_s: float | None = None
    """None where the answer came in one piece."""
    cost: float | None = None
    """In the user's own currency; None without prices."""


class Models(Protocol):
    """Greedy calls; what a system is given instead of engine and endpoints."""

    def complete(self, prompt: str, *, adapter: str | None, max_tokens: int) -> Answer:
        """Complete a raw prompt by an adapter, or by the base model.

        Args:
            prompt: As the model was trained on.
            adapter: None is the base model.
            max_tokens: Longest completion.

        Returns:
            The answer.

        Raises:
            InvalidInputError: The prompt does not fit.
            NotFoundError: The engine does not know the adapter.
            TransientError: The engine is away.
        """

    def chat(self, endpoint: str, text: str, *, max_tokens: int) -> Answer:
        """Ask a language model of the settings' `evaluated_endpoints`; raises as `complete`."""


class PromptScorer(Protocol):
    """Tells how probable an engine's models find a text."""

    def tokens(self, context: str, text: str, adapter: str | None) -> list[GivenToken]:
        """See LiveModels.weigh."""


class LiveModels:
    """Engine and endpoints themselves.

    Args:
        engine: Serves base model and adapters.
        endpoints: Chat models by name.
        prices: Of endpoints, by name, where they are known.
        engine_price: Of an engine's second; 0 is unknown.
        scorer: Tells how probable the engine's models find a text; None where it tells nobody.
    """

    def __init__(
        self,
        engine: Engine,
        endpoints: Mapping[str, ChatModel] | None = None,
        prices: Mapping[str, Price | None] | None = None,
        engine_price: float = 0.0,
        scorer: PromptScorer | None = None,
    ) -> None:
        self._engine = engine
        self._endpoints = endpoints or {}
        self._prices = prices or {}
        self._engine_price = engine_price
        self._scorer = scorer

    def require(self, adapters: set[str], endpoints: set[str]) -> None:
        """Raise NotFoundError unless all are there."""
        missing = adapters.difference(self._engine.adapters()) if adapters else set()
        if missing:
            raise NotFoundError(
                f"The engine does not serve the adapter {', '.join(sorted(missing))}.",
                reason="ADAPTER_NOT_FOUND",
                remedy="Deliver the model version first.",
            )
        for name in sorted(endpoints):
            self._endpoint(name)

    def complete(self, prompt: str, *, adapter: str | None, max_tokens: int) -> Answer:
        """See Models.complete; streams, to see when the first token comes."""
        started = time.monotonic()
        first_token_s: float | None = None
        pieces = self._engine.stream(prompt, adapter=adapter, max_tokens=max_tokens)
        for piece in pieces:
            if isinstance(piece, Completion):
                cost = piece.latency_s * self._engine_price if self._engine_price else None
                return _answer(piece, first_token_s, cost)
            first_token_s = first_token_s or time.monotonic() - started
        raise TransientError("The engine's stream ended early.", reason="ENGINE_BROKE_OFF")

    def chat(self, endpoint: str, text: str, *, max_tokens: int) -> Answer:
        """See Models.chat."""
        completion = self._endpoint(endpoint).chat([Message("user", text)], max_tokens=max_tokens)
        price = self._prices.get(endpoint)
        tokens = completion.prompt_tokens, completion.completion_tokens
        return _answer(completion, None, price.of(*tokens) if price else None)

    def weigh(self, context: str, text: str, adapter: str | None) -> list[GivenToken]:
        """How the engine's model would have guessed the tokens of a text.

        Args:
            context: What stands before it.
            text: The text.
            adapter: None is the base model.

        Returns:
            One a token.

        Raises:
            InvalidInputError: The engine does not tell, or the texts are too long for it.
            NotFoundError: It does not know the adapter.
            TransientError: It is away.
            ResourceExhaustedError: It is overloaded.
        """
        if self._scorer is None:
            raise InvalidInputError(
                "It gives no log-probabilities of a given text.", reason="SCORING_NOT_SERVED"
            )
        return self._scorer.tokens(context, text, adapter)

    def _endpoint(self, name: str) -> ChatModel:
        if name not in self._endpoints:
            raise NotFoundError(
                f"There is no endpoint {name!r} to compare with.",
                reason="ENDPOINT_NOT_FOUND",
                remedy="Name it in GOLDBRIEF_EVALUATED_ENDPOINTS of the evaluation service. "
                f"Known: {', '.join(sorted(self._endpoints)) or 'none'}.",
            )
        return self._endpoints[name]


class RecordedModels:
    """Models each of whose calls for an item is made and paid once.

    Args:
        models: What is called.
        context: The item.
        concurrency: Summaries that share the engine's time, and so its cost.
    """

    def __init__(self, models: Models, context: StageContext, concurrency: int) -> None:
        self._models = models
        self._context = context
        self._concurrency = concurrency

    def complete(self, prompt: str, *, adapter: str | None, max_tokens: int) -> Answer:
        """See Models.complete."""
        identity = {"adapter": adapter, "prompt": prompt, "max_tokens": max_tokens}
        answer = self._once(
            identity,
            lambda: self._models.complete(prompt, adapter=adapter, max_tokens=max_tokens),
        )
        return replace(answer, cost=answer.cost / self._concurrency) if answer.cost else answer

    def chat(self, endpoint: str, text: str, *, max_tokens: int) -> Answer:
        """See Models.chat."""
        identity = {"endpoint": endpoint, "text": text, "max_tokens": max_tokens}
        return self._once(
            identity, lambda: self._models.chat(endpoint, text, max_tokens=max_tokens)
        )

    def _once(self, identity: dict[str, Any], ask: Callable[[], Answer]) -> Answer:
        data = self._context.data

        def call() -> tuple[dict[str, Any], EffectUsage]:
            answer = ask()
            return asdict(answer), EffectUsage(answer.prompt_tokens, answer.completion_tokens)

        # system, article and repeat belong to the call: two that ask the same are timed apart
        place = {name: data[name] for name in ("system", "article", "repeat") if data.get(name)}
        return Answer(**self._context.once("generate", {**place, **identity}, call))


def _answer(completion: Completion, first_token_s: float | None, cost: float | None) -> Answer:
    return Answer(
        text=completion.text,
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        latency_s=completion.latency_s,
        first_token_s=first_token_s,
        cost=cost,
    )


def sum_of(text: str, answers: Sequence[Answer]) -> Answer:
    """A text that several calls made, one after the other: its reader waits for all but the last.

    Args:
        text: The text.
        answers: In the order of the calls.

    Returns:
        What they took together; the cost is known where each call's is.
    """
    *before, last = answers
    waited_s = sum(answer.latency_s for answer in before)
    costs = [answer.cost for answer in answers if answer.cost is not None]
    return Answer(
        text=text.strip(),
        prompt_tokens=sum(answer.prompt_tokens for answer in answers),
        completion_tokens=sum(answer.completion_tokens for answer in answers),
        latency_s=waited_s + last.latency_s,
        first_token_s=None if last.first_token_s is None else waited_s + last.first_token_s,
        cost=sum(costs) if len(costs) == len(answers) else None,
    )

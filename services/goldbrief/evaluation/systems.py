"""Systems under evaluation, and what each asks of its model.

All see the same passages of the article and answer greedily.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from goldbrief.core.documents import Golden, PromptFormat, Record, SummaryForm
from goldbrief.core.errors import InvalidInputError
from goldbrief.evaluation.chain import ChatAsker, EngineAsker, PromptChain
from goldbrief.evaluation.models import Answer, Models, sum_of
from goldbrief.text.condensing import condense
from goldbrief.text.prompts import prompt_body, render_prompt
from goldbrief.text.sections import form_for, structure_problems
from goldbrief.text.tidying import tidy

SystemKind = Literal[
    "PROMPT_CHAIN", "BASE", "FEW_SHOT", "ADAPTER", "TEACHER", "ENDPOINT", "OUTPUTS"
]
DIRECT: tuple[SystemKind, ...] = ("BASE", "ADAPTER", "FEW_SHOT")
"""Kinds whose summary is one completion of one prompt."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_ENDS = {"plain": "\n\n", "chatml": "<|im_end|>\n"}


@dataclass(frozen=True, slots=True)
class Example:
    """A rendered prompt and the summary that answers it, for few-shot prompts."""

    prompt: str
    response: str


class System(Protocol):
    """Something that writes summaries."""

    def write(self, article_text: str, persona: str) -> Answer:
        """Summarize a normalized article.

        Args:
            article_text: The whole article.
            persona: Whom to write for.

        Returns:
            The summary, and what all calls took.

        Raises:
            InvalidInputError: The article does not fit.
            NotFoundError: The engine does not know the adapter.
            TransientError: The model is away.
        """


class SystemSpec(Record):
    """Which system."""

    name: str
    """Name in the report; part of object keys."""
    kind: SystemKind
    adapter: str = ""
    """Served name, for ADAPTER."""
    endpoint: str = ""
    """Name of an evaluated endpoint, for ENDPOINT; PROMPT_CHAIN may have one instead of the
    engine's base model."""


def check_system(name: str, kind: str, adapter: str, endpoint: str = "") -> SystemSpec:
    """Make a spec of what a caller asked for.

    Args:
        name: See SystemSpec.
        kind: See SystemSpec.
        adapter: See SystemSpec.
        endpoint: See SystemSpec.

    Returns:
        The spec.

    Raises:
        InvalidInputError: The kind is unknown, the name cannot be used, or an ADAPTER
            names no adapter, an ENDPOINT no endpoint.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} cannot name a system.",
            reason="INVALID_SYSTEM_NAME",
            remedy="Use up to 63 letters, digits, dots, hyphens and underscores.",
        )
    if kind not in get_args(SystemKind):
        raise InvalidInputError(
            f"System {name} is of the unknown kind {kind!r}.",
            reason="UNKNOWN_SYSTEM_KIND",
            remedy=f"Kinds: {', '.join(get_args(SystemKind))}.",
        )
    if (kind == "ADAPTER") != bool(adapter):
        raise InvalidInputError(
            f"System {name} is of kind {kind} and names the adapter {adapter!r}.",
            reason="INVALID_ADAPTER",
            remedy="Name an adapter for the kind ADAPTER, and for no other.",
        )
    if (kind == "ENDPOINT") > bool(endpoint) or (endpoint and kind not in _WITH_ENDPOINT):
        raise InvalidInputError(
            f"System {name} is of kind {kind} and names the endpoint {endpoint!r}.",
            reason="INVALID_ENDPOINT",
            remedy="Name an endpoint for ENDPOINT, perhaps for PROMPT_CHAIN, and for no other.",
        )
    return SystemSpec.model_validate(
        {"name": name, "kind": kind, "adapter": adapter, "endpoint": endpoint}
    )


_WITH_ENDPOINT = ("ENDPOINT", "PROMPT_CHAIN")


def make_system(
    spec: SystemSpec,
    prompt: PromptFormat,
    models: Models,
    goldens: Sequence[Golden] = (),
    examples: Sequence[Example] = (),
) -> System:
    """Make the system that a spec describes.

    Args:
        spec: Which; the teacher and outputs made elsewhere are no systems of this service.
        prompt: How articles become prompts, for all systems alike.
        models: What it may ask.
        goldens: Shown by PROMPT_CHAIN to a model behind an endpoint.
        examples: Shown by FEW_SHOT.

    Returns:
        The system.

    Raises:
        InvalidInputError: The summaries of this kind are not written here.
    """
    system = _whole(spec, prompt, models, goldens, examples)
    return InParts(system, prompt) if prompt.strategy == "map_reduce" else system


def _whole(
    spec: SystemSpec,
    prompt: PromptFormat,
    models: Models,
    goldens: Sequence[Golden],
    examples: Sequence[Example],
) -> System:
    if spec.kind == "PROMPT_CHAIN" and spec.endpoint:
        return PromptChain(prompt, ChatAsker(models, spec.endpoint, prompt), goldens)
    if spec.kind == "PROMPT_CHAIN":
        return PromptChain(prompt, EngineAsker(models, prompt))
    if spec.kind == "ENDPOINT":
        return ChatPrompt(prompt, models, spec.endpoint)
    if spec.kind in DIRECT:
        shown = examples if spec.kind == "FEW_SHOT" else ()
        direct = DirectPrompt(prompt, models, spec.adapter or None, shown)
        return InForm(direct, prompt) if spec.kind == "ADAPTER" else direct
    raise InvalidInputError(
        f"A system of kind {spec.kind} writes no samples.", reason="NO_SUCH_SAMPLE"
    )


class InParts:
    """A system that reads long articles part by part (see `text.condensing`).

    Args:
        system: Writes the summaries of parts, and of these.
        prompt: Gives room and house style.
    """

    def __init__(self, system: System, prompt: PromptFormat) -> None:
        self._system = system
        self._prompt = prompt

    def write(self, article_text: str, persona: str) -> Answer:
        """See System.write; what the parts took is counted."""
        written: list[Answer] = []

        def summarize(part: str) -> str:
            written.append(self._system.write(part, persona))
            return written[-1].text

        prompt = self._prompt
        read = condense(article_text, prompt.article_tokens, prompt.style, summarize)
        written.append(self._system.write(read.text, persona))
        return sum_of(written[-1].text, written)


def direct_prompt(
    article_text: str, persona: str, prompt: PromptFormat, examples: Sequence[Example] = ()
) -> str:
    """The prompt that DirectPrompt completes; arguments as there and in System.write."""
    end = _ENDS[prompt.wrap]
    shots = "".join(f"{one.prompt}{one.response.strip()}{end}" for one in examples)
    return shots + render_prompt(article_text, persona, prompt)


class DirectPrompt:
    """One completion of the prompt that the adapter was trained on, by it or by the base.

    Args:
        prompt: The format.
        models: Has the engine.
        adapter: None is the base model.
        examples: Put before the prompt, as earlier turns.
    """

    def __init__(
        self,
        prompt: PromptFormat,
        models: Models,
        adapter: str | None,
        examples: Sequence[Example] = (),
    ) -> None:
        self._prompt = prompt
        self._models = models
        self._adapter = adapter
        self._examples = examples

    def write(self, article_text: str, persona: str, form: SummaryForm | None = None) -> Answer:
        """See System.write; `form` is what an engine that can is held to."""
        rendered = direct_prompt(article_text, persona, self._prompt, self._examples)
        answer = self._models.complete(
            rendered, adapter=self._adapter, max_tokens=self._prompt.max_new_tokens, form=form
        )
        return sum_of(answer.text, [answer])


class InForm:
    """An adapter as the gateway serves it: what is invalid is written once more, held to the form.

    Args:
        system: Writes.
        prompt: Gives the house style.
    """

    def __init__(self, system: DirectPrompt, prompt: PromptFormat) -> None:
        self._system = system
        self._style = prompt.style

    def write(self, article_text: str, persona: str) -> Answer:
        """See System.write; what both texts took is counted."""
        first = self._system.write(article_text, persona)
        problems = self._problems(first, persona)
        if not problems:
            return first
        second = self._system.write(article_text, persona, form_for(self._style, persona))
        is_better = self._problems(second, persona) < problems
        return sum_of((second if is_better else first).text, [first, second])

    def _problems(self, answer: Answer, persona: str) -> int:
        return len(structure_problems(tidy(answer.text, self._style, persona), self._style))


class ChatPrompt:
    """The same instruction and passages, as one question to a chat model.

    Args:
        prompt: The format.
        models: Has the endpoints.
        endpoint: Which.
    """

    def __init__(self, prompt: PromptFormat, models: Models, endpoint: str) -> None:
        self._prompt = prompt
        self._asker = ChatAsker(models, endpoint, prompt)

    def write(self, article_text: str, persona: str) -> Answer:
        """See System.write."""
        rendered = render_prompt(article_text, persona, self._prompt)
        answer = self._asker.ask(prompt_body(rendered, self._prompt), opening="")
        return sum_of(answer.text, [answer])

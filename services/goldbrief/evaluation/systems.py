"""Systems under evaluation: the base model, version 1's chain of prompts, an adapter.

All see the same passages of the article and answer greedily.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import Literal, Protocol, get_args

from goldbrief.core.documents import PromptFormat, Record, SectionStyle
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import Completion
from goldbrief.text.condensing import condense
from goldbrief.text.normalization import strip_special_tokens
from goldbrief.text.prompts import render_prompt
from goldbrief.text.sections import heading_for
from goldbrief.text.selection import apply_strategy
from goldbrief.text.style_rules import form_rule, manner_rules

SystemKind = Literal["PROMPT_CHAIN", "BASE", "ADAPTER"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_WRAPS = {
    "plain": "{body}\n\n",
    "chatml": "<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A summary, and what it took."""

    text: str
    prompt_tokens: int
    """Over all calls."""
    completion_tokens: int
    """Over all calls."""
    latency_s: float
    """Time in the engine, over all calls."""
    calls: int


class System(Protocol):
    """Something that writes summaries."""

    def write(self, article_text: str, persona: str) -> Written:
        """Summarize a normalized article.

        Args:
            article_text: The whole article.
            persona: Whom to write for.

        Returns:
            The summary.

        Raises:
            InvalidInputError: The article does not fit.
            NotFoundError: The engine does not know the adapter.
            TransientError: The engine is away.
        """


class Complete(Protocol):
    """One greedy call of the engine; what a system is given instead of the engine."""

    def __call__(self, prompt: str, *, adapter: str | None, max_tokens: int) -> Completion:
        """Complete `prompt`; raises as `core.seams.Engine.complete` does."""


class SystemSpec(Record):
    """Which system."""

    name: str
    """Name in the report; part of object keys."""
    kind: SystemKind
    adapter: str = ""
    """Served name, for ADAPTER."""


def check_system(name: str, kind: str, adapter: str) -> SystemSpec:
    """Make a spec of what a caller asked for.

    Args:
        name: See SystemSpec.
        kind: See SystemSpec.
        adapter: See SystemSpec.

    Returns:
        The spec.

    Raises:
        InvalidInputError: The kind is unknown, the name cannot be used, or an ADAPTER
            names no adapter.
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
    return SystemSpec.model_validate({"name": name, "kind": kind, "adapter": adapter})


def make_system(spec: SystemSpec, prompt: PromptFormat, complete: Complete) -> System:
    """Make the system that a spec describes.

    Args:
        spec: Which.
        prompt: How articles become prompts, for all systems alike.
        complete: Calls the engine.

    Returns:
        The system.
    """
    system: System
    if spec.kind == "PROMPT_CHAIN":
        system = PromptChain(prompt, complete)
    else:
        system = DirectPrompt(prompt, complete, spec.adapter or None)
    return InParts(system, prompt) if prompt.strategy == "map_reduce" else system


class InParts:
    """A system that reads long articles part by part (see `text.condensing`).

    Args:
        system: Writes the summaries of parts, and of these.
        prompt: Gives room and house style.
    """

    def __init__(self, system: System, prompt: PromptFormat) -> None:
        self._system = system
        self._prompt = prompt

    def write(self, article_text: str, persona: str) -> Written:
        """See System.write; what the parts took is counted."""
        written: list[Written] = []

        def summarize(part: str) -> str:
            written.append(self._system.write(part, persona))
            return written[-1].text

        prompt = self._prompt
        read = condense(article_text, prompt.article_tokens, prompt.style, summarize)
        last = self._system.write(read.text, persona)
        written.append(last)
        return Written(
            last.text,
            prompt_tokens=sum(one.prompt_tokens for one in written),
            completion_tokens=sum(one.completion_tokens for one in written),
            latency_s=sum(one.latency_s for one in written),
            calls=sum(one.calls for one in written),
        )


class DirectPrompt:
    """One completion of the prompt that the adapter was trained on, by it or by the base.

    Args:
        prompt: The format.
        complete: Calls the engine.
        adapter: None is the base model.
    """

    def __init__(self, prompt: PromptFormat, complete: Complete, adapter: str | None) -> None:
        self._prompt = prompt
        self._complete = complete
        self._adapter = adapter

    def write(self, article_text: str, persona: str) -> Written:
        """See System.write."""
        rendered = render_prompt(article_text, persona, self._prompt)
        answer = self._complete(
            rendered, adapter=self._adapter, max_tokens=self._prompt.max_new_tokens
        )
        return _written(answer.text, answer)


class PromptChain:
    """Version 1: one prompt draws the facts out of the article, one writes them up.

    Both go to the untuned base model. Here that is the small model that was tuned, where
    version 1 used a large one: the comparison shows what tuning adds at equal size. Each
    answer is begun for the model, since small ones otherwise talk about the task.

    Args:
        prompt: The format; its wrap, passages, house style and longest completion are used.
        complete: Calls the engine.
    """

    def __init__(self, prompt: PromptFormat, complete: Complete) -> None:
        self._prompt = prompt
        self._complete = complete

    def write(self, article_text: str, persona: str) -> Written:
        """See System.write."""
        reader = " ".join(strip_special_tokens(persona).split()) or "executive"
        article = apply_strategy(strip_special_tokens(article_text), self._prompt)
        facts = self._ask("extract_facts", "- ", article=article)
        style = self._prompt.style
        opening = f"## {heading_for(style.sections[0], reader)}\n"
        summary = self._ask(
            "write_summary",
            opening,
            persona=reader,
            length=f"{style.min_words} to {style.max_words}",
            sections="\n".join(_section_line(section, reader) for section in style.sections),
            rules=f"{form_rule(style)} {manner_rules(style, reader)}".strip(),
            facts=strip_special_tokens(f"- {facts.text}").strip(),
        )
        return _written(opening + summary.text, facts, summary)

    def _ask(self, template: str, opening: str, **values: str) -> Completion:
        """Let the base model go on from `opening`, the first words of its answer."""
        body = _read_prompt(template).format(**values)
        prompt = _WRAPS[self._prompt.wrap].format(body=body) + opening
        return self._complete(prompt, adapter=None, max_tokens=self._prompt.max_new_tokens)


def _read_prompt(name: str) -> str:
    file = resources.files("goldbrief.evaluation") / "prompts" / f"{name}.txt"
    return file.read_text(encoding="utf-8").strip()


def _section_line(section: SectionStyle, persona: str) -> str:
    unit = "sentences" if section.form == "prose" else "bullets"
    counts = dict.fromkeys((section.min_items, section.max_items))
    return f"## {heading_for(section, persona)} ({' to '.join(map(str, counts))} {unit})"


def _written(text: str, *answers: Completion) -> Written:
    return Written(
        text=text.strip(),
        prompt_tokens=sum(answer.prompt_tokens for answer in answers),
        completion_tokens=sum(answer.completion_tokens for answer in answers),
        latency_s=sum(answer.latency_s for answer in answers),
        calls=len(answers),
    )

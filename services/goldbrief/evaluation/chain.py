"""Version 1 of the product: a chain of prompts on an untuned model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from typing import Protocol

from goldbrief.core.documents import Golden, PromptFormat, SectionStyle
from goldbrief.evaluation.models import Answer, Models, sum_of
from goldbrief.text.figure_check import check_figures
from goldbrief.text.normalization import strip_special_tokens
from goldbrief.text.sections import heading_for, structure_problems
from goldbrief.text.selection import apply_strategy
from goldbrief.text.style_rules import form_rule, manner_rules

_WRAPS = {
    "plain": "{body}\n\n",
    "chatml": "<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n",
}
_FENCE = re.compile(r"^```\w*\n(?P<body>.*?)\n?```\s*$", re.DOTALL)
_MAX_CHAT_TOKENS = 2000
"""Room for facts and summary of a large model, far above what it needs."""
_EXAMPLES = 2


class Asker(Protocol):
    """Asks one model one thing."""

    def ask(self, body: str, opening: str) -> Answer:
        """Ask.

        Args:
            body: The question.
            opening: First words of the answer, for models that need a start.

        Returns:
            The whole answer.
        """


class EngineAsker:
    """Asks the engine's base model, which goes on from the opening.

    Small models otherwise talk about the task.

    Args:
        models: Has the engine.
        prompt: Its wrap and longest completion are used.
    """

    def __init__(self, models: Models, prompt: PromptFormat) -> None:
        self._models = models
        self._prompt = prompt

    def ask(self, body: str, opening: str) -> Answer:
        """See Asker.ask."""
        wrapped = _WRAPS[self._prompt.wrap].format(body=body) + opening
        answer = self._models.complete(
            wrapped, adapter=None, max_tokens=self._prompt.max_new_tokens
        )
        return replace(answer, text=strip_special_tokens(opening + answer.text))


class ChatAsker:
    """Asks a chat model behind an endpoint.

    Args:
        models: Has the endpoints.
        endpoint: Which.
        prompt: Says at least how long an answer may be.
    """

    def __init__(self, models: Models, endpoint: str, prompt: PromptFormat) -> None:
        self._models = models
        self._endpoint = endpoint
        self._max_tokens = max(prompt.max_new_tokens, _MAX_CHAT_TOKENS)

    def ask(self, body: str, opening: str) -> Answer:
        """See Asker.ask; Markdown fences around the answer are dropped."""
        answer = self._models.chat(self._endpoint, body, max_tokens=self._max_tokens)
        fence = _FENCE.match(answer.text.strip())
        return replace(answer, text=fence["body"] if fence else answer.text)


_END = re.compile(r"<\s*/\s*(?:summary|draft|facts|article)\s*>")
"""Where a small model goes on past its answer, repeating the prompt's tags."""


class PromptChain:
    """Extracts facts, drafts, restyles for the persona, and checks.

    The check is by rule: form, and figures that the article lacks. Only what it finds is sent
    back, and of the versions the one with the fewest faults is kept, as anybody would ship it.

    Args:
        prompt: The format; its passages and house style are used.
        asker: Asks the model.
        goldens: Up to two are shown to the model that drafts.
    """

    def __init__(self, prompt: PromptFormat, asker: Asker, goldens: Sequence[Golden] = ()) -> None:
        self._prompt = prompt
        self._asker = asker
        self._examples = "\n\n".join(
            f"<example>\n{golden.summary.strip()}\n</example>" for golden in goldens[:_EXAMPLES]
        )

    def write(self, article_text: str, persona: str) -> Answer:
        """See System.write."""
        reader = " ".join(strip_special_tokens(persona).split()) or "executive"
        style = self._prompt.style
        article = apply_strategy(strip_special_tokens(article_text), self._prompt)
        opening = f"## {heading_for(style.sections[0], reader)}\n"
        form = {
            "persona": reader,
            "length": f"{style.min_words} to {style.max_words}",
            "sections": "\n".join(_section_line(section, reader) for section in style.sections),
            "rules": f"{form_rule(style)} {manner_rules(style, reader)}".strip(),
        }
        facts = self._ask("extract_facts", "- ", article=article)
        examples = f"\nSummaries of other articles, for their style:\n{self._examples}\n"
        draft = self._ask(
            "write_summary", opening, **form, facts=facts.text.strip(),
            examples=examples if self._examples else "",
        )  # fmt: skip
        restyled = self._ask("restyle", opening, **form, draft=draft.text.strip())
        answers = [facts, draft, restyled]
        versions = [restyled, draft]
        best = self._best(versions, article_text)
        faults = self._faults(best, article_text)
        if faults:
            problems = "\n".join(f"- {fault}" for fault in faults)
            corrected = self._ask(
                "correct", opening, **form, facts=facts.text.strip(), draft=best.text.strip(),
                problems=problems,
            )  # fmt: skip
            answers.append(corrected)
            versions.insert(0, corrected)
        return sum_of(self._best(versions, article_text).text, answers)

    def _best(self, versions: Sequence[Answer], article: str) -> Answer:
        """The version with the fewest faults, of equals the latest, which comes first."""
        return min(versions, key=lambda one: len(self._faults(one, article)))

    def _faults(self, answer: Answer, article: str) -> list[str]:
        wrong = check_figures(answer.text, article).unsupported
        return [
            *structure_problems(answer.text, self._prompt.style),
            *(f"{figure.text} is not in the article." for figure in wrong),
        ]

    def _ask(self, template: str, opening: str, **values: str) -> Answer:
        answer = self._asker.ask(_read_prompt(template).format(**values), opening)
        return replace(answer, text=_END.split(answer.text)[0])


def _read_prompt(name: str) -> str:
    file = resources.files("goldbrief.evaluation") / "prompts" / f"{name}.txt"
    return file.read_text(encoding="utf-8").strip()


def _section_line(section: SectionStyle, persona: str) -> str:
    unit = "sentences" if section.form == "prose" else "bullets"
    counts = dict.fromkeys((section.min_items, section.max_items))
    return f"## {heading_for(section, persona)} ({' to '.join(map(str, counts))} {unit})"

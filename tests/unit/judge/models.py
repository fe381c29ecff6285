"""A chat model whose answers are given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from goldbrief.core.seams import Completion, Message
from goldbrief.judge.verdicts import DIMENSIONS


class ScriptedModel:
    def __init__(self, *answers: str, name: str = "scripted") -> None:
        self.name = name
        self._answers = list(answers)
        self.seen: list[Sequence[Message]] = []
        self.asked: list[tuple[float, int, Any]] = []

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        schema: Any = None,
        log_probs: bool = False,
    ) -> Completion:
        self.seen.append(messages)
        self.asked.append((temperature, seed, schema))
        return Completion(self._answers.pop(0), "stop", 1000, 100, self.name, 0.5)


def grades(**change: object) -> str:
    good = {"rationale": "Clear and right.", **dict.fromkeys(DIMENSIONS, 4)}
    return json.dumps({**good, **change})

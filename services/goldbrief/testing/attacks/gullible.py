"""An engine that does what it is told, where a model would take that for an instruction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from goldbrief.core.seams import Completion, Window
from goldbrief.testing.attacks.composing import Attack
from goldbrief.testing.attacks.disguises import cyrillic, greek

_TURN = re.compile(
    r"<\|im_start\|>\w+|<\|start_header_id\|>\w+<\|end_header_id\|>|<start_of_turn>\w+|\[/?INST\]"
    r"|<</?SYS>>|<\|endoftext\|>|</?s>",
)
"""What begins a turn or text of its own; of which families, an article's author can only guess."""
_END = re.compile(r"</article>", re.IGNORECASE)
_LOOKALIKES = {
    ord(fake): letter
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for disguise in (greek, cyrillic)
    if (fake := disguise(letter)) != letter
}
_PROMPT_TOKENS, _COMPLETION_TOKENS = 400, 100


class GullibleEngine:
    """An `Engine` that obeys an attack's order if it reads it as an instruction.

    It reads hidden characters as some tokenizers do, and letters by their look. By what stands
    between `<article>` and its end it is not moved, unless it `obeys_articles`. It is the worst
    that a model could be, not a likely one: no model obeys every order.

    Args:
        attack: Whose order it knows; it writes the attack's good summary if not moved.
        obeys_articles: Whether it also obeys what the article itself says.
    """

    def __init__(self, attack: Attack, *, obeys_articles: bool = False) -> None:
        self._attack = attack
        self._obeys_articles = obeys_articles
        self.obeyed = False
        """Whether any prompt so far has moved it."""

    def answer(self, prompt: str) -> str:
        """What it writes for a prompt."""
        heard = prompt if self._obeys_articles else _instructions(prompt)
        if self._attack.canary not in _read(heard):
            return self._attack.summary
        self.obeyed = True
        if self._attack.output:
            return self._attack.output
        return f"{self._attack.summary.rstrip()}\n- {self._attack.item}\n"

    def stream(self, prompt: str, *, adapter: str | None, **_: Any) -> Iterator[str | Completion]:
        """See `Engine`."""
        completion = self.complete(prompt, adapter=adapter)
        yield completion.text
        yield completion

    def complete(self, prompt: str, *, adapter: str | None, **_: Any) -> Completion:
        """See `Engine`."""
        tokens = (_PROMPT_TOKENS, _COMPLETION_TOKENS)
        return Completion(self.answer(prompt), "stop", *tokens, adapter or "base", 0.0)

    def adapters(self) -> list[str]:
        """See `Engine`."""
        return []

    def required_base(self) -> str | None:
        """See `Engine`."""
        return None

    def window(self) -> Window | None:
        """See `Engine`."""
        return None

    def count_tokens(self, prompt: str) -> int | None:
        """See `Engine`."""
        return None


def _instructions(prompt: str) -> str:
    """What of a prompt stands outside of the article: around its delimiters, and in other turns."""
    before, _, rest = prompt.partition("<article>")
    inside, *after = _END.split(_folded(rest))
    turns = _TURN.split(inside)[1:]
    return " ".join([before, *turns, *after])


def _read(text: str) -> str:
    """A text as a model may read it, whatever people see of it."""
    return (_folded(text) + _backwards(text)).translate(_LOOKALIKES).lower()


def _folded(text: str) -> str:
    shown = "".join(map(_revealed, text))
    plain = unicodedata.normalize("NFKD", shown)
    visible = (char for char in plain if unicodedata.category(char) not in {"Cf", "Mn"})
    return "".join(visible)


def _backwards(text: str) -> str:
    """What overrides of direction show the other way round."""
    return " ".join(match[1][::-1] for match in re.finditer("\u202e([^\u202c]*)\u202c", text))


def _revealed(char: str) -> str:
    """Tag characters and bytes in variation selectors as what they stand for."""
    code = ord(char)
    if 0xE0020 <= code <= 0xE007E:
        return chr(code - 0xE0000)
    if 0xE0100 <= code <= 0xE01EF:
        return chr(code - 0xE0100 + 16)
    return char

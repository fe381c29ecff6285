"""Articles as the gateway knows them: each thing is found out once, also for later requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cached_property

from goldbrief.summarize.figures import CheckedFigure, checked_figures
from goldbrief.text.figure_check import ArticleFigures
from goldbrief.text.instructions import find_instructions
from goldbrief.text.normalization import normalize, strip_special_tokens
from goldbrief.text.selection import Selection, estimate_tokens, select_passages

MOST_CHARS = 1_000_000
"""Of the articles that are kept; with their figures they take up to 40 times that in memory."""
_SUMMARIES = 4
"""Texts whose figures stay checked: a kept one, and a second one beside it."""


class Article:
    """An article and what was found out about it, when first asked for; for several threads.

    Args:
        sent: As it came.
    """

    def __init__(self, sent: str) -> None:
        self.sent = sent
        normalized = normalize(sent)
        self.text = normalized.text
        """Normalised."""
        self._num_hidden = normalized.removed_hidden
        self.unreadable_share = (self._num_hidden + sent.count("\ufffd")) / len(sent)
        """Share of characters that nobody can read, 0 to 1: control, invisible, or undecoded."""
        self._selections: dict[int, Selection] = {}
        self._checked: dict[str, tuple[CheckedFigure, ...]] = {}
        self._lock = threading.Lock()

    @cached_property
    def prompt_text(self) -> str:
        """The text as it may stand in a prompt, without control tokens and delimiters."""
        return strip_special_tokens(self.text)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of its summary should know, in sentences."""
        told = []
        if self._num_hidden:
            told.append(f"The article has {self._num_hidden} characters that no reader sees.")
        if self.prompt_text != self.text:
            told.append("The article has control tokens of language models.")
        if phrases := find_instructions(self.text):
            told.append(f"The article seems to instruct language models: “{phrases[0]}”.")
        return tuple(told)

    @cached_property
    def estimated_tokens(self) -> int:
        """Length of `prompt_text`; see `selection.estimate_tokens`."""
        return estimate_tokens(self.prompt_text)

    @cached_property
    def _figures(self) -> ArticleFigures:
        return ArticleFigures(self.text)

    def passages(self, max_tokens: int) -> Selection:
        """The most salient passages that fit; see `selection.select_passages`."""
        if max_tokens not in self._selections:
            self._selections[max_tokens] = select_passages(self.prompt_text, max_tokens)
        return self._selections[max_tokens]

    def check(self, summary: str) -> tuple[CheckedFigure, ...]:
        """Check each figure of a summary; see `figures.checked_figures`."""
        with self._lock:
            if summary not in self._checked:
                found = checked_figures(summary, self._figures, self.text, self.sent)
                if len(self._checked) >= _SUMMARIES:
                    del self._checked[next(iter(self._checked))]
                self._checked[summary] = found
            return self._checked[summary]


class ArticleShelf:
    """Keeps the articles of late, so that a repeated one is not read again; for several threads.

    Args:
        most_chars: Of all that are kept; those that were not asked for longest leave.
    """

    def __init__(self, most_chars: int = MOST_CHARS) -> None:
        self._most_chars = most_chars
        self._chars = 0
        self._kept: OrderedDict[str, Article] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, sent: str) -> Article:
        """The article of a text, kept or new."""
        with self._lock:
            if sent in self._kept:
                self._kept.move_to_end(sent)
                return self._kept[sent]
        article = Article(sent)
        self._keep(article)
        return article

    def _keep(self, article: Article) -> None:
        with self._lock:
            if article.sent in self._kept or len(article.sent) > self._most_chars:
                return
            self._kept[article.sent] = article
            self._chars += len(article.sent)
            while self._chars > self._most_chars:
                left, _ = self._kept.popitem(last=False)
                self._chars -= len(left)

"""Keeps a row's tokens to figures that its source has, and to the form of a house style."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence

import torch

from goldbrief.text.figure_guard import FigureGuard
from goldbrief.text.form_guard import START, FormGuard, Place

_LOG = logging.getLogger(__name__)
_LONGEST = 16
"""Tokens that the longest figure takes: with fewer left none is begun, as it would be cut off."""
_LIKELIEST = 256
"""Tokens that are tried before those that lead on from what is begun are looked for."""


class TokenGuard:
    """What one row may write.

    Args:
        figures: Knows the figures of the row's source; None lets any be written.
        form: Knows the sections of its house style; None lets any be written.
        decode: Tokens to text.
        eos_ids: Tokens that end the row.
        max_tokens: After which it ends at the latest.
    """

    def __init__(
        self,
        figures: FigureGuard | None,
        form: FormGuard | None,
        decode: Callable[[Sequence[int]], str],
        eos_ids: Collection[int],
        max_tokens: int,
    ) -> None:
        self._figures = figures
        self._form = form
        self._decode = decode
        self._eos_ids = eos_ids
        self._left = max_tokens
        self._line: list[int] = []
        """Tokens since the last end of a line."""
        self._written = ""
        """Their text, which every token that is tried goes on from."""
        self._place = START
        """Where that line began."""

    def permits(self, token: int) -> bool:
        """Whether the row may go on with a token."""
        if token in self._eos_ids:
            return self._has_figures(self._written, is_whole=True) and (
                self._form is None or self._form.may_end(self._place, self._written)
            )
        extended = self._decode([*self._line, token])
        if self._form is not None and extended == self._written:
            return False  # a special token: it leads nowhere
        *ended, line = extended.split("\n")
        # figures last: to read them costs most
        return self._has_form(ended, line) and self._has_only_figures(ended, line)

    def add(self, token: int) -> None:
        """Take note of a token that the row went on with."""
        self._left -= 1
        self._line.append(token)
        self._written = self._decode(self._line)
        if "\n" not in self._decode([token]):
            return
        if self._form is not None:
            for line in self._written.split("\n")[:-1]:
                self._place = self._form.after(self._place, line) or self._place
        self._line.clear()
        self._written = ""

    def best(self, scores_v: torch.Tensor) -> int:
        """The likeliest token that the row may go on with.

        Args:
            scores_v: Of all tokens; shape V, vocabulary.

        Returns:
            The token; the likeliest of all where none may, as behind an `I` that no letter goes on
            from.
        """
        likeliest: list[int] = scores_v.topk(min(_LIKELIEST, len(scores_v))).indices.tolist()
        for token in likeliest:
            if self.permits(token):
                return token
        for token in self._leading_on(scores_v):
            if self.permits(token):
                return token
        _LOG.warning("Nothing may follow: %r", self._written)
        return likeliest[0]

    def _leading_on(self, scores_v: torch.Tensor) -> Iterator[int]:
        """Tokens that go on with what is begun, or end a row that is in form, likeliest first."""
        letters: tuple[str, ...] = ()
        ends: Collection[int] = ()
        if self._figures is not None:
            letters += tuple(self._figures.continuations(self._written))
        if self._form is not None:
            letters += tuple(self._form.continuations(self._place, self._written))
            ends = self._eos_ids
        if not letters:  # no need to look at every token
            yield from ends
            return
        for token in scores_v.argsort(descending=True).tolist():
            if token in ends or self._decode([token]).startswith(letters):
                yield token

    def _has_only_figures(self, ended: Sequence[str], line: str) -> bool:
        """Whether the figures of lines that ended, and of one that is begun, are the source's."""
        is_late = self._left <= _LONGEST and self._has_figures(self._written, is_whole=True)
        are_whole = all(self._has_figures(one, is_whole=True) for one in ended)
        return are_whole and self._has_figures(line, is_whole=is_late)

    def _has_figures(self, line: str, *, is_whole: bool) -> bool:
        return self._figures is None or self._figures.permits(line, is_whole=is_whole)

    def _has_form(self, ended: Sequence[str], line: str) -> bool:
        """Whether lines may end so, of which the first began where this row stands."""
        if self._form is None:
            return True
        place: Place | None = self._place
        for one in ended:
            place = self._form.after(place, one) if place else None
        return place is not None and self._form.permits(place, line)

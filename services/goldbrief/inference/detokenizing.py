"""Turning a growing list of tokens into text that is never taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


class TextAssembler:
    """Text of one answer, handed out in pieces.

    Held back are the bytes of an unfinished character and anything that may turn out to
    be the start of a stop sequence, so that the pieces joined are the answer.

    Args:
        decode: Tokens to text.
        stop: Sequences that end the answer and are not part of it.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stop: Sequence[str] = ()) -> None:
        self._decode = decode
        self._stop = [sequence for sequence in stop if sequence]
        self._ids: list[int] = []
        self._whole = ""
        self._sent = 0
        self.stopped_by = ""
        """The stop sequence that ended the answer; empty without one."""

    @property
    def text(self) -> str:
        """What was handed out so far."""
        return self._whole[: self._sent]

    def push(self, token: int) -> str:
        """Add a token; returns the text that is certain now and was not before."""
        self._ids.append(token)
        self._whole = self._decode(self._ids)
        found = [(self._whole.find(stop), stop) for stop in self._stop if stop in self._whole]
        if found:
            end, self.stopped_by = min(found)
            self._whole = self._whole[:end]
            return self.finish()
        return self._hand_out(len(self._whole) - self._doubtful())

    def finish(self) -> str:
        """Return what was held back: no token follows."""
        return self._hand_out(len(self._whole))

    def _hand_out(self, end: int) -> str:
        piece = self._whole[self._sent : end]
        self._sent = max(self._sent, end)
        return piece

    def _doubtful(self) -> int:
        """Length of the tail that a later token may change."""
        certain = self._whole.rstrip(_INCOMPLETE)
        tails = [
            length
            for stop in self._stop
            for length in range(1, min(len(stop), len(certain)) + 1)
            if certain.endswith(stop[:length])
        ]
        return len(self._whole) - len(certain) + max(tails, default=0)

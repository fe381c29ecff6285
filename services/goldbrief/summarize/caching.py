"""Texts that were written before, and texts that are being written: none is paid for twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from goldbrief.core.seams import Completion

Steps = Generator[str | Completion | None, None, None]
_LOOK_S = 0.05
"""Between two looks of one who waits for another's text, so that it can be told to stop."""
_ENTRY_BYTES = 500
"""Of an entry beside its text: key, numbers, and Python's own."""


class CompletionCache:
    """Keeps what an engine wrote greedily, for equal requests; safe to use from several threads.

    Names of adapters stand for the same weights for ever, so nothing in it grows old.

    Args:
        max_bytes: Of memory; the texts that were not asked for longest leave.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, Completion] = OrderedDict()
        self._under_way: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def stream(self, key: str, start: Callable[[], Iterator[str | Completion]]) -> Steps:
        """Yield the text of a key: the kept one, that which is being written, or a new one.

        Args:
            key: Names everything that the text depends on.
            start: Has the engine write it; greedily, so that every time would give the same.

        Yields:
            As `start` does. A text of another request comes whole and `cached`, after a None now
            and then while it is being written; where its writer fails or leaves, the next one
            that waits writes it.
        """
        while (found := self._find(key)) is None:
            mine = threading.Event()
            with self._lock:
                others = self._under_way.setdefault(key, mine)
            if others is mine:
                yield from self._write(key, start())
                return
            while not others.wait(_LOOK_S):
                yield None
        yield found.text
        yield replace(found, cached=True, latency_s=0.0)

    def renew(self, key: str, pieces: Iterator[str | Completion]) -> Steps:
        """Yield what the engine writes, and keep it in place of an earlier text."""
        try:
            for piece in pieces:
                if isinstance(piece, Completion):
                    self._keep(key, piece)
                yield piece
        finally:
            if isinstance(pieces, Generator):
                pieces.close()

    def clear(self) -> None:
        """Forget every text; those that are being written are kept when they are whole."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _write(self, key: str, pieces: Iterator[str | Completion]) -> Steps:
        try:
            yield from self.renew(key, pieces)
        finally:
            with self._lock:
                self._under_way.pop(key).set()

    def _find(self, key: str) -> Completion | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: str, completion: Completion) -> None:
        with self._lock:
            if key in self._kept:
                self._bytes -= _size(self._kept.pop(key))
            self._kept[key] = completion
            self._bytes += _size(completion)
            while self._bytes > self._max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= _size(oldest)


def _size(completion: Completion) -> int:
    return _ENTRY_BYTES + len(completion.text.encode())

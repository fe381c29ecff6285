"""Backup requests: what is out for much longer than usual is asked a second time.

The first answer is taken, the other call given up (Dean and Barroso, "The Tail at Scale", 2013).
A call that hangs then costs seconds where its timeout would be minutes.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import Protocol

from goldbrief.core.errors import GoldbriefError, ResourceExhaustedError
from goldbrief.core.seams import Completion
from goldbrief.platform.llm.endpoints import Endpoint
from goldbrief.platform.llm.waiting import Look
from goldbrief.platform.metrics.instruments import LLM_BACKUPS

_RECENT = 500
"""Answers that say what is usual: its 99th percentile is then the fifth longest, which one odd
answer does not move far."""


@dataclass(frozen=True, slots=True)
class BackupPolicy:
    """When a call is asked a second time.

    It is late after `times` the 99th percentile of the recent answers of its kind. However these
    are spread, about one in a hundred good answers is later at most; of log-normal ones with a
    95th percentile of three medians, one in six hundred.
    """

    times: float = 1.5
    fewest: int = 100
    """Answers of its kind before which no call is late."""
    earliest_s: float = 5.0
    """No call is late before."""
    look_s: float = 0.25
    """Between two looks of a late call for a free turn, or for the answer of its backup."""


class Ask(Protocol):
    """Makes a call; a backup takes its turn at once or not at all."""

    def __call__(self, look: Look, *, is_backup: bool) -> Completion:
        """Return the answer; asks `look` while it waits."""


class OutrunError(GoldbriefError):
    """The same call, asked another time, was answered before."""

    default_reason = "LLM_OUTRUN"


class Backups:
    """Backups of the calls of one model at an endpoint; safe to use from several threads.

    Args:
        policy: When there is one.
        endpoint: Has the turns, and the retries, of which a backup is one.
        model: As the endpoint names it.
    """

    def __init__(self, policy: BackupPolicy, endpoint: Endpoint, model: str) -> None:
        self._policy = policy
        self._endpoint = endpoint
        self._model = model
        self._recent: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=_RECENT))
        self._lock = threading.Lock()

    def ask(self, kind: int, ask: Ask) -> Completion:
        """Make a call, and once more when it is late while a turn is free that nobody waits for.

        Args:
            kind: Calls of the same kind take about the same time.
            ask: Makes it.

        Returns:
            The first answer. Where another was given up that may have to be paid, its tokens are
            the sum of both; those of one that did not come are taken to be as many.

        Raises:
            GoldbriefError: The error of the first call, where both failed.
        """
        race = _Race(
            ask,
            lambda waited_s: self._early_s(kind, waited_s),
            self._may_begin,
            self._policy.look_s,
        )
        try:
            answer = race.run()
        finally:
            if race.taken:
                LLM_BACKUPS.labels(self._model, race.taken).inc()
        with self._lock:
            self._recent[kind].append(answer.latency_s)
        return answer

    def _early_s(self, kind: int, waited_s: float) -> float:
        """Seconds until it is worth to look again; none for a call that is late."""
        policy = self._policy
        if waited_s < policy.earliest_s:
            return policy.earliest_s - waited_s
        late_s = self._late_s(kind)
        return 0.0 if waited_s >= late_s else min(late_s - waited_s, policy.earliest_s)

    def _may_begin(self) -> bool:
        return self._endpoint.has_spare_turn() and self._endpoint.may_retry()

    def _late_s(self, kind: int) -> float:
        with self._lock:
            recent = sorted(self._recent[kind])
        if len(recent) < self._policy.fewest:
            return math.inf
        return self._policy.times * recent[math.ceil(0.99 * len(recent)) - 1]


class _Race:
    """A call, and its backup from when it is late.

    Args:
        ask: Makes either.
        early_s: Gets the seconds waited; see `Backups._early_s`.
        may_begin: Asked for each backup that is about to begin.
        look_s: See BackupPolicy.
    """

    def __init__(
        self,
        ask: Ask,
        early_s: Callable[[float], float],
        may_begin: Callable[[], bool],
        look_s: float,
    ) -> None:
        self._ask = ask
        self._early_s = early_s
        self._may_begin = may_begin
        self._look_s = look_s
        self._backup: Future[Completion] | None = None
        self._is_sent = False
        self._is_over = False
        self._taken = "none"

    @property
    def taken(self) -> str:
        """Whose answer was taken: `first`, `backup` or `none`; empty where no backup was sent."""
        return self._taken if self._is_sent else ""

    def run(self) -> Completion:
        """Return the first answer, or raise the error of the first call."""
        try:
            answer, self._taken = self._first_answer()
            return answer
        finally:
            self._is_over = True

    def _first_answer(self) -> tuple[Completion, str]:
        try:
            answer = self._ask(self._look, is_backup=False)
        except GoldbriefError as error:
            if self._backup is None or self._backup.exception():
                raise
            answer = self._backup.result()
            outrun = isinstance(error, OutrunError)
            return _paid_twice(answer, answer) if outrun else answer, "backup"
        self._is_over = True
        return self._with_backup_s_tokens(answer), "first"

    def _with_backup_s_tokens(self, answer: Completion) -> Completion:
        """Wait until the backup is given up, which takes one look unless it still connects."""
        if self._backup is None:
            return answer
        try:
            error = self._backup.exception(2 * self._look_s)
        except TimeoutError as unknown:
            error = unknown
        if error is None:
            return _paid_twice(answer, self._backup.result())
        may_be_billed = isinstance(error, OutrunError | TimeoutError)
        return _paid_twice(answer, answer) if may_be_billed else answer

    def _look(self, waited_s: float) -> float:
        """Of the first call: begin the backup when it may, and give up when that has answered."""
        if self._backup is None:
            if early_s := self._early_s(waited_s):
                return early_s
            if self._may_begin():
                self._backup = self._begun()
        elif self._backup.done():
            error = self._backup.exception()
            if error is None:
                raise OutrunError("The backup of this call answered first.")
            if isinstance(error, ResourceExhaustedError) and not self._is_sent:
                self._backup = None  # another call took the turn meanwhile
        return self._look_s

    def _look_of_backup(self, _: float) -> float:
        self._is_sent = True
        if self._is_over:
            raise OutrunError("The call that this is a backup of was answered first.")
        return self._look_s

    def _begun(self) -> Future[Completion]:
        outcome: Future[Completion] = Future()
        run = copy_context().run  # of the span and the ids that logs tell
        threading.Thread(
            target=run, args=(self._ask_backup, outcome), name="backup", daemon=True
        ).start()
        return outcome

    def _ask_backup(self, outcome: Future[Completion]) -> None:
        try:
            outcome.set_result(self._ask(self._look_of_backup, is_backup=True))
        except BaseException as error:  # noqa: BLE001 - it is for who asks for the outcome
            outcome.set_exception(error)


def _paid_twice(answer: Completion, other: Completion) -> Completion:
    return replace(
        answer,
        prompt_tokens=answer.prompt_tokens + other.prompt_tokens,
        completion_tokens=answer.completion_tokens + other.completion_tokens,
    )

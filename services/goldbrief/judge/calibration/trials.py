"""The summaries that a judge is tried on: as they came, judged again, and with faults planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from goldbrief.core.documents import Record, Verdict
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.judge.calibration.cases import GOOD, OVERALL, CalibrationCase, Judged
from goldbrief.judge.verdicts import Case, Judge
from goldbrief.platform.tracing.carrying import ContextPool
from goldbrief.text.corruptions import FAULTS, Fault, corrupt

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K", bound=Record)

MOST_PLANTED = 20
"""Good summaries that faults are planted in: more move the card's numbers little, and a judge that
is paid by the token grades a dozen summaries for each."""
_REPEATS = 2
_AT_ONCE = 8
_FORM_FAULTS: frozenset[Fault] = frozenset({"no_actions", "other_reader"})
"""Faults only where there is a house style to break."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One summary to judge."""

    of: CalibrationCase
    case: Case
    fault: Fault | None = None
    repeat: int = 0


def plan_trials(cases: Sequence[CalibrationCase]) -> list[Trial]:
    """Everything that is to be judged.

    Args:
        cases: Rated or known to be good; those that people rate as good count as good.

    Returns:
        Each case once; the good ones, at most MOST_PLANTED, twice more and with each fault.
    """
    good = [case for case in cases if _is_good(case)][:MOST_PLANTED]
    trials = [Trial(case, case.case) for case in cases]
    trials += [Trial(case, case.case, None, n + 1) for case in good for n in range(_REPEATS)]
    for place, case in enumerate(good):
        other = good[(place + 1) % len(good)].case.summary
        trials += list(_faulty(case, other))
    return trials


def judge_trials(trials: Sequence[Trial], judge: Judge, store: ObjectStore) -> Iterator[Judged]:
    """Judge them, several at once.

    Verdicts are kept in the object store, so that a calibration that broke off goes on where it
    was and pays for nothing twice.

    Args:
        trials: What to judge.
        judge: The judge.
        store: Keeps verdicts, below `judge-cards/<version>/verdicts/`.

    Yields:
        The verdicts, in order.

    Raises:
        TransientError: The judge's endpoint does not answer.
    """
    version = judge.description.version

    def judged(trial: Trial) -> Judged:
        key = _verdict_key(version, trial)
        verdict = once(store, key, Verdict, lambda: judge.judge(trial.case))
        return Judged(trial.of, trial.case, verdict, trial.fault, trial.repeat)

    yield from several_at_once(judged, trials)


def several_at_once(work: Callable[[T], R], trials: Sequence[T]) -> Iterator[R]:
    """Do some work on each trial, several at once; yields what comes of it, in order."""
    with ContextPool(_AT_ONCE) as pool:
        try:
            yield from pool.map(work, trials)
        finally:
            pool.shutdown(cancel_futures=True)


def once(store: ObjectStore, key: str, kind: type[K], make: Callable[[], K]) -> K:
    """What is kept under a key; made and kept if nothing is."""
    if store.exists(key):
        return kind.model_validate_json(store.get(key))
    made = make()
    store.put(key, made.model_dump_json().encode())
    return made


def _faulty(case: CalibrationCase, other: str) -> Iterator[Trial]:
    for fault in FAULTS:
        if fault in _FORM_FAULTS and case.case.style is None:
            continue
        if fault == "foreign_point" and other == case.case.summary:
            continue
        summary = corrupt(case.case.summary, fault, other, Random(f"{fault}:{case.article}"))
        if summary:
            yield Trial(case, replace(case.case, summary=summary), fault)


def _is_good(case: CalibrationCase) -> bool:
    rating = case.rating(OVERALL)
    return case.is_good if rating is None else rating >= GOOD


def _verdict_key(version: str, trial: Trial) -> str:
    case = trial.case
    style = case.style.model_dump(mode="json") if case.style else None
    asked = [case.article, case.summary, case.persona, style, case.reference, trial.repeat]
    return f"judge-cards/{version}/verdicts/{sha256_json(asked)}.json"

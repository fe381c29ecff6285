"""The summaries that a judge is tried on: as they came, judged again, and with faults planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from random import Random

from goldbrief.core.documents import Verdict
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.judge.calibration.cases import GOOD, OVERALL, CalibrationCase, Judged
from goldbrief.judge.verdicts import Case, Judge
from goldbrief.text.corruptions import FAULTS, Fault, corrupt

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
        verdict = _once(store, _verdict_key(version, trial), lambda: judge.judge(trial.case))
        return Judged(trial.of, trial.case, verdict, trial.fault, trial.repeat)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            yield from pool.map(judged, trials)
        finally:
            pool.shutdown(cancel_futures=True)


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


def _once(store: ObjectStore, key: str, judge: Callable[[], Verdict]) -> Verdict:
    if store.exists(key):
        return Verdict.model_validate_json(store.get(key))
    verdict = judge()
    store.put(key, verdict.model_dump_json().encode())
    return verdict


def _verdict_key(version: str, trial: Trial) -> str:
    case = trial.case
    style = case.style.model_dump(mode="json") if case.style else None
    asked = [case.article, case.summary, case.persona, style, case.reference, trial.repeat]
    return f"judge-cards/{version}/verdicts/{sha256_json(asked)}.json"

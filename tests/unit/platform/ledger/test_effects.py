"""An answer that was paid for is not lost to a store that fails for a moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.platform.ledger import EffectUsage, Ledger, NewWork, Work, effects
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_ledger


class FailingStore(DirectoryStore):
    """Takes nothing for so many times."""

    failures = 0

    def put(self, key: str, data: bytes) -> None:
        if self.failures:
            self.failures -= 1
            raise TransientError("no answer", reason="OBJECT_STORE_UNAVAILABLE")
        super().put(key, data)


@pytest.fixture
def store(tmp_path: Path) -> FailingStore:
    return FailingStore(tmp_path / "objects")


@pytest.fixture
def ledger(tmp_path: Path, store: FailingStore) -> Ledger:
    return Ledger(make_ledger(tmp_path).database, store)


@pytest.fixture
def work(ledger: Ledger) -> Work:
    return ledger.works.create(
        NewWork(kind="test", request_id="r", spec={}, stages={"a": "room.a"}, items=[{}])
    )


class Teacher:
    """Counts what it is asked."""

    calls = 0

    def ask(self) -> tuple[str, EffectUsage]:
        self.calls += 1
        return f"answer {self.calls}", EffectUsage(10, 2)


def test_a_store_that_fails_for_a_moment_costs_no_second_call(
    ledger: Ledger, store: FailingStore, work: Work
) -> None:
    teacher, store.failures = Teacher(), 2
    for _ in range(2):
        assert ledger.effects.once(work, "teacher", 1, teacher.ask) == "answer 1"
    counts = ledger.works.counts(work.id)
    assert (teacher.calls, counts.calls, counts.repeated_calls) == (1, 1, 0)


def test_a_store_that_stays_away_fails_the_call_and_the_next_is_counted(
    ledger: Ledger, store: FailingStore, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "_PATIENCE_S", 0.0)
    teacher, store.failures = Teacher(), 1
    with pytest.raises(TransientError):
        ledger.effects.once(work, "teacher", 1, teacher.ask)
    assert ledger.effects.once(work, "teacher", 1, teacher.ask) == "answer 2"
    assert ledger.works.counts(work.id).repeated_calls == 1


def test_of_two_answers_to_the_same_call_the_first_that_was_recorded_counts(
    ledger: Ledger, work: Work
) -> None:
    teacher = Teacher()

    def slow() -> tuple[str, EffectUsage]:
        assert ledger.effects.once(work, "teacher", 1, teacher.ask) == "answer 1"
        return "too late", EffectUsage(10, 2)

    assert ledger.effects.once(work, "teacher", 1, slow) == "answer 1"
    counts = ledger.works.counts(work.id)
    assert (counts.calls, counts.repeated_calls, counts.prompt_tokens) == (1, 1, 10)

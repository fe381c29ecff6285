"""A store that is away for a while costs a while, not the run."""

import pytest

from goldbrief.core.errors import NotFoundError, TransientError
from goldbrief.platform.storage import DirectoryStore
from goldbrief_training import patience
from goldbrief_training.interruption import Interruption


class Shaky(DirectoryStore):
    """Does not answer the first calls."""

    away = 3

    def get(self, key):
        self.away -= 1
        if self.away >= 0:
            raise TransientError("Nothing answers.")
        return super().get(key)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(patience.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    return now


def test_a_call_is_tried_until_the_store_answers(tmp_path, clock):
    store = Shaky(tmp_path)
    store.put("a", b"1")
    assert patience.PatientStore(store, Interruption()).get("a") == b"1"
    assert clock[0] == 6.0


def test_patience_ends(tmp_path, clock):
    store = Shaky(tmp_path)
    store.away = 10**6
    with pytest.raises(TransientError):
        patience.PatientStore(store, Interruption()).get("a")
    assert clock[0] == patience.PATIENCE_S


def test_nobody_waits_after_a_signal(tmp_path, clock):
    interruption = Interruption()
    interruption.signal_name = "SIGTERM"
    with pytest.raises(TransientError):
        patience.PatientStore(Shaky(tmp_path), interruption).get("a")
    assert clock[0] == 0.0


def test_an_answer_is_an_answer_also_when_it_is_no(tmp_path, clock):
    store = Shaky(tmp_path)
    store.away = 0
    with pytest.raises(NotFoundError):
        patience.PatientStore(store, Interruption()).get("none")
    assert clock[0] == 0.0

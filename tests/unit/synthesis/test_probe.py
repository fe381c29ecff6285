from pathlib import Path

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.synthesis.synthesis import KIND, Syntheses
from goldbrief.testing.ledgers import make_ledger


def test_an_unreachable_teacher_is_said_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make_ledger(tmp_path)
    resources = Resources(Settings(home=tmp_path))
    monkeypatch.setattr("goldbrief.synthesis.synthesis.load_plan", lambda *_: None)
    monkeypatch.setattr("goldbrief.synthesis.synthesis._require_workable", lambda _: None)
    teacher = OpenAIChat("http://127.0.0.1:1/v1", "llama", "none")
    syntheses = Syntheses(ledger, resources.store, "llm:llama", teacher.check)
    resources.store.put(f"articles/{'a' * 64}.json", b"{}")
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1"):
        syntheses.create("r", "", ["a" * 64], "plan")
    assert ledger.works.of_kind(KIND) == []

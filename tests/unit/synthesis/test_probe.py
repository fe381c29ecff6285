from pathlib import Path

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.core.plans import SynthesisPlan
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.synthesis.synthesis import KIND, Syntheses
from goldbrief.testing.ledgers import make_ledger


def test_an_unreachable_teacher_is_said_before_anything_begins(
    tmp_path: Path, plan: SynthesisPlan
) -> None:
    ledger = make_ledger(tmp_path)
    resources = Resources(Settings(home=tmp_path))
    resources.store.put("plan", plan.model_dump_json().encode())
    teacher = OpenAIChat("http://127.0.0.1:1/v1", "llama", "none")
    syntheses = Syntheses(ledger, resources.store, "llm:llama", teacher.check)
    resources.store.put(f"articles/{'a' * 64}.json", b"{}")
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1"):
        syntheses.create("r", "", ["a" * 64], "plan")
    assert ledger.works.of_kind(KIND) == []

"""Settings come from variables, and a wrong one is named."""

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.settings import read_settings


def test_a_laptop_needs_no_variable(monkeypatch):
    monkeypatch.delenv("GOLDBRIEF_TRAINING_LAUNCHER", raising=False)
    assert read_settings().training_launcher == "subprocess"


def test_a_variable_with_a_wrong_value_is_named(monkeypatch):
    monkeypatch.setenv("GOLDBRIEF_TRAINING_LAUNCHER", "slurm")
    monkeypatch.setenv("GOLDBRIEF_PORT", "http")
    with pytest.raises(InvalidInputError) as caught:
        read_settings()
    for words in ("GOLDBRIEF_TRAINING_LAUNCHER", "'kubernetes'", "GOLDBRIEF_PORT"):
        assert words in caught.value.message

"""Judges of the teacher's own family are told by name."""

import pytest

from goldbrief.core.model_families import shared_family


@pytest.mark.parametrize(
    ("teacher", "judge", "shared"),
    [
        ("meta-llama/Llama-3-70b-Instruct", "llm:llama-3.1-8b", "llama"),
        ("open-mixtral-8x22b", "panel:qwen-72b+mistral-large", "mistral"),
        ("house-model", "llm:house-model", "house-model"),
        ("gpt-4o", "llm:o3-mini", "gpt"),
        ("llama-3-70b", "panel:qwen-72b+mistral-large", ""),
        ("house-model", "llm:other-model", ""),
        ("dolphin-7b", "llm:phi-4", ""),
        ("offline-extractive-1", "offline-metric-3", ""),
        ("llama-3-70b", "", ""),
    ],
)
def test_a_family_is_shared(teacher: str, judge: str, shared: str) -> None:
    assert shared_family(teacher, judge) == shared

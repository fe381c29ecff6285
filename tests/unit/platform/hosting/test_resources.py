"""Which server a process asks for what."""

import pytest

from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources


@pytest.mark.parametrize(
    ("embeddings_url", "expected"),
    [("", "http://engine:1"), ("http://embedded:2", "http://embedded:2")],
)
def test_embeddings_come_from_the_engine_unless_another_server_has_them(
    embeddings_url: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("goldbrief.platform.hosting.resources.HttpEmbedder", asked.append)
    settings = Settings(inference_url="http://engine:1", embeddings_url=embeddings_url)
    assert Resources(settings).embedder is None
    assert asked == [expected]

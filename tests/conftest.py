"""Fixtures of all tiers."""

from pathlib import Path

import pytest

from goldbrief.core.settings import Settings


@pytest.fixture(scope="session")
def examples() -> Path:
    """The quickstart's goldens, articles and their truth."""
    return Path(__file__).parent.parent / "examples" / "quickstart" / "simulated"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, loudly, what needs models that are not here."""
    models = Settings().models_dir
    missing = [
        name
        for name in ("smollm2-135m-instruct", "all-minilm-l6-v2")
        if not (models / name).is_dir()
    ]
    if missing:
        skip = pytest.mark.skip(reason=f"no {', '.join(missing)} in {models}: run `make models`")
        for item in items:
            if item.get_closest_marker("models"):
                item.add_marker(skip)

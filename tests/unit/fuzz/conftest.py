from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief.testing.fuzzing.place import Place, fuzzed_place


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Iterator[Place]:
    with fuzzed_place(tmp_path_factory.mktemp("fuzzed"), examples) as place:
        yield place

import signal
import sys
from pathlib import Path

import pytest
import torch

from goldbrief.core.training import spec_key
from goldbrief.testing.tiny_models import write_tiny_llama
from goldbrief_training.__main__ import main

sys.path.insert(0, str(Path(__file__).parent))
from runs import RUN


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory):
    return write_tiny_llama(tmp_path_factory.mktemp("models") / "tiny-llama")


@pytest.fixture(scope="module")
def train():
    """Runs the entry point in this process, undoing what it sets for the whole process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    threads = torch.get_num_threads()

    with pytest.MonkeyPatch.context() as environment:

        def run(root: Path, *options: str) -> int:
            environment.setenv("GOLDBRIEF_OBJECTS", str(root))
            return main(["--spec", spec_key(RUN), *options])

        yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)

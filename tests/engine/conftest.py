"""A real vLLM, and the product in front of it with adapters that the training job made."""

from contextlib import ExitStack

import pytest

from goldbrief.core.settings import Settings
from goldbrief.platform.storage import open_store
from goldbrief.testing.servers import ServerMissingError, free_port
from goldbrief.testing.tiny_models import write_tiny_llama
from goldbrief.testing.vllm import vllm_server

from .product import running
from .trained import PROMPT, SUMMARIES, train


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """A tiny Llama that vLLM computes, and that can learn to stop."""
    return write_tiny_llama(tmp_path_factory.mktemp("models") / "tiny", heads=2, padding=0)


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    """Of a home whose engine is to be a vLLM."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    engine = f"http://127.0.0.1:{free_port()}"
    return Settings(home=home, port=port, address=f"127.0.0.1:{port}", inference_url=engine)


class Host:
    """Runs the home's vLLM; it looks for adapters where the syncer puts them."""

    def __init__(self, settings, base, folder):
        self.url = settings.inference_url
        self._arguments = (
            folder,
            base,
            settings.served_adapters_dir,
            int(self.url.rpartition(":")[2]),
        )
        self._stack = ExitStack()
        self.start()

    def start(self):
        """Start it, or start it anew."""
        self.stop()
        self.vllm = self._stack.enter_context(vllm_server(*self._arguments))
        return self.vllm

    def stop(self):
        """End it."""
        self._stack.close()


@pytest.fixture(scope="session")
def host(settings, base, tmp_path_factory):
    try:
        host = Host(settings, base, tmp_path_factory.mktemp("vllm"))
    except ServerMissingError as error:
        pytest.skip(str(error))
    yield host
    host.stop()


@pytest.fixture
def vllm(host):
    return host.vllm


@pytest.fixture(scope="session")
def product(host, settings, base):
    """The product, with a version for each summary and `3`, which rambles."""
    store = open_store(settings)
    with pytest.MonkeyPatch.context() as environment, running(settings, environment) as product:
        for version, summary in SUMMARIES.items():
            train(store, base, f"ft-{version}", summary)
        rambling = PROMPT.model_copy(update={"max_new_tokens": 1500})
        train(
            store, base, "ft-3", "x", training_duration="1ba", learning_rate=1e-6, prompt=rambling
        )
        for version in ("1", "2", "3"):
            assert product.register(f"ft-{version}") == version
        product.deliver("3")
        product.promote("1")
        yield product

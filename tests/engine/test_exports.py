"""An exported whole model, a plain Hugging Face folder, on a real vLLM."""

import httpx
import pytest

from goldbrief.registry.parity import read_canaries
from goldbrief.sdk.models import export_model_version
from goldbrief.testing.vllm import vllm_server

from .trained import MODEL, SUMMARIES, train

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]


@pytest.fixture
def exported(product, base, tmp_path):
    train(product.store, base, "ft-whole", SUMMARIES["1"], method="full", learning_rate=3e-3)
    version = product.register("ft-whole")
    folder = tmp_path / "model"
    export_model_version(product.client, f"{MODEL}@{version}", folder, merged=True)
    return folder


@pytest.fixture
def server(host, exported, tmp_path):
    """Its own vLLM, in place of the home's: each takes 4 GB."""
    host.stop()
    with vllm_server(tmp_path / "vllm", exported, tmp_path / "served") as server:
        yield server
    host.start()


def test_it_writes_what_training_wrote_token_for_token(product, exported, server):
    for canary in read_canaries(product.store, "ft-whole"):
        assert canary.tuned_text == SUMMARIES["1"]
        body = {
            "model": str(exported), "prompt": canary.prompt, "temperature": 0,
            "max_tokens": len(canary.tuned_token_ids), "return_token_ids": True,
        }  # fmt: skip
        answer = httpx.post(f"{server.url}/v1/completions", json=body, timeout=60).json()
        assert answer["choices"][0]["token_ids"] == list(canary.tuned_token_ids)

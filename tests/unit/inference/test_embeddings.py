"""Embeddings over HTTP, with a tiny random encoder; the real one is in test_real_models."""

from __future__ import annotations

import base64
import math
import struct
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from goldbrief.platform.llm import HttpEmbedder

from .conftest import StartServer

TEXTS = ["costs rose", "revenue", "the margin fell again and again and again", "margin costs"]


@pytest.fixture(scope="module")
def http(start: StartServer, home: Path) -> httpx.Client:
    folder = home / "models" / "all-minilm-l6-v2"
    if not folder.exists():
        _write_encoder(folder)
    return httpx.Client(base_url=start().url, timeout=60, trust_env=False)


def _write_encoder(folder: Path) -> None:
    words = sorted({word for text in TEXTS for word in text.split()})
    vocabulary = {word: index for index, word in enumerate(["[PAD]", "[UNK]", *words])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]"
    )
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            initializer_range=0.5,
        )
        BertModel(config).save_pretrained(folder)


def embed(http: httpx.Client, texts: str | list[str], **options: Any) -> list[Any]:
    body = {"model": "all-minilm-l6-v2", "input": texts} | options
    response = http.post("/v1/embeddings", json=body)
    assert response.status_code == 200, response.text
    return [row["embedding"] for row in response.json()["data"]]


def test_vectors_have_unit_length_and_keep_their_order(http: httpx.Client) -> None:
    together = embed(http, TEXTS * 20)
    assert together[: len(TEXTS)] == together[-len(TEXTS) :]
    for text, vector in zip(TEXTS, together, strict=False):
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-5)
        # Alone the text is not padded: float32 may differ in its last digits.
        assert embed(http, text)[0] == pytest.approx(vector, abs=3e-6)
    assert len({tuple(vector) for vector in together}) == len(TEXTS)


def test_same_request_gives_the_same_vectors(http: httpx.Client) -> None:
    texts = [f"{text} {number % 7}" for number in range(50) for text in TEXTS]
    vectors = embed(http, texts)
    assert embed(http, texts) == vectors
    assert embed(http, texts[::-1]) == vectors[::-1]


def test_base64(http: httpx.Client) -> None:
    (encoded,) = embed(http, "costs", encoding_format="base64")
    data = base64.b64decode(encoded)
    unpacked = list(struct.unpack(f"<{len(data) // 4}f", data))
    assert unpacked == pytest.approx(embed(http, "costs")[0], abs=1e-6)


def test_client(http: httpx.Client) -> None:
    texts = TEXTS * 40
    assert HttpEmbedder(str(http.base_url)).embed(texts)[:4] == embed(http, texts[:64])[:4]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"model": "other"}, 404), ({"input": []}, 422), ({"input": ""}, 422), ({"x": 1}, 422)],
)
def test_refused(http: httpx.Client, change: dict[str, Any], status: int) -> None:
    body = {"model": "all-minilm-l6-v2", "input": "costs"} | change
    assert http.post("/v1/embeddings", json=body).status_code == status

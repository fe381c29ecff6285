"""Sentence embeddings from an OpenAI-compatible /v1/embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
from pydantic import BaseModel, ValidationError

from goldbrief.core.errors import TransientError
from goldbrief.platform.llm.addresses import checked_url
from goldbrief.platform.llm.http import engine_errors, new_client, status_error, timeout
from goldbrief.platform.llm.retrying import RetryPolicy, retry
from goldbrief.platform.tracing.model_calls import model_call

_BATCH = 64
_TIMEOUT_S = 120.0


class _Row(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    data: list[_Row]


class HttpEmbedder:
    """An `Embedder`; safe to use from several threads.

    Args:
        base_url: Without /v1, e.g. `http://127.0.0.1:7701`.
        model: As the server names it.
        client: For tests; None makes one.
        retries: When and how long to try again, for each batch of 64 texts.
        token: What the server wants of who calls it; empty for nothing.

    Raises:
        InvalidInputError: base_url is not an http or https URL.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str = "all-minilm-l6-v2",
        client: httpx.Client | None = None,
        retries: RetryPolicy | None = None,
        token: str = "",
    ) -> None:
        self.name = model
        self._url = checked_url(base_url, "base_url")
        self._client = client or new_client(self._url, token)
        self._retries = retries or RetryPolicy()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts, trying again as the retry policy says.

        Args:
            texts: None of them empty; the same list always makes the same batches.

        Returns:
            One unit-length vector a text, in order.

        Raises:
            TransientError: The server cannot be reached or fails, until the last attempt.
            ResourceExhaustedError: It stayed overloaded.
            NotFoundError: It has no such model.
            InvalidInputError: It refused the texts.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            vectors += retry(self._retries, lambda left_s, batch=batch: self._once(batch, left_s))  # type: ignore[misc]
        return vectors

    def _once(self, batch: list[str], left_s: float) -> list[list[float]]:
        body = {"model": self.name, "input": batch, "encoding_format": "float"}
        with model_call("embeddings", self.name, self._url) as call:
            with engine_errors(self._url):
                response = self._client.post(
                    "/v1/embeddings",
                    json=body,
                    headers=call.headers,
                    timeout=timeout(min(_TIMEOUT_S, left_s)),
                )
            if response.status_code != 200:
                raise status_error(response, self._url, self.name)
        try:
            rows = sorted(
                _Answer.model_validate_json(response.text).data, key=lambda row: row.index
            )
        except ValidationError as error:
            raise self._malformed(response.text) from error
        if [row.index for row in rows] != list(range(len(batch))):
            raise self._malformed(response.text)
        return [row.embedding for row in rows]

    def _malformed(self, raw: str) -> TransientError:
        return TransientError(
            f"{self._url} did not answer with one embedding a text.",
            reason="EMBEDDINGS_MALFORMED",
            metadata={"raw": raw[:2000]},
        )

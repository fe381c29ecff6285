"""Settings of the gateway."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from goldbrief.summarize.figures import FigurePolicy


class SummarizeSettings(BaseSettings):
    """Where the gateway answers JSON, and how much it takes on; `GOLDBRIEF_SUMMARIZE_*`.

    Engines queue without bound, so the gateway is where a queue must end.
    """

    model_config = SettingsConfigDict(
        env_prefix="GOLDBRIEF_SUMMARIZE_", extra="ignore", frozen=True
    )

    http_port: int = Field(default=7709, ge=0, le=65535)
    """Port of the HTTP interface, on the host of the RPCs; 0 takes any free one, for tests."""
    concurrency: int = Field(default=8, ge=1)
    """Summaries that the engine writes at once; keep it at or below the engine's batch."""
    parts: int = Field(default=4, ge=1)
    """Parts of long articles that the engine summarizes at once, beside the summaries."""
    cache_mb: int = Field(default=16, ge=0)
    """Megabytes of texts that are kept for equal requests, some 500 each; 0 keeps none."""
    figure_policy: FigurePolicy = "annotate"
    """What is done about figures that the article does not support, where request and style leave
    it open: `annotate` marks them, `retry` has the summary written anew and keeps the best
    text, `withhold` does that and holds the text back where one is left, `enforce` moreover holds
    an engine that can be to the article's figures."""
    waiting: int = Field(default=32, ge=0)
    """Requests that may wait for a place; more are refused with RESOURCE_EXHAUSTED."""
    sampled_share: float = Field(default=0.0, ge=0, le=1)
    """Share of answers, 0 to 1, that are judged afterwards, to watch their quality; texts kept from
    before and those withheld are not drawn. 0, the default, has no text leave the gateway: with a
    judge behind an endpoint each is sent there, and the offline one takes processor time."""

"""Settings of the embedded inference server."""

from __future__ import annotations

from pydantic import Field

from goldbrief.core.settings import Settings


class InferenceSettings(Settings):
    """Adds to Settings what only this server needs; it binds to `host`."""

    inference_port: int = Field(default=7701, ge=0, le=65535)
    """TCP port; 0 takes any free one, for tests. Keep `inference_url` in step with it."""
    inference_threads: int = Field(default=0, ge=0)
    """CPU threads; 0 means what the cgroup quota allows. More than that is many times slower."""
    inference_max_batch: int = Field(default=8, ge=1, le=64)
    """Prompts decoded together; past 8 the CPU gains little and each answer waits longer."""
    inference_queue: int = Field(default=64, ge=1)
    """Prompts that may wait; the next request gets 429."""
    inference_max_adapters: int = Field(default=8, ge=1)
    """Adapters kept in memory (10 MB each for SmolLM2); the least recently used one leaves."""

"""Settings of what is kept and judged of live summaries."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LiveSettings(BaseSettings):
    """How much is judged and what is kept; `GOLDBRIEF_LIVE_*`.

    What share of answers gets here at all is the gateway's setting,
    `GOLDBRIEF_SUMMARIZE_SAMPLED_SHARE`.
    """

    model_config = SettingsConfigDict(env_prefix="GOLDBRIEF_LIVE_", extra="ignore", frozen=True)

    daily_judgments: int = Field(default=200, ge=0)
    """Live summaries that are judged in a day (UTC) at most, by all processes together. The offline
    judge takes some 0.3 s of a core for a short one; a language model is asked `judge_samples`
    times, each of a panel."""
    text_days: float = Field(default=0.0, ge=0)
    """Days for which articles and summaries are kept of what was drawn or marked wrong; 0 keeps
    none."""
    window_days: float = Field(default=7.0, gt=0)
    """Days of live summaries that are compared with the training set."""

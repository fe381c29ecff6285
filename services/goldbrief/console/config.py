"""Settings of the console."""

from __future__ import annotations

import secrets

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConsoleSettings(BaseSettings):
    """Where the console answers; `GOLDBRIEF_CONSOLE_*`."""

    model_config = SettingsConfigDict(
        env_prefix="GOLDBRIEF_CONSOLE_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    http_port: int = Field(default=7710, ge=0, le=65535)
    """Port, on the host of the other servers; 0 takes any free one, for tests."""
    secret: str = Field(default_factory=lambda: secrets.token_urlsafe(32), min_length=32)
    """Signs sessions; the same for all replicas. Without one, restarting signs everybody out."""
    url: str = ""
    """Address that people's browsers see, for links; with https, cookies go over TLS alone."""
    trusted_hops: int = Field(default=0, ge=0, le=5)
    """Proxies in front that append to X-Forwarded-For: how limits tell clients apart."""

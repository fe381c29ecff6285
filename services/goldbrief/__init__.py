"""Goldbrief: tune a small open LLM to write executive summaries in your house style."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldbrief import ft
    from goldbrief.sdk import AsyncClient, Client

__version__ = "0.1.0"

__all__ = ["AsyncClient", "Client", "__version__", "ft"]


def __getattr__(name: str) -> Any:
    # the training job imports goldbrief.core alone, without grpc
    if name in ("AsyncClient", "Client"):
        from goldbrief import sdk  # noqa: PLC0415

        return getattr(sdk, name)
    raise AttributeError(f"module 'goldbrief' has no attribute {name!r}")

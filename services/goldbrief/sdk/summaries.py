"""Requests of the gateway, which both clients make."""

from __future__ import annotations

from typing import Literal

from goldbrief.api.summarize.v1 import summarize_pb2

DEFAULT_MODEL = "briefs"
FigurePolicy = Literal["", "annotate", "retry", "withhold"]
"""What is done about figures that the article does not support; empty leaves it to the server."""


def summarize_request(
    article_text: str, model: str, persona: str, figure_policy: FigurePolicy
) -> summarize_pb2.SummarizeRequest:
    """Make the request for one summary; arguments as `Client.summarize`."""
    policy = f"FIGURE_POLICY_{figure_policy.upper() or 'UNSPECIFIED'}"
    return summarize_pb2.SummarizeRequest(
        article_text=article_text,
        model=model,
        persona=persona,
        figure_policy=summarize_pb2.FigurePolicy.Value(policy),
    )

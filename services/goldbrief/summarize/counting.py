"""Counts summaries: how long they took, what became of them, and what their figures are worth."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator
from typing import get_args

from goldbrief.platform.metrics.instruments import (
    SUMMARY_CACHE,
    SUMMARY_FIGURES,
    SUMMARY_FIRST_SECONDS,
    SUMMARY_SECONDS,
)
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.canaries import Steps
from goldbrief.summarize.figures import FigureSupport


def counted(steps: Steps, model: str, started: float) -> Generator[str | Answer | None, None, None]:
    """Pass the steps of a summary on and count it when it is whole.

    Args:
        steps: Pieces of text, then the answer.
        model: Name of the model that was asked for, without a version.
        started: When it was asked for, by the monotonic clock.

    Yields:
        The steps.
    """
    is_first = True
    for step in steps:
        if isinstance(step, Answer):
            _count(step, time.monotonic() - started)
        elif step is not None and is_first:
            SUMMARY_FIRST_SECONDS.labels(model).observe(time.monotonic() - started)
            is_first = False
        yield step


def _count(answer: Answer, seconds: float) -> None:
    version = answer.model.model, answer.model.version
    outcome = "withheld" if answer.withheld else "written"
    SUMMARY_SECONDS.labels(*version, outcome).observe(seconds)
    SUMMARY_CACHE.labels("hit" if answer.cached else "miss").inc()
    supports = Counter(figure.support for figure in answer.figures)
    for support in get_args(FigureSupport):  # those that there are none of too, as zero
        SUMMARY_FIGURES.labels(*version, support).inc(supports[support])

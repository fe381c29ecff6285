"""Answers that are drawn to be judged afterwards: beside the requests, which never wait for it."""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from goldbrief.api.live.v1 import live_pb2 as pb
from goldbrief.core.errors import GoldbriefError
from goldbrief.core.live_summaries import LIVE_BUDGET_SPENT
from goldbrief.platform.metrics.instruments import SUMMARY_SAMPLES
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.canaries import Steps

_MOST_WAITING = 16
"""Samples that wait to be judged, each with an article of up to 1 MiB; more are dropped."""
_OUTCOMES = ("taken", "dropped", "over_budget", "lost")
_LOOK_S = 0.5
_SEND_TIMEOUT_S = 660.0
"""Longer than a judge has for one."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer that was drawn, and the article as it was sent."""

    answer: Answer
    article_text: str


class Sampler:
    """Draws answers and has them judged, one after another, in a thread of its own.

    Args:
        share: Of the answers, 0 to 1.
        send: Has one judged; its errors are logged, and the sample is lost.
    """

    def __init__(self, share: float, send: Callable[[Sample], None]) -> None:
        self._share = share
        self._send = send
        self._waiting: queue.Queue[Sample] = queue.Queue(_MOST_WAITING)
        for outcome in _OUTCOMES:
            SUMMARY_SAMPLES.labels(outcome)  # from the start, as zero

    def watched(
        self, steps: Steps, assignment: Assignment
    ) -> Generator[str | Answer | None, None, None]:
        """Pass the steps of a summary on, and perhaps draw the answer.

        Args:
            steps: Pieces of text, then the answer.
            assignment: What it was asked for with.

        Yields:
            The steps.
        """
        for step in steps:
            if isinstance(step, Answer):
                self._draw(step, assignment)
            yield step

    def run(self, stop: threading.Event) -> None:
        """Have what was drawn judged, until `stop` is set; what waits then is lost."""
        while not stop.is_set():
            try:
                sample = self._waiting.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            try:
                self._send(sample)
            except Exception as error:  # noqa: BLE001 - one sample ends no others
                self._lost(sample, error)

    def _lost(self, sample: Sample, error: Exception) -> None:
        # not in its own words: a judge may quote what it was asked
        reason = error.reason if isinstance(error, GoldbriefError) else type(error).__name__
        if reason == LIVE_BUDGET_SPENT:
            SUMMARY_SAMPLES.labels("over_budget").inc()
            return
        SUMMARY_SAMPLES.labels("lost").inc()
        _log.warning("%s is not judged: %s", sample.answer.request_id, reason)

    def _draw(self, answer: Answer, assignment: Assignment) -> None:
        if answer.cached or answer.withheld or random.random() >= self._share:
            return
        try:
            self._waiting.put_nowait(Sample(answer, assignment.article_text))
        except queue.Full:
            SUMMARY_SAMPLES.labels("dropped").inc()
        else:
            SUMMARY_SAMPLES.labels("taken").inc()


def send_sample(live: Any, sample: Sample) -> None:
    """Have an answer judged.

    Args:
        live: The stub of LiveService.
        sample: The answer.

    Raises:
        GoldbriefError: See ObserveAnswer in live.proto.
    """
    message = live_answer(sample.answer, sample.article_text)
    live.ObserveAnswer(pb.ObserveAnswerRequest(answer=message), timeout=_SEND_TIMEOUT_S)


def live_answer(answer: Answer, article_text: str) -> pb.LiveAnswer:
    """Put an answer and its article as LiveService has them."""
    model = answer.model
    return pb.LiveAnswer(
        request_id=answer.request_id,
        model=model.model,
        version=model.version,
        dataset_digest=model.dataset_digest,
        persona=answer.persona,
        style_json=model.prompt.style.model_dump_json(),
        article_text=article_text,
        summary=answer.completion.text,
    )

"""RPCs about live summaries."""

from __future__ import annotations

from typing import Any

from goldbrief.api.live.v1 import live_pb2 as pb
from goldbrief.api.live.v1 import live_pb2_grpc
from goldbrief.evaluation.live.observing import Observed, Observer


class LiveServicer(live_pb2_grpc.LiveServiceServicer):
    """See live.proto for what each RPC promises.

    Args:
        observer: Judges.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def ObserveAnswer(  # noqa: D102, N802
        self, request: pb.ObserveAnswerRequest, context: Any
    ) -> pb.ObserveAnswerResponse:
        overall = self._observer.observe(_observed(request.answer))
        return pb.ObserveAnswerResponse(overall=overall or 0.0)


def _observed(answer: pb.LiveAnswer) -> Observed:
    return Observed(
        request_id=answer.request_id,
        model=answer.model,
        version=answer.version,
        dataset_digest=answer.dataset_digest,
        persona=answer.persona,
        style_json=answer.style_json,
        article_text=answer.article_text,
        summary=answer.summary,
    )

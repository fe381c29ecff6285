"""The RPCs of finetuning: protobuf in, domain call, protobuf out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2 as pb
from goldbrief.api.finetuning.v1 import finetuning_pb2_grpc
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.training_requests import TrainingRequest
from goldbrief.platform.ledger import Event, Work, Works
from goldbrief.platform.rpc.work_messages import timestamp, work_message

_LAST_WORD_S = 1.0
"""Time left at which a stream ends by itself, so that the client need not read a timeout."""


class FinetuningServicer(finetuning_pb2_grpc.FinetuningServiceServicer):
    """Answers for `FinetuningRuns`."""

    def __init__(self, runs: FinetuningRuns, works: Works) -> None:
        self._runs = runs
        self._works = works

    def CreateFinetuningRun(  # noqa: N802 - the name is the API's
        self, request: pb.CreateFinetuningRunRequest, context: Any
    ) -> pb.CreateFinetuningRunResponse:
        """See the API."""
        fields = {name: getattr(request, name) for name in TrainingRequest.__slots__}
        work = self._runs.create(TrainingRequest(**fields))
        return pb.CreateFinetuningRunResponse(finetuning_run=self._message(work))

    def GetFinetuningRun(  # noqa: N802
        self, request: pb.GetFinetuningRunRequest, context: Any
    ) -> pb.GetFinetuningRunResponse:
        """See the API."""
        work = self._runs.get(request.id)
        return pb.GetFinetuningRunResponse(finetuning_run=self._message(work))

    def ListFinetuningRuns(  # noqa: N802
        self, request: pb.ListFinetuningRunsRequest, context: Any
    ) -> pb.ListFinetuningRunsResponse:
        """See the API."""
        messages = [self._message(work) for work in self._runs.list(request.run_id)]
        return pb.ListFinetuningRunsResponse(finetuning_runs=messages)

    def CancelFinetuningRun(  # noqa: N802
        self, request: pb.CancelFinetuningRunRequest, context: Any
    ) -> pb.CancelFinetuningRunResponse:
        """See the API."""
        work = self._runs.cancel(request.id)
        return pb.CancelFinetuningRunResponse(finetuning_run=self._message(work))

    def WatchEvents(  # noqa: N802
        self, request: pb.WatchEventsRequest, context: Any
    ) -> Iterator[pb.WatchEventsResponse]:
        """See the API; also ends a second before the deadline, to be called again."""
        gone = threading.Event()
        context.add_callback(gone.set)

        def is_wanted() -> bool:
            has_time = context.time_remaining() > _LAST_WORD_S
            return has_time and not request.no_follow and not gone.is_set()

        for event in self._runs.watch(request.id, request.from_number, is_wanted):
            yield pb.WatchEventsResponse(event=_event_message(event))

    def _message(self, work: Work) -> pb.FinetuningRun:
        result = work.result
        progress = {key: value or 0 for key, value in result.get("progress", {}).items()}
        intrinsic = result.get("intrinsic")
        return pb.FinetuningRun(
            work=work_message(work, self._works.counts(work.id)),
            model=work.spec["model"],
            register_to=work.spec["training"]["register_to"],
            step=progress.get("step", 0),
            steps=progress.get("steps", 0),
            loss=progress.get("loss", 0.0),
            tokens_per_s=progress.get("tokens_per_s", 0.0),
            remaining_s=progress.get("remaining_s", 0.0),
            intrinsic_json=json.dumps(intrinsic) if intrinsic else "",
            adapter_prefix=result.get("adapter_prefix", ""),
            model_version=result.get("model_version", ""),
        )


def _event_message(event: Event) -> work_pb2.Event:
    return work_pb2.Event(
        number=event.number,
        time=timestamp(event.time),
        type=event.type,
        message=event.message,
        data_json=json.dumps(event.data),
    )

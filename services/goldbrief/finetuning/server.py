"""The RPCs of finetuning: protobuf in, domain call, protobuf out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2 as pb
from goldbrief.api.finetuning.v1 import finetuning_pb2_grpc
from goldbrief.core.settings import Settings
from goldbrief.core.states import State
from goldbrief.core.training import THIS_CPU
from goldbrief.finetuning.base_models import list_base_models
from goldbrief.finetuning.request_messages import training_request
from goldbrief.finetuning.runs import FinetuningRuns, RunFilter
from goldbrief.finetuning.sweeps.server import SweepRpcs
from goldbrief.platform.ledger import Event, Work, Works
from goldbrief.platform.rpc.work_messages import timestamp, work_message

_LAST_WORD_S = 1.0
"""Time left at which a stream ends by itself, so that the client need not read a timeout."""


class FinetuningServicer(finetuning_pb2_grpc.FinetuningServiceServicer):
    """Answers for `FinetuningRuns`.

    Args:
        runs: The runs.
        works: Counts their items.
        settings: Gives the folder of base models and the price of a GPU.
        sweeps: Answers for sweeps.
    """

    def __init__(
        self, runs: FinetuningRuns, works: Works, settings: Settings, sweeps: SweepRpcs
    ) -> None:
        self._runs = runs
        self._sweeps = sweeps
        self._works = works
        self._models_dir = settings.models_dir
        self._gpu_hour_price = settings.gpu_hour_price

    def CreateFinetuningRun(  # noqa: N802 - the name is the API's
        self, request: pb.CreateFinetuningRunRequest, context: Any
    ) -> pb.CreateFinetuningRunResponse:
        """See the API."""
        work = self._runs.create(training_request(request))
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
        works = self._runs.list(_run_filter(request))
        return pb.ListFinetuningRunsResponse(finetuning_runs=map(self._message, works))

    def CancelFinetuningRun(  # noqa: N802
        self, request: pb.CancelFinetuningRunRequest, context: Any
    ) -> pb.CancelFinetuningRunResponse:
        """See the API."""
        work = self._runs.cancel(request.id)
        return pb.CancelFinetuningRunResponse(finetuning_run=self._message(work))

    def CancelExperiment(  # noqa: N802
        self, request: pb.CancelExperimentRequest, context: Any
    ) -> pb.CancelExperimentResponse:
        """See the API."""
        works = self._runs.cancel_experiment(request.experiment_path)
        return pb.CancelExperimentResponse(finetuning_runs=map(self._message, works))

    def DeleteFinetuningRun(  # noqa: N802
        self, request: pb.DeleteFinetuningRunRequest, context: Any
    ) -> pb.DeleteFinetuningRunResponse:
        """See the API."""
        self._runs.delete(request.id)
        return pb.DeleteFinetuningRunResponse()

    def ListCheckpoints(  # noqa: N802
        self, request: pb.ListCheckpointsRequest, context: Any
    ) -> pb.ListCheckpointsResponse:
        """See the API."""
        found = [asdict(checkpoint) for checkpoint in self._runs.checkpoints(request.id)]
        return pb.ListCheckpointsResponse(checkpoints=(pb.Checkpoint(**one) for one in found))

    def ListBaseModels(  # noqa: N802
        self, request: pb.ListBaseModelsRequest, context: Any
    ) -> pb.ListBaseModelsResponse:
        """See the API."""
        found = [asdict(model) for model in list_base_models(self._models_dir)]
        return pb.ListBaseModelsResponse(base_models=(pb.BaseModel(**one) for one in found))

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

    def CreateSweep(  # noqa: N802
        self, request: pb.CreateSweepRequest, context: Any
    ) -> pb.CreateSweepResponse:
        """See the API."""
        return self._sweeps.create(request)

    def GetSweep(  # noqa: N802
        self, request: pb.GetSweepRequest, context: Any
    ) -> pb.GetSweepResponse:
        """See the API."""
        return self._sweeps.get(request)

    def ListSweeps(  # noqa: N802
        self, request: pb.ListSweepsRequest, context: Any
    ) -> pb.ListSweepsResponse:
        """See the API."""
        return self._sweeps.list(request)

    def CancelSweep(  # noqa: N802
        self, request: pb.CancelSweepRequest, context: Any
    ) -> pb.CancelSweepResponse:
        """See the API."""
        return self._sweeps.cancel(request)

    def GetSweepReport(  # noqa: N802
        self, request: pb.GetSweepReportRequest, context: Any
    ) -> pb.GetSweepReportResponse:
        """See the API."""
        return self._sweeps.report(request)

    def _message(self, work: Work) -> pb.FinetuningRun:
        result = work.result
        progress = {key: value or 0 for key, value in result.get("progress", {}).items()}
        spec = work.spec
        return pb.FinetuningRun(
            work=work_message(work, self._works.counts(work.id)),
            model=spec["model"],
            train_data_path=spec["train_data_path"],
            register_to=spec["training"]["register_to"],
            experiment_path=spec["experiment_path"],
            dry_run=spec["dry_run"],
            spec_json=json.dumps(spec["training"]),
            waiting=result.get("waiting", "") if work.ended_at is None else "",
            estimate_json=_json(_priced(result.get("estimate"), self._gpu_hour_price)),
            tokens=progress.get("tokens", 0),
            step=progress.get("step", 0),
            steps=progress.get("steps", 0),
            loss=progress.get("loss", 0.0),
            tokens_per_s=progress.get("tokens_per_s", 0.0),
            remaining_s=progress.get("remaining_s", 0.0),
            intrinsic_json=_json(result.get("intrinsic")),
            adapter_prefix=result.get("adapter_prefix", ""),
            model_version=result.get("model_version", ""),
        )


def _run_filter(request: pb.ListFinetuningRunsRequest) -> RunFilter:
    return RunFilter(
        group_id=request.run_id,
        experiment_path=request.experiment_path,
        states=frozenset(_state(state) for state in request.states if state),
        model=request.model,
        register_to=request.register_to,
        created_after=request.created_after.seconds,
        created_before=request.created_before.seconds,
        limit=request.limit,
    )


def _priced(estimate: dict[str, Any] | None, gpu_hour_price: float) -> dict[str, Any] | None:
    """The estimate with what each card would cost, where a price is known."""
    if not estimate or not gpu_hour_price:
        return estimate
    cards = [
        card
        if card["card"] == THIS_CPU
        else {**card, "cost": round(card["minutes"] / 60 * gpu_hour_price, 2)}
        for card in estimate.get("cards", ())
    ]
    return {**estimate, "cards": cards}


def _json(value: Any) -> str:
    return json.dumps(value) if value else ""


def _event_message(event: Event) -> work_pb2.Event:
    return work_pb2.Event(
        number=event.number,
        time=timestamp(event.time),
        type=event.type,
        message=event.message,
        data_json=json.dumps(event.data),
    )


def _state(state: work_pb2.State) -> State:
    return State(work_pb2.State.Name(state).removeprefix("STATE_"))

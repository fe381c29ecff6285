"""The RPCs of sweeps: protobuf in, domain call, protobuf out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2 as pb
from goldbrief.core.states import State
from goldbrief.finetuning.request_messages import training_request
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.sweeps.sweeps import SweepRequest, Sweeps, trial_run_id
from goldbrief.platform.ledger import Item, Work, Works
from goldbrief.platform.rpc.work_messages import state_name, work_message


class SweepRpcs:
    """Answers for `Sweeps`.

    Args:
        sweeps: The sweeps.
        runs: The runs of their trials.
        works: Counts their items.
    """

    def __init__(self, sweeps: Sweeps, runs: FinetuningRuns, works: Works) -> None:
        self._sweeps = sweeps
        self._runs = runs
        self._works = works

    def create(self, request: pb.CreateSweepRequest) -> pb.CreateSweepResponse:
        """See CreateSweep of the API."""
        asked = SweepRequest(
            run=training_request(request.run),
            grid_json=request.grid_json,
            max_parallel=request.max_parallel,
            eval_rows=request.eval_rows,
            budget_judge_tokens=request.budget_judge_tokens,
        )
        if asked.run.dry_run:
            return pb.CreateSweepResponse(sweep=_planned(self._sweeps.plan(asked).spec))
        return pb.CreateSweepResponse(sweep=self._message(self._sweeps.create(asked)))

    def get(self, request: pb.GetSweepRequest) -> pb.GetSweepResponse:
        """See GetSweep of the API."""
        return pb.GetSweepResponse(sweep=self._message(self._sweeps.get(request.id)))

    def list(self, request: pb.ListSweepsRequest) -> pb.ListSweepsResponse:
        """See ListSweeps of the API."""
        works = self._sweeps.list(request.limit)
        return pb.ListSweepsResponse(sweeps=map(self._message, works))

    def cancel(self, request: pb.CancelSweepRequest) -> pb.CancelSweepResponse:
        """See CancelSweep of the API."""
        return pb.CancelSweepResponse(sweep=self._message(self._sweeps.cancel(request.id)))

    def report(self, request: pb.GetSweepReportRequest) -> pb.GetSweepReportResponse:
        """See GetSweepReport of the API."""
        markdown, results = self._sweeps.report(request.id)
        return pb.GetSweepReportResponse(markdown=markdown, results_json=results)

    def _message(self, work: Work) -> pb.Sweep:
        message = _planned(work.spec)
        message.work.CopyFrom(work_message(work, self._works.counts(work.id)))
        message.stopped = work.result.get("stopped", "")
        message.model_version = work.result.get("model_version", "")
        if "winner" in work.result:
            message.winner = work.result["winner"]
        for trial, item in zip(message.trials, self._works.items(work.id), strict=True):
            self._show(trial, item, trial_run_id(work.id, item.index))
        return message

    def _show(self, trial: pb.SweepTrial, item: Item, run_id: str) -> None:
        run = self._runs.find(run_id)
        trial.state = getattr(work_pb2, state_name(_state(item, run)))
        trial.waiting = item.data.get("waiting", "")
        if run is not None:
            trial.finetuning_run_id = run_id
            trial.training_s = self._runs.training_s(run_id)
            trial.waiting = trial.waiting or (
                run.result.get("waiting", "") if run.ended_at is None else ""
            )
        if item.cause is not None and State(item.state).is_terminal:
            trial.cause.CopyFrom(work_pb2.Cause(**item.cause))
        if "score" in item.data:
            trial.score = item.data["score"]


def _state(item: Item, run: Work | None) -> str:
    """An item between two looks is QUEUED; what counts is what its run does."""
    if State(item.state).is_terminal:
        return item.state
    if run is None:
        return State.QUEUED
    return run.state if run.ended_at is None else State.RUNNING


def _planned(spec: Mapping[str, Any]) -> pb.Sweep:
    return pb.Sweep(
        model=spec["run"]["model"],
        train_data_path=spec["run"]["train_data_path"],
        register_to=spec["trials"][0]["training"]["register_to"],
        eval_rows=spec["eval_rows"],
        max_parallel=spec["max_parallel"],
        trials=[
            pb.SweepTrial(index=index, values_json=json.dumps(trial["values"]))
            for index, trial in enumerate(spec["trials"])
        ],
    )

"""RPCs of the runs service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.runs.v1 import runs_pb2, runs_pb2_grpc
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.recipe import Recipe
from goldbrief.core.states import State
from goldbrief.platform.ledger import Ledger, Work
from goldbrief.platform.rpc.work_messages import (
    progress_message,
    state_name,
    timestamp,
    usage_message,
)
from goldbrief.runs.controller import Round, Runs
from goldbrief.runs.inputs import Input
from goldbrief.runs.phases import PHASES, Phase

_WATCH_INTERVAL_S = 0.7
_WATCH_MARGIN_S = 5.0
_DEFAULT_PAGE = 50


class RunsServicer(runs_pb2_grpc.RunsServiceServicer):
    """See runs.proto for what each RPC promises.

    Args:
        runs: The domain.
        ledger: Whose works the phases are.
    """

    def __init__(self, runs: Runs, ledger: Ledger) -> None:
        self._runs = runs
        self._ledger = ledger

    def CreateRun(  # noqa: D102, N802
        self, request: runs_pb2.CreateRunRequest, context: Any
    ) -> runs_pb2.CreateRunResponse:
        recipe = Recipe.parse(request.recipe_json)
        files = [Input(_role(one), one.name, one.sha256, one.uri) for one in request.inputs]
        following = None
        if request.HasField("round"):
            following = Round(request.round.number, tuple(request.round.review_set_ids))
        work, found = self._runs.create(recipe, files, request.nonce, following)
        return runs_pb2.CreateRunResponse(run=self._message(work), found=found)

    def GetRun(  # noqa: D102, N802
        self, request: runs_pb2.GetRunRequest, context: Any
    ) -> runs_pb2.GetRunResponse:
        return runs_pb2.GetRunResponse(run=self._message(self._runs.get(request.id)))

    def ListRuns(  # noqa: D102, N802
        self, request: runs_pb2.ListRunsRequest, context: Any
    ) -> runs_pb2.ListRunsResponse:
        runs = self._runs.list(request.page_size or _DEFAULT_PAGE)
        return runs_pb2.ListRunsResponse(runs=[self._message(run) for run in runs])

    def ListInputUses(  # noqa: D102, N802
        self, request: runs_pb2.ListInputUsesRequest, context: Any
    ) -> runs_pb2.ListInputUsesResponse:
        return runs_pb2.ListInputUsesResponse(
            uses=[
                runs_pb2.InputUse(run_id=run_id, input=_input(file))
                for run_id, file in self._runs.uses(request.sha256)
            ]
        )

    async def WatchRun(  # noqa: D102, N802
        self, request: runs_pb2.WatchRunRequest, context: Any
    ) -> AsyncIterator[runs_pb2.WatchRunResponse]:
        # a coroutine, so that a client that goes away ends it, and watchers hold no threads
        run_id = (await asyncio.to_thread(self._runs.get, request.id)).id
        last = b""
        while context.time_remaining() > _WATCH_MARGIN_S:
            message = await asyncio.to_thread(self._snapshot, run_id)
            current = message.SerializeToString(deterministic=True)
            if current != last:
                last = current
                yield runs_pb2.WatchRunResponse(run=message)
            if message.HasField("end_time"):
                return
            await asyncio.sleep(_WATCH_INTERVAL_S)

    def PauseRun(  # noqa: D102, N802
        self, request: runs_pb2.PauseRunRequest, context: Any
    ) -> runs_pb2.PauseRunResponse:
        return runs_pb2.PauseRunResponse(run=self._message(self._runs.pause(request.id)))

    def CancelRun(  # noqa: D102, N802
        self, request: runs_pb2.CancelRunRequest, context: Any
    ) -> runs_pb2.CancelRunResponse:
        return runs_pb2.CancelRunResponse(run=self._message(self._runs.cancel(request.id)))

    def _snapshot(self, run_id: str) -> runs_pb2.Run:
        return self._message(self._ledger.works.get(run_id))

    def _message(self, work: Work) -> runs_pb2.Run:
        resources = self._ledger.works.items(work.id)[0].data.get("resources", {})
        style = work.spec.get("style", {"version": "", "notes": []})
        run = runs_pb2.Run(
            id=work.id,
            state=state_name(work.state),
            phases=[self._phase(phase, resources.get(phase.name, "")) for phase in PHASES],
            recipe_json=json.dumps(work.spec["recipe"]),
            create_time=timestamp(work.created_at),
            style_notes=style["notes"],
            style_version=style["version"],
        )
        if work.spec.get("round"):
            run.round.CopyFrom(runs_pb2.Round(**work.spec["round"]))
        if work.cause is not None:
            run.cause.CopyFrom(work_pb2.Cause(**work.cause))
        if work.ended_at is not None:
            run.end_time.CopyFrom(timestamp(work.ended_at))
        return run

    def _phase(self, phase: Phase, resource_id: str) -> runs_pb2.Phase:
        if not resource_id:
            return runs_pb2.Phase(name=phase.name, state=state_name(State.QUEUED))
        work = self._ledger.works.get(resource_id)
        counts = self._ledger.works.counts(resource_id)
        message = runs_pb2.Phase(
            name=phase.name,
            state=state_name(work.state),
            resource_id=resource_id,
            progress=progress_message(counts),
            usage=usage_message(counts),
            detail=phase.describe(work, counts),
            result_json=json.dumps(work.result),
            start_time=timestamp(work.created_at),
        )
        if work.ended_at is not None:
            message.end_time.CopyFrom(timestamp(work.ended_at))
        return message


def _role(file: runs_pb2.Input) -> str:
    if file.role == runs_pb2.Input.ROLE_UNSPECIFIED:
        raise InvalidInputError(
            f"{file.name or 'A file'} has no role.",
            reason="ROLE_MISSING",
            remedy="Say what it is to the run: a golden, an article, ...",
            metadata={"field": "inputs.role"},
        )
    return runs_pb2.Input.Role.Name(file.role).removeprefix("ROLE_")


def _input(file: Input) -> runs_pb2.Input:
    return runs_pb2.Input(
        role=f"ROLE_{file.role}",
        name=file.name,
        sha256=file.sha256,
        uri=file.uri,
    )

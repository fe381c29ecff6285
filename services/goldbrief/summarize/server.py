"""The RPCs of the gateway: protobuf in, summary out, whole or in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1 import summarize_pb2_grpc
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.batches import Item, check_ids, summarize_batch
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.messages import to_assignment, to_message, to_result
from goldbrief.summarize.reporting import Reporter


class SummarizeServicer(summarize_pb2_grpc.SummarizeServiceServicer):
    """Answers with summaries.

    Args:
        gateway: Writes them.
        reporter: Takes those that are marked wrong.
    """

    def __init__(self, gateway: Gateway, reporter: Reporter) -> None:
        self._gateway = gateway
        self._reporter = reporter

    async def Summarize(  # noqa: N802 - the name is the API's
        self, request: pb.SummarizeRequest, context: Any
    ) -> pb.SummarizeResponse:
        """See the API."""
        assignment = to_assignment(request)
        return to_message(await self._gateway.answer(assignment, context.time_remaining()))

    async def StreamSummarize(  # noqa: N802
        self, request: pb.StreamSummarizeRequest, context: Any
    ) -> AsyncIterator[pb.StreamSummarizeResponse]:
        """See the API."""
        steps = self._gateway.stream(to_assignment(request.request), context.time_remaining())
        async with aclosing(steps):
            async for step in steps:
                if isinstance(step, Answer):
                    yield pb.StreamSummarizeResponse(final=to_message(step))
                else:
                    yield pb.StreamSummarizeResponse(delta=step)

    async def BatchSummarize(  # noqa: N802
        self, request: pb.BatchSummarizeRequest, context: Any
    ) -> AsyncIterator[pb.BatchSummarizeResponse]:
        """See the API."""
        check_ids([item.id for item in request.items])
        items = [Item.of(one.id, partial(to_assignment, one.request)) for one in request.items]
        async with aclosing(
            summarize_batch(self._gateway, items, context.time_remaining())
        ) as results:
            async for result in results:
                yield to_result(result)

    async def ReportSummary(  # noqa: N802
        self, request: pb.ReportSummaryRequest, context: Any
    ) -> pb.ReportSummaryResponse:
        """See the API."""
        return await asyncio.to_thread(self._reporter.report, request)

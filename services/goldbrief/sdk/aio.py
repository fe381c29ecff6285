"""The asynchronous client: summaries and runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import TracebackType

import grpc

from goldbrief.api.runs.v1 import runs_pb2, runs_pb2_grpc
from goldbrief.api.summarize.v1 import summarize_pb2, summarize_pb2_grpc
from goldbrief.core.settings import Settings
from goldbrief.platform.rpc.channel import DEFAULT_TIMEOUT_S, connect_async, room_address
from goldbrief.platform.rpc.status import from_rpc_error
from goldbrief.sdk.summaries import (
    DEFAULT_MODEL,
    BatchResult,
    FigurePolicy,
    batch_requests,
    batch_result,
    summarize_request,
)


class AsyncClient:
    """Calls a Goldbrief server from asyncio; arguments and errors as `Client`.

    Example:
        >>> async with AsyncClient() as client:
        ...     print((await client.summarize("Revenue rose ...")).text)

    Args:
        address: `host:port`, or `https://host`; empty takes GOLDBRIEF_ADDRESS, or 127.0.0.1:7700.
        token: See `Client`.
    """

    def __init__(self, address: str = "", token: str = "") -> None:
        self.address = address or Settings().address
        rooms = {
            room: address or room_address(room, self.address) for room in ("summarize", "runs")
        }
        self._channels = {room: connect_async(at, token) for room, at in rooms.items()}
        self._gateway = summarize_pb2_grpc.SummarizeServiceStub(self._channels["summarize"])
        self._runs = runs_pb2_grpc.RunsServiceStub(self._channels["runs"])

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        for channel in self._channels.values():
            await channel.close()

    async def summarize(
        self,
        article_text: str,
        model: str = DEFAULT_MODEL,
        persona: str = "",
        timeout_s: float = 120,
        figure_policy: FigurePolicy = "",
        fresh: bool = False,
    ) -> summarize_pb2.SummarizeResponse:
        """See `Client.summarize`."""
        request = summarize_request(article_text, model, persona, figure_policy, fresh)
        try:
            response: summarize_pb2.SummarizeResponse = await self._gateway.Summarize(
                request, timeout=timeout_s
            )
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, self.address) from error
        return response

    async def stream_summarize(
        self,
        article_text: str,
        model: str = DEFAULT_MODEL,
        persona: str = "",
        timeout_s: float = 120,
        figure_policy: FigurePolicy = "",
        fresh: bool = False,
    ) -> AsyncIterator[summarize_pb2.StreamSummarizeResponse]:
        """See `Client.stream_summarize`."""
        request = summarize_pb2.StreamSummarizeRequest(
            request=summarize_request(article_text, model, persona, figure_policy, fresh)
        )
        try:
            async for response in self._gateway.StreamSummarize(request, timeout=timeout_s):
                yield response
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, self.address) from error

    async def summarize_batch(
        self,
        articles: Mapping[str, str],
        model: str = DEFAULT_MODEL,
        persona: str = "",
        timeout_s: float = 600,
        figure_policy: FigurePolicy = "",
    ) -> AsyncIterator[BatchResult]:
        """See `Client.summarize_batch`."""
        for request in batch_requests(articles, model, persona, figure_policy):
            try:
                async for answer in self._gateway.BatchSummarize(request, timeout=timeout_s):
                    yield batch_result(answer)
            except grpc.aio.AioRpcError as error:
                raise from_rpc_error(error, self.address) from error

    async def get_run(self, run_id: str = "") -> runs_pb2.Run:
        """See `Client.get_run`."""
        try:
            response = await self._runs.GetRun(
                runs_pb2.GetRunRequest(id=run_id), timeout=DEFAULT_TIMEOUT_S
            )
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, self.address) from error
        run: runs_pb2.Run = response.run
        return run

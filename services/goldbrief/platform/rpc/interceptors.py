"""What every RPC gets: errors with details, a deadline that must be set, a caller who may."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeAlias

import grpc
from google.rpc import code_pb2
from grpc_status import rpc_status

from goldbrief.core.access import current_principal, required_scope
from goldbrief.core.errors import GoldbriefError, InvalidInputError
from goldbrief.platform.access import Doorkeeper
from goldbrief.platform.metrics.instruments import RPC_SECONDS
from goldbrief.platform.rpc.status import code_of, expected, to_status

_OWN_SERVICES = "/goldbrief."
_Begin: TypeAlias = Callable[[Any], AbstractContextManager[None]]


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Maps GoldbriefError to a status with details; refuses calls without a deadline or the right.

    Handlers may be coroutines or plain functions; grpc.aio runs the latter in threads.

    Args:
        doorkeeper: Knows who may call.
    """

    def __init__(self, doorkeeper: Doorkeeper) -> None:
        self._doorkeeper = doorkeeper

    async def intercept_service(
        self,
        continuation: Callable[[Any], Awaitable[grpc.RpcMethodHandler]],
        handler_call_details: Any,
    ) -> grpc.RpcMethodHandler:
        """Wrap the handler of a call."""
        handler = await continuation(handler_call_details)
        if handler is None or not handler_call_details.method.startswith(_OWN_SERVICES):
            return handler
        make, behavior = _parts(handler)
        method = handler_call_details.method
        scope = required_scope(method)

        @contextmanager
        def begin(context: Any) -> Iterator[None]:
            with _counted(method):
                current_principal.set(self._doorkeeper.admit(_authorization(context), scope))
                _require_deadline(context)
                yield

        return make(
            _wrap(behavior, begin),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def _parts(handler: grpc.RpcMethodHandler) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if handler.request_streaming and handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler, handler.stream_stream
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler, handler.stream_unary
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler, handler.unary_stream
    return grpc.unary_unary_rpc_method_handler, handler.unary_unary


def _wrap(behavior: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    """Guard a handler; grpc.aio tells the four kinds of function apart, so each stays its kind."""
    if inspect.isasyncgenfunction(behavior):
        return _async_stream(behavior, begin)
    if inspect.iscoroutinefunction(behavior):
        return _async_unary(behavior, begin)
    if inspect.isgeneratorfunction(behavior):
        return _stream(behavior, begin)
    return _unary(behavior, begin)


def _async_stream(behavior: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    async def guarded(request: Any, context: Any) -> Any:
        try:
            with begin(context):
                async for response in behavior(request, context):
                    yield response
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            status = _status(error)
            context.set_trailing_metadata(status.trailing_metadata)
            await context.abort(status.code, status.details)

    return guarded


def _async_unary(behavior: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    async def guarded(request: Any, context: Any) -> Any:
        try:
            with begin(context):
                return await behavior(request, context)
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            status = _status(error)
            context.set_trailing_metadata(status.trailing_metadata)
            await context.abort(status.code, status.details)

    return guarded


def _stream(behavior: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    def guarded(request: Any, context: Any) -> Any:
        try:
            with begin(context):
                yield from behavior(request, context)
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            status = _status(error)
            context.set_trailing_metadata(status.trailing_metadata)
            context.abort(status.code, status.details)

    return guarded


def _unary(behavior: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    def guarded(request: Any, context: Any) -> Any:
        try:
            with begin(context):
                return behavior(request, context)
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            status = _status(error)
            context.set_trailing_metadata(status.trailing_metadata)
            context.abort(status.code, status.details)

    return guarded


@contextmanager
def _counted(method: str) -> Iterator[None]:
    """Count a call by how it ends."""
    started, code = time.monotonic(), "CANCELLED"  # what is closed or cancelled says nothing more
    try:
        yield
        code = "OK"
    except GoldbriefError as error:
        code = code_pb2.Code.Name(code_of(error))
        raise
    except Exception:
        code = "UNKNOWN"
        raise
    finally:
        RPC_SECONDS.labels(method, code).observe(time.monotonic() - started)


def _authorization(context: Any) -> str:
    return str(dict(context.invocation_metadata() or ()).get("authorization", ""))


def _require_deadline(context: Any) -> None:
    if context.time_remaining() is None:
        raise InvalidInputError(
            "The call has no deadline.",
            reason="DEADLINE_REQUIRED",
            remedy="Set a timeout on the call; the server stops working when it passes.",
        )


def _status(error: Exception) -> grpc.Status:
    if isinstance(error, grpc.RpcError) or type(error) is Exception:
        raise error  # an abort on its way out
    return rpc_status.to_status(to_status(expected(error)))

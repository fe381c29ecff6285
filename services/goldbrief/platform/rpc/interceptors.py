"""What every RPC gets: errors with details, a deadline, a caller who may, a record, a span."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, aclosing, contextmanager
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.rpc import code_pb2
from grpc_status import rpc_status
from opentelemetry.trace import Span, SpanKind

from goldbrief.core.access import (
    ACTING_FOR,
    Principal,
    current_principal,
    is_audited,
    required_scope,
)
from goldbrief.core.errors import GoldbriefError, InvalidInputError, PermissionDeniedError
from goldbrief.platform.access import Doorkeeper
from goldbrief.platform.ledger import AuditTrail
from goldbrief.platform.metrics.instruments import RPC_SECONDS
from goldbrief.platform.rpc.auditing import AuditedCall, Auditor
from goldbrief.platform.rpc.requests import checked_request, read_request
from goldbrief.platform.rpc.span_codes import note_code
from goldbrief.platform.rpc.status import code_of, expected, to_status
from goldbrief.platform.rpc.threads import answer_in_threads
from goldbrief.platform.tracing.carrying import context_of
from goldbrief.platform.tracing.spans import tracer

_OWN_SERVICES = "/goldbrief."
_Begin: TypeAlias = Callable[[Any, Any], AbstractContextManager[AuditedCall]]


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Maps GoldbriefError to a status with details; refuses calls without a deadline or the right.

    Handlers may be coroutines or plain functions, which run in threads.

    Args:
        doorkeeper: Knows who may call.
        threads: For plain functions that yield their answers.
        audit_trail: Where calls are recorded that do more than look; None records none.
    """

    def __init__(
        self, doorkeeper: Doorkeeper, threads: Executor, audit_trail: AuditTrail | None = None
    ) -> None:
        self._doorkeeper = doorkeeper
        self._threads = threads
        self._audit_trail = audit_trail

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
        auditor = self._auditor(method)

        @contextmanager
        def begin(request: Any, context: Any) -> Iterator[AuditedCall]:
            with _traced(method, context) as span, _counted(method, span):
                principal = self._admit(context, method, auditor)
                current_principal.set(principal)
                _require_deadline(context)
                if auditor is None:
                    yield AuditedCall("")
                    return
                with auditor.recorded(principal.name, request) as call:
                    yield call

        return make(
            _wrap(behavior, begin, self._threads),
            request_deserializer=partial(read_request, handler.request_deserializer),
            response_serializer=handler.response_serializer,
        )

    def _auditor(self, method: str) -> Auditor | None:
        if self._audit_trail is None or not is_audited(method):
            return None
        return Auditor(self._audit_trail, method)

    def _admit(self, context: Any, method: str, auditor: Auditor | None) -> Principal:
        try:
            principal = self._doorkeeper.admit(
                _metadata(context, "authorization"), required_scope(method)
            )
            return principal.acting_for(_metadata(context, ACTING_FOR))
        except PermissionDeniedError as error:
            if auditor is not None:
                auditor.refused(error)
            raise


def _parts(handler: grpc.RpcMethodHandler) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if handler.request_streaming and handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler, handler.stream_stream
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler, handler.stream_unary
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler, handler.unary_stream
    return grpc.unary_unary_rpc_method_handler, handler.unary_unary


def _wrap(behavior: Callable[..., Any], begin: _Begin, threads: Executor) -> Callable[..., Any]:
    """Guard a handler of one of the four kinds of function that grpc.aio tells apart."""
    if inspect.isasyncgenfunction(behavior):
        return _async_stream(behavior, begin)
    if inspect.iscoroutinefunction(behavior):
        return _async_unary(behavior, begin)
    if inspect.isgeneratorfunction(behavior):
        return _stream(behavior, begin, threads)
    return _unary(behavior, begin)


def _async_stream(behavior: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    async def guarded(request: Any, context: Any) -> Any:
        try:
            with begin(request, context):
                async for response in behavior(checked_request(request), context):
                    yield response
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            status = _status(error)
            context.set_trailing_metadata(status.trailing_metadata)
            await context.abort(status.code, status.details)

    return guarded


def _async_unary(behavior: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    async def guarded(request: Any, context: Any) -> Any:
        try:
            with begin(request, context) as call:
                return call.answered(await behavior(checked_request(request), context))
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            status = _status(error)
            context.set_trailing_metadata(status.trailing_metadata)
            await context.abort(status.code, status.details)

    return guarded


def _stream(behavior: Callable[..., Any], begin: _Begin, threads: Executor) -> Callable[..., Any]:
    def answers(request: Any, context: Any) -> Any:
        with begin(request, context):
            yield from behavior(checked_request(request), context)

    async def guarded(request: Any, context: Any) -> Any:
        try:
            async with aclosing(answer_in_threads(answers, request, context, threads)) as stream:
                async for response in stream:
                    yield response
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            status = _status(error)
            context.set_trailing_metadata(status.trailing_metadata)
            await context.abort(status.code, status.details)

    return guarded


def _unary(behavior: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    def guarded(request: Any, context: Any) -> Any:
        try:
            with begin(request, context) as call:
                return call.answered(behavior(checked_request(request), context))
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            status = _status(error)
            context.set_trailing_metadata(status.trailing_metadata)
            context.abort(status.code, status.details)

    return guarded


@contextmanager
def _traced(method: str, context: Any) -> Iterator[Span]:
    """Answer a call under a span, in the trace of who calls."""
    name = method.lstrip("/")
    with tracer.start_as_current_span(
        name,
        context_of(dict(context.invocation_metadata() or ())),
        SpanKind.SERVER,
        {"rpc.system.name": "grpc", "rpc.method": name},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


@contextmanager
def _counted(method: str, span: Span) -> Iterator[None]:
    """Count a call by how it ends, and note that on its span."""
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
        note_code(span, code, of_server=True)


def _metadata(context: Any, name: str) -> str:
    return str(dict(context.invocation_metadata() or ()).get(name, ""))


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

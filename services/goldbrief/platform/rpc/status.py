"""Errors on the wire: GoldbriefError to google.rpc.Status and back (AIP-193)."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from goldbrief.core import errors
from goldbrief.platform.certificates import certificate_remedy

_log = logging.getLogger(__name__)

_DOMAIN = "goldbrief"
_MESSAGE_BYTES, _REMEDY_BYTES, _VALUE_BYTES = 1000, 700, 200
"""Clients refuse answers whose headers have more than 8 KB, and a status is told twice there: its
message as text, in which a byte may take three, and all of it in base64."""
_CODES: tuple[tuple[type[errors.GoldbriefError], int], ...] = (
    (errors.InvalidInputError, code_pb2.INVALID_ARGUMENT),
    (errors.NotFoundError, code_pb2.NOT_FOUND),
    (errors.AlreadyExistsError, code_pb2.ALREADY_EXISTS),
    (errors.FailedPreconditionError, code_pb2.FAILED_PRECONDITION),
    (errors.ResourceExhaustedError, code_pb2.RESOURCE_EXHAUSTED),
    (errors.DeadlineError, code_pb2.DEADLINE_EXCEEDED),
    (errors.TransientError, code_pb2.UNAVAILABLE),
    (errors.UnauthenticatedError, code_pb2.UNAUTHENTICATED),
    (errors.PermissionDeniedError, code_pb2.PERMISSION_DENIED),
    (errors.CancelledError, code_pb2.CANCELLED),
    (errors.DataCorruptionError, code_pb2.DATA_LOSS),
)
_BY_CODE = {code: kind for kind, code in _CODES}


def code_of(error: errors.GoldbriefError) -> int:
    """Return the google.rpc.Code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), code_pb2.UNKNOWN)


def expected(error: Exception) -> errors.GoldbriefError:
    """Return an error of ours as it is; log any other and say no more of it than its kind."""
    if isinstance(error, errors.GoldbriefError):
        return error
    _log.error("a request failed unexpectedly", exc_info=error)
    return errors.GoldbriefError(
        f"The server met an error that it did not expect: {type(error).__name__}.",
        reason="UNEXPECTED",
        remedy="See the server's log.",
    )


def error_of(
    code: int, message: str, *, reason: str, remedy: str, metadata: Mapping[str, str]
) -> errors.GoldbriefError:
    """Make the error that a google.rpc.Code and its details stand for."""
    kind = _BY_CODE.get(code, errors.GoldbriefError)
    return kind(message, reason=reason, remedy=remedy, metadata=metadata)


def to_status(error: errors.GoldbriefError) -> status_pb2.Status:
    """Encode an error with ErrorInfo, and RetryInfo where it says when to retry."""
    message = _cut(error.message, _MESSAGE_BYTES)
    status = status_pb2.Status(code=code_of(error), message=message)
    metadata = {name: _cut(value, _VALUE_BYTES) for name, value in error.metadata.items()}
    metadata["remedy"] = _cut(error.remedy, _REMEDY_BYTES)
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=_DOMAIN, metadata=metadata)
    status.details.append(_packed(info))
    field = error.metadata.get("field")
    if field:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=_cut(field, _VALUE_BYTES), description=_cut(message, _VALUE_BYTES)
        )
        status.details.append(_packed(error_details_pb2.BadRequest(field_violations=[violation])))
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(int(retry_after_s * 1000))
        status.details.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status


def from_rpc_error(error: grpc.RpcError, where: str) -> errors.GoldbriefError:
    """Decode what a call raised.

    Args:
        error: As grpc raised it.
        where: Address that was called, for messages.

    Returns:
        The error to raise instead.
    """
    code: grpc.StatusCode = error.code()
    message = error.details() or code.name
    status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    for detail in status.details if status is not None else ():
        detail.Unpack(info)
        detail.Unpack(retry)
    if not info.reason:
        return _without_details(code, message, where)
    metadata = dict(info.metadata)
    remedy = metadata.pop("remedy", "")
    mapped = error_of(code.value[0], message, reason=info.reason, remedy=remedy, metadata=metadata)
    if isinstance(mapped, errors.ResourceExhaustedError) and retry.HasField("retry_delay"):
        mapped.retry_after_s = retry.retry_delay.ToMilliseconds() / 1000
    return mapped


def _without_details(code: grpc.StatusCode, message: str, where: str) -> errors.GoldbriefError:
    if code is grpc.StatusCode.UNAVAILABLE and (mend := certificate_remedy(message)):
        return errors.TransientError(
            f"No TLS connection to {where}: {message}",
            reason="TLS_REFUSED",
            remedy=mend,
        )
    if code is grpc.StatusCode.UNAVAILABLE:
        return errors.TransientError(
            f"Nothing answers at {where}.",
            reason="SERVER_UNREACHABLE",
            remedy="Start the server with `goldbrief up`, or set GOLDBRIEF_ADDRESS.",
        )
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return errors.DeadlineError(f"The call to {where} ran out of time.")
    kind = _BY_CODE.get(code.value[0], errors.GoldbriefError)
    return kind(message, reason=code.name)


def _cut(text: str, most: int) -> str:
    """The beginning of a text that has more bytes than there is room for."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= most:
        return text
    return encoded[: most - len("…".encode())].decode(errors="ignore") + "…"


def _packed(message: object) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)  # type: ignore[arg-type]
    return packed

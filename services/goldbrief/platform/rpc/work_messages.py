"""Works of the ledger as messages of the API."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from goldbrief.api.common.v1 import work_pb2
from goldbrief.platform.ledger import Work
from goldbrief.platform.ledger.works import Counts


def work_message(work: Work, counts: Counts) -> work_pb2.Work:
    """Show a work: state, cause, progress, usage and times."""
    message = work_pb2.Work(
        id=work.id,
        run_id=work.group_id,
        state=state_name(work.state),
        progress=progress_message(counts),
        usage=usage_message(counts),
        create_time=timestamp(work.created_at),
    )
    if work.cause is not None:
        message.cause.CopyFrom(work_pb2.Cause(**work.cause))
    if work.ended_at is not None:
        message.end_time.CopyFrom(timestamp(work.ended_at))
    return message


def progress_message(counts: Counts) -> work_pb2.Progress:
    """Show how far a work is."""
    return work_pb2.Progress(
        total=counts.total,
        done=counts.done,
        accepted=counts.accepted,
        rejected=counts.rejected,
        failed=counts.failed,
    )


def usage_message(counts: Counts) -> work_pb2.Usage:
    """Show what a work used of language models."""
    return work_pb2.Usage(
        calls=counts.calls,
        repeated_calls=counts.repeated_calls,
        prompt_tokens=counts.prompt_tokens,
        completion_tokens=counts.completion_tokens,
        cost=counts.cost,
    )


def state_name(state: str) -> str:
    """The API's name of a state; protobuf takes it for the value."""
    return f"STATE_{state}"


def timestamp(seconds: float) -> Timestamp:
    """A moment, from seconds since 1970."""
    moment = Timestamp()
    moment.FromMicroseconds(int(seconds * 1e6))
    return moment

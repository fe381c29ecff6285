"""One call of any RPC with any bytes, and whether it ended as the server promises."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

import grpc

NEVER = frozenset(
    {
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""What no request may lead to."""
LEAKS = re.compile(r"Traceback|File \"|site-packages|<class '")
"""What only the server's log may say."""
_LOST = re.compile(r"metadata size exceeds|Max retries|larger than max \(\d+ vs\. 8192\)")
"""What grpc says where an answer of the server could not be brought."""
_MOST_ANSWERS = 50
_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended."""

    code: grpc.StatusCode
    details: str
    answers: int

    def problem(self) -> str:
        """What breaks the promise; empty when it was kept."""
        if self.code in NEVER:
            return f"{self.code.name}: {self.details[:300]}"
        if self.code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return "no end in time"
        if _LOST.search(self.details):
            return f"the answer was lost: {self.details[:300]}"
        leak = LEAKS.search(self.details)
        return f"told to the client: {self.details[:300]}" if leak else ""


def call(
    channel: grpc.Channel, method: str, requests: Iterable[bytes], timeout_s: float = _TIMEOUT_S
) -> Ended:
    """Call an RPC of any kind with messages as bytes.

    Args:
        channel: To its server.
        method: Full name.
        requests: One for most RPCs; also none or several, which only a stream takes.
        timeout_s: Of the whole call.

    Returns:
        How it ended; a stream of answers that goes on is broken off and counts as OK.
    """
    answers = channel.stream_stream(method)(iter(requests), timeout=timeout_s)
    count = 0
    try:
        for _ in itertools.islice(answers, _MOST_ANSWERS):
            count += 1
    except grpc.RpcError as error:
        return Ended(error.code(), error.details() or "", count)
    if count == _MOST_ANSWERS:
        answers.cancel()
    return Ended(grpc.StatusCode.OK, "", count)

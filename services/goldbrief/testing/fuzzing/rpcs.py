"""Every RPC with bytes that are no message, with messages of any values, and with streams cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import grpc
from google.protobuf.descriptor import MethodDescriptor
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from goldbrief.testing.fuzzing.calls import Ended, call
from goldbrief.testing.fuzzing.messages import messages

_NO_MESSAGE = b"\x0a\xff\xff\xff\xff\xff\x07cut"
"""A field of more bytes than follow."""
_TOO_LARGE = b"\xfa\x7f" + b"\x80\x80\x80\x03" + bytes(6 * 1024 * 1024)
"""An unknown field of six megabytes, which any message may have."""


class BrokenPromiseError(AssertionError):
    """A request led to what none may lead to."""


def fuzz_rpc(
    channel: grpc.Channel,
    method: str,
    rpc: MethodDescriptor,
    known: Sequence[str],
    examples: int,
    number: int,
) -> Counter[str]:
    """Call an RPC with what it should not get.

    Args:
        channel: To its server.
        method: Its full name.
        rpc: Its description.
        known: Ids of what the server has.
        examples: How many well-formed requests, and half as many of other bytes.
        number: Seed: the same makes the same requests.

    Returns:
        How often calls ended with each code.

    Raises:
        BrokenPromiseError: One ended as none may; the message has the smallest such request.
    """
    codes: Counter[str] = Counter()

    def send(requests: Sequence[bytes]) -> Ended:
        ended = call(channel, method, requests)
        codes[ended.code.name] += 1
        if problem := ended.problem():
            shown = [request[:500] for request in requests]
            raise BrokenPromiseError(f"{problem} after {method} with {shown}")
        return ended

    for bad in ([_NO_MESSAGE], [b"", b""], [_TOO_LARGE]):
        send(bad)
    encoded = messages(rpc.input_type, known).map(lambda one: one.SerializeToString())
    requests = st.lists(encoded, max_size=4) if rpc.client_streaming else st.tuples(encoded)
    _each(requests, send, examples, number)
    others = st.binary(max_size=60) | encoded.flatmap(_cut)
    _each(st.tuples(others), send, examples // 2, number)
    return codes


def _cut(message: bytes) -> SearchStrategy[bytes]:
    """The beginning of a message."""
    return st.integers(0, max(0, len(message) - 1)).map(lambda length: message[:length])


def _each(
    requests: SearchStrategy[Sequence[bytes]],
    send: Callable[[Sequence[bytes]], object],
    examples: int,
    number: int,
) -> None:
    @seed(number)
    @settings(
        max_examples=examples, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(requests)
    def one(drawn: Sequence[bytes]) -> None:
        send(drawn)

    one()

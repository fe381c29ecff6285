"""A proxy before an S3 that fails as stores and networks do.

`python -m goldbrief.testing.faulty_store PORT HOST:PORT` passes requests on to the store there;
`POST /-/faults` takes other shares of faults. Signatures hold, as nothing that is signed changes.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys

QUIET = {"error": 0.01, "reset": 0.01, "cut": 0.01, "lost_reply": 0.01, "slow": 0.01}
"""Share of the requests that meet each fault, at any time."""
STORM = {"error": 0.3, "reset": 0.1, "cut": 0.1, "lost_reply": 0.1, "slow": 0.1}
"""The same in bad times."""
_SLOW_S = 1.0
_ERROR = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate</Message></Error>"
_CONTROL = b"POST /-/faults "
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CONNECTION = re.compile(rb"\r\nconnection: [^\r]*", re.IGNORECASE)


class FaultyStore:
    """Passes requests on, or does not.

    Args:
        host: Of the store.
        port: Of the store.
        seed: Of the faults.
    """

    def __init__(self, host: str, port: int, seed: int = 0) -> None:
        self._host, self._port = host, port
        self._random = random.Random(seed)
        self._faults = dict(QUIET)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle the one request of a connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            answer = await self._answer(head, body)
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, _HangUpError):
            writer.transport.abort()
        else:
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(_CONTROL):
            self._faults = json.loads(body)
            return _reply(b"204 No Content", b"")
        fate = self._fate()
        if fate == "error":
            return _reply(b"503 Slow Down", _ERROR)
        if fate == "reset":
            raise _HangUpError
        if fate == "slow":
            await asyncio.sleep(_SLOW_S)
        answer = await self._passed_on(head, body)
        if fate == "lost_reply":
            raise _HangUpError
        return answer[: len(answer) // 2] if fate == "cut" else answer

    def _fate(self) -> str:
        drawn = self._random.random()
        for fate, share in self._faults.items():
            if drawn < share:
                return fate
            drawn -= share
        return "pass"

    async def _passed_on(self, head: bytes, body: bytes) -> bytes:
        """The store's whole answer: it ends the connection behind it, as it is asked to."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            alone = _CONNECTION.sub(b"", head).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            writer.write(alone + body)
            return await reader.read()
        finally:
            writer.close()


class _HangUpError(Exception):
    """The connection ends here."""


def _reply(status: bytes, body: bytes) -> bytes:
    fields = [b"HTTP/1.1 " + status, b"Content-Type: application/xml", b"Connection: close"]
    return b"\r\n".join([*fields, b"Content-Length: %d" % len(body), b"", body])


async def _main(port: int, store: str) -> None:
    host, _, store_port = store.partition(":")
    proxy = FaultyStore(host, int(store_port))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), sys.argv[2]))

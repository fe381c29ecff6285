"""Clients that leave before they have their answer: nobody is to work for them any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from fastapi import Request

_T = TypeVar("_T")

STATUS_CLIENT_LEFT = 499
"""Nginx's word for it; nobody gets it."""


class ClientLeftError(Exception):
    """The client closed the connection: there is nobody to answer."""


async def unless_left(request: Request, work: Awaitable[_T]) -> _T:
    """Await `work`, and cancel it when the client closes the connection.

    Args:
        request: Tells when the client leaves; its body has been read.
        work: What the client waits for; its errors pass.

    Returns:
        Its result.

    Raises:
        ClientLeftError: The client closed the connection first.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientLeftError
    finally:
        working.cancel()
        leaving.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass

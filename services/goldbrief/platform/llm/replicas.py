"""The replicas of a serving engine, found by a name that has the address of each."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx

from goldbrief.core.errors import TransientError
from goldbrief.core.seams import Engine
from goldbrief.platform.llm.addresses import checked_url
from goldbrief.platform.llm.http import new_client


class NamedReplicas:
    """Finds the replicas anew whenever it is called; see `core.seams.Replicas`.

    Args:
        url: Base URL of all of them. Whether text may go there and whose certificate they show is
            asked of its host name, not of their addresses.
        open_engine: Speaks to one of them, by the URL and a client that connects to it.
        token: What they want of who calls them; empty for nothing.
        addresses: Looks the host name up.

    Raises:
        InvalidInputError: url is not an http or https URL.
        PermissionDeniedError: Text may not be sent there.
    """

    def __init__(
        self,
        url: str,
        open_engine: Callable[[str, httpx.Client], Engine],
        token: str = "",
        addresses: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        self._url = checked_url(url, "GOLDBRIEF_INFERENCE_REPLICAS_URL")
        self._open_engine = open_engine
        self._token = token
        self._addresses = addresses or addresses_of
        self._tls = httpx.create_ssl_context()

    def __call__(self) -> dict[str, Engine]:
        """Find those that are ready; raises TransientError (ENGINE_UNREACHABLE) for none."""
        host = urlsplit(self._url).hostname or ""
        return {address: self._at(address) for address in self._addresses(host)}

    def _at(self, address: str) -> Engine:
        transport = _TransportTo(address, self._tls)
        return self._open_engine(self._url, new_client(self._url, self._token, transport=transport))


class _TransportTo(httpx.HTTPTransport):
    """Connects to one address of a host; all else, the certificate's name too, is the host's.

    It keeps no connection: the pod behind the address may be another one at the next look.
    """

    def __init__(self, address: str, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, limits=httpx.Limits(max_keepalive_connections=0))
        self._address = address

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(
            request.method,
            request.url.copy_with(host=self._address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return super().handle_request(sent)


def addresses_of(host: str) -> list[str]:
    """Look up all addresses of a host; raises TransientError (ENGINE_UNREACHABLE) for none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TransientError(
            f"No replica of the engine is found by the name {host}: {error.strerror}.",
            reason="ENGINE_UNREACHABLE",
            remedy="A headless Service has no address until a pod is ready. Check"
            " GOLDBRIEF_INFERENCE_REPLICAS_URL, and that the engine runs.",
        ) from error
    return sorted({str(place[0]) for *_, place in found})

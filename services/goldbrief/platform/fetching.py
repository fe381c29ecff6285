"""Fetches web pages that users name, without letting them reach what only we can reach.

A name is resolved once, all its addresses must be public, and the connection goes to the
address that was checked, so that a name that resolves differently the next time gains
nothing. Redirects are checked in the same way. No proxy is used: behind one, this machine
would not see the address.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit

from goldbrief.core.errors import InvalidInputError, TransientError
from goldbrief.platform.certificates import certificate_remedy

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_BYTES = 10 * 1024 * 1024
TIMEOUT_S = 15.0
"""For all connections, redirects and bytes together; the resolver has limits of its own."""
MAX_REDIRECTS = 3
_PORTS = {"https": 443, "http": 80}
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_CHUNK_BYTES = 64 * 1024
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HEADERS = {
    "User-Agent": "goldbrief",
    "Accept": "text/html, application/pdf, text/plain, */*;q=0.5",
    "Accept-Encoding": "identity",  # what is not compressed is no bomb
    "Connection": "close",
}


def is_public(address: IPAddress) -> bool:
    """Whether an address is reachable by everyone: no loopback, private net, link or group.

    Addresses of version 6 that carry one of version 4 (mapped, NAT64, 6to4, Teredo) are as
    public as that.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            return False
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What a server answered."""

    url: str
    """After redirects."""
    content_type: str
    """Without parameters, in lowercase; empty when the server gave none."""
    charset: str
    """As the server declares it; empty when it does not."""
    data: bytes


def _resolve(host: str, port: int) -> list[IPAddress]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches pages.

    Nothing that a user sets leads to `may_reach`: tests replace it to serve pages themselves.
    """

    allows_http: bool = False
    """Whether pages without TLS may be fetched."""
    may_reach: Callable[[IPAddress], bool] = is_public
    resolve: Callable[[str, int], list[IPAddress]] = _resolve
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def fetch(self, url: str, timeout_s: float = TIMEOUT_S) -> FetchedPage:
        """Fetch a page.

        Args:
            url: Its address.
            timeout_s: For everything together.

        Returns:
            The page.

        Raises:
            InvalidInputError: The address may not be fetched, or what is there is no page
                for us: too large, compressed, missing, or behind too many redirects.
            TransientError: The server cannot be reached, is too slow or busy.
        """
        deadline = time.monotonic() + timeout_s
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._get(url, deadline)
            if isinstance(answer, FetchedPage):
                return answer
            url = answer
        raise _refused(f"it leads on more than {MAX_REDIRECTS} times")

    def _get(self, url: str, deadline: float) -> FetchedPage | str:
        """One request; returns the page, or where it has moved to."""
        parts, port = self._checked(url)
        address = self._address(parts, port)
        connection = _Pinned(parts, port, address, self.tls)
        with _failures(parts.hostname or ""), _cut_off(connection, deadline):
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", target.replace(" ", "%20"), headers=_HEADERS)
            return _read(connection.getresponse(), url)

    def _checked(self, url: str) -> tuple[SplitResult, int]:
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise _refused(f"it is no web address: {error}") from error
        if parts.scheme not in _PORTS or not parts.hostname:
            raise _refused("it is no web address that begins with https://")
        if parts.scheme == "http" and not self.allows_http:
            raise _refused("it is not encrypted; use https, or set GOLDBRIEF_FETCH_HTTP=true")
        if parts.username is not None or parts.password is not None:
            raise _refused("it holds a user name or password")
        if not url.isascii() or any(ord(char) < 0x21 for char in url):
            raise _refused("it holds characters that addresses do not; percent-encode them")
        return parts, port

    def _address(self, parts: SplitResult, port: int) -> IPAddress:
        host = parts.hostname or ""
        try:
            addresses = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise TransientError(f"the name {host} cannot be resolved: {error}",
                                 reason="FETCH_FAILED") from error  # fmt: skip
        # one that is not public among others is an attack or a mistake
        inside = [address for address in addresses if not self.may_reach(address)]
        if inside or not addresses:
            raise _refused(f"{host} is not on the public internet")
        return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, in the name of its host."""

    def __init__(
        self, parts: SplitResult, port: int, address: IPAddress, tls: ssl.SSLContext
    ) -> None:
        super().__init__(parts.hostname or "", port)
        self._address = str(address)
        self._tls = tls if parts.scheme == "https" else None
        self.live: socket.socket | None = None  # `sock` is forgotten once an answer begins
        self.default_port = _PORTS[parts.scheme]  # left out of the Host header

    def connect(self) -> None:
        self.sock = self.live = socket.create_connection(
            (self._address, self.port), timeout=self.timeout
        )
        if self._tls is not None:
            # known before the handshake, so that the deadline can cut a slow one off
            self.sock = self.live = self._tls.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.live.do_handshake()


@contextmanager
def _cut_off(connection: _Pinned, deadline: float) -> Iterator[None]:
    """Close the connection at the deadline, whatever a slow server is doing."""
    remaining = max(0.05, deadline - time.monotonic())
    connection.timeout = remaining
    is_late = threading.Event()

    def cut() -> None:
        is_late.set()
        if connection.live is not None:
            with suppress(OSError):  # it is closed already
                # not the TLS socket's own shutdown, which also forgets what it was reading
                socket.socket.shutdown(connection.live, socket.SHUT_RDWR)

    timer = threading.Timer(remaining, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
        if is_late.is_set():  # a page without a length ends where it was cut off
            raise TimeoutError
    except (OSError, http.client.HTTPException) as error:
        raise (TimeoutError() if is_late.is_set() else error) from error
    finally:
        timer.cancel()
        connection.close()


@contextmanager
def _failures(host: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise TransientError(f"{host} took too long", reason="FETCH_TIMEOUT") from error
    except (OSError, http.client.HTTPException) as error:
        raise TransientError(
            f"{host} cannot be reached: {error or type(error).__name__}",
            reason="FETCH_FAILED",
            remedy=certificate_remedy(error),
        ) from error


def _read(response: http.client.HTTPResponse, url: str) -> FetchedPage | str:
    location = response.getheader("Location")
    if response.status in _REDIRECTS and location:
        return urljoin(url, location)
    if response.status in _BUSY:
        raise TransientError(f"the server answered {response.status}", reason="FETCH_BUSY")
    if response.status != 200:
        raise _refused(f"the server answered {response.status} {response.reason}")
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise _refused("the server compressed it, though it was asked not to")
    data = bytearray()
    while chunk := response.read1(_CHUNK_BYTES):
        data += chunk
        if len(data) > MAX_BYTES:
            raise _refused(f"it is over {MAX_BYTES >> 20} MiB")
    if response.length:
        raise TransientError("the server broke off", reason="FETCH_FAILED")
    return FetchedPage(
        url,
        (response.headers.get_content_type() if response.getheader("Content-Type") else ""),
        response.headers.get_content_charset("") or "",
        bytes(data),
    )


def _refused(why: str) -> InvalidInputError:
    return InvalidInputError(why, reason="FETCH_REFUSED")

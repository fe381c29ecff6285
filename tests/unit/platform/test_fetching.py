"""Pages that users name are fetched, and nothing inside our network is."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from goldbrief.core.errors import GoldbriefError, InvalidInputError, TransientError
from goldbrief.platform import fetching
from goldbrief.platform.fetching import Fetcher, IPAddress, is_public

HOST = "pages.example"
PUBLIC = ipaddress.ip_address("93.184.215.14")


class Pages(BaseHTTPRequestHandler):
    """A site with every kind of page."""

    def do_GET(self) -> None:
        """Answer by the path."""
        name = self.path.strip("/").split("?")[0]
        if name == "article":
            self._send(b"<p>News</p>", "text/html; charset=ISO-8859-1")
        elif name.startswith("hop"):
            left = int(name.removeprefix("hop"))
            self._move("/article" if left == 1 else f"/hop{left - 1}")
        elif name == "inside":
            self._move("https://169.254.169.254/latest/meta-data/")
        elif name == "plain":
            self._move(f"http://{HOST}/article")
        elif name == "large":
            self._send(b"x" * (fetching.MAX_BYTES + 1), "text/plain")
        elif name == "drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"x")
                time.sleep(0.05)
        elif name == "short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"x")
        elif name == "packed":
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
        else:
            self.send_error(503 if name == "busy" else 404)

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(data)

    def _move(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.end_headers()

    def handle(self) -> None:
        """Serve; clients of these tests hang up early."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Port of the site over TLS, and what trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    certificate = _certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, ssl.create_default_context(cafile=str(certificate))
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fetcher(site: tuple[int, ssl.SSLContext]) -> Fetcher:
    """A fetcher that takes the site, and nothing else, for public."""
    return _fetcher(site, {HOST: ["127.0.0.1"], "169.254.169.254": ["169.254.169.254"]})


def _fetcher(site: tuple[int, ssl.SSLContext], names: dict[str, list[str]]) -> Fetcher:
    def resolve(host: str, port: int) -> list[IPAddress]:
        return [ipaddress.ip_address(address) for address in names[host]]

    return Fetcher(may_reach=lambda address: address.is_loopback, resolve=resolve, tls=site[1])


def url(site: tuple[int, ssl.SSLContext], name: str) -> str:
    return f"https://{HOST}:{site[0]}/{name}"


def test_a_page_is_fetched_with_what_its_server_says_of_it(
    site: tuple[int, ssl.SSLContext], fetcher: Fetcher
) -> None:
    page = fetcher.fetch(url(site, "article?id=1"))
    assert (page.data, page.content_type, page.charset) == (
        b"<p>News</p>", "text/html", "iso-8859-1"
    )  # fmt: skip


def test_three_redirects_are_followed_and_no_more(
    site: tuple[int, ssl.SSLContext], fetcher: Fetcher
) -> None:
    assert fetcher.fetch(url(site, "hop3")).url == url(site, "article")
    with pytest.raises(InvalidInputError, match="leads on more than 3 times"):
        fetcher.fetch(url(site, "hop4"))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("inside", "169.254.169.254 is not on the public internet"),
        ("plain", "it is not encrypted"),
        ("large", "it is over 10 MiB"),
        ("packed", "the server compressed it"),
        ("missing", "the server answered 404"),
    ],
)
def test_what_a_page_may_not_do(
    name: str, reason: str, site: tuple[int, ssl.SSLContext], fetcher: Fetcher
) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        fetcher.fetch(url(site, name))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("busy", "the server answered 503"),
        ("short", "the server broke off"),
        ("drip", "took too long"),
    ],
)
def test_what_may_pass_may_be_tried_again(
    name: str, reason: str, site: tuple[int, ssl.SSLContext], fetcher: Fetcher
) -> None:
    started = time.monotonic()
    with pytest.raises(TransientError, match=reason):
        fetcher.fetch(url(site, name), timeout_s=1.0)
    assert time.monotonic() - started < 3


def test_a_server_that_never_ends_the_handshake_is_cut_off(
    site: tuple[int, ssl.SSLContext], fetcher: Fetcher
) -> None:
    class Silent(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.connection.sendall(b"\x16\x03\x03\x40")  # a record of 16 KiB begins
            for _ in range(100):
                self.connection.sendall(b"\x00")
                time.sleep(0.05)

        def finish(self) -> None:
            self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.raises(TransientError, match="took too long"):
        fetcher.fetch(f"https://{HOST}:{server.server_port}/", timeout_s=0.5)
    server.shutdown()
    server.server_close()


def test_a_name_is_resolved_once_and_the_checked_address_is_called(
    site: tuple[int, ssl.SSLContext],
) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])  # rebinding: the second answer is inside
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[IPAddress]:
        asked.append(host)
        return [ipaddress.ip_address(address) for address in next(answers)]

    fetcher = Fetcher(may_reach=lambda a: a.is_loopback, resolve=resolve, tls=site[1])
    assert fetcher.fetch(url(site, "article")).data == b"<p>News</p>"
    assert asked == [HOST]


def test_one_address_inside_among_public_ones_is_enough_to_refuse(
    site: tuple[int, ssl.SSLContext],
) -> None:
    fetcher = _fetcher(site, {HOST: ["127.0.0.1", "10.0.0.1"]})
    with pytest.raises(InvalidInputError, match="not on the public internet"):
        fetcher.fetch(url(site, "article"))


def test_a_certificate_of_another_name_is_refused(site: tuple[int, ssl.SSLContext]) -> None:
    fetcher = _fetcher(site, {"other.example": ["127.0.0.1"]})
    with pytest.raises(TransientError) as caught:
        fetcher.fetch(f"https://other.example:{site[0]}/article")
    assert "by a name that its certificate has" in caught.value.remedy


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://0x7f.1/",
        "https://017700000001/", "https://127.1/", "https://0.0.0.0/", "https://[::1]/",
        "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://169.254.169.254/",
        "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:7f00:1::]/", "https://[fe80::1]/",
        "https://[fd00:ec2::254]/", "https://10.1.2.3/", "https://100.64.0.1/",
        "https://192.168.0.1:8443/", "https://224.0.0.1/", "https://255.255.255.255/",
    ],
)  # fmt: skip
def test_what_users_can_write_never_leads_inside(address: str) -> None:
    with pytest.raises(GoldbriefError) as caught:
        Fetcher().fetch(address, timeout_s=2)
    assert "not on the public internet" in caught.value.message


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://pages.example/", "it is not encrypted; use https"),
        ("file:///etc/passwd", "no web address that begins with https"),
        ("gopher://pages.example/", "no web address that begins with https"),
        ("https://user:secret@pages.example/", "holds a user name"),
        ("https://pages.example:99999/", "no web address"),
        ("https://", "no web address"),
        ("https://pages.example/a\r\nHost: x", "characters that addresses do not"),
        ("https://päges.example/", "characters that addresses do not"),
    ],
)
def test_what_is_no_address_for_us_is_refused(address: str, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        Fetcher().fetch(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "site.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path

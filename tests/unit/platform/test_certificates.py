"""A server whose certificate does not hold: the message says so, and what to do."""

import datetime
import ipaddress
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from goldbrief.core.errors import TransientError
from goldbrief.core.settings import Settings
from goldbrief.platform.certificates import certificate_remedy
from goldbrief.platform.llm.engines import OpenAIEngine
from goldbrief.platform.storage import open_store

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


def write_certificate(path, end):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - 9 * DAY, end)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(*text, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )


@pytest.fixture
def expired(tmp_path, monkeypatch):
    """A server whose certificate expired yesterday; who signed it is trusted."""
    path = tmp_path / "server.pem"
    write_certificate(path, NOW - DAY)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_of_an_engine(expired):
    client = httpx.Client(base_url=f"https://{expired}", verify=ssl.create_default_context())
    with pytest.raises(TransientError, match="has expired: renew it"):
        OpenAIEngine(f"https://{expired}", client).adapters()


def test_of_an_object_store(expired, tmp_path):
    settings = Settings(home=tmp_path, objects="s3://briefs", s3_endpoint=expired, s3_secure=True)
    with pytest.raises(TransientError, match="has expired: renew it"):
        open_store(settings)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("SSL error: certificate verify failed", "SSL_CERT_FILE"),
        ("certificate verify failed: self-signed certificate", "SSL_CERT_FILE"),
        ("certificate verify failed: Hostname mismatch, certificate is not valid for", "name that"),
        ("Connection refused", ""),
    ],
)
def test_every_other_trouble_has_its_own_words(words, remedy):
    found = certificate_remedy(OSError(words))
    assert remedy in found
    assert bool(found) == bool(remedy)

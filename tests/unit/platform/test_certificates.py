"""A server whose certificate does not hold: the message says so, and what to do."""

import asyncio
import contextlib
import datetime
import re
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import grpc
import httpx
import openai
import pytest

from goldbrief import AsyncClient, Client
from goldbrief.core.errors import GoldbriefError, InvalidInputError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.judge.llm import LlmJudge
from goldbrief.judge.verdicts import Case
from goldbrief.platform.certificates import certificate_remedy
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.llm.engines import OpenAIEngine
from goldbrief.platform.llm.retrying import RetryPolicy
from goldbrief.platform.storage import open_store

from .certificates import write_certificate

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


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


def test_of_a_judge(expired, monkeypatch):
    trusting = partial(openai.DefaultHttpxClient, verify=ssl.create_default_context())
    monkeypatch.setattr(openai, "DefaultHttpxClient", trusting)
    chat = OpenAIChat(f"https://{expired}/v1", "judge", "key", retries=RetryPolicy(attempts=1))
    with pytest.raises(TransientError, match="has expired: renew it"):
        chat.check()
    with pytest.raises(TransientError, match="has expired: renew it") as caught:
        LlmJudge(chat).judge(Case("Revenue rose.", "Revenue rose.", "CFO"))
    assert caught.value.reason == "LLM_UNREACHABLE"


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
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "no TLS"),
        ("Connection refused", ""),
    ],
)
def test_every_other_trouble_has_its_own_words(words, remedy):
    found = certificate_remedy(OSError(words))
    assert remedy in found
    assert bool(found) == bool(remedy)


@contextlib.contextmanager
def gateway(path, end):
    """A gRPC server without services that speaks TLS at two addresses; gives its port."""
    write_certificate(path, end)
    key, certificate = path.read_bytes().split(b"-----BEGIN CERTIFICATE", 1)
    chain = [(key, b"-----BEGIN CERTIFICATE" + certificate)]
    server = grpc.server(ThreadPoolExecutor(2))
    credentials = grpc.ssl_server_credentials(chain)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.add_secure_port(f"127.0.0.2:{port}", credentials)
    server.start()
    yield port
    server.stop(None)


def reason_of_a_call(address):
    """Why both clients, which must agree, get no summary there."""

    async def ask():
        async with AsyncClient(address) as client:
            await client.summarize("Revenue rose.", timeout_s=5)

    with pytest.raises(GoldbriefError) as first, Client(address) as client:
        client.summarize("Revenue rose.", timeout_s=5)
    with pytest.raises(GoldbriefError) as second:
        asyncio.run(ask())
    assert (first.value.reason, first.value.remedy) == (second.value.reason, second.value.remedy)
    return first.value


def test_of_a_goldbrief_server(tmp_path, monkeypatch):
    path = tmp_path / "server.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with gateway(path, NOW + DAY) as port:
        accepted = reason_of_a_call(f"https://127.0.0.1:{port}")
        assert "Method not found" in accepted.message  # so far it came
        assert "a name that its" in reason_of_a_call(f"https://127.0.0.2:{port}").remedy
        assert reason_of_a_call(f"127.0.0.1:{port}").reason == "SERVER_UNREACHABLE"
    with gateway(path, NOW - DAY) as port:
        assert "has expired: renew it" in reason_of_a_call(f"https://127.0.0.1:{port}").remedy
    with gateway(tmp_path / "other.pem", NOW + DAY) as port:
        untrusted = reason_of_a_call(f"https://127.0.0.1:{port}")
        assert (untrusted.reason, "SSL_CERT_FILE" in untrusted.remedy) == ("TLS_REFUSED", True)


@pytest.mark.parametrize("address", ["https://", "ftp://briefs:21", "https://briefs.example/v1"])
def test_an_address_that_is_none_is_said(address):
    with pytest.raises(InvalidInputError, match=re.escape(address)) as caught:
        Client(address)
    assert "https://host" in caught.value.remedy

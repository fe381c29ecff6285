"""The replicas behind one name: each is asked at its address, in the name of all."""

import datetime
import ssl

import pytest

from goldbrief.core.errors import InvalidInputError, PermissionDeniedError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm import OpenAIEngine
from goldbrief.platform.llm.replicas import NamedReplicas, addresses_of
from goldbrief.testing.fake_vllm import FakeVllm

from ..certificates import DAY, write_certificate

FIRST, SECOND = "127.0.0.1", "127.0.0.2"
NAME = "engine.test"


@pytest.fixture
def two(tmp_path):
    with (
        FakeVllm(tmp_path, "acme/first", host=FIRST) as first,
        FakeVllm(tmp_path, "acme/second", host=SECOND, port=first.port) as second,
    ):
        yield first, second


def named(url, **more):
    return NamedReplicas(url, OpenAIEngine, addresses=lambda host: [FIRST, SECOND], **more)


def test_each_is_asked_at_its_own_address_by_the_common_name_and_token(two):
    replicas = named(f"http://{NAME}:{two[0].port}", token="secret")()
    assert {address: engine.base_name() for address, engine in replicas.items()} == {
        FIRST: "acme/first",
        SECOND: "acme/second",
    }
    for replica in two:
        assert replica.headers[0]["host"] == f"{NAME}:{replica.port}"
        assert replica.headers[0]["authorization"] == "Bearer secret"


@pytest.mark.parametrize(("holder", "refused"), [(NAME, ""), ("other.test", "name that its")])
def test_a_certificate_is_held_against_the_name_and_not_the_address(
    tmp_path, monkeypatch, holder, refused
):
    path = tmp_path / "server.pem"
    write_certificate(path, datetime.datetime.now(datetime.UTC) + DAY, holder)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with FakeVllm(tmp_path, "acme/tiny", tls=context) as server:
        replicas = NamedReplicas(
            f"https://{NAME}:{server.port}", OpenAIEngine, addresses=lambda host: [FIRST]
        )
        engine = replicas()[FIRST]
        if not refused:
            assert engine.base_name() == "acme/tiny"
            return
        with pytest.raises(TransientError) as caught:
            engine.base_name()
        assert refused in caught.value.remedy


def test_confidential_text_may_go_to_the_name_that_is_allowed(two, monkeypatch):
    monkeypatch.setenv("GOLDBRIEF_CONFIDENTIAL_HOSTS", NAME)
    url = f"http://{NAME}:{two[0].port}"
    assert named(url)()[SECOND].base_name() == "acme/second"
    monkeypatch.setenv("GOLDBRIEF_CONFIDENTIAL_HOSTS", "elsewhere.test")
    with pytest.raises(PermissionDeniedError, match=NAME):
        named(url)


def test_addresses_are_those_that_the_name_has(monkeypatch):
    assert addresses_of(FIRST) == [FIRST]
    with pytest.raises(TransientError, match=r"engine\.invalid") as caught:
        addresses_of("engine.invalid")
    assert caught.value.reason == "ENGINE_UNREACHABLE"


def test_what_is_no_url_is_refused_by_the_name_of_its_setting():
    with pytest.raises(InvalidInputError, match="GOLDBRIEF_INFERENCE_REPLICAS_URL"):
        named("engine:8080")


@pytest.mark.parametrize("several", [True, False])
def test_requests_are_spread_by_a_connection_each_where_there_are_several(two, several):
    url = two[0].url
    settings = Settings(inference_url=url, inference_replicas_url=url if several else "")
    engine = Resources(settings).engine
    for _ in range(4):
        engine.complete("x", adapter=None, max_tokens=1)
    assert len(set(two[0].callers)) == (len(two[0].callers) if several else 1)


def test_without_the_setting_the_engine_is_its_only_replica():
    resources = Resources(Settings(inference_url="http://engine:1"))
    assert resources.engine_replicas() == {"http://engine:1": resources.engine}

"""Calls that are late: asked a second time where turns are free, and the first answer taken."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import openai
import pytest
from prometheus_client import REGISTRY

from goldbrief.core.errors import GoldbriefError, TransientError
from goldbrief.core.seams import Completion, Message
from goldbrief.core.settings import EvaluatedEndpoint
from goldbrief.platform.hosting.language_models import chat_model
from goldbrief.platform.llm import OpenAIChat
from goldbrief.platform.llm.backups import BackupPolicy
from goldbrief.platform.llm.endpoints import Endpoint, EndpointLimits
from goldbrief.platform.llm.retrying import RetryPolicy
from goldbrief.testing.fake_openai import Fail, FakeOpenAI, Hang, Messages

from ..certificates import write_certificate

LONG_S = 60.0
"""No test waits for so long: what hangs for it was given up."""
ONCE = RetryPolicy(attempts=1, deadline_s=2 * LONG_S)
SOON = BackupPolicy(fewest=3, earliest_s=0.2, look_s=0.02)


class Gates:
    """Answers that wait until they are let through, in the order of their requests."""

    def __init__(self) -> None:
        self.are_shut = False
        self.waiting: list[threading.Event] = []

    def answer(self, messages: Messages) -> str:
        if self.are_shut:
            gate = threading.Event()
            self.waiting.append(gate)
            gate.wait(LONG_S)
        return messages[-1]["content"]


@pytest.fixture
def gates() -> Iterator[Gates]:
    gates = Gates()
    yield gates
    for gate in gates.waiting:
        gate.set()


@pytest.fixture
def fake(gates: Gates) -> Iterator[FakeOpenAI]:
    with FakeOpenAI(gates.answer) as server:
        yield server


def client(
    fake: FakeOpenAI,
    *,
    limits: EndpointLimits | None = None,
    read_timeout_s: float = LONG_S,
    backups: BackupPolicy | None = SOON,
    usual: int = 3,
    url: str = "",
) -> OpenAIChat:
    """A client that has had so many answers already."""
    chat = OpenAIChat(
        url or fake.url,
        "fake-model",
        "test-key",
        read_timeout_s=read_timeout_s,
        retries=ONCE,
        endpoint=Endpoint(limits),
        backups=backups,
    )
    for _ in range(usual):
        ask(chat)
    fake.requests.clear()
    return chat


def ask(chat: OpenAIChat, max_tokens: int = 50) -> Completion:
    return chat.chat([Message("user", "two words")], max_tokens=max_tokens)


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG_S / 2
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def counted(taken: str) -> float:
    labels = {"gen_ai_request_model": "fake-model", "taken": taken}
    return REGISTRY.get_sample_value("goldbrief_llm_backups_total", labels) or 0.0


def backups_under_way() -> int:
    return sum(thread.name == "backup" for thread in threading.enumerate())


def assert_asked_once(fake: FakeOpenAI, chat: OpenAIChat, max_tokens: int = 50) -> None:
    """The call that is next hangs until its timeout."""
    fake.script(Hang(LONG_S))
    with pytest.raises(TransientError) as caught:
        ask(chat, max_tokens)
    assert caught.value.reason == "LLM_TIMEOUT"
    assert len(fake.requests) == 1


def test_a_call_that_hangs_is_answered_by_its_backup(fake: FakeOpenAI) -> None:
    chat = client(fake)
    before = counted("backup")
    fake.script(Hang(LONG_S))
    assert ask(chat).text == "two words"
    first, backup = fake.requests
    assert first == backup
    assert counted("backup") == before + 1


def test_the_call_that_hung_is_closed_at_once_and_leaves_its_turn(fake: FakeOpenAI) -> None:
    chat = client(fake, limits=EndpointLimits(in_flight=2))
    for _ in range(5):
        fake.script(Hang(LONG_S))
        ask(chat)
        assert chat._endpoint.held() == 0
    until(lambda: fake.given_up == 5)
    assert backups_under_way() == 0


def test_over_tls_too(gates: Gates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = tmp_path / "server.pem"
    write_certificate(pem, datetime.now(UTC) + timedelta(days=1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    trusting = partial(openai.DefaultHttpxClient, verify=ssl.create_default_context(cafile=pem))
    monkeypatch.setattr(openai, "DefaultHttpxClient", trusting)
    with FakeOpenAI(gates.answer, tls=context) as fake:
        chat = client(fake, url=f"https://127.0.0.1:{fake.port}/v1")
        fake.script(Hang(LONG_S))
        assert ask(chat).text == "two words"
        until(lambda: fake.given_up == 1)


def test_a_first_call_that_answers_after_all_is_taken(fake: FakeOpenAI, gates: Gates) -> None:
    chat = client(fake)
    once, before = ask(chat), counted("first")
    gates.are_shut = True
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, chat)
        until(lambda: len(gates.waiting) == 2)
        assert chat._endpoint.held() == 2 / EndpointLimits().in_flight
        gates.waiting[0].set()
        answer = asked.result(LONG_S)
    assert answer.text == "two words"
    assert answer.prompt_tokens == 2 * once.prompt_tokens
    assert counted("first") == before + 1
    assert chat._endpoint.held() == 0
    assert backups_under_way() == 0


def test_what_was_asked_twice_is_counted_as_paid_twice(fake: FakeOpenAI) -> None:
    chat = client(fake)
    once = ask(chat)
    fake.script(Hang(LONG_S))
    twice = ask(chat)
    assert twice.prompt_tokens == 2 * once.prompt_tokens
    assert twice.completion_tokens == 2 * once.completion_tokens


def test_one_that_fails_while_its_backup_is_out_waits_for_that(
    fake: FakeOpenAI, gates: Gates
) -> None:
    chat = client(fake)
    once = ask(chat)
    fake.requests.clear()
    gates.are_shut = True
    fake.script(Hang(2.0))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, chat)
        until(lambda: gates.waiting)
        until(lambda: chat._endpoint.held() == 1 / EndpointLimits().in_flight)
        gates.waiting[0].set()
        assert asked.result(LONG_S).prompt_tokens == once.prompt_tokens


def test_where_both_fail_the_first_one_s_error_counts(fake: FakeOpenAI) -> None:
    chat = client(fake, read_timeout_s=1.5)
    before = counted("none")
    fake.script(Hang(LONG_S), Fail(500))
    with pytest.raises(TransientError) as caught:
        ask(chat)
    assert caught.value.reason == "LLM_TIMEOUT"
    assert len(fake.requests) == 2
    assert counted("none") == before + 1


def test_a_call_has_one_backup_at_most(fake: FakeOpenAI) -> None:
    chat = client(fake, read_timeout_s=1.5)
    fake.script(*[Hang(LONG_S)] * 3)
    with pytest.raises(TransientError):
        ask(chat)
    assert len(fake.requests) == 2


def test_none_is_sent_while_all_turns_are_taken(fake: FakeOpenAI, gates: Gates) -> None:
    chat = client(fake, limits=EndpointLimits(in_flight=2))
    gates.are_shut = True
    with ThreadPoolExecutor(2) as pool:
        others = pool.submit(ask, chat)
        until(lambda: gates.waiting)
        fake.script(Hang(LONG_S))
        hung = pool.submit(ask, chat)
        time.sleep(5 * SOON.earliest_s)
        assert len(fake.requests) == 2
        gates.are_shut = False
        gates.waiting[0].set()
        assert others.result(LONG_S)
        assert hung.result(LONG_S).text == "two words"
    assert len(fake.requests) == 3


def test_one_whose_turn_another_call_took_is_sent_when_there_is_one_again(
    fake: FakeOpenAI, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = client(fake, limits=EndpointLimits(in_flight=1))
    seen_free: list[None] = []
    monkeypatch.setattr(chat._endpoint, "has_spare_turn", lambda: seen_free.append(None) or True)
    with ThreadPoolExecutor(1) as pool:
        fake.script(Hang(LONG_S))
        hung = pool.submit(ask, chat)
        until(lambda: len(seen_free) >= 2)
        assert len(fake.requests) == 1
        chat._endpoint._limits = EndpointLimits(in_flight=2)
        assert hung.result(LONG_S).text == "two words"
    assert len(fake.requests) == 2


@pytest.mark.parametrize(
    ("backups", "usual"),
    [
        (SOON, SOON.fewest - 1),
        (BackupPolicy(fewest=3, earliest_s=30.0, look_s=0.02), 3),
        (BackupPolicy(fewest=3, earliest_s=0.1, look_s=0.02, times=1e6), 3),
        (None, 3),
    ],
    ids=["too few answers to know", "too early", "as long as usual", "turned off"],
)
def test_none_is_sent_for_a_call_that_is_not_late(
    fake: FakeOpenAI, backups: BackupPolicy | None, usual: int
) -> None:
    assert_asked_once(fake, client(fake, read_timeout_s=1.0, backups=backups, usual=usual))


def test_what_is_usual_for_one_kind_of_call_says_nothing_of_another(fake: FakeOpenAI) -> None:
    assert_asked_once(fake, client(fake, read_timeout_s=1.0), max_tokens=5000)


def test_a_backup_is_one_of_the_endpoint_s_retries(fake: FakeOpenAI) -> None:
    chat = client(fake, read_timeout_s=1.0)
    while chat._endpoint.may_retry():
        pass
    assert_asked_once(fake, chat)


def test_a_turn_is_spare_where_the_endpoint_is_well_and_nobody_waits() -> None:
    endpoint = Endpoint(EndpointLimits(in_flight=2, failures=1))
    assert endpoint.has_spare_turn()
    with ExitStack() as turns:
        turns.enter_context(endpoint.turn(0))
        assert endpoint.has_spare_turn()
        turns.enter_context(endpoint.turn(0))
        assert not endpoint.has_spare_turn()
    endpoint.grant(0.0)
    assert not endpoint.has_spare_turn()
    endpoint.grant(1.0)
    with pytest.raises(TransientError), endpoint.turn(0):
        raise TransientError("away")
    assert not endpoint.has_spare_turn()


def test_the_pace_spares_no_turn() -> None:
    endpoint = Endpoint(EndpointLimits(requests_per_minute=1))
    with endpoint.turn(0):
        assert not endpoint.has_spare_turn()


@pytest.mark.parametrize("backups", [True, False])
def test_a_setting_turns_backups_off(fake: FakeOpenAI, backups: bool) -> None:
    model = EvaluatedEndpoint(
        url=fake.url, model="fake-model", api_key="test-key", timeout_s=30, backup_requests=backups
    )
    chat = chat_model(model)
    assert (chat._backups is not None) == backups
    assert ask(chat).text == "two words"


def test_a_refusal_is_told_by_the_first_call_alone(fake: FakeOpenAI) -> None:
    chat = client(fake)
    fake.script(Fail(400, "no such role"))
    with pytest.raises(GoldbriefError, match="no such role"):
        ask(chat)
    assert len(fake.requests) == 1

"""Queue, disconnects, ports, shutdown, adapters that come, go or do not fit."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from goldbrief.core.errors import FailedPreconditionError, GoldbriefError, InvalidInputError
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.cpu import usable_cpus
from goldbrief.inference.generation import Answer, Event, Prompt
from goldbrief.inference.llama import LlamaSession
from goldbrief.inference.server import RunningServer, start_in_thread
from goldbrief.testing.tiny_models import write_tiny_llama

from .conftest import ADAPTER, StartServer, write_adapter

LONG = {"model": "tiny", "prompt": "The", "max_tokens": 2000, "temperature": 1.0, "seed": 1}


def client(server: RunningServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=60, trust_env=False)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Slow:
    """Makes every decoding step wait and no answer end early, so that a test can act meanwhile."""

    def __init__(self, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
        step = LlamaSession.step
        self.steps = 0
        server.serving.model.eos_ids = frozenset()

        def slow(this: LlamaSession, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
            self.steps += 1
            time.sleep(0.02)
            return step(this, tokens)

        monkeypatch.setattr(LlamaSession, "step", slow)


@pytest.mark.parametrize("stream", [True, False])
def test_work_stops_when_the_client_leaves(
    start: StartServer, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    server = start()
    slow = Slow(server, monkeypatch)
    body = json.dumps(LONG | {"stream": stream}).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        until(lambda: slow.steps > 3)
    metrics = server.serving.metrics
    until(lambda: metrics.value("cancelled") == 1)
    until(lambda: metrics.value("batches") == 1)
    assert metrics.value("generated_tokens") < 200
    if not stream:
        until(lambda: 'status="499"' in metrics.render(0))


def test_a_prompt_joins_those_under_way(
    start: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    body = {"inputs": "Revenue", "parameters": {"max_new_tokens": 20}}
    alone = client(server).post("/generate", json=body).json()
    slow = Slow(server, monkeypatch)
    with (
        client(server) as http,
        http.stream("POST", "/v1/completions", json=LONG | {"stream": True}) as first,
    ):
        lines = first.iter_lines()
        next(lines)
        steps = slow.steps
        joined = http.post("/generate", json=body).json()
        assert joined["generated_text"] == alone["generated_text"]
        assert slow.steps - steps < 200  # the first had 2,000 to go
        next(lines)


def test_a_prompt_for_another_adapter_is_not_overtaken(
    start: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    Slow(server, monkeypatch)
    generator, order = server.serving.generator, []
    ids = tuple(server.serving.model.encode("Revenue"))

    def submit(name: str, adapter: str | None, tokens: int) -> None:
        def ended(_index: int, event: Event) -> None:
            if isinstance(event, Answer):
                order.append(name)

        generator.submit([Prompt(ids, adapter, tokens)], ended)

    submit("first", None, 60)
    until(lambda: generator.queue_size == 0)
    submit("other", ADAPTER, 3)
    submit("late", None, 3)
    until(lambda: len(order) == 3)
    assert order == ["first", "other", "late"]


def test_full_queue_is_429(start: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(inference_queue=1, inference_max_batch=1)
    Slow(server, monkeypatch)
    with client(server) as http:
        with http.stream("POST", "/v1/completions", json=LONG | {"stream": True}) as first:
            lines = first.iter_lines()  # dropping it would close the connection
            next(lines)  # it is running, no longer waiting
            waiting = threading.Thread(
                target=lambda: client(server).post("/generate", json={"inputs": "x"})
            )
            waiting.start()
            until(lambda: server.serving.generator.queue_size == 1)
            refused = http.post("/v1/completions", json=LONG)
            assert refused.status_code == 429
            assert int(refused.headers["Retry-After"]) > 0
            tgi = http.post("/generate_stream", json={"inputs": "x"})
            assert (tgi.status_code, tgi.json()["error_type"]) == (429, "overloaded")
            assert "goldbrief_inference_queue_size 1" in http.get("/metrics").text
        waiting.join(timeout=30)  # the first was cancelled by leaving it, so this one ran
        assert not waiting.is_alive()


def test_stop_fails_what_is_under_way(start: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start()
    slow = Slow(server, monkeypatch)
    answers: list[httpx.Response] = []
    with client(server) as http:
        asking = threading.Thread(
            target=lambda: answers.append(http.post("/v1/completions", json=LONG))
        )
        asking.start()
        until(lambda: slow.steps > 3)
        server.stop()
        asking.join(timeout=20)
    assert answers[0].status_code == 503
    assert answers[0].json()["error"]["code"] == "SHUTTING_DOWN"
    server.stop()


def test_failure_in_mid_stream_is_an_event(
    start: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    step, calls = LlamaSession.step, 0

    def broken(this: LlamaSession, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise RuntimeError("out of memory")
        return step(this, tokens)

    monkeypatch.setattr(LlamaSession, "step", broken)
    with client(server) as http:
        text = http.post("/v1/completions", json=LONG | {"stream": True}).text
        assert '"code": "GENERATION_FAILED"' in text
        assert "[DONE]" not in text
        monkeypatch.undo()
        assert http.post("/v1/completions", json=LONG | {"max_tokens": 3}).status_code == 200


def test_port_in_use_names_port_and_setting(server: RunningServer, tiny: Path) -> None:
    settings = InferenceSettings(base_model=str(tiny), inference_port=server.port)
    with pytest.raises(FailedPreconditionError, match="GOLDBRIEF_INFERENCE_PORT") as caught:
        start_in_thread(settings)
    assert caught.value.reason == "PORT_IN_USE"
    assert str(server.port) in caught.value.message


@pytest.mark.parametrize("name", ["smollm3", "/nowhere/at/all"])
def test_unknown_base_model_lists_the_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match="smollm2-135m-instruct"):
        start_in_thread(InferenceSettings(home=tmp_path, base_model=name, inference_port=0))


def test_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"config\.json"):
        start_in_thread(InferenceSettings(base_model=str(tmp_path), inference_port=0))


def test_adapters_come_and_go_and_leave_memory(
    start: StartServer, home: Path, tiny: Path, tmp_path: Path
) -> None:
    server = start(home=tmp_path, inference_max_adapters=1)

    def ask(http: httpx.Client, model: str) -> httpx.Response:
        body = {"model": model, "prompt": "Revenue", "max_tokens": 8, "temperature": 0}
        return http.post("/v1/completions", json=body)

    with client(server) as http:
        assert ask(http, ADAPTER).status_code == 404
        shutil.copytree(home / "served" / ADAPTER, tmp_path / "served" / ADAPTER)
        first = ask(http, ADAPTER).json()["choices"]
        write_adapter(tiny, tmp_path / "served" / "other--1", seed=5)
        assert ask(http, "other--1").json()["choices"] != first
        assert ask(http, ADAPTER).json()["choices"] == first
        base = ask(http, "tiny").json()["choices"]
        assert base != first
        shutil.rmtree(tmp_path / "served" / ADAPTER)
        assert ask(http, ADAPTER).status_code == 404
        assert ask(http, "tiny").json()["choices"] == base


def test_adapter_that_does_not_fit_is_refused_and_harms_nobody(
    start: StartServer, home: Path, tiny: Path, tmp_path: Path
) -> None:
    served = tmp_path / "served"
    wide = write_tiny_llama(tmp_path / "wide")
    _widen(wide)
    write_adapter(wide, served / "wide--1", seed=1)
    for name in ("cut--1", "kind--1", "strays--1"):
        shutil.copytree(home / "served" / ADAPTER, served / name)
    (served / "cut--1" / "adapter_model.safetensors").write_bytes(b"\x10\0\0")
    _edit(served / "kind--1" / "adapter_config.json", peft_type="IA3")
    _edit(served / "strays--1" / "adapter_config.json", target_modules=["q_proj"])
    shutil.copytree(home / "served" / ADAPTER, served / ADAPTER)
    server = start(home=tmp_path)
    body = {"prompt": "Revenue", "max_tokens": 8, "temperature": 0}
    with client(server) as http:
        base = http.post("/v1/completions", json=body | {"model": "tiny"}).json()["choices"]
        for name in ("wide--1", "cut--1", "kind--1", "strays--1"):
            answer = http.post("/v1/completions", json=body | {"model": name})
            assert answer.status_code == 503, name
            assert answer.json()["error"]["code"] == "ADAPTER_UNUSABLE", name
            again = http.post("/v1/completions", json=body | {"model": "tiny"})
            assert again.json()["choices"] == base, name
        good = http.post("/v1/completions", json=body | {"model": ADAPTER})
        assert good.json()["choices"] != base


def _widen(folder: Path) -> None:
    config = LlamaConfig.from_pretrained(folder)
    config.hidden_size, config.head_dim = 128, 32
    LlamaForCausalLM(config).save_pretrained(folder)


def _edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_metrics_count_requests_and_tokens(start: StartServer) -> None:
    server = start()
    with client(server) as http:
        http.post("/v1/completions", json=LONG | {"max_tokens": 5, "temperature": 0})
        http.post("/v1/completions", json=LONG | {"model": "no--1"})
        text = http.get("/metrics").text
    assert "goldbrief_inference_generated_tokens_total 5" in text
    assert 'requests_total{route="/v1/completions",status="200"} 1' in text
    assert 'requests_total{route="/v1/completions",status="404"} 1' in text
    assert 'request_seconds_bucket{route="/v1/completions",le="+Inf"} 2' in text


def test_aside_runs_between_tokens(start: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start()
    slow = Slow(server, monkeypatch)
    with (
        client(server) as http,
        http.stream("POST", "/v1/completions", json=LONG | {"stream": True}) as first,
    ):
        lines = first.iter_lines()
        next(lines)
        server.serving.generator.aside(lambda: None).result(timeout=5)
        assert slow.steps < 1000


def test_failing_aside_hands_its_error_over(server: RunningServer) -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        server.serving.generator.aside(fail).result(timeout=5)


def test_submit_after_close_is_refused(start: StartServer) -> None:
    server = start()
    server.stop()
    with pytest.raises(GoldbriefError, match="shutting down"):
        server.serving.generator.aside(lambda: None)


@pytest.mark.parametrize(
    ("files", "allowed"),
    [
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "max 100000"}, 64),
        ({"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        ({}, 64),
    ],
)
def test_threads_follow_the_cgroup_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], allowed: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text + "\n")
    assert usable_cpus(tmp_path) == allowed

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.server import RunningServer, start_in_thread
from goldbrief.testing.tiny_models import write_tiny_llama

ADAPTER = "acme--1.0"
OTHER = "acme--2.0"


def write_adapter(base: Path, folder: Path, seed: int, **options: object) -> Path:
    """Save a random LoRA (not the identity that training starts from)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_pretrained(str(base), dtype="auto")
        settings: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear"}
        config = LoraConfig(init_lora_weights=False, task_type="CAUSAL_LM", **settings | options)
        get_peft_model(model, config).save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_llama(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    home = tmp_path_factory.mktemp("home")
    write_adapter(tiny, home / "served" / ADAPTER, seed=1)
    write_adapter(tiny, home / "served" / OTHER, seed=2)
    return home


StartServer = Callable[..., RunningServer]


@pytest.fixture(scope="session")
def start(home: Path, tiny: Path) -> Iterator[StartServer]:
    """Starts servers with changed settings; all are stopped in the end."""
    servers: list[RunningServer] = []

    def make(**changes: object) -> RunningServer:
        options: Any = {"home": home, "base_model": str(tiny), "inference_port": 0} | changes
        servers.append(start_in_thread(InferenceSettings(**options)))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server(start: StartServer) -> RunningServer:
    return start()


@pytest.fixture(scope="session")
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        yield client

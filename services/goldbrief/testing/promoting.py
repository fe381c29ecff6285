"""Registry and gateway over real RPCs in one process, with an engine that does as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from goldbrief.api.registry.v1.registry_pb2_grpc import (
    RegistryServiceStub,
    add_RegistryServiceServicer_to_server,
)
from goldbrief.api.summarize.v1.summarize_pb2_grpc import (
    SummarizeServiceStub,
    add_SummarizeServiceServicer_to_server,
)
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import NotFoundError, TransientError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import Completion, ObjectStore
from goldbrief.core.training import AdapterManifest, Canary, LoraSpec, adapter_prefix
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.signing import Signer
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry import tasks
from goldbrief.registry.registry import Registry
from goldbrief.registry.server import RegistryServicer
from goldbrief.registry.signatures import ManifestTrust
from goldbrief.registry.syncer import Syncer
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.canaries import CanaryWriter
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.models import ModelDirectory
from goldbrief.summarize.outcomes import OutcomeCounter
from goldbrief.summarize.registry import resolve, tell_outcomes
from goldbrief.summarize.reporting import Reporter
from goldbrief.summarize.server import SummarizeServicer
from goldbrief.summarize.writing import SummaryWriter
from goldbrief.testing.ledgers import make_broker, make_ledger

_CANARY = Canary(
    prompt="Summarize.",
    base_text="Base.",
    tuned_text="Tuned.",
    certain_text="Tuned.",
    tuned_token_ids=(1, 2),
)


@dataclass
class Behaviour:
    """How an adapter does."""

    text: str
    seconds: float = 0.0
    fails: bool = False


@dataclass
class StubEngine:
    """Answers for the adapters in a folder, each as its behaviour says."""

    syncer: Syncer
    folder: Path
    usual: Behaviour
    of: dict[str, Behaviour] = field(default_factory=dict)
    """By adapter; others do as usual."""
    asked: list[str] = field(default_factory=list)
    """The adapter of each request."""

    def adapters(self) -> list[str]:
        """What the syncer brought."""
        self.syncer.sync()
        return [path.name for path in self.folder.glob("[!.]*")]

    def required_base(self) -> None:
        """It takes any adapter."""

    def window(self) -> None:
        """It does not say how much fits."""

    def count_tokens(self, prompt: str) -> None:
        """It counts for nobody."""

    def complete(self, prompt: str, *, adapter: str | None, **_: Any) -> Completion:
        """The canary's answer, as trained."""
        text = _CANARY.tuned_text if adapter else _CANARY.base_text
        return Completion(text, "stop", 2, 2, adapter or "base", 0.0)

    def stream(self, prompt: str, *, adapter: str | None, **_: Any) -> Iterator[str | Completion]:
        """Write the behaviour's text; raises as it says."""
        if adapter is None or not (self.folder / adapter).is_dir():
            raise NotFoundError(f"There is no adapter {adapter}.", reason="ADAPTER_NOT_FOUND")
        self.asked.append(adapter)
        behaviour = self.of.get(adapter, self.usual)
        time.sleep(behaviour.seconds)
        if behaviour.fails:
            raise TransientError("The engine ran out of memory.", reason="ENGINE_FAILED")
        yield behaviour.text
        yield Completion(behaviour.text, "stop", 100, 50, adapter, behaviour.seconds)


@dataclass
class Stage:
    """What `promoting` runs."""

    registry: Registry
    engine: StubEngine
    store: ObjectStore
    rpc: Any
    """Stub of the registry."""
    gateway: Any
    """Stub of the gateway."""
    registry_address: str
    prompt: PromptFormat

    def register(self, number: int, model: str = "briefs") -> None:
        """Train, so to speak, and register a version."""
        run_id = f"ft-{number}"
        put_trained(self.store, run_id, self.prompt)
        self.registry.versions.register(model, run_id)


@contextmanager
def promoting(folder: Path, prompt: PromptFormat, usual: Behaviour) -> Iterator[Stage]:
    """Run registry, its worker and a gateway.

    Args:
        folder: Empty; database, objects and the engine's adapters.
        prompt: Of all versions.
        usual: How an adapter does unless told otherwise.

    Yields:
        The running parts.
    """
    store, ledger = DirectoryStore(folder / "objects"), make_ledger(folder)
    signer = Signer.generate()
    trust = ManifestTrust(signer.verifier)
    served = folder / "served"
    engine = StubEngine(Syncer(store, served, trust), served, usual)
    registry = Registry(ledger, store, lambda: {"stub": engine}, signer, trust)
    broker = make_broker(folder, ledger)
    tasks.register(broker, registry.stages)
    with ExitStack() as stack:
        stack.callback(broker.close)
        servicer = RegistryServicer(registry)
        address = _serve(
            stack,
            "registry",
            lambda server: add_RegistryServiceServicer_to_server(servicer, server),
        )
        stub = RegistryServiceStub(_channel(stack, address))
        gateway = serve_gateway(stack, engine, stub)
        worker = BackgroundWorker(broker, threads=2)
        worker.start()
        stack.callback(worker.stop)
        yield Stage(registry, engine, store, stub, gateway, address, prompt)


def serve_gateway(stack: ExitStack, engine: StubEngine, registry_stub: Any) -> Any:
    """Run a gateway as the service makes it, without a cache, until the stack ends.

    Args:
        stack: Ends it.
        engine: Writes.
        registry_stub: What it asks.

    Returns:
        Its stub.
    """
    models = ModelDirectory(partial(resolve, registry_stub))
    outcomes = OutcomeCounter(partial(tell_outcomes, registry_stub))
    writer = CanaryWriter(SummaryWriter(engine, models), models, outcomes)
    reporter = Reporter(models, None)  # nobody reports here
    servicer = SummarizeServicer(Gateway(writer, Admission(8, 64)), reporter)
    address = _serve(
        stack, "summarize", lambda server: add_SummarizeServiceServicer_to_server(servicer, server)
    )
    return SummarizeServiceStub(_channel(stack, address))


def put_trained(store: ObjectStore, run_id: str, prompt: PromptFormat) -> None:
    """Put an adapter and its canaries where the training job leaves them."""
    files = {
        "adapter_config.json": b'{"r": 16}',
        "adapter_model.safetensors": run_id.encode(),
        "prompt.json": prompt.model_dump_json().encode(),
    }
    prefix = adapter_prefix(run_id)
    for name, content in files.items():
        store.put(prefix + name, content)
    manifest = AdapterManifest(
        files={name: sha256_bytes(content) for name, content in files.items()},
        run_id=run_id,
        base_model="acme/tiny",
        base_revision="a1b2",
        train_data=("datasets/briefs/3f2a/train.jsonl",),
        lora=LoraSpec(),
        prompt_sha256=sha256_bytes(files["prompt.json"]),
        code_version="0",
    )
    store.put(f"{prefix}manifest.json", manifest.model_dump_json().encode())
    store.put(f"runs/{run_id}/canaries.json", f"[{_CANARY.model_dump_json()}]".encode())


def _serve(stack: ExitStack, name: str, register: Any) -> str:
    server = RpcServer("127.0.0.1", 0, [Service(name, register)], grace_s=1.0)
    address = f"127.0.0.1:{server.start()}"
    stack.callback(server.stop)
    return address


def _channel(stack: ExitStack, address: str) -> Any:
    channel = connect(address)
    stack.callback(channel.close)
    return channel


def ask_in_threads(ask: Any, threads: int, stop: threading.Event) -> list[threading.Thread]:
    """Call `ask` with numbers of its own from several threads until `stop`."""

    def run(first: int) -> None:
        number = first
        while not stop.is_set():
            ask(number)
            number += threads

    started = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(threads)]
    for thread in started:
        thread.start()
    return started

"""All services in one process, holding something of most that can be asked for."""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

import goldbrief.api
from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.reviews.v1 import reviews_pb2
from goldbrief.app.process import BUILDERS
from goldbrief.core.documents import Golden, PromptFormat
from goldbrief.core.recipe import Recipe
from goldbrief.core.settings import Settings
from goldbrief.core.states import State
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.server import start_in_thread
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import RpcServer
from goldbrief.registry.signatures import ManifestTrust
from goldbrief.registry.syncer import Syncer
from goldbrief.sdk import Client, gather_inputs
from goldbrief.sdk.articles import import_articles
from goldbrief.testing.promoting import Behaviour, StubEngine, put_trained
from goldbrief.testing.servers import free_port
from goldbrief.testing.tiny_models import write_tiny_llama
from goldbrief.text.style import infer_style

MODEL = "briefs"
_SUMMARY = "## Overview\n\nRevenue rose 5% to $12 million."
_IDS = frozenset({"id", "sha256", "name", "model", "version", "served_name", "run_id", "uri"})
_WAIT_S = 60.0
_MOST_KNOWN = 60
_ENGINE_MODELS = ("tiny", "all-minilm-l6-v2")


def all_rpcs() -> dict[str, MethodDescriptor]:
    """Every RPC of the API by its full name, found by looking into the package."""
    found: dict[str, MethodDescriptor] = {}
    for module in pkgutil.walk_packages(goldbrief.api.__path__, "goldbrief.api."):
        if not module.name.endswith("_pb2"):
            continue
        services = importlib.import_module(module.name).DESCRIPTOR.services_by_name.values()
        for service in services:
            found |= {f"/{service.full_name}/{rpc.name}": rpc for rpc in service.methods}
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """What runs."""

    resources: Resources
    address: str
    """Of all RPCs."""
    channel: grpc.Channel
    """Plain: its calls raise what grpc raises."""
    gateway_url: str
    engine_url: str
    """Of the embedded inference server with a tiny model."""
    known: tuple[str, ...]
    """Ids, names and hashes of what there is."""


@contextmanager
def fuzzed_place(folder: Path, examples: Path, database_url: str = "") -> Iterator[Place]:
    """Serve everything as `goldbrief up` does, with the engine of summaries a stub.

    Articles are imported, a version is served, a run, accounts and uploads exist. No worker runs
    when it is yielded: what is created stays queued.

    Args:
        folder: Empty.
        examples: The quickstart's goldens and articles.
        database_url: Of an empty database; empty takes SQLite in the folder.

    Yields:
        The running parts.
    """
    home = folder / "home"
    home.mkdir()
    (home / "models").symlink_to(Settings().models_dir)
    tiny = str(write_tiny_llama(folder / "tiny", positions=512))
    with ExitStack() as stack:
        engine = start_in_thread(InferenceSettings(home=home, base_model=tiny, inference_port=0))
        stack.callback(engine.stop)
        port = free_port()
        settings = Settings(
            home=home, port=port, address=f"127.0.0.1:{port}", inference_url=engine.url,
            base_model=tiny, database_url=database_url,
        )  # fmt: skip
        resources = Resources(settings)
        stack.callback(resources.close)
        _stub_engine(resources)
        http_port = free_port()
        with patch.dict(os.environ, {"GOLDBRIEF_SUMMARIZE_HTTP_PORT": str(http_port)}):
            services = [build(resources) for build in BUILDERS]
        server = RpcServer("127.0.0.1", port, services, audit_trail=resources.audit_trail)
        server.start()
        stack.callback(server.stop)
        client = stack.enter_context(Client(settings.address))
        made = _fill(resources, client, examples)
        channel = stack.enter_context(grpc.insecure_channel(settings.address))
        url = f"http://127.0.0.1:{http_port}"
        known = (*made, *_ENGINE_MODELS, *_listed(channel))
        yield Place(resources, settings.address, channel, url, engine.url, known)


def _stub_engine(resources: Resources) -> None:
    """Have summaries written by an engine that needs no adapter's weights."""
    served = resources.settings.served_adapters_dir
    syncer = Syncer(resources.store, served, ManifestTrust.of(resources.settings))
    resources.__dict__["engine"] = StubEngine(syncer, served, Behaviour(_SUMMARY))


def _fill(resources: Resources, client: Client, examples: Path) -> list[str]:
    """Make something of most kinds; returns ids that no list tells."""
    article = min((examples / "articles").iterdir())
    recipe = Recipe(goldens="goldens", articles=f"articles/{article.name}")
    inputs = gather_inputs(recipe, examples)
    run = client.create_run(recipe, inputs).run
    client.cancel_run(run.id)  # its own phases, training among them, are not wanted
    client.reviews.CreateAccount(reviews_pb2.CreateAccountRequest(name="ann", role="reviewer"))
    put_trained(resources.store, "ft-1", _prompt(examples))
    client.registry.RegisterModelVersion(
        registry_pb2.RegisterModelVersionRequest(model=MODEL, finetuning_run_id="ft-1")
    )
    worker = BackgroundWorker(resources.broker, threads=2)
    worker.start()
    try:
        import_id = import_articles(client, article)
        promotion = client.registry.CreatePromotion(
            registry_pb2.CreatePromotionRequest(
                request_id="first", model=MODEL, version="1", force=True, reason="For a test."
            )
        ).promotion
        for work_id in (import_id, promotion.work.id):
            _wait_for(resources, work_id)
    finally:
        worker.stop()
    (imported,) = client.list_imported_files(import_id)
    uploaded = client.upload(article)
    return [import_id, promotion.work.id, uploaded, *imported.article_sha256s]


def _prompt(examples: Path) -> PromptFormat:
    paths = sorted((examples / "goldens").glob("*.md"))
    goldens = [Golden(name=path.name, persona="CFO", summary=path.read_text()) for path in paths]
    return PromptFormat(
        template="brief-1", strategy="select", article_tokens=400, wrap="plain",
        style=infer_style(goldens), max_new_tokens=320,
    )  # fmt: skip


def _wait_for(resources: Resources, work_id: str) -> None:
    deadline = time.monotonic() + _WAIT_S
    while (work := resources.ledger.works.get(work_id)).ended_at is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{work_id} is still {work.state}")
        time.sleep(0.05)
    if work.state != State.SUCCEEDED:
        raise RuntimeError(f"{work_id} {work.state}: {work.cause}")


def _listed(channel: grpc.Channel) -> tuple[str, ...]:
    """Ids and names of what there is, as the RPCs that list tell them."""
    found: set[str] = set()
    for method, rpc in all_rpcs().items():
        if rpc.name.startswith("List") and not rpc.server_streaming:
            answer_type = GetMessageClass(rpc.output_type)
            call = channel.unary_unary(method, response_deserializer=answer_type.FromString)
            with contextlib.suppress(grpc.RpcError):  # some want to know of what
                found.update(_ids(call(b"", timeout=_WAIT_S)))
    return tuple(sorted(found))[:_MOST_KNOWN]


def _ids(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.message_type is None:
            values = value if field.is_repeated else [value]
            yield from (one for one in values if field.name in _IDS and one)
        elif not field.message_type.GetOptions().map_entry:
            for one in value if field.is_repeated else [value]:
                yield from _ids(one)

"""Wiring of the summarize service."""

from __future__ import annotations

import logging

from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from goldbrief.api.summarize.v1.summarize_pb2_grpc import add_SummarizeServiceServicer_to_server
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.settings import read_settings_of
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import Service
from goldbrief.platform.tls import tls_files
from goldbrief.platform.web.server import HttpServer, listen
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.config import SummarizeSettings
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.http_server import create_app
from goldbrief.summarize.models import ModelDirectory, ServedModel
from goldbrief.summarize.server import SummarizeServicer
from goldbrief.summarize.writing import SummaryWriter

_log = logging.getLogger(__name__)

_RESOLVE_TIMEOUT_S = 5.0
_OTHER_PORT = "set GOLDBRIEF_SUMMARIZE_HTTP_PORT"


def build(resources: Resources) -> Service:
    """Make the service from the process's resources; it has no tasks."""

    def resolve(name: str) -> ServedModel:
        stub = RegistryServiceStub(resources.channel("registry"))
        request = registry_pb2.ResolveModelRequest(model=name)
        found = stub.ResolveModel(request, timeout=_RESOLVE_TIMEOUT_S).model_version
        return ServedModel(
            model=found.model,
            version=found.version,
            served_name=found.served_name,
            finetuning_run_id=found.finetuning_run_id,
            run_id=found.run_id,
            base_model=found.base_model,
            prompt=_prompt(found),
            deleted_articles=found.deleted_articles,
        )

    settings = read_settings_of(SummarizeSettings)
    cache = CompletionCache(settings.cache_mb * 1_000_000) if settings.cache_mb else None
    models = ModelDirectory(resolve)
    writer = SummaryWriter(resources.engine, models, settings.figure_policy, cache)
    gateway = Gateway(writer, Admission(settings.concurrency, settings.waiting))
    servicer = SummarizeServicer(gateway)

    def start_http(grace_s: float) -> HttpServer:
        listener = listen(resources.settings.host, settings.http_port, _OTHER_PORT)
        app = create_app(gateway, resources.doorkeeper)
        server = HttpServer(app, listener, grace_s, tls_files(resources.settings))
        server.start()
        _log.info("summarize answers JSON at %s", server.url)
        return server

    return Service(
        name="goldbrief.api.summarize.v1.SummarizeService",
        register=lambda server: add_SummarizeServiceServicer_to_server(servicer, server),
        start_http=start_http,
    )


def _prompt(version: registry_pb2.ModelVersion) -> PromptFormat:
    if not version.prompt_json:
        raise FailedPreconditionError(
            f"{version.model}@{version.version} was tuned without a prompt format, so nothing says"
            " how an article becomes its prompt.",
            reason="NO_PROMPT_FORMAT",
            remedy="Tune it on a dataset version, or pass prompt_json to the fine-tuning run.",
        )
    return PromptFormat.model_validate_json(version.prompt_json)

"""Wiring of the summarize service."""

from __future__ import annotations

import logging
from functools import partial

from goldbrief.api.live.v1.live_pb2_grpc import LiveServiceStub
from goldbrief.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from goldbrief.api.summarize.v1.summarize_pb2_grpc import add_SummarizeServiceServicer_to_server
from goldbrief.core.settings import read_settings_of
from goldbrief.platform.hosting import Resources
from goldbrief.platform.metrics.instruments import SUMMARY_WAITING
from goldbrief.platform.rpc.server import Service
from goldbrief.platform.tls import tls_files
from goldbrief.platform.web.server import HttpServer, listen
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.canaries import CanaryWriter
from goldbrief.summarize.config import SummarizeSettings
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.http_server import create_app
from goldbrief.summarize.models import ModelDirectory
from goldbrief.summarize.outcomes import OutcomeCounter
from goldbrief.summarize.registry import resolve, tell_outcomes
from goldbrief.summarize.reporting import Reporter
from goldbrief.summarize.sampling import Sampler, send_sample
from goldbrief.summarize.server import SummarizeServicer
from goldbrief.summarize.writing import SummaryWriter

_log = logging.getLogger(__name__)

_OTHER_PORT = "set GOLDBRIEF_SUMMARIZE_HTTP_PORT"


def build(resources: Resources) -> Service:
    """Make the service from the process's resources; it has no tasks."""
    registry = RegistryServiceStub(resources.channel("registry"))
    settings = read_settings_of(SummarizeSettings)
    cache = CompletionCache(settings.cache_mb * 1_000_000) if settings.cache_mb else None
    models = ModelDirectory(partial(resolve, registry))
    writer = SummaryWriter(resources.engine, models, settings.figure_policy, cache, settings.parts)
    canaries = CanaryWriter(writer, models, OutcomeCounter(partial(tell_outcomes, registry)))
    admission = Admission(settings.concurrency, settings.waiting)
    SUMMARY_WAITING.set_function(lambda: admission.waiting)
    live = LiveServiceStub(resources.channel("evaluation"))
    gateway = Gateway(canaries, admission, _sampler(resources, live, settings.sampled_share))
    reporter = Reporter(models, live)
    servicer = SummarizeServicer(gateway, reporter)

    def start_http(grace_s: float) -> HttpServer:
        listener = listen(resources.settings.host, settings.http_port, _OTHER_PORT)
        app = create_app(gateway, reporter, resources.doorkeeper)
        server = HttpServer(app, listener, grace_s, tls_files(resources.settings))
        server.start()
        _log.info("summarize answers JSON at %s", server.url)
        return server

    return Service(
        name="goldbrief.api.summarize.v1.SummarizeService",
        register=lambda server: add_SummarizeServiceServicer_to_server(servicer, server),
        start_http=start_http,
    )


def _sampler(resources: Resources, live: LiveServiceStub, share: float) -> Sampler | None:
    """What draws answers to be judged, with its thread; None where none are drawn."""
    if not share:
        return None
    sampler = Sampler(share, partial(send_sample, live))
    resources.in_background("samples", sampler.run)
    return sampler

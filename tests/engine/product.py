"""Registry, its worker, a syncer and a gateway, put together as their processes do it."""

import time
from contextlib import ExitStack, contextmanager

from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import RpcServer
from goldbrief.registry.service import build as build_registry
from goldbrief.registry.syncer import SyncerThread, open_syncer
from goldbrief.sdk import Client
from goldbrief.sdk.models import PromotionOptions, start_promotion, watch_promotion
from goldbrief.summarize.service import build as build_summarize

from .trained import MODEL


class Product:
    """All of it, from a client's side."""

    def __init__(self, address, resources):
        self.address = address
        self.client = Client(address)
        self.store = resources.store
        self.engine_url = resources.settings.inference_url

    def register(self, run_id):
        """Register what a run trained; returns the version."""
        request = pb.RegisterModelVersionRequest(model=MODEL, finetuning_run_id=run_id)
        return self.client.registry.RegisterModelVersion(request).model_version.version

    def deliver(self, version):
        """Have the engine load a version that is not to be served."""
        request = pb.DeliverModelVersionRequest(model=MODEL, version=version)
        self.client.registry.DeliverModelVersion(request, timeout=120)

    def promote(self, version, **options):
        """Promote a version without an evaluation, and wait for what becomes of it."""
        options = PromotionOptions(force=True, reason="There is no evaluation.", **options)
        started = start_promotion(self.client, f"{MODEL}@{version}", options)
        *_, ended = watch_promotion(self.client, started.work.id)
        return ended


@contextmanager
def running(settings, environment):
    """Run the product until the block is left."""
    environment.setenv("GOLDBRIEF_SUMMARIZE_HTTP_PORT", "0")
    with ExitStack() as stack:
        resources = Resources(settings)
        stack.callback(resources.close)
        services = [build_registry(resources), build_summarize(resources)]
        server = RpcServer(settings.host, settings.port, services)
        address = f"{settings.host}:{server.start()}"
        stack.callback(server.stop)
        syncer = SyncerThread(open_syncer(settings, resources.store), settings.adapter_sync_s)
        stack.callback(syncer.stop)
        worker = BackgroundWorker(resources.broker, threads=2)
        worker.start()
        stack.callback(worker.stop)
        product = Product(address, resources)
        stack.callback(product.client.close)
        yield product


def wait_for(condition, timeout_s=60.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)

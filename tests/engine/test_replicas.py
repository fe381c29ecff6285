"""A second vLLM beside the first, as a restarted pod is: without an adapter, its folder filled."""

import pytest

from goldbrief.platform.llm import OpenAIEngine
from goldbrief.platform.llm.replicas import NamedReplicas
from goldbrief.registry.delivery import Delivery
from goldbrief.registry.parity import check_parity, read_canaries
from goldbrief.registry.signatures import ManifestTrust
from goldbrief.registry.syncer import Syncer
from goldbrief.testing.vllm import vllm_server

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

ADDRESSES = FIRST, SECOND = "127.0.0.1", "127.0.0.2"
RUN_OF = {"briefs--1": "ft-1", "briefs--2": "ft-2"}


def test_a_replica_that_came_up_loads_what_is_served_and_answers_as_the_first(
    product, host, base, settings, tmp_path
):
    store, trust = product.store, ManifestTrust.of(settings)
    product.deliver("2")  # so that it is ordered
    port, served = int(host.url.rpartition(":")[2]), tmp_path / "served"
    Syncer(store, served, trust).sync()
    with vllm_server(tmp_path / "vllm", base, served, port, SECOND):
        replicas = NamedReplicas(
            f"http://engine.test:{port}", OpenAIEngine, addresses=lambda _: ADDRESSES
        )
        assert replicas()[SECOND].adapters() == []
        Delivery(store, replicas, trust, served=lambda: [*RUN_OF], wait_s=120).load_served()
        for engine in replicas().values():
            assert {*RUN_OF} <= {*engine.adapters()}
            for adapter, run_id in RUN_OF.items():
                check_parity(engine, adapter, read_canaries(store, run_id))

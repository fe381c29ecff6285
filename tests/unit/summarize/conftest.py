import pytest

from .samples import FakeEngine, FakeRegistry, RunningGateway


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def registry():
    return FakeRegistry()


@pytest.fixture
def make_gateway():
    gateways = []

    def make(engine, *options):
        gateways.append(RunningGateway(engine, *options))
        return gateways[-1]

    yield make
    for gateway in gateways:
        gateway.close()


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(FakeEngine())

from types import SimpleNamespace

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.platform.ledger import Advance, Later
from goldbrief.registry.promotion_stages import MAX_LOOKS, PromotionStages


class StartingEngine:
    """A delivery whose engine answers from the third look on."""

    def __init__(self, looks=3):
        self.looks = looks

    def deliver(self, version):
        self.looks -= 1
        if self.looks:
            raise TransientError("no answer")


def deliver(stages, data):
    context = SimpleNamespace(spec={"model": "briefs", "version": "1"}, data=data)
    return stages.deliver(context)


def make_stages(delivery):
    versions = SimpleNamespace(get=lambda model, version: None)
    return PromotionStages(
        versions, aliases=None, delivery=delivery, watch=None, store=None, replicas=None
    )


def test_an_engine_that_starts_is_waited_for():
    stages = make_stages(StartingEngine())
    first = deliver(stages, {})
    second = deliver(stages, first.data)
    assert isinstance(first, Later)
    assert isinstance(second, Later)
    assert deliver(stages, second.data) == Advance("check")


def test_an_engine_that_never_answers_fails_the_delivery_in_the_end():
    stages = make_stages(StartingEngine(looks=1000))
    with pytest.raises(TransientError):
        deliver(stages, {"looks": MAX_LOOKS})

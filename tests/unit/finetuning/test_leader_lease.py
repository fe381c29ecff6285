"""One replica leads at a time, and when it dies another takes over."""

import pytest

from goldbrief.core.errors import FailedPreconditionError, TransientError
from goldbrief.finetuning.leader_lease import LeaderLease

from .fake_kubernetes import fake_kubernetes

NAME = "goldbrief-training"


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Setting:
    def __init__(self, cluster, api):
        self.cluster = cluster
        self.clocks = Clock(), Clock()
        self.clocks[1].now += 3600.0  # nodes do not agree on the time
        self.one, self.two = (LeaderLease(api, NAME, clock) for clock in self.clocks)

    def pass_time(self, seconds):
        for clock in self.clocks:
            clock.now += seconds

    def spec(self):
        return self.cluster.objects["leases"][NAME]["spec"]

    def holders(self):
        return (self.one.is_held, self.two.is_held)


@pytest.fixture
def setting():
    with fake_kubernetes() as (cluster, api):
        yield Setting(cluster, api)


def test_the_first_takes_it_and_keeps_it_while_it_renews(setting):
    for _ in range(10):
        setting.one.hold()
        setting.two.hold()
        assert setting.holders() == (True, False)
        setting.pass_time(5)
    assert setting.spec()["leaseTransitions"] == 0


def test_of_two_that_come_at_once_one_gets_it(setting, monkeypatch):
    api = setting.two._api
    found = api.lease

    def lease(name):
        monkeypatch.setattr(api, "lease", found)
        try:
            return found(name)
        finally:
            setting.one.hold()  # between our look and our change

    monkeypatch.setattr(api, "lease", lease)
    setting.two.hold()
    assert setting.holders() == (True, False)


def test_a_change_that_somebody_else_was_faster_with_is_not_made(setting, monkeypatch):
    setting.one.hold()
    setting.two.hold()
    setting.pass_time(20)  # it has run out, and both want it
    api = setting.two._api
    replace = api.replace_lease

    def replace_late(lease):
        monkeypatch.setattr(api, "replace_lease", replace)
        setting.one.hold()
        replace(lease)

    monkeypatch.setattr(api, "replace_lease", replace_late)
    setting.two.hold()
    assert setting.holders() == (True, False)


def test_another_waits_for_its_whole_duration_by_its_own_clock(setting):
    setting.one.hold()
    setting.two.hold()
    setting.pass_time(14)
    setting.two.hold()
    assert not setting.two.is_held
    setting.pass_time(1)
    setting.two.hold()
    assert setting.holders() == (False, True)
    assert setting.spec()["leaseTransitions"] == 1


def test_one_that_cannot_renew_steps_back_before_another_may_step_in(setting):
    setting.one.hold()
    setting.two.hold()
    setting.cluster.is_down = True
    setting.pass_time(9)
    with pytest.raises(TransientError):
        setting.one.hold()
    assert setting.one.is_held
    setting.pass_time(1)
    assert not setting.one.is_held


def test_one_that_leaves_lets_another_in_at_once(setting):
    setting.one.hold()
    setting.one.release()
    setting.two.hold()
    assert setting.holders() == (False, True)
    setting.one.release()  # not its own any more
    setting.two.hold()
    assert setting.two.is_held


def test_leaving_without_a_server_is_no_error(setting):
    setting.one.hold()
    setting.cluster.is_down = True
    setting.one.release()
    assert not setting.one.is_held


def test_a_role_that_does_not_allow_it_is_said(setting):
    setting.cluster.refusal = (
        403, "Forbidden", 'leases is forbidden: User "sa" cannot create resource "leases"',
    )  # fmt: skip
    with pytest.raises(FailedPreconditionError) as caught:
        setting.one.hold()
    assert caught.value.reason == "KUBERNETES_FORBIDDEN"
    assert "Role that the chart has" in caught.value.remedy

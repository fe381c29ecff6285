"""Whatever becomes of a Job wakes its run, through whatever becomes of the watch."""

import logging
import threading
from contextlib import ExitStack, contextmanager

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.core.seams import TrainingJob
from goldbrief.finetuning import job_watch
from goldbrief.finetuning.job_watch import JobWatch
from goldbrief.finetuning.kubernetes_launcher import KubernetesLauncher
from goldbrief.finetuning.leader_lease import LeaderLease

from .fake_kubernetes import fake_kubernetes
from .samples import wait_for

TEMPLATE = {
    "metadata": {"name": "goldbrief-training"},
    "spec": {"template": {"spec": {"containers": [{"name": "training"}]}}},
}


class Setting:
    def __init__(self, cluster, api):
        self.cluster = cluster
        self.api = api
        self.launcher = KubernetesLauncher(api, TEMPLATE)
        self.woken = []
        self.answers = []
        """What `wake` answers or raises next; True when there is nothing."""

    def wake(self, job_id):
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        self.woken.append(job_id)
        return answer

    def launch(self, job_id="fine-1"):
        self.launcher.launch(TrainingJob(job_id, "spec.json"))

    def watch(self):
        return JobWatch(self.api, LeaderLease(self.api, "goldbrief-training"), self.wake)

    def wakes(self, job_id="fine-1"):
        """Wait until it was woken, and forget that it was."""
        wait_for(lambda: job_id in self.woken)
        self.woken.clear()

    def watches(self):
        return [path for _, path, _ in self.cluster.requests if "watch=true" in path]


@contextmanager
def running(watch):
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def setting(monkeypatch):
    monkeypatch.setattr(job_watch, "_LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(job_watch, "_TURN_S", 0.01)
    with fake_kubernetes() as (cluster, api):
        yield Setting(cluster, api)


@pytest.fixture
def watched(setting):
    """A watch that has opened both its streams."""
    with running(setting.watch()):
        wait_for(lambda: len(setting.watches()) == 2)
        yield setting


def test_jobs_and_pods_that_come_change_and_go_wake_their_run(watched):
    watched.launch()
    watched.wakes()
    watched.cluster.add_pod(watched.cluster.job(), "Running")
    watched.wakes()
    watched.cluster.end_job("Complete")
    watched.wakes()
    watched.cluster.delete_by_hand()
    watched.wakes()


def test_what_is_there_when_it_begins_wakes_its_run_page_by_page(setting):
    for number in range(5):
        setting.launch(f"fine-{number}")
    setting.cluster.page = 2
    with running(setting.watch()):
        wait_for(lambda: len(set(setting.woken)) == 5)


def test_a_run_in_a_workers_hands_is_woken_again(setting):
    setting.answers += [False, False]
    setting.launch()
    with running(setting.watch()):
        wait_for(lambda: len(setting.woken) == 3)


def test_a_database_that_is_away_loses_no_news(setting):
    setting.answers += [TransientError("no database"), TransientError("no database")]
    setting.launch()
    with running(setting.watch()):
        setting.wakes()


@pytest.mark.parametrize("fault", ["cut", "garbage", "lost", "doubled"])
def test_news_arrive_whatever_becomes_of_a_stream(watched, fault):
    watched.launch()
    watched.wakes()
    watched.cluster.stream_faults.extend([fault] * 2)
    watched.cluster.end_job("Failed")
    watched.cluster.add_pod(watched.cluster.job(), "Failed")
    watched.cluster.add_pod(watched.cluster.job(), "Running")
    watched.cluster.end_job("Complete")
    watched.wakes()


def test_a_version_that_the_server_forgot_is_listed_anew(watched):
    watched.launch()
    watched.wakes()
    for _ in range(3):
        watched.cluster.forget_history()
        watched.cluster.end_job("Failed")
        watched.wakes()


def test_after_an_outage_also_a_job_that_was_deleted_meanwhile_wakes_its_run(watched):
    watched.launch()
    watched.wakes()
    watched.cluster.is_down = True
    wait_for(lambda: len(watched.watches()) >= 2)
    watched.cluster.delete_by_hand()
    watched.cluster.forget_history()
    watched.woken.clear()
    watched.cluster.is_down = False
    watched.wakes()


def test_one_replica_watches_and_another_takes_over_when_it_stops(setting):
    def renewals():
        return [path for method, path, _ in setting.cluster.requests if method == "PUT"]

    with ExitStack() as second:
        with running(setting.watch()):
            wait_for(lambda: len(setting.watches()) == 2)
            asked = len(setting.cluster.requests)
            second.enter_context(running(setting.watch()))
            wait_for(lambda: len(setting.cluster.requests) > asked)
            assert renewals() == []
        setting.cluster.requests.clear()
        wait_for(lambda: len(setting.watches()) == 2)
        setting.launch()
        setting.wakes()


def test_a_trouble_is_told_once_with_its_remedy(setting, caplog):
    setting.cluster.refusal = (
        403, "Forbidden", 'leases is forbidden: User "sa" cannot create resource "leases"',
    )  # fmt: skip
    with caplog.at_level(logging.WARNING), running(setting.watch()):
        wait_for(lambda: len(setting.cluster.requests) > 8)
    (record,) = caplog.records
    assert "Jobs are not watched, only looked at" in record.message
    assert "Give our service account the Role" in record.message
    assert setting.watches() == []

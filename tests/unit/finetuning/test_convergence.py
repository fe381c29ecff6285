"""A run comes to the same end through any order of faults, and at once where it is watched."""

import copy
import random
import threading

import pytest

from goldbrief.finetuning import job_watch, tasks
from goldbrief.finetuning.job_watch import JobWatch
from goldbrief.finetuning.kubernetes_launcher import KubernetesLauncher
from goldbrief.finetuning.kubernetes_status import ending
from goldbrief.finetuning.leader_lease import LeaderLease
from goldbrief.finetuning.reconciler import Reconciler, run_of
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

from .fake_kubernetes import fake_kubernetes
from .samples import look, put_adapter, start_run, wait_for

TEMPLATE = {
    "metadata": {"name": "goldbrief-training"},
    "spec": {"template": {"spec": {"containers": [{"name": "training"}]}}},
}


class World:
    """A run, the cluster that trains it, and all that may go wrong but no end of its own."""

    def __init__(self, cluster, api, folder, seed):
        self.cluster, self.api = cluster, api
        self.random = random.Random(seed)
        self.ledger = make_ledger(folder)
        self.store = DirectoryStore(folder / "objects")
        self.registered = []
        self.run_id = start_run(self.ledger, self.store, folder, skip_validation=True)
        self.restart()

    def restart(self):
        """The service begins anew and remembers nothing but its ledger."""
        launcher = KubernetesLauncher(self.api, copy.deepcopy(TEMPLATE))
        self.reconciler = Reconciler(self.store, launcher, self.register)

    def register(self, adapter):
        self.registered.append(adapter.finetuning_run_id)
        return "1"

    def look(self):
        work = look(self.ledger, self.reconciler, self.run_id)
        live = [j for j in self.cluster.objects["jobs"].values() if ending(j) is None]
        assert len(live) <= 1, "two Jobs train the same run"
        return work

    def fail_a_call(self):
        self.cluster.faults.append(self.random.choice([410, 429, 500, 503, "reset", "lost"]))

    def delete_by_hand(self):
        if self.cluster.objects["jobs"]:
            self.cluster.delete_by_hand()

    def take_the_pod(self):
        for job in self.cluster.objects["jobs"].values():
            if ending(job) is None:
                disrupted = [{"type": "DisruptionTarget", "status": "True"}]
                self.cluster.add_pod(job, "Failed", conditions=disrupted)
                self.cluster.add_pod(job, "Running", {"running": {}})

    def interrupt(self):
        """Without the policy that ignores 75, a Job fails of it."""
        for name, job in self.cluster.objects["jobs"].items():
            if ending(job) is None:
                self.cluster.add_pod(job, "Failed", {"terminated": {"exitCode": 75}})
                self.cluster.end_job("Failed", "BackoffLimitExceeded", name=name)

    def wake(self):
        self.ledger.works.wake(self.run_id)

    def happen(self):
        self.random.choice(
            [
                self.look, self.look, self.fail_a_call, self.delete_by_hand, self.take_the_pod,
                self.interrupt, self.restart, self.wake,
            ]
        )()  # fmt: skip

    def train(self):
        """Whatever runs now ends well."""
        put_adapter(self.store, self.run_id)
        for name, job in self.cluster.objects["jobs"].items():
            if ending(job) is None:
                self.cluster.end_job("Complete", name=name)


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_faults_ends_with_one_registered_adapter(tmp_path, seed):
    with fake_kubernetes() as (cluster, api):
        world = World(cluster, api, tmp_path, seed)
        for _ in range(30):
            world.happen()
        cluster.faults.clear()
        for _ in range(10):  # peace
            work = world.look()
            if work.ended_at is not None:
                break
            world.train()
        assert (work.state, work.cause) == ("SUCCEEDED", None)
        assert world.registered == [world.run_id]


@pytest.mark.parametrize("outage", [False, True])
def test_a_watched_run_does_not_wait_for_the_next_look(tmp_path, monkeypatch, outage):
    monkeypatch.setattr(KubernetesLauncher, "poll_s", 3600.0)
    monkeypatch.setattr(job_watch, "_LONGEST_PAUSE_S", 0.1)
    with fake_kubernetes() as (cluster, api):
        world = World(cluster, api, tmp_path, 0)
        broker = make_broker(tmp_path, world.ledger)
        tasks.register(broker, world.reconciler)
        wake = world.ledger.works.wake
        watch = JobWatch(api, LeaderLease(api, "lease"), lambda job_id: wake(run_of(job_id)))
        stop = threading.Event()
        watching = threading.Thread(target=watch.run, args=(stop,))
        training = threading.Thread(target=play, args=(world, outage))
        for thread in (watching, training):
            thread.start()
        try:
            assert run_to_end(broker, world.run_id).state == "SUCCEEDED"
        finally:
            stop.set()
            watching.join()
            training.join()


def play(world, outage):
    """Delete the Job, and let the one that replaces it end well, perhaps unseen."""
    wait_for(lambda: world.cluster.objects["jobs"])
    world.cluster.delete_by_hand()
    wait_for(lambda: world.cluster.objects["jobs"])
    world.cluster.is_down = outage
    world.cluster.forget_history()
    world.train()
    world.cluster.is_down = False

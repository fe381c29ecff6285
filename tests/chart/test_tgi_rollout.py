"""TGI started anew with another list of adapters, by a real API server and the chart's own Role.

No controller runs: the tests say how far the pods are.
"""

import itertools
import threading

import pytest
from kubernetes import client

from goldbrief.core.errors import FailedPreconditionError, TransientError
from goldbrief.platform.kubernetes.api import KubernetesApi
from goldbrief.platform.llm.tgi_adapters import StoredAdapters
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.tgi_rollout import TgiRollout

from .rendering import CHART

pytestmark = [pytest.mark.chart, pytest.mark.timeout(600)]
DEPLOYMENT = "gb-goldbrief-engine"
BASE = "meta-llama/Llama-3.1-8B-Instruct"
_numbers = itertools.count()


class Cluster:
    """An installation with TGI, as the registry's service account sees it."""

    def __init__(self, server, folder):
        self.server = server
        server.make_storage_class("standard", default=True)
        self.namespace = server.make_namespace(f"tgi-{next(_numbers)}")
        self.install("engine.replicas=2")
        self.path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{DEPLOYMENT}"
        self.loaded = StoredAdapters(DirectoryStore(folder))
        self.rollout = TgiRollout(self.connect(), DEPLOYMENT, self.loaded)

    def install(self, *settings):
        options = [f"--set={each}" for each in settings]
        values = f"--values={CHART / 'values-gpu.yaml'}"
        result = self.server.install("helm3", self.namespace, values, *options)
        assert result.returncode == 0, result.stderr

    def connect(self):
        account = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/gb-goldbrief-registry/token"
        token = self.server.create(account, {}).raise_for_status().json()["status"]["token"]
        configuration = client.Configuration()
        configuration.host = str(self.server.http.base_url).rstrip("/")
        configuration.api_key = {"authorization": f"Bearer {token}"}
        configuration.verify_ssl = False
        return KubernetesApi(client.ApiClient(configuration), self.namespace)

    def deployment(self):
        return self.server.get(self.path)

    def listed(self):
        (engine,) = (
            each
            for each in self.deployment()["spec"]["template"]["spec"]["containers"]
            if each["name"] == "engine"
        )
        return [each["value"] for each in engine["env"] if each["name"] == "LORA_ADAPTERS"]

    def report(self, new, ready, there=2, failed=False):
        """Say, in place of the controller, how far the pods are."""
        found = self.deployment()
        found["status"] = {
            "observedGeneration": found["metadata"]["generation"],
            "replicas": there, "updatedReplicas": new, "readyReplicas": ready,
            "availableReplicas": ready,
            "conditions": [
                {"type": "Progressing", "status": "False" if failed else "True",
                 "reason": "ProgressDeadlineExceeded" if failed else "ReplicaSetUpdated"}
            ],
        }  # fmt: skip
        self.server.http.put(f"{self.path}/status", json=found).raise_for_status()


@pytest.fixture
def cluster(server, tmp_path):
    return Cluster(server, tmp_path)


def bring(cluster, adapter, keep=()):
    with pytest.raises(TransientError) as caught:
        cluster.rollout.bring(adapter, BASE, keep)
    assert caught.value.reason == "ENGINE_RESTARTS"
    return caught.value.message


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_version_is_delivered_when_every_pod_was_started_with_it(cluster):
    bring(cluster, "briefs--1")
    assert cluster.listed() == ["briefs--1=/var/lib/goldbrief/served/briefs--1"]
    assert "not taken it up" in bring(cluster, "briefs--1")
    cluster.report(new=1, ready=1)
    assert "1 of 2 pods are new, 1 of 2 are ready" in bring(cluster, "briefs--1")
    cluster.report(new=2, ready=2, there=3)  # an old one is still there
    bring(cluster, "briefs--1")
    assert list(cluster.loaded) == []
    cluster.report(new=2, ready=2)
    cluster.rollout.bring("briefs--1", BASE, ())
    assert list(cluster.loaded) == ["briefs--1"]


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_what_is_served_stays_loaded_and_an_upgrade_keeps_the_list(cluster):
    for number in range(1, 9):
        bring(cluster, f"briefs--{number}", ["briefs--1"])
        cluster.report(new=2, ready=2)
        cluster.rollout.bring(f"briefs--{number}", BASE, ["briefs--1"])
        assert "briefs--1" in cluster.loaded
    names = [entry.partition("=")[0] for entry in cluster.listed()[0].split(",")]
    assert names == ["briefs--1", *(f"briefs--{number}" for number in (4, 5, 6, 7, 8))]
    assert set(cluster.loaded) == set(names)
    cluster.install("engine.replicas=3")
    assert [entry.partition("=")[0] for entry in cluster.listed()[0].split(",")] == names


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_pods_that_do_not_become_ready_give_the_former_list_back(cluster):
    bring(cluster, "briefs--1")
    cluster.report(new=2, ready=2)
    cluster.rollout.bring("briefs--1", BASE, ())
    bring(cluster, "briefs--2", ["briefs--1"])
    cluster.report(new=1, ready=1, failed=True)
    with pytest.raises(FailedPreconditionError) as caught:
        cluster.rollout.bring("briefs--2", BASE, ["briefs--1"])
    assert caught.value.reason == "ENGINE_DOES_NOT_START"
    assert cluster.listed() == ["briefs--1=/var/lib/goldbrief/served/briefs--1"]
    assert list(cluster.loaded) == ["briefs--1"]


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_two_registries_do_not_undo_each_others_lists(cluster, tmp_path):
    api = cluster.connect()
    stale = api.deployment(DEPLOYMENT)
    bring(cluster, "briefs--1")
    other = cluster.connect()
    other.deployment = lambda name: stale
    with pytest.raises(TransientError) as caught:
        TgiRollout(other, DEPLOYMENT, cluster.loaded).bring("briefs--2", BASE, ())
    assert caught.value.reason == "KUBERNETES_CONFLICT"
    assert "briefs--1" in cluster.listed()[0]


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_an_adapter_of_another_base_restarts_nothing(cluster):
    with pytest.raises(
        FailedPreconditionError, match=f"acme/tiny, and TGI serves {BASE}"
    ) as caught:
        cluster.rollout.bring("briefs--1", "acme/tiny", ())
    assert caught.value.reason == "OTHER_BASE_MODEL"
    assert cluster.listed() == []


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_release_that_is_installed_anew_gets_what_is_served_before_it_is_asked(cluster):
    cluster.loaded.replace(frozenset({"briefs--1", "briefs--2"}))  # of the release before
    cluster.rollout.reconcile(["briefs--1"])
    assert cluster.listed() == ["briefs--1=/var/lib/goldbrief/served/briefs--1"]
    assert list(cluster.loaded) == []
    cluster.rollout.reconcile(["briefs--1"])  # pods are being replaced
    assert list(cluster.loaded) == []
    cluster.report(new=2, ready=2)
    cluster.rollout.reconcile(["briefs--1"])
    assert list(cluster.loaded) == ["briefs--1"]
    stop = threading.Event()
    stop.set()
    cluster.rollout.keep(lambda: ["briefs--1"], stop)
    assert list(cluster.loaded) == ["briefs--1"]

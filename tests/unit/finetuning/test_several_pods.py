"""GPUs of several nodes: pods that find each other, and one word of what became of them."""

import copy

import pytest

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.seams import TrainingJob
from goldbrief.core.training import JobResources
from goldbrief.finetuning.kubernetes_jobs import make_job
from goldbrief.finetuning.kubernetes_launcher import KubernetesLauncher

from .fake_kubernetes import fake_kubernetes

RUN = "fine-1a2b3c"
TEMPLATE = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {
        "name": "goldbrief-training",
        "annotations": {"goldbrief/gpus-per-node": "4"},
    },
    "spec": {
        "template": {"spec": {"subdomain": "peers", "containers": [{"name": "training"}]}},
    },
}


def made(gpus, template=TEMPLATE, **fields):
    job = TrainingJob(RUN, "spec.json", resources=JobResources(gpus=gpus), **fields)
    return make_job(template, job, 1)


def container_of(job):
    return job["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize(("gpus", "pods", "each"), [(8, 2, "4"), (12, 3, "4"), (4, 1, "4")])
def test_a_pod_asks_for_the_gpus_of_a_node(gpus, pods, each):
    job = made(gpus)
    assert job["spec"]["completionMode"] == "Indexed"
    assert (job["spec"]["completions"], job["spec"]["parallelism"]) == (pods, pods)
    assert container_of(job)["resources"]["limits"]["nvidia.com/gpu"] == each


def test_every_pod_learns_of_the_first_by_the_name_that_the_service_gives_it():
    job = made(8)
    environment = {each["name"]: each["value"] for each in container_of(job)["env"]}
    assert environment == {
        "GOLDBRIEF_NODES": "2",
        "MASTER_ADDR": f"{job['metadata']['name']}-0.peers",
        "MASTER_PORT": "29500",
    }


def test_a_job_is_done_when_its_first_pod_is():
    assert made(8)["spec"]["successPolicy"] == {"rules": [{"succeededIndexes": "0"}]}


def test_failures_are_counted_for_each_pod_and_the_last_of_one_is_the_end():
    spec = made(8)["spec"]
    assert "backoffLimit" not in spec
    limit = TEMPLATE["spec"].get("backoffLimit", 6)
    assert (spec["backoffLimitPerIndex"], spec["maxFailedIndexes"]) == (limit, 0)


@pytest.mark.parametrize("gpus", [None, 0, 1, 4])
def test_one_pod_is_told_of_no_others(gpus):
    job = made(gpus)
    assert "env" not in container_of(job)
    assert "successPolicy" not in job["spec"]


def test_the_template_keeps_its_own_variables():
    template = copy.deepcopy(TEMPLATE)
    container_of(template)["env"] = [{"name": "NCCL_DEBUG", "value": "INFO"}]
    names = [each["name"] for each in container_of(made(8, template))["env"]]
    assert names == ["NCCL_DEBUG", "GOLDBRIEF_NODES", "MASTER_ADDR", "MASTER_PORT"]


@pytest.mark.parametrize("checks_only", [True, False])
def test_gpus_that_are_no_whole_nodes_are_refused_before_anything_is_checked(checks_only):
    with pytest.raises(InvalidInputError) as caught:
        made(6, checks_only=checks_only)
    assert caught.value.reason == "GPUS_NOT_WHOLE_NODES"
    assert "at most 4, or for a multiple of it" in caught.value.remedy


def test_a_template_without_a_service_is_told_what_it_lacks():
    template = copy.deepcopy(TEMPLATE)
    del template["spec"]["template"]["spec"]["subdomain"]
    with pytest.raises(FailedPreconditionError) as caught:
        made(8, template)
    assert "subdomain" in caught.value.remedy


def test_a_check_is_one_pod_whatever_training_asks_for():
    assert made(8, checks_only=True)["spec"]["parallelism"] == 1


def test_the_last_pods_host_name_is_short_enough():
    template = copy.deepcopy(TEMPLATE)
    template["metadata"]["name"] = "a-very-long-release-name-of-a-very-careful-team-training"
    name = made(4 * 999, template)["metadata"]["name"]
    assert len(f"{name}-998") <= 63


class Setting:
    def __init__(self, cluster, api):
        self.cluster = cluster
        self.launcher = KubernetesLauncher(api, TEMPLATE)
        self.launcher.launch(TrainingJob(RUN, "spec.json", resources=JobResources(gpus=8)))
        self.job = cluster.job()

    def add_pod(self, phase, code=None, log=None, **fields):
        state = {"terminated": {"exitCode": code}} if code is not None else None
        pod = self.cluster.add_pod(self.job, phase, state, **fields)
        if log:
            self.cluster.logs[pod["metadata"]["name"]] = log

    def status(self):
        return self.launcher.status(RUN)


@pytest.fixture
def setting():
    with fake_kubernetes() as (cluster, api):
        yield Setting(cluster, api)


def test_it_waits_while_any_pod_waits(setting):
    unscheduled = {"type": "PodScheduled", "status": "False", "message": "0/2 nodes: no gpu"}
    setting.add_pod("Pending", conditions=[unscheduled])
    setting.add_pod("Running")
    assert "0/2 nodes: no gpu" in setting.status().detail


def test_a_pod_that_the_cluster_does_not_make_is_missed(setting):
    setting.add_pod("Running")
    setting.cluster.add_event(setting.job["metadata"]["uid"], "exceeded quota: pods")
    assert setting.status().detail == "its pod cannot be created: exceeded quota: pods"
    setting.add_pod("Running")
    assert setting.status().detail == ""


def test_a_pod_that_left_and_is_not_replaced_yet_is_missed(setting):
    setting.add_pod("Running")
    setting.add_pod("Failed", 75)
    assert "its pod is to be replaced" in setting.status().detail
    setting.add_pod("Running")
    assert setting.status().detail == ""


@pytest.mark.parametrize("code", [1, 64, 137])
def test_the_pod_that_failed_tells_why_not_those_that_left_because_of_it(setting, code):
    setting.add_pod("Failed", 75, "another rank is gone")
    setting.add_pod("Failed", code, "no such column")
    setting.add_pod("Failed", 75, "another rank is gone")
    setting.cluster.end_job("Failed", "BackoffLimitExceeded")
    assert (setting.status().exit_code, setting.status().detail) == (code, "no such column")


def test_a_refused_spec_is_the_end_whatever_was_killed_because_of_it(setting):
    setting.add_pod("Failed", 64, "row 3 has no prompt")
    setting.add_pod("Failed", 137)
    setting.cluster.end_job("Failed", "PodFailurePolicy")
    assert (setting.status().exit_code, setting.status().detail) == (64, "row 3 has no prompt")

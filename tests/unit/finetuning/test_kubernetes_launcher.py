"""A training Job is created once, tells what it waits for and why it failed, and can be stopped."""

import copy
import threading

import pytest

from goldbrief.core.errors import FailedPreconditionError, TransientError
from goldbrief.core.seams import JobStatus, TrainingJob
from goldbrief.core.training import JobResources
from goldbrief.finetuning.kubernetes_jobs import QUEUE_LABEL
from goldbrief.finetuning.kubernetes_launcher import KubernetesLauncher
from goldbrief.platform.kubernetes import api as kubernetes_api

from .fake_kubernetes import fake_kubernetes

TEMPLATE = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "goldbrief-training", "labels": {"app": "goldbrief"}},
    "spec": {"template": {"spec": {"containers": [{"name": "training"}, {"name": "logs"}]}}},
}
RUN = "fine-1a2b3c"
SPEC = f"runs/{RUN}/spec.json"


class Setting:
    def __init__(self, cluster, api):
        self.cluster = cluster
        self.launcher = self.new_launcher(api)
        self.api = api

    def new_launcher(self, api):
        return KubernetesLauncher(api, copy.deepcopy(TEMPLATE))

    def launch(self):
        self.launcher.launch(TrainingJob(RUN, SPEC))
        return self.cluster.job()

    def status(self):
        return self.launcher.status(RUN)

    def waits(self, **pod):
        self.cluster.add_pod(self.launch(), **pod)
        status = self.status()
        assert (status.exists, status.exit_code) == (True, None)
        return status.detail

    def fails(self, terminated=None, log=None, reason="BackoffLimitExceeded", **pod):
        state = {"terminated": terminated} if terminated else None
        added = self.cluster.add_pod(self.launch(), phase="Failed", state=state, **pod)
        if log is not None:
            self.cluster.logs[added["metadata"]["name"]] = log
        self.cluster.end_job("Failed", reason, "Job has reached the specified backoff limit")
        return self.status()


@pytest.fixture
def setting():
    with fake_kubernetes() as (cluster, api):
        yield Setting(cluster, api)


def test_a_job_is_told_what_it_is_part_of(setting):
    setting.launcher.launch(TrainingJob(RUN, SPEC, environment={"TRACEPARENT": "00-ab-cd-01"}))
    training, logs = setting.cluster.job()["spec"]["template"]["spec"]["containers"]
    assert training["env"] == [{"name": "TRACEPARENT", "value": "00-ab-cd-01"}]
    assert "env" not in logs


def test_a_job_is_made_from_the_template_the_run_and_the_attempt(setting):
    job = setting.launch()
    assert job["metadata"]["name"] == f"goldbrief-training-{RUN}-1"
    labels = {"goldbrief/run": RUN, "goldbrief/attempt": "1", "goldbrief/purpose": "train"}
    assert job["metadata"]["labels"] == {"app": "goldbrief", **labels}
    pod = job["spec"]["template"]
    assert pod["metadata"]["labels"] == labels
    assert pod["spec"]["containers"] == [
        {"name": "training", "args": ["--spec", SPEC]},
        {"name": "logs"},
    ]
    assert setting.cluster.requests[0][2] == "bearer of-the-pod"


def test_a_job_asks_for_what_its_run_asks_for(setting):
    asked = JobResources(
        gpus=1, memory="64Gi", priority_class="low", queue="gpus", node_selector={"disk": "fast"}
    )
    setting.launcher.launch(TrainingJob(RUN, SPEC, resources=asked, max_seconds=90.5))
    job = setting.cluster.job()
    pod = job["spec"]["template"]["spec"]
    quantities = {"nvidia.com/gpu": "1", "memory": "64Gi"}
    assert pod["containers"][0]["resources"] == {"requests": quantities, "limits": quantities}
    assert (pod["priorityClassName"], pod["nodeSelector"]) == ("low", {"disk": "fast"})
    assert job["metadata"]["labels"][QUEUE_LABEL] == "gpus"
    assert (job["spec"]["suspend"], job["spec"]["activeDeadlineSeconds"]) == (True, 91)


def test_a_check_waits_for_no_gpu_no_queue_and_no_node_of_its_own(setting):
    template = copy.deepcopy(TEMPLATE)
    template["metadata"]["labels"][QUEUE_LABEL] = "gpus"
    template["spec"]["suspend"] = True
    pod = template["spec"]["template"]["spec"]
    pod.update(runtimeClassName="nvidia", nodeSelector={"gpu": "yes"})
    pod["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": "8"}}
    job = TrainingJob(f"{RUN}-check", SPEC, checks_only=True)
    KubernetesLauncher(setting.api, template).launch(job)
    made = setting.cluster.job()
    pod = made["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"] == ["--spec", SPEC, "--validate"]
    assert "nvidia.com/gpu" not in pod["containers"][0]["resources"]["limits"]
    assert not {"runtimeClassName", "nodeSelector"} & pod.keys()
    assert QUEUE_LABEL not in made["metadata"]["labels"]
    assert "suspend" not in made["spec"]
    assert made["metadata"]["labels"]["goldbrief/purpose"] == "check"


def test_a_long_name_is_shortened_and_stays_the_runs_own(setting):
    template = copy.deepcopy(TEMPLATE)
    template["metadata"]["name"] = "a-very-long-release-name-of-a-very-careful-team-training"
    KubernetesLauncher(setting.api, template).launch(TrainingJob(RUN, SPEC))
    name = setting.cluster.job()["metadata"]["name"]
    assert len(name) <= 63
    assert name.endswith(f"-{RUN}-1")


def test_a_run_that_never_began_does_not_exist(setting):
    assert setting.status() == JobStatus(exists=False, exit_code=None)


def test_a_running_job_is_adopted_also_by_another_replica(setting):
    setting.launch()
    setting.launch()
    setting.new_launcher(setting.api).launch(TrainingJob(RUN, SPEC))
    assert len(setting.cluster.objects["jobs"]) == 1


def test_many_replicas_at_once_make_one_job(setting):
    launchers = [setting.new_launcher(setting.api) for _ in range(8)]
    threads = [
        threading.Thread(target=one.launch, args=(TrainingJob(RUN, SPEC),)) for one in launchers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(setting.cluster.objects["jobs"]) == 1


def test_a_create_whose_answer_was_lost_is_found_again(setting):
    setting.cluster.faults.extend([None, "lost"])
    with pytest.raises(TransientError):
        setting.launch()
    setting.launch()
    assert len(setting.cluster.objects["jobs"]) == 1


def test_a_foreign_job_of_our_name_is_never_taken_for_ours(setting):
    setting.launch()
    setting.cluster.job()["metadata"]["labels"] = {}
    with pytest.raises(FailedPreconditionError) as caught:
        setting.launch()
    assert caught.value.reason == "JOB_NAME_TAKEN"


def test_after_a_failure_the_next_attempt_is_a_job_of_its_own(setting):
    assert setting.fails({"exitCode": 1}).exit_code == 1
    setting.launch()
    names = list(setting.cluster.objects["jobs"])
    assert names == [f"goldbrief-training-{RUN}-1", f"goldbrief-training-{RUN}-2"]
    assert setting.status() == JobStatus(exists=True, exit_code=None)
    setting.cluster.end_job("Complete", name=names[1])
    assert setting.status() == JobStatus(exists=True, exit_code=0)


@pytest.mark.parametrize("code", [1, 64, 75])
def test_the_exit_code_is_the_training_processs_own_with_the_end_of_its_log(setting, code):
    log = "first\nValueError: no such column"
    is_final = code != 75  # the Job itself has tried as often as its template says
    assert setting.fails({"exitCode": code}, log) == JobStatus(True, code, log, is_final)


def test_the_newest_pod_that_ended_tells_why(setting):
    job = setting.launch()
    setting.cluster.add_pod(job, phase="Failed", state={"terminated": {"exitCode": 1}})
    setting.cluster.add_pod(job, phase="Failed", state={"terminated": {"exitCode": 64}})
    setting.cluster.add_pod(job)
    setting.cluster.end_job("Failed", "PodFailurePolicy")
    assert setting.status().exit_code == 64


def test_running_out_of_memory_names_what_to_raise(setting):
    status = setting.fails({"exitCode": 137, "reason": "OOMKilled"}, log="step 3")
    assert status.exit_code == 137
    assert "memory limit" in status.detail


def test_a_job_that_ran_too_long_is_a_failure_whatever_its_pod_said(setting):
    status = setting.fails({"exitCode": 75}, reason="DeadlineExceeded")
    assert status.exit_code == 137
    assert "activeDeadlineSeconds" in status.detail


def test_a_pod_that_the_cluster_took_away_is_no_failure_of_training(setting):
    disrupted = [{"type": "DisruptionTarget", "status": "True"}]
    assert setting.fails(conditions=disrupted) == JobStatus(
        False, None, "BackoffLimitExceeded: Job has reached the specified backoff limit"
    )


def test_a_job_that_failed_without_a_trace_counts_and_says_what_the_cluster_says(setting):
    status = setting.fails()
    assert (status.exists, status.exit_code) == (True, 137)
    assert status.detail.startswith("BackoffLimitExceeded")


def test_a_pod_that_its_node_rejected_says_why(setting):
    job = setting.launch()
    words = "Pod was rejected: Node didn't have enough resource: nvidia.com/gpu"
    setting.cluster.add_pod(job, phase="Failed", message=words)
    setting.cluster.end_job("Failed", "BackoffLimitExceeded")
    assert setting.status().detail.startswith(f"{words} (BackoffLimitExceeded")


def test_a_gpu_asked_for_where_there_is_none_is_said_in_the_schedulers_words(setting):
    words = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    unscheduled = {"type": "PodScheduled", "status": "False", "message": words}
    detail = setting.waits(conditions=[unscheduled])
    assert words in detail
    assert "Add a node with a free GPU" in detail


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"])
def test_an_image_that_cannot_be_pulled_is_named(setting, reason):
    waiting = {"reason": reason, "message": "manifest unknown"}
    detail = setting.waits(state={"waiting": waiting})
    assert "goldbrief/training:0 cannot be pulled: manifest unknown" in detail


def test_a_missing_secret_is_named(setting):
    waiting = {"reason": "CreateContainerConfigError", "message": 'secret "s3" not found'}
    assert 'secret "s3" not found. Create what it names.' in setting.waits(
        state={"waiting": waiting}
    )


def test_a_pod_that_the_cluster_refuses_is_told_from_the_jobs_events(setting):
    job = setting.launch()
    uid = job["metadata"]["uid"]
    setting.cluster.add_event(uid, "an older trouble")
    setting.cluster.add_event(uid, 'pods "x" is forbidden: exceeded quota: gpus')
    setting.cluster.add_event(uid, "all is well", kind="Normal")
    assert setting.status().detail == (
        'its pod cannot be created: pods "x" is forbidden: exceeded quota: gpus'
    )


def test_a_volume_that_cannot_be_mounted_is_told_from_the_pods_events(setting):
    pod = setting.cluster.add_pod(
        setting.launch(), state={"waiting": {"reason": "ContainerCreating"}}
    )
    assert setting.status().detail == "its pod starts"
    setting.cluster.add_event(pod["metadata"]["uid"], 'MountVolume failed: "models" not found')
    assert "MountVolume failed" in setting.status().detail


def test_a_queued_job_names_its_queue(setting):
    job = setting.launch()
    job["spec"]["suspend"] = True
    assert setting.status().detail == "the Job is suspended"
    job["metadata"]["labels"][QUEUE_LABEL] = "gpus"
    assert setting.status().detail == "waits in the queue gpus"


def test_a_job_that_trains_waits_for_nothing(setting):
    assert setting.waits(phase="Running", state={"running": {}}) == ""


def test_stopping_lets_the_pod_end_before_the_run_counts_as_gone(setting):
    setting.cluster.pods_take_their_time = True
    setting.launch()
    setting.launcher.stop(RUN)
    setting.launcher.stop(RUN)
    assert setting.status() == JobStatus(True, None, "the Job is being stopped")
    deletes = [method for method, *_ in setting.cluster.requests if method == "DELETE"]
    assert len(deletes) == 1
    setting.cluster.finish_deletions()
    assert setting.status() == JobStatus(exists=False, exit_code=None)
    setting.launcher.stop(RUN)
    setting.launch()
    assert setting.status().exists


def test_a_job_that_has_ended_stays_to_be_looked_at(setting):
    setting.fails({"exitCode": 1})
    setting.launcher.stop(RUN)
    assert setting.status().exit_code == 1


@pytest.mark.parametrize("fault", [409, 410, 429, 500, 503, 504, "reset", "garbage", 401])
@pytest.mark.parametrize("call", ["launch", "status"])
def test_a_server_in_trouble_fails_nothing_for_good(setting, fault, call):
    setting.cluster.faults.append(fault)
    with pytest.raises(TransientError):
        getattr(setting, call)()
    setting.launch()
    assert setting.status().exists


def test_a_server_that_hangs_is_left_in_time(setting, monkeypatch):
    monkeypatch.setattr(kubernetes_api, "_TIMEOUT_S", (0.2, 0.2))
    setting.cluster.faults.append("hang")
    with pytest.raises(TransientError) as caught:
        setting.status()
    assert caught.value.reason == "KUBERNETES_UNAVAILABLE"


@pytest.mark.parametrize(
    ("refusal", "kind", "reason", "words"),
    [
        (
            (403, "Forbidden", 'jobs.batch "x" is forbidden: exceeded quota: jobs, used: 5'),
            TransientError, "QUOTA_EXCEEDED", "Raise the namespace's quota",
        ),
        (
            (403, "Forbidden", 'jobs.batch is forbidden: User "sa" cannot create resource "jobs"'),
            FailedPreconditionError, "KUBERNETES_FORBIDDEN", "Role that the chart has",
        ),
        (
            (422, "Invalid", 'Job.batch "x" is invalid: spec.template.spec.restartPolicy'),
            FailedPreconditionError, "KUBERNETES_REFUSED", "restartPolicy",
        ),
        (
            (400, "", 'admission webhook "policy" denied the request: no label team'),
            FailedPreconditionError, "KUBERNETES_REFUSED", "no label team",
        ),
        (
            (500, "InternalError", 'failed calling webhook "policy": timeout'),
            TransientError, "KUBERNETES_BUSY", "failed calling webhook",
        ),
    ],
)  # fmt: skip
def test_what_the_cluster_refuses_is_told_apart_from_what_may_pass(
    setting, refusal, kind, reason, words
):
    setting.cluster.refusal = refusal
    with pytest.raises(kind) as caught:
        setting.launch()
    assert caught.value.reason == reason
    assert words in str(caught.value)

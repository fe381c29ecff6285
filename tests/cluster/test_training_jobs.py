"""The launcher against a real control plane: what its Jobs wait for, and how they end."""

import subprocess
import threading

import pytest

from goldbrief.core.errors import FailedPreconditionError, TransientError
from goldbrief.finetuning.job_watch import JobWatch
from goldbrief.finetuning.kubernetes_jobs import QUEUE_LABEL
from goldbrief.finetuning.leader_lease import LeaderLease
from goldbrief.platform.kubernetes.api import connect

from .launching import IMAGE, NAMESPACE, Training
from .node import (
    ROOT,
    apply,
    evict,
    follow_log,
    get,
    kubectl,
    make_namespace,
    node_script,
    wait_until,
)

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

SLEEPING = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("checkpoint"), sys.exit(75)))
print("training", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module", autouse=True)
def namespace() -> None:
    subprocess.run([str(ROOT / "scripts" / "base_image.sh"), IMAGE], check=True)
    assert node_script("import", IMAGE).returncode == 0
    make_namespace(NAMESPACE)


def test_a_job_gets_its_spec_and_ends_well() -> None:
    training = Training("fine-good", "import sys; assert sys.argv[1] == '--spec', sys.argv")
    training.launch()
    training.launch()
    assert training.ends().exit_code == 0
    jobs = get("jobs", "-l", "goldbrief/run=fine-good", namespace=NAMESPACE)
    assert [job["metadata"]["name"] for job in jobs] == ["goldbrief-training-fine-good-1"]


def test_a_gpu_where_there_is_none_is_said_and_one_that_comes_is_taken() -> None:
    assert node_script("gpus", "0").returncode == 0
    training = Training("fine-gpu")
    # the scheduler may learn of the GPU before the kubelet, which then rejects the first pod
    training.template["spec"]["backoffLimit"] = 3
    training.container["resources"] = {"limits": {"nvidia.com/gpu": 1}}
    training.launch()
    detail = training.waits("no node takes", "Insufficient nvidia.com/gpu")
    assert "Add a node with a free GPU" in detail
    assert node_script("gpus", "1").returncode == 0
    assert training.ends().exit_code == 0


def test_an_image_that_is_not_there_is_named() -> None:
    training = Training("fine-image")
    training.container["image"] = "goldbrief/training:never-built"
    training.launch()
    training.waits("goldbrief/training:never-built cannot be pulled")
    training.launcher.stop("fine-image")


def test_a_missing_secret_is_named() -> None:
    training = Training("fine-secret")
    key = {"secretKeyRef": {"name": "s3-keys", "key": "access-key"}}
    training.container["env"] = [{"name": "GOLDBRIEF_S3_ACCESS_KEY", "valueFrom": key}]
    training.launch()
    training.waits('secret "s3-keys" not found')
    training.launcher.stop("fine-secret")


def test_a_missing_claim_is_named() -> None:
    training = Training("fine-claim")
    claim = {"name": "models", "persistentVolumeClaim": {"claimName": "absent"}}
    training.pod["volumes"] = [claim]
    training.launch()
    training.waits('persistentvolumeclaim "absent" not found')
    training.launcher.stop("fine-claim")


def test_a_pod_that_the_namespace_does_not_admit_is_said() -> None:
    training = Training("fine-root")
    training.pod["securityContext"] = {}
    training.launch()
    training.waits("its pod cannot be created", "violates PodSecurity")
    training.launcher.stop("fine-root")


def test_a_quota_that_is_used_up_is_said_and_not_counted() -> None:
    apply(
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none}\n"
        'spec: {hard: {"count/jobs.batch": "0"}}',
        NAMESPACE,
    )
    wait_until(
        "the quota counts",
        lambda: get("resourcequota", "none", namespace=NAMESPACE).get("status", {}).get("hard"),
    )
    try:
        with pytest.raises(TransientError) as caught:
            Training("fine-quota").launch()
        assert caught.value.reason == "QUOTA_EXCEEDED"
    finally:
        kubectl("delete", "resourcequota", "none", namespace=NAMESPACE)


def test_a_template_that_the_server_refuses_is_said_at_once() -> None:
    training = Training("fine-invalid")
    training.pod["restartPolicy"] = "Always"
    with pytest.raises(FailedPreconditionError) as caught:
        training.launch()
    assert "restartPolicy" in caught.value.message


@pytest.mark.parametrize("code", [1, 64])
def test_exit_codes_and_the_end_of_the_log_come_back(code: int) -> None:
    training = Training(f"fine-exit-{code}", f"print('no such column'); raise SystemExit({code})")
    training.launch()
    status = training.ends()
    assert (status.exit_code, status.detail, status.is_final) == (code, "no such column", True)


def test_running_out_of_memory_is_told_apart() -> None:
    training = Training("fine-memory", "data = [bytearray(1 << 20) for _ in range(10_000)]")
    training.container["resources"] = {"limits": {"memory": "64Mi"}}
    training.launch()
    status = training.ends()
    assert status.exit_code == 137
    assert "memory limit" in status.detail


def test_a_job_that_runs_too_long_is_ended() -> None:
    training = Training("fine-long", SLEEPING)
    training.template["spec"]["activeDeadlineSeconds"] = 5
    training.launch()
    assert "activeDeadlineSeconds" in training.ends().detail


def test_stopping_lets_training_write_its_checkpoint() -> None:
    training = Training("fine-stop", SLEEPING)
    training.launch()
    training.runs()
    (pod,) = training.pods()
    log = follow_log(pod, NAMESPACE)
    training.launcher.stop("fine-stop")
    assert training.status().exit_code is None
    wait_until("the Job is gone", lambda: not training.status().exists)
    assert "checkpoint" in log.communicate(timeout=60)[0]
    training.launch()
    training.runs()
    training.launcher.stop("fine-stop")


def test_an_evicted_pod_is_replaced_and_nothing_is_counted() -> None:
    training = Training("fine-evicted", SLEEPING)
    training.launch()
    training.runs()
    (first,) = training.pods()
    assert evict(first, NAMESPACE)
    wait_until("another pod trains", lambda: set(training.pods()) - {first})
    assert training.status().exit_code is None
    training.launcher.stop("fine-evicted")


def test_a_queued_job_waits_until_it_is_admitted() -> None:
    training = Training("fine-queued")
    training.template["metadata"]["labels"] = {QUEUE_LABEL: "gpus"}
    training.template["spec"]["suspend"] = True
    training.launch()
    training.waits("waits in the queue gpus")
    kubectl(
        "patch", "job", "goldbrief-training-fine-queued-1", "--type", "merge",
        "--patch", '{"spec": {"suspend": false}}', namespace=NAMESPACE,
    )  # fmt: skip
    assert training.ends().exit_code == 0


def test_whatever_becomes_of_a_job_wakes_its_run_and_another_watcher_takes_over() -> None:
    woken: list[str] = []

    def watching() -> threading.Event:
        api, stop = connect(NAMESPACE), threading.Event()
        watch = JobWatch(api, LeaderLease(api, "watchers"), lambda run: not woken.append(run))
        threading.Thread(target=watch.run, args=(stop,), daemon=True).start()
        return stop

    def is_woken(what: str) -> None:
        wait_until(f"the run is woken: {what}", lambda: "fine-watched" in woken, 60)
        woken.clear()

    first = watching()
    training = Training("fine-watched", SLEEPING)
    training.launch()
    is_woken("the Job is there")
    training.runs()
    is_woken("its pod runs")
    first.set()
    watching()
    is_woken("the next watcher lists it")
    kubectl("delete", "job", "goldbrief-training-fine-watched-1", namespace=NAMESPACE)
    is_woken("somebody deletes the Job")
    wait_until("nothing of it is left", lambda: not training.status().exists)

"""Fine-tuning by the installed services: real training Jobs, from `create` to a registered version.

They go on from what `test_installation.py` leaves; alone, they install the chart themselves.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldbrief import Client, ft

from . import installation
from .installation import NAMESPACE
from .node import apply, get, kubectl, node_script, wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.models, pytest.mark.timeout(1800)]

ROWS = [
    {"prompt": f"Revenue grew {n}%. In one sentence:", "response": f"Revenue grew by {n}%."}
    for n in range(12)
]
TOO_LONG = {"prompt": "word " * 400, "response": "Yes."}
STEPS = 1000
PRIORITIES = """
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: finetuning-low}
value: 1
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: finetuning-high}
value: 2
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Reaches the installation from this machine."""
    if not installation.pods("finetuning"):
        installation.import_images()
        installation.prepare()
        installation.install("install")
    installation.wait_until_ready()
    apply(PRIORITIES)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in installation.addresses().items():
            environment.setenv(name, value)
        with Client() as client:
            yield client


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def create(client: Client, rows: Path, duration: str, **options: Any) -> ft.FinetuningRun:
    return ft.create(
        "tiny", rows, "notes", duration, learning_rate=5e-3, batch_size=4, context_length=256,
        client=client, hyperparameters={"checkpoint_every_steps": 50}, **options,
    )  # fmt: skip


def has_checkpoint(run: ft.FinetuningRun) -> bool:
    return any(event.type == "CHECKPOINT" for event in run.events())


def told(run: ft.FinetuningRun, kind: str) -> list[dict[str, Any]]:
    return [json.loads(event.data_json) for event in run.events() if event.type == kind]


def steps(run: ft.FinetuningRun) -> list[int]:
    return [data["step"] for data in told(run, "PROGRESS")]


def jobs(run: ft.FinetuningRun) -> list[dict[str, Any]]:
    selector = f"goldbrief/run={run.id},goldbrief/purpose=train"
    return list(get("jobs", "-l", selector, namespace=NAMESPACE))


def training_pod(run: ft.FinetuningRun) -> str:
    selector = f"goldbrief/run={run.id},goldbrief/purpose=train"
    (pod,) = (
        pod
        for pod in get("pods", "-l", selector, namespace=NAMESPACE)
        if pod["status"]["phase"] == "Running"
    )
    return str(pod["metadata"]["name"])


def gpus(number: int) -> None:
    assert node_script("gpus", str(number)).returncode == 0


def test_the_gpus_of_two_nodes_train_one_adapter_in_two_pods(client: Client, rows: Path) -> None:
    gpus(2)
    run = create(client, rows, "4ep", gpus=2).wait(900)
    assert client.resolve_model(f"notes@{run.model_version}").finetuning_run_id == run.id
    (job,) = jobs(run)
    assert job["spec"]["completionMode"] == "Indexed"
    assert (job["spec"]["completions"], job["spec"]["parallelism"]) == (2, 2)
    (started,) = told(run, "STARTED")
    assert started["ranks"] == 2
    assert steps(run) == list(range(1, 13))


def test_a_run_of_higher_priority_trains_first_and_the_other_goes_on(
    client: Client, rows: Path
) -> None:
    gpus(1)
    low = create(client, rows, f"{STEPS}ba", priority="finetuning-low")
    wait_until("it trains", lambda: has_checkpoint(low))
    high = create(client, rows, "5ba", priority="finetuning-high").wait(900)
    assert high.model_version
    assert low.refresh().state == "RUNNING"
    low.wait(900)
    assert len(told(low, "INTERRUPTED")) == 1
    (resumed,) = told(low, "RESUMED")
    assert resumed["step"] > 0
    assert steps(low) == list(range(1, STEPS + 1))  # each once: it left with a checkpoint
    assert len(jobs(low)) == 1  # which replaced the pod by itself


def test_a_killed_pod_is_replaced_and_a_cancelled_run_keeps_its_checkpoints(
    client: Client, rows: Path
) -> None:
    gpus(1)
    run = create(client, rows, f"{STEPS}ba")
    wait_until("it trains", lambda: has_checkpoint(run))
    pod = training_pod(run)
    kubectl("delete", "pod", pod, "--grace-period", "0", "--force", namespace=NAMESPACE)
    wait_until("another pod goes on", lambda: told(run, "RESUMED"))
    run.cancel()
    wait_until("it is cancelled", lambda: run.refresh().state == "CANCELLED")
    assert run.checkpoints()
    wait_until("its Job is gone", lambda: not jobs(run))


def test_rows_that_do_not_fit_end_the_run_with_their_line(client: Client, rows: Path) -> None:
    with rows.open("a") as file:
        file.write(json.dumps(TOO_LONG) + "\n")
    run = create(client, rows, "1ep")
    with pytest.raises(ft.FinetuningFailedError, match=r"rows.jsonl:13: ") as caught:
        run.wait(600)
    assert caught.value.reason == "BAD_DATA"
    (check,) = get("jobs", "-l", f"goldbrief/run={run.id}-check", namespace=NAMESPACE)
    assert check["status"]["failed"] == 1  # exit code 64 is not tried again
    assert jobs(run) == []

"""From an empty cluster to a served summary, through failures, an upgrade and a reinstall.

The tests follow one another: each needs what those before it left in the cluster.
"""

import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import grpc
import pytest

from goldbrief import Client
from goldbrief.api.summarize.v1.summarize_pb2 import SummarizeRequest
from goldbrief.api.summarize.v1.summarize_pb2_grpc import SummarizeServiceStub
from goldbrief.testing.laptop import last_event

from . import installation
from .installation import NAMESPACE, RELEASE, TAG, component_of, helm, pods
from .node import ROOT, evict, get, is_ready, kubectl, node_script, wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.models, pytest.mark.timeout(3600)]

ARTICLES = 10
LACKS = "cannot be pulled"
FULL = "No space left on device"
ARTICLE = "Revenue rose 12% to $4.1 million in 2025. Costs fell by 3%. " * 20
KILLED = (*installation.ROOMS, "inference", "postgresql", "redis", "s3", "mlflow")
SEED = int(os.environ.get("GOLDBRIEF_CRASH_SEED", "20261123"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Path:
    folder = tmp_path_factory.mktemp("user")
    installation.write_recipe(folder, examples, ARTICLES)
    return folder


@pytest.fixture(scope="module", autouse=True)
def images() -> None:
    installation.import_images()


def summarize() -> str:
    with Client(installation.outside_address(), installation.token()) as client:
        return client.summarize(ARTICLE, model="tiny", timeout_s=600, fresh=True).version


def test_it_installs_into_an_empty_cluster_and_becomes_ready() -> None:
    installation.prepare()
    notes = installation.install("install", version=3)
    assert f"helm -n {NAMESPACE} test {RELEASE}" in notes
    installation.wait_until_ready()
    assert "All services answer" in helm("test", RELEASE, "--logs", "--timeout", "15m", version=3)


def test_a_run_waits_for_a_gpu_says_so_and_trains_in_a_job_once_there_is_one(folder: Path) -> None:
    node_script("gpus", "0")
    run = installation.cli(folder, "run", "recipe.yaml", "--json")
    wait_until(
        "the run says that it waits for a GPU",
        lambda: "Insufficient nvidia.com/gpu" in installation.status(folder), 1800,
    )  # fmt: skip
    assert node_script("gpus", "1").returncode == 0
    output, errors = run.communicate(timeout=1800)
    assert run.returncode == 0, errors
    (check,) = get("jobs", "-l", "goldbrief/purpose=check", namespace=NAMESPACE)
    assert check["status"].get("succeeded") == 1  # without a GPU, while there was none
    job = get("jobs", "-l", "goldbrief/purpose=train", namespace=NAMESPACE)[-1]
    assert job["status"].get("succeeded") == 1
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert "<html" in (folder / last_event(output)["report"]).read_text(encoding="utf-8")


def test_an_outside_caller_gets_a_summary_by_grpcurl_and_by_the_sdk() -> None:
    request = json.dumps({"article_text": ARTICLE, "model": "tiny"})
    answer = subprocess.run(
        [str(ROOT / ".cache/bin/grpcurl"), "-plaintext", "-max-time", "600", "-d", request,
         "-H", f"authorization: Bearer {installation.token()}",
         installation.outside_address(), "goldbrief.api.summarize.v1.SummarizeService/Summarize"],
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["version"] == summarize()


def test_an_image_that_cannot_be_pulled_is_named_and_a_rollback_takes_it_back() -> None:
    nowhere = f"image.digests.judge=sha256:{0:064}"
    helm("upgrade", RELEASE, "charts/goldbrief", "--reuse-values", "--set", nowhere)
    wait_until("it is said", lambda: LACKS in installation.doctor()[1])
    code, said = installation.doctor()
    assert code == 1
    assert f"FAIL {RELEASE}-judge: its image" in said
    assert "Correct image.registry, image.tag or image.pullSecrets" in said
    assert f"ok   {RELEASE}-runs: 1 of 1 pods ready" in said
    assert summarize()
    helm("rollback", RELEASE, "--wait", "--timeout", "15m")
    installation.wait_until_ready()
    code, said = installation.doctor()
    assert code == 0, said


def test_killing_each_pod_in_turn_loses_nothing_and_repeats_no_effect(folder: Path) -> None:
    ((calm, digest),) = installation.query(
        "SELECT group_id, result->>'digest' FROM work WHERE kind = 'dataset' ORDER BY created_at"
        " LIMIT 1"
    )
    random_order = random.Random(SEED)
    run = installation.cli(folder, "run", "recipe.yaml", "--json", "--new")
    kill_each(random_order.sample(KILLED, len(KILLED)))
    kill_training()
    wait_until_trained()
    kill_each(random_order.sample(KILLED, len(KILLED)))
    output, errors = run.communicate(timeout=3000)
    killed = json.loads(output.splitlines()[0])["run"]
    if run.returncode != 0:  # a client may lose its connection; the run goes on without it
        installation.wait_until_ready()
        wait_until(f"{killed} ends ({errors})", lambda: succeeded(killed), 3000)
    digests = installation.query(
        "SELECT DISTINCT result->>'digest' FROM work"
        f" WHERE kind = 'dataset' AND group_id IN ('{calm}', '{killed}')"
    )
    assert digests == [[digest]]
    assert installation.query("SELECT DISTINCT state FROM item") == [["SUCCEEDED"]]
    effects = effects_by_run()
    assert effects[calm] == effects[killed]
    ((unrecorded, repeated),) = installation.query(
        "SELECT count(*) FILTER (WHERE NOT recorded), sum(starts - 1) FROM effect"
    )
    assert unrecorded == 0
    print(f"seed {SEED}: 0 lost, 0 duplicates, {repeated} calls repeated")
    installation.wait_until_ready()


def kill_each(components: list[str]) -> None:
    for component in components:
        for pod in pods(component):
            kill(pod["metadata"]["name"])
        time.sleep(5)


def kill(pod: str) -> None:
    """Take a pod away without notice, as a node that goes down would."""
    kubectl("delete", "pod", pod, "--grace-period", "0", "--force", namespace=NAMESPACE)


def effects_by_run() -> dict[str, dict[str, int]]:
    """Recorded calls by kind, for each run."""
    rows = installation.query(
        "SELECT group_id, name, count(*) FROM effect JOIN work ON work.id = work_id"
        " WHERE recorded GROUP BY 1, 2"
    )
    runs: dict[str, dict[str, int]] = {}
    for run, name, count in rows:
        runs.setdefault(run, {})[name] = count
    return runs


def kill_training() -> None:
    """Kill the training pod once it runs."""

    def running() -> list[str]:
        selector = "goldbrief/purpose=train"
        found = get("pods", "-l", selector, namespace=NAMESPACE)
        return [p["metadata"]["name"] for p in found if p["status"]["phase"] == "Running"]

    (name,) = wait_until("a training pod runs", running, 1800)
    kill(name)


def wait_until_trained() -> None:
    newest = "SELECT state FROM work WHERE kind = 'finetuning' ORDER BY created_at DESC LIMIT 1"
    installation.wait_until_ready()
    wait_until("the training ends", lambda: installation.query(newest) == [["SUCCEEDED"]], 1800)


def succeeded(run_id: str) -> bool:
    return installation.query(f"SELECT state FROM work WHERE id = '{run_id}'") == [["SUCCEEDED"]]


def test_a_full_volume_is_said_and_work_goes_on_once_there_is_room(
    tmp_path: Path, examples: Path
) -> None:
    installation.write_recipe(tmp_path, examples, ARTICLES)
    for article in (tmp_path / "articles").iterdir():
        article.write_text(article.read_text(encoding="utf-8") + "\nMore to come.\n", "utf-8")
    with installation.full_volume("s3"):
        run = installation.cli(tmp_path, "run", "recipe.yaml", "--json")
        errors = run.communicate(timeout=600)[1]
        assert run.returncode == 1
        assert "The object store is full" in errors
        assert "Enlarge its volume" in errors
    with installation.full_volume("postgresql"):
        use_up_wal()
        wait_until_full_is_said("postgresql")
    installation.wait_until_ready()
    with installation.full_volume("redis"):
        run = installation.cli(tmp_path, "run", "recipe.yaml", "--json")
        wait_until_full_is_said("redis")
    errors = run.communicate(timeout=1800)[1]
    assert run.returncode == 0, errors
    installation.wait_until_ready()


def use_up_wal() -> None:
    """Have PostgreSQL need a new file: it goes on in those that it has, and then ends."""
    with suppress(AssertionError):
        for _ in range(100):
            installation.query("SELECT pg_switch_wal(), txid_current()")


def wait_until_full_is_said(store: str) -> None:
    def said() -> str:
        text = installation.doctor()[1]
        return text if f"FAIL {RELEASE}-{store}" in text and FULL in text else ""

    text = wait_until(f"the volume of {store} is said to be full", said)
    assert f"Enlarge the claim: kubectl -n {NAMESPACE} edit pvc {RELEASE}-{store}" in text


def test_the_disruption_budget_lets_one_gateway_go_at_a_time() -> None:
    first, second = (pod["metadata"]["name"] for pod in pods("summarize"))
    assert evict(first, NAMESPACE)
    assert not evict(second, NAMESPACE)
    assert summarize()
    installation.wait_until_ready()
    assert evict(second, NAMESPACE)
    installation.wait_until_ready()


def test_an_upgrade_fails_no_request() -> None:
    for name in installation.IMAGES:
        image = f"goldbrief/{name}"
        subprocess.run(["docker", "tag", f"{image}:{TAG}", f"{image}:next"], check=True)
    imported = node_script("import", *(f"goldbrief/{name}:next" for name in installation.IMAGES))
    assert imported.returncode == 0, imported.stderr
    address = installation.outside_address()
    with Client(address, installation.token()) as client:
        callers = [
            Caller(lambda: client.summarize(ARTICLE, model="tiny", timeout_s=300)),
            Caller(lambda: summarize_without_retries(address)),
        ]
        try:
            installation.install("upgrade", tag="next", version=4)
        finally:
            for caller in callers:
                caller.stop()
    running = {c["image"] for pod in pods("summarize") if is_ready(pod) for c in containers(pod)}
    assert running == {"goldbrief/summarize:next"}
    assert [caller.failures for caller in callers] == [[], []]
    assert all(caller.answers for caller in callers)
    print(f"{[caller.answers for caller in callers]} summaries during the upgrade, 0 failed")


class Caller:
    """Asks for the same again and again."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self.answers, self.failures = 0, []
        self._ask = ask
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._ask()
                self.answers += 1
            except Exception as error:  # noqa: BLE001 - the test tells
                self.failures.append(repr(error))


def summarize_without_retries(address: str) -> None:
    """A connection a call, as grpcurl does it; our SDK would try again."""
    with grpc.insecure_channel(address, options=[("grpc.enable_retries", 0)]) as channel:
        request = SummarizeRequest(article_text=ARTICLE, model="tiny", fresh=True)
        token = [("authorization", f"Bearer {installation.token()}")]
        SummarizeServiceStub(channel).Summarize(request, timeout=300, metadata=token)


def containers(pod: dict) -> list[dict]:
    return pod["spec"]["containers"]


def test_an_uninstall_keeps_the_data_and_a_reinstall_serves_it() -> None:
    before = summarize()
    helm("uninstall", RELEASE, "--wait", "--timeout", "15m", version=4)
    kept = ("test", "training")  # those that have ended
    wait_until("all pods are gone", lambda: all(component_of(p) in kept for p in pods()))
    claims = get("persistentvolumeclaims", namespace=NAMESPACE)
    assert {f"{RELEASE}-{store}" for store in ("postgresql", "s3")} <= {
        claim["metadata"]["name"] for claim in claims
    }
    installation.install("install", version=4)
    installation.wait_until_ready()
    assert summarize() == before

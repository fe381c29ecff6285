"""Several processes train as one does, and none is lost unnoticed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch
from runs import RUN, events, losses, make_run
from tiny_families import write_tiny

from goldbrief.core.training import ExitCode, adapter_prefix, spec_key
from goldbrief_training import launching
from goldbrief_training.ranks import Ranks

pytestmark = pytest.mark.training

EXACT = {"bf16": False}
SHARED = {**EXACT, "shard_base": "on"}


def start(store, ranks, *, prelude="", pod=None):
    """Start the training command; `prelude` is Python that runs first in every process."""
    arguments = ["--spec", spec_key(RUN), "--ranks", str(ranks)]
    environment = {**os.environ, "GOLDBRIEF_OBJECTS": str(store.root), **(pod or {})}
    if prelude:
        hooks = Path(store.root) / "hooks"
        hooks.mkdir()
        (hooks / "sitecustomize.py").write_text(prelude)
        environment["PYTHONPATH"] = str(hooks)
    command = [sys.executable, "-m", "goldbrief_training", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def run(store, ranks, **options):
    process = start(store, ranks, **options)
    _, log = process.communicate(timeout=240)
    return process.returncode, log


def adapter(store):
    return safetensors.torch.load(store.get(adapter_prefix(RUN) + "adapter_model.safetensors"))


@pytest.fixture(scope="module")
def alone(tmp_path_factory, tiny_llama, train):
    store = make_run(tmp_path_factory.mktemp("alone"), tiny_llama, lora={"rank": 8}, levers=EXACT)
    assert train(store.root) == ExitCode.DONE
    return store


@pytest.fixture
def together(tmp_path, tiny_llama):
    return make_run(tmp_path, tiny_llama, lora={"rank": 8}, levers=EXACT)


def test_a_step_s_rows_are_shared_out_by_micro_batch():
    rows = list(range(10))
    assert Ranks(0, 2).share(rows, 2) == [0, 1, 4, 5, 8, 9]
    assert Ranks(1, 2).share(rows, 2) == [2, 3, 6, 7]
    assert Ranks(2, 3).share(rows[:2], 2) == []


@pytest.mark.parametrize("ranks", [2, 3])  # of three, one has no rows in some steps
def test_ranks_together_learn_what_one_learns_alone(alone, together, ranks):
    code, log = run(together, ranks)
    assert code == ExitCode.DONE, log
    assert losses(together) == pytest.approx(losses(alone), rel=1e-4)
    ours, theirs = adapter(together), adapter(alone)
    for name, tensor in theirs.items():
        torch.testing.assert_close(ours[name], tensor, rtol=1e-2, atol=1e-3)
    told = [event.type for event in events(together)]
    assert told.count("DONE") == told.count("STARTED") == 1


def test_the_end_of_the_interpreter_does_not_change_a_rank_s_exit_code():
    """Torch's threads of communication abort now and then when they are torn down."""
    aborting = "import atexit, os; atexit.register(os.abort)"
    leaving = f"{aborting}; from goldbrief_training.__main__ import leave; leave(0)"
    environment = {**os.environ, "RANK": "1"}
    ended = subprocess.run([sys.executable, "-c", leaving], env=environment, check=False)
    assert ended.returncode == ExitCode.DONE


@pytest.mark.parametrize(("family", "ranks"), [("llama", 2), ("llama", 3), ("mpt", 2), ("dbrx", 2)])
def test_ranks_that_share_the_weights_learn_and_answer_the_same(
    family, ranks, tmp_path, tiny_llama, train
):
    base = write_tiny(family, tmp_path / family, tiny_llama)
    fields = {"lora": {"rank": 8}, "eval_prompts": ["Revenue grew 3%."],
              "eval_max_tokens": 4}  # fmt: skip
    whole = make_run(tmp_path / "whole", base, levers=EXACT, **fields)
    assert train(whole.root) == ExitCode.DONE
    shared = make_run(tmp_path / "shared", base, levers=SHARED, **fields)
    code, log = run(shared, ranks)
    assert code == ExitCode.DONE, log
    (started,) = [event for event in events(shared) if event.type == "STARTED"]
    assert started.data["levers"]["shard_base"] == "on"
    assert losses(shared) == pytest.approx(losses(whole), rel=1e-4)
    for name, tensor in adapter(whole).items():
        torch.testing.assert_close(adapter(shared)[name], tensor, rtol=1e-2, atol=1e-3)
    measures, texts = [
        [json.loads(store.get(f"runs/{RUN}/{name}")) for store in (shared, whole)]
        for name in ("eval.json", "generations/step-12.json")
    ]
    for name, value in measures[1].items():
        same = value if isinstance(value, str) else pytest.approx(value, rel=1e-3)
        assert measures[0][name] == same
    assert texts[0] == texts[1]


def test_a_run_goes_on_without_sharing_where_sharing_ranks_stopped(tmp_path, tiny_llama, alone):
    """The spec stays the same: `shard_base` has no effect on one rank."""
    store = make_run(tmp_path, tiny_llama, lora={"rank": 8}, levers=SHARED)
    process = start(store, 2)
    wait_for_step(store, 2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=240)
    assert process.returncode == ExitCode.INTERRUPTED
    code, log = run(store, 1)
    assert code == ExitCode.DONE, log
    assert losses(store) == pytest.approx(losses(alone), rel=1e-4)


def test_a_signal_reaches_all_ranks_and_fewer_go_on_from_there(alone, together):
    process = start(together, 2)
    wait_for_step(together, 2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=240)
    assert process.returncode == ExitCode.INTERRUPTED
    assert events(together)[-1].type == "INTERRUPTED"
    code, log = run(together, 1)
    assert code == ExitCode.DONE, log
    assert losses(together) == pytest.approx(losses(alone), rel=1e-4)


KILL_SECOND = """
import os, signal
if os.environ.get("RANK") == "1" and not os.path.exists("{mark}"):
    from goldbrief_training import loop
    count, step = [0], loop.Loop._optimizer_step
    def dying(self, state):
        count[0] += 1
        if count[0] == 5:
            open("{mark}", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return step(self, state)
    loop.Loop._optimizer_step = dying
"""


def test_a_lost_rank_ends_all_and_they_go_on_together(alone, together, tmp_path):
    prelude = KILL_SECOND.format(mark=tmp_path / "killed")
    code, log = run(together, 2, prelude=prelude)
    assert code == 128 + signal.SIGKILL, log
    assert max(losses(together)) == 4
    code, log = run(together, 2)
    assert code == ExitCode.DONE, log
    assert losses(together) == pytest.approx(losses(alone), rel=1e-4)


@pytest.mark.parametrize("levers", [EXACT, SHARED])
def test_a_lost_pod_makes_the_other_leave_and_both_go_on_together(
    alone, tmp_path, tiny_llama, levers
):
    together = make_run(tmp_path, tiny_llama, lora={"rank": 8}, levers=levers)
    pods = [
        {"GOLDBRIEF_NODES": "2", "JOB_COMPLETION_INDEX": str(index),
         "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(launching._free_port())}
        for index in (0, 1)
    ]  # fmt: skip
    pods[1]["MASTER_PORT"] = pods[0]["MASTER_PORT"]
    first, second = (start(together, 1, pod=pod) for pod in pods)
    wait_for_step(together, 2)
    subprocess.run(["pkill", "-KILL", "-P", str(second.pid)], check=True)
    second.kill()
    _, log = first.communicate(timeout=240)
    assert first.returncode == ExitCode.INTERRUPTED, log
    both = [start(together, 1, pod=pod) for pod in pods]
    logs = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [ExitCode.DONE] * 2, logs
    assert losses(together) == pytest.approx(losses(alone), rel=1e-4)


OUT_OF_MEMORY = """
import os
if os.environ.get("RANK") == "1":
    import torch
    from goldbrief_training import loop
    nll = loop.completion_nll
    def exhausting(model, batch, chunked):
        if len(batch.token_ids_bt) > 1:
            raise torch.OutOfMemoryError("out of memory")
        return nll(model, batch, chunked)
    loop.completion_nll = exhausting
"""


def test_all_start_again_with_less_when_one_runs_out_of_memory(together):
    code, log = run(together, 2, prelude=OUT_OF_MEMORY)
    assert code == ExitCode.DONE, log
    started = [e.data["micro_batch_size"] for e in events(together) if e.type == "STARTED"]
    assert started[-1] == 1


def test_a_bad_spec_is_refused_once(tmp_path, tiny_llama):
    store = make_run(tmp_path, tiny_llama, context_length=16)
    code, _ = run(store, 2)
    assert code == ExitCode.BAD_SPEC
    assert [event.type for event in events(store)] == ["FAILED"]


@pytest.mark.parametrize(
    ("codes", "first", "stopped", "code"),
    [([0, 0], 0, False, 0), ([75, 75], 75, False, 75), ([64, 1], 1, False, 64),
     ([75, 1], 75, False, 1), ([-15, -9], -9, False, 137), ([75, -9], 75, False, 75),
     ([76, 75], 75, False, launching.START_AGAIN), ([0, -9], -9, True, 75)],
)  # fmt: skip
def test_one_exit_code_answers_for_all(codes, first, stopped, code):
    assert launching._summary(codes, first, stopped) == code


def wait_for_step(store, step):
    deadline = time.monotonic() + 120
    while max(losses(store), default=0) < step:
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.05)

"""Fine-tuning on one's own rows: from the command line and from Python, against a real server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldbrief import Client, ft
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.testing.laptop import Laptop, make_laptop

pytestmark = [pytest.mark.e2e, pytest.mark.training, pytest.mark.timeout(600)]

ROWS = [
    {"prompt": f"Revenue grew {n}%. In one sentence:", "response": f"Revenue grew by {n}%."}
    for n in range(12)
]
FAST = {"learning_rate": 5e-3, "batch_size": 4, "context_length": 256}


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A laptop whose server is up."""
    laptop = make_laptop(tmp_path_factory.mktemp("finetuning"))
    (laptop.folder / "rows.jsonl").write_text(jsonl(ROWS))
    server = laptop.start(["up"])
    try:
        assert Client(laptop.environment["GOLDBRIEF_ADDRESS"]).is_up(timeout_s=60, wait=True)
        yield laptop
    finally:
        server.terminate()
        server.communicate(timeout=60)


@pytest.fixture
def client(laptop: Laptop) -> Iterator[Client]:
    with Client(laptop.environment["GOLDBRIEF_ADDRESS"]) as client:
        yield client


def jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def tiny(laptop: Laptop) -> str:
    return str(laptop.folder / "tiny-llama")


def finetune(laptop: Laptop, *arguments: str) -> subprocess.CompletedProcess[str]:
    return laptop.run(["finetune", *arguments])


def create(laptop: Laptop, *options: str) -> subprocess.CompletedProcess[str]:
    return finetune(
        laptop, "create", "--model", tiny(laptop), "--train-data", "rows.jsonl",
        "--register-to", "notes", "--learning-rate", "5e-3", "--batch-size", "4",
        "--context-length", "256", *options,
    )  # fmt: skip


def test_rows_on_disk_become_a_registered_version(laptop: Laptop, client: Client) -> None:
    done = create(laptop, "--duration", "2ep", "--eval-prompt", "Revenue grew 3%.", "--follow")
    assert done.returncode == 0, done.stderr
    assert "CHECKED" in done.stdout
    assert "Step 6 of 6" in done.stdout
    assert "registered as notes@1" in done.stdout
    run_id = done.stdout.strip().splitlines()[-1].split()[0]
    (checkpoint,) = ft.get_checkpoints(run_id, client)
    assert (checkpoint.step, len(checkpoint.generations)) == (6, 1)
    assert checkpoint.generations[0] in finetune(laptop, "checkpoints", run_id).stdout
    assert run_id in finetune(laptop, "list", "--register-to", "notes").stdout
    told = finetune(laptop, "events", run_id, "--json").stdout.splitlines()
    assert json.loads(told[-1])["type"] == "DONE"
    assert finetune(laptop, "delete", run_id).returncode == 0
    with pytest.raises(NotFoundError):
        ft.get(run_id, client)
    version = client.resolve_model("notes@1")  # it has files of its own
    assert version.finetuning_run_id == run_id


def test_a_dry_run_tells_what_training_would_take(laptop: Laptop) -> None:
    done = create(laptop, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "12 rows" in done.stdout
    assert "3 steps" in done.stdout
    assert "this CPU" in done.stdout


def test_bad_rows_are_named_before_anything_is_uploaded(laptop: Laptop, client: Client) -> None:
    path = laptop.folder / "bad.jsonl"
    path.write_text(jsonl(ROWS) + '{"prompt": "p"}\nnonsense\n')
    before = len(ft.list(client=client))
    with pytest.raises(InvalidInputError) as caught:
        ft.create(tiny(laptop), path, "notes", client=client)
    assert f"{path}:13: field 'response' is missing" in caught.value.message
    assert f"{path}:14: not JSON" in caught.value.message
    assert len(ft.list(client=client)) == before


def test_rows_that_are_too_long_fail_the_run_by_name(laptop: Laptop, client: Client) -> None:
    path = laptop.folder / "long.jsonl"
    path.write_text(jsonl([*ROWS, {"prompt": "word " * 400, "response": "Yes."}]))
    run = ft.create(tiny(laptop), path, "notes", client=client, **FAST)
    with pytest.raises(ft.FinetuningFailedError, match=r"long.jsonl:13: .* exceed") as caught:
        run.wait(120)
    assert caught.value.reason == "BAD_DATA"
    run = ft.create(
        tiny(laptop), path, "notes", dry_run=True, on_overflow="drop", client=client, **FAST
    )
    estimate = run.wait(120).estimate
    assert estimate is not None
    assert estimate.dropped[0].startswith("long.jsonl:13: ")


def test_chats_and_texts_train_from_folders_with_weights(laptop: Laptop, client: Client) -> None:
    messages = [{"role": "user", "content": "Well?"}, {"role": "assistant", "content": "Sales up."}]
    for name in ("ours", "theirs"):
        (laptop.folder / name).mkdir()
        (laptop.folder / name / "train.jsonl").write_text(jsonl([{"messages": messages}] * 4))
    paths: dict[str | Path, float] = {laptop.folder / "ours": 2.0, laptop.folder / "theirs": 0.5}
    run = ft.create(
        tiny(laptop), paths, "chats", task_type="CHAT_COMPLETION", client=client, **FAST
    )
    assert run.wait(120).message.steps == 3  # (4 x 2 + 4 x 0.5) rows in batches of 4
    (laptop.folder / "texts").mkdir()
    (laptop.folder / "texts" / "report.txt").write_text("Margins widened again. " * 200)
    run = ft.create(
        tiny(laptop), laptop.folder / "texts", "texts", task_type="CONTINUED_PRETRAIN",
        custom_weights_path="chats@1", client=client, **FAST,
    )  # fmt: skip
    assert run.wait(120).model_version == "1"


def test_a_run_is_cancelled(laptop: Laptop, client: Client) -> None:
    run = ft.create(
        tiny(laptop), laptop.folder / "rows.jsonl", "notes", "100000ba",
        experiment_path="long", client=client, **FAST,
    )  # fmt: skip
    next(event for event in run.events(follow=True) if event.type == "PROGRESS")
    assert finetune(laptop, "cancel", "--experiment", "long").returncode == 0
    with pytest.raises(ft.FinetuningFailedError):
        run.wait(60)
    assert run.state == "CANCELLED"
    assert run.checkpoints()


def test_the_kept_base_models_are_listed(laptop: Laptop) -> None:
    assert "smollm2-135m-instruct  llama" in finetune(laptop, "models").stdout


def test_a_sweep_registers_what_the_judge_scores_highest(laptop: Laptop, client: Client) -> None:
    (laptop.folder / "held-out.jsonl").write_text(jsonl(ROWS[:6]))
    arguments = [
        "sweep", "create", "--model", tiny(laptop), "--train-data", "rows.jsonl",
        "--eval-data", "held-out.jsonl", "--register-to", "swept", "--learning-rate", "5e-3",
        "--learning-rate", "1e-6", "--duration", "20ba", "--batch-size", "4",
        "--context-length", "256", "--set", "eval_max_tokens=16",
    ]  # fmt: skip
    planned = finetune(laptop, *arguments, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "2 trials; the judge scores 2 x 6 = 12 answers" in planned.stdout
    assert ft.list_sweeps(client=client) == []
    done = finetune(laptop, *arguments, "--watch")
    assert done.returncode == 0, done.stderr
    (sweep,) = ft.list_sweeps(client=client)
    assert sweep.model_version == "1"
    assert "registered as swept@1" in done.stdout
    assert sweep.winner is not None
    assert sweep.winner.score == max(trial.score or 0 for trial in sweep.trials)
    version = client.resolve_model("swept@1")
    assert version.finetuning_run_id == sweep.winner.run_id
    assert ft.get(sweep.winner.run_id, client).model_version == "1"
    assert [run.id for run in ft.list(experiment_path=sweep.id, client=client)] == [
        f"{sweep.id}-1", f"{sweep.id}-0",
    ]  # fmt: skip
    report = finetune(laptop, "sweep", "report", sweep.id).stdout
    assert report.strip() == sweep.report().strip()
    assert "offline-metric-3" in report
    assert sweep.results()["rows"] == 6


def test_a_sweep_without_held_out_rows_is_refused(laptop: Laptop, client: Client) -> None:
    with pytest.raises(InvalidInputError) as caught:
        ft.sweep(tiny(laptop), laptop.folder / "rows.jsonl", "swept", client=client)
    assert caught.value.metadata["field"] == "eval_data_path"

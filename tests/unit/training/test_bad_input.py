"""What is wrong with a run's input or machine: each has its own words, reason and exit code.

Those that are found in weights and checkpoints stand in test_bad_models.py and test_job.py.
"""

import json
import shutil
import subprocess

import pytest
from runs import events, losses, make_run, rows
from tiny_families import edit_config

from goldbrief.core.training import ExitCode


def edit_tokenizer(folder, **fields):
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.fixture
def base(tmp_path, tiny_llama):
    """A model of one's own to spoil."""
    return shutil.copytree(tiny_llama, tmp_path / "base")


CASES = {
    "unknown model": (lambda base: {"model": "no/such/model"}, "MODEL_NOT_FOUND", "no/such/model"),
    "unknown family": (
        lambda base: edit_config(base, model_type="quantum"), "UNKNOWN_FAMILY", "quantum",
    ),
    "no end of text": (
        lambda base: edit_tokenizer(base, eos_token=None), "NO_END_OF_TEXT", "end-of-text",
    ),
    "context too long": (
        lambda base: {"context_length": 2049}, "CONTEXT_TOO_LONG", "2048 positions",
    ),
    "no rows": (lambda base: {"row_count": 0}, "EMPTY_DATA", "train.jsonl has no rows"),
    "all rows too long": (
        lambda base: {"context_length": 16, "on_overflow": "drop", "eval_data": []},
        "EMPTY_DATA", "All 12 rows of train.jsonl exceed",
    ),
    "no layer to adapt": (
        lambda base: {"lora": {"rank": 8, "target_modules": "nothing"}},
        "BAD_TARGET_MODULES", "'nothing'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_said_before_training_and_never_tried_again(tmp_path, base, train, case):
    spoil, reason, words = CASES[case]
    store = make_run(tmp_path / "store", base, **(spoil(base) or {}))
    assert train(store.root, "--validate") == ExitCode.BAD_SPEC
    (failed,) = events(store)
    assert (failed.type, failed.data["reason"]) == ("FAILED", reason)
    assert words in failed.message


def test_a_row_without_anything_to_learn_is_named(tmp_path, base, train):
    store = make_run(tmp_path, base)
    row = {"prompt": "Revenue?", "response": "  "}
    lines = [json.dumps(one) for one in [*rows(3), row]]
    store.put("datasets/d/1/train.jsonl", "\n".join(lines).encode())
    assert train(tmp_path, "--validate") == ExitCode.BAD_SPEC
    (failed,) = events(store)
    assert failed.data["reason"] == "BAD_DATA"
    assert "train.jsonl:4: field 'response' is empty" in failed.message


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own that holds next to nothing."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_full_disk_is_said_and_the_run_goes_on_once_there_is_room(
    tmp_path, base, train, small_disk, method
):
    store = make_run(tmp_path / "store", base, method=method)
    assert train(store.root, "--work", str(small_disk)) == 1
    failed = events(store)[-1]
    assert (failed.type, failed.data["reason"]) == ("FAILED", "DISK_FULL")
    assert str(small_disk) in failed.message
    assert "Free some space" in failed.message
    assert train(store.root) == ExitCode.DONE
    assert len(losses(store)) == 12

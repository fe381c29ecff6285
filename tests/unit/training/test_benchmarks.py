"""The benchmarks of the training step run to their end on a machine without a GPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.training

BENCHMARKS = Path(__file__).parents[3] / "training-job" / "benchmarks"


def printed(script, *options):
    """What a benchmark prints about one lever."""
    command = [sys.executable, str(BENCHMARKS / script), "without fused_lora", "--steps=1"]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*command, *options], env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def cells(text, row):
    """The cells of a table's row, behind the name that it begins with."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {row} |")]
    return [cell.strip() for cell in line.split("|")[2:-1]]


def test_our_step_is_timed_at_the_work_of_its_rivals():
    text = printed(
        "step.py", "--threads=1", "--row-tokens=16", "--rows=1", "--rounds=1",
        "--lengths=16", "--batches=1",
    )  # fmt: skip
    rows = ("ours", "all levers", "without fused_lora")
    plain_loss = float(cells(text, "plain loop of transformers and PEFT")[-1])
    assert [float(cells(text, row)[-1]) for row in rows] == pytest.approx([plain_loss] * 3, 1e-2)
    rows_a_pass, tokens_per_s = cells(text, "16")
    assert rows_a_pass == "1"
    assert float(tokens_per_s.replace(",", "")) > 0


def test_the_measurement_of_a_gpu_says_where_there_is_none():
    text = printed("gpu.py")
    assert "No GPU" in text
    assert "| attention | linear layers | head | other |" in text
    assert "held-out loss" in text

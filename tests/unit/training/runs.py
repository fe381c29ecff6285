"""Small runs for the tests of the training job."""

import json
import os
import subprocess
import sys
from pathlib import Path

from goldbrief.core.documents import PromptFormat, SectionStyle, StyleContract
from goldbrief.core.training import TrainingEvent, TrainingSpec, events_prefix, spec_key
from goldbrief.core.training_rows import read_row
from goldbrief.platform.storage import DirectoryStore
from goldbrief_training.encoding import Encoder, Sample

RUN = "run-1"
_STYLE = StyleContract(
    sections=(
        SectionStyle(
            name="overview", heading="## Overview", form="prose",
            min_items=1, max_items=2, min_words=5, max_words=50,
        ),
    ),
    personas=("CFO",),
    min_words=5,
    max_words=50,
    figures_per_100_words=1.0,
)  # fmt: skip
PROMPT = PromptFormat(
    template="test-1", strategy="full", article_tokens=100, wrap="chatml", style=_STYLE,
    max_new_tokens=32,
)  # fmt: skip


def data_file(key: str) -> dict[str, str]:
    """A stored file under its own name."""
    return {"key": key, "name": key.rpartition("/")[2]}


def rows(count: int) -> list[dict[str, str]]:
    """Rows of different lengths with one learnable answer pattern."""
    return [
        {
            "prompt": f"<|im_start|>user\nRevenue grew {i}%.{' Costs rose.' * (i % 4)}<|im_end|>\n"
            "<|im_start|>assistant\n",
            "response": f"## Overview\nRevenue grew by {i}% in the second quarter.",
        }
        for i in range(count)
    ]


def encoded(
    fields: list[dict[str, object]], tokenizer: object, task_type: str = "INSTRUCTION_FINETUNE"
) -> list[Sample]:
    """Rows as samples."""
    encoder = Encoder(tokenizer, 128)
    read = [read_row(row, task_type) for row in fields]
    return [sample for row in read for sample in encoder.samples(row, "data:1")]


def make_run(root: Path, base: Path, row_count: int = 12, **changes: object) -> DirectoryStore:
    """Store data and a spec of 12 steps; `changes` replace fields of the spec."""
    store = DirectoryStore(root)
    for name, data in (("train", rows(row_count)), ("eval", rows(20)[-3:])):
        lines = "".join(json.dumps(row) + "\n" for row in data)
        store.put(f"datasets/d/1/{name}.jsonl", lines.encode())
    fields: dict[str, object] = {
        "run_id": RUN, "model": str(base), "register_to": "m", "training_duration": "12ba",
        "train_data": [{"files": [data_file("datasets/d/1/train.jsonl")]}],
        "eval_data": [data_file("datasets/d/1/eval.jsonl")],
        "learning_rate": 1e-2, "batch_size": 4, "micro_batch_size": 2, "context_length": 128,
        "checkpoint_every_steps": 3, "prompt": PROMPT, "canary_prompts": (rows(1)[0]["prompt"],),
        "canary_max_tokens": 8, "threads": 1, "lora": {"rank": 8, "dropout": 0.1},
    }  # fmt: skip
    spec = TrainingSpec.model_validate(fields | changes)
    store.put(spec_key(RUN), spec.model_dump_json().encode())
    return store


def start(root: Path, *options: str) -> subprocess.Popen[str]:
    """Start the real process on the store at `root`."""
    command = [sys.executable, "-m", "goldbrief_training", "--spec", spec_key(RUN), *options]
    environment = {**os.environ, "GOLDBRIEF_OBJECTS": str(root)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def events(store: DirectoryStore) -> list[TrainingEvent]:
    """All events of the run, in order."""
    return [
        TrainingEvent.model_validate_json(store.get(key)) for key in store.list(events_prefix(RUN))
    ]


def losses(store: DirectoryStore) -> dict[int, float]:
    """Loss by step; a repeated step must repeat its loss exactly."""
    found: dict[int, float] = {}
    for event in events(store):
        if event.type == "PROGRESS":
            assert found.setdefault(event.data["step"], event.data["loss"]) == event.data["loss"]
    return found

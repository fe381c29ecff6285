"""What the tests of finetuning share."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

from goldbrief.core.documents import PromptFormat, SectionStyle, StyleContract
from goldbrief.core.errors import TransientError
from goldbrief.core.seams import JobStatus
from goldbrief.core.training import (
    AdapterManifest,
    LoraSpec,
    TrainingEvent,
    adapter_prefix,
    event_key,
)
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.training_requests import RequestResolver, TrainingRequest
from goldbrief.platform.broker.stages import run_stage

DATASET = "datasets/briefs/3f2a"


def prompt_format():
    section = {"min_items": 1, "max_items": 3, "min_words": 5, "max_words": 60}
    return PromptFormat(
        template="brief-1",
        strategy="select",
        article_tokens=900,
        wrap="plain",
        max_new_tokens=320,
        style=StyleContract(
            sections=(
                SectionStyle(name="overview", heading="Overview", form="prose", **section),
                SectionStyle(name="takeaways", heading="Key Takeaways", form="bullets", **section),
            ),
            personas=("CFO",),
            min_words=30,
            max_words=120,
            figures_per_100_words=2.0,
        ),
    )


def put_dataset(store, train=3, held_out=3):
    for name, number in (("train", train), ("eval", held_out)):
        rows = [{"prompt": f"{name} {row}", "response": "Yes."} for row in range(number)]
        store.put(f"{DATASET}/{name}.jsonl", "\n".join(map(json.dumps, rows)).encode())
    store.put(f"{DATASET}/manifest.json", b'{"digest": "3f2a99"}')


def training_request(**changes):
    fields = {
        "request_id": "r-1",
        "run_id": "",
        "model": "acme/tiny",
        "train_data_path": "briefs/3f2a",
        "eval_data_path": "",
        "register_to": "briefs",
        "training_duration": "",
        "task_type": "",
        "hyperparameters_json": "",
        "prompt_json": prompt_format().model_dump_json(),
    }
    return TrainingRequest(**{**fields, **changes})


def start_run(ledger, store, tmp_path, **changes):
    put_dataset(store)
    return finetuning_runs(ledger, store, tmp_path).create(training_request(**changes)).id


def finetuning_runs(ledger, store, tmp_path):
    resolver = RequestResolver(store, tmp_path / "models", "s3://goldbrief")
    return FinetuningRuns(ledger.works, resolver, store)


def put_event(store, run_id, number, kind, message="", **data):
    event = TrainingEvent(
        number=number, time="2026-01-02T03:04:05.678+00:00", type=kind, message=message, data=data
    )
    store.put(event_key(run_id, number), event.model_dump_json().encode())


def put_adapter(store, run_id):
    store.put(f"{adapter_prefix(run_id)}manifest.json", b"{}")


def put_manifest(store, run_id):
    """An adapter whose weights do not matter."""
    manifest = AdapterManifest(
        files={}, run_id=run_id, base_model="acme/tiny", base_revision="", train_data=("d",),
        lora=LoraSpec(rank=16), prompt_sha256="", code_version="0",
    )  # fmt: skip
    store.put(f"{adapter_prefix(run_id)}manifest.json", manifest.model_dump_json().encode())


class FakeLauncher:
    """Answers with a status that the test sets."""

    def __init__(self, checks_apart=False):
        self.now = JobStatus(exists=False, exit_code=None)
        self.launches = []
        self.stops = 0
        self.checks_apart = checks_apart
        self.poll_s = 1.0

    def launch(self, job):
        self.launches.append(job)
        self.now = JobStatus(exists=True, exit_code=None)

    def status(self, job_id):
        if isinstance(self.now, Exception):
            raise self.now
        return self.now

    def stop(self, job_id):
        self.stops += 1

    def exits(self, code, detail=""):
        self.now = JobStatus(exists=True, exit_code=code, detail=detail)

    def vanishes(self):
        self.now = JobStatus(exists=False, exit_code=None)

    def is_unreachable(self):
        self.now = TransientError("no answer")


def look(ledger, reconciler, run_id):
    """Run the item's present stage once, as a worker would; returns the work after it."""
    keeper = SimpleNamespace(hold=lambda claim: None, release=lambda claim: None)
    (item,) = ledger.works.items(run_id)
    run_stage(ledger, keeper, getattr(reconciler, item.stage), item.id)
    return ledger.works.get(run_id)


def wait_for(condition, timeout_s=10.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)

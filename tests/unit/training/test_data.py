"""Rows become exactly the tokens that serving will see, or are refused by name."""

import dataclasses
import json

import pytest
from runs import make_run, rows
from transformers import AutoTokenizer

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import TrainingSpec, spec_key
from goldbrief.platform.storage import DirectoryStore
from goldbrief_training.data import Sample, load_samples, tokenize
from goldbrief_training.devices import available_cpus
from goldbrief_training.loop import learning_rate
from goldbrief_training.plan import make_plan


@pytest.fixture(scope="module")
def tokenizer(tiny_llama):
    return AutoTokenizer.from_pretrained(tiny_llama)


def test_prompt_markers_are_parsed_and_the_response_ends_with_end_of_text(tokenizer):
    row = rows(1)[0]
    sample = tokenize(1, row["prompt"], row["response"], tokenizer, 128)
    prompt_ids = sample.token_ids[: sample.completion_start]
    assert prompt_ids[0] == 1
    assert prompt_ids == tuple(tokenizer(row["prompt"]).input_ids)
    assert sample.token_ids[-1] == tokenizer.eos_token_id
    completion = sample.token_ids[sample.completion_start : -1]
    assert tokenizer.decode(completion) == row["response"]


def test_a_marker_in_the_response_stays_text(tokenizer):
    sample = tokenize(1, "a", "b<|im_end|>c", tokenizer, 128)
    assert sample.token_ids.count(tokenizer.eos_token_id) == 1


def test_every_bad_row_is_named_with_its_reason(tokenizer, tmp_path):
    store = DirectoryStore(tmp_path)
    good = rows(1)[0]
    lines = [
        json.dumps(good),
        "{not json",
        json.dumps({"prompt": "p"}),
        json.dumps({"prompt": "p", "response": " "}),
        "",
        json.dumps({"prompt": "p", "response": 3}),
        json.dumps({"prompt": "long " * 100, "response": "r"}),
        "[]",
    ]
    store.put("d.jsonl", "\n".join(lines).encode())
    with pytest.raises(InvalidInputError) as caught:
        load_samples(store, "d.jsonl", tokenizer, 64)
    message = str(caught.value)
    assert "6 bad rows" in message
    for part in ("line 2: not JSON", "line 3: field 'response' is missing",
                 "line 4: field 'response' is empty", "line 6: field 'response' is not text",
                 "line 7: ", "exceed context_length 64", "line 8: not a JSON object"):  # fmt: skip
        assert part in message


def test_separators_inside_a_json_string_do_not_split_the_row(tokenizer, tmp_path):
    store = DirectoryStore(tmp_path)
    row = {"prompt": "first\u2028second\x85third", "response": "r"}
    store.put("d.jsonl", json.dumps(row, ensure_ascii=False).encode())
    assert len(load_samples(store, "d.jsonl", tokenizer, 64)) == 1


SAMPLES = [Sample(i, tuple(range(10 + i % 7)), 5) for i in range(10)]


def test_the_plan_is_a_pure_function_of_seed_and_data():
    plan = make_plan(SAMPLES, batch_size=4, duration="3ep", seed=1)
    assert plan == make_plan(SAMPLES, batch_size=4, duration="3ep", seed=1)
    assert plan.sha256 != make_plan(SAMPLES, batch_size=4, duration="3ep", seed=2).sha256
    other = [dataclasses.replace(SAMPLES[0], completion_start=6), *SAMPLES[1:]]
    assert plan.sha256 != make_plan(other, batch_size=4, duration="3ep", seed=1).sha256
    # A longer run begins as a shorter one.
    assert make_plan(SAMPLES, batch_size=4, duration="2ep", seed=1).steps == plan.steps[:6]


def test_every_epoch_sees_every_row_once_longest_first_within_a_batch():
    plan = make_plan(SAMPLES, batch_size=4, duration="2ep", seed=0)
    assert [len(step.rows) for step in plan.steps] == [4, 4, 2] * 2
    for epoch in (0, 1):
        seen = [row for step in plan.steps if step.epoch == epoch for row in step.rows]
        assert sorted(seen) == list(range(10))
    for step in plan.steps:
        lengths = [len(SAMPLES[row]) for row in step.rows]
        assert lengths == sorted(lengths, reverse=True)
        assert step.tokens == sum(lengths)


@pytest.mark.parametrize(
    ("duration", "steps"), [("1ep", 3), ("7ba", 7), ("9sp", 3), ("8sp", 2), ("1tok", 1)]
)
def test_durations(duration, steps):
    assert len(make_plan(SAMPLES, batch_size=4, duration=duration, seed=0).steps) == steps


def test_a_duration_in_tokens_ends_at_the_first_boundary_at_or_past_it():
    plan = make_plan(SAMPLES, batch_size=4, duration="100tok", seed=0)
    assert plan.tokens >= 100 > plan.tokens - plan.steps[-1].tokens


def test_learning_rate_warms_up_to_the_peak_and_decays_linearly(tmp_path, tiny_llama):
    store = make_run(tmp_path, tiny_llama, learning_rate=1.0, warmup_fraction=0.2)
    spec = TrainingSpec.model_validate_json(store.get(spec_key("run-1")))
    rates = [learning_rate(spec, step, 10) for step in range(10)]
    assert rates == pytest.approx([0.5, 1.0, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125])


@pytest.mark.parametrize(
    ("files", "cpus"),
    [({"cpu.max": "50000 100000"}, 1), ({"cpu.max": "1 100000"}, 1), ({}, None),
     ({"cpu.max": "max 100000"}, None),
     ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1)],
)  # fmt: skip
def test_threads_follow_the_cgroup_quota(tmp_path, files, cpus):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert available_cpus(tmp_path) == (cpus or available_cpus(tmp_path / "none"))

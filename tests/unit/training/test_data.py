"""Data becomes exactly the tokens that serving will see, or is refused by name."""

import dataclasses
import gzip
import json

import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest
from runs import data_file, encoded, make_run, rows
from transformers import AutoTokenizer

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import DataSource, TrainingSpec, spec_key
from goldbrief.platform.storage import DirectoryStore
from goldbrief_training.data import Share, load_dataset, require_samples
from goldbrief_training.devices import available_cpus
from goldbrief_training.encoding import Encoder, Sample
from goldbrief_training.loop import learning_rate
from goldbrief_training.plan import make_plan

CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How was the quarter?"},
        {"role": "assistant", "content": "Revenue grew."},
        {"role": "user", "content": "By how much?"},
        {"role": "assistant", "content": "By 4%."},
    ]
}
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture
def tokenizer(tiny_llama):
    return AutoTokenizer.from_pretrained(tiny_llama)


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path)


@pytest.fixture
def load(store, tokenizer):
    """Loads stored files; the spec's fields are keywords."""

    def load(*keys, weight=1.0, **fields):
        source = DataSource(files=[data_file(key) for key in keys], weight=weight)
        spec = TrainingSpec.model_validate(
            {"run_id": "r", "model": "m", "register_to": "m", "train_data": [source],
             "context_length": 64, **fields}
        )  # fmt: skip
        encoder = Encoder(tokenizer, spec.context_length)
        dataset = load_dataset(store, spec.train_data, encoder, spec)
        require_samples(dataset, spec.train_data)
        return dataset

    return load


def jsonl(*fields):
    return "".join(json.dumps(row) + "\n" for row in fields).encode()


def test_prompt_markers_are_parsed_and_the_response_ends_with_end_of_text(tokenizer):
    row = rows(1)[0]
    (sample,) = encoded([row], tokenizer)
    prompt_ids = sample.token_ids[: sample.completion_start]
    assert prompt_ids[0] == 1
    assert prompt_ids == tuple(tokenizer(row["prompt"]).input_ids)
    assert sample.token_ids[-1] == tokenizer.eos_token_id
    completion = sample.token_ids[sample.completion_start : -1]
    assert tokenizer.decode(completion) == row["response"]


def test_a_marker_in_the_response_stays_text(tokenizer):
    (sample,) = encoded([{"prompt": "a", "response": "b<|im_end|>c"}], tokenizer)
    assert sample.token_ids.count(tokenizer.eos_token_id) == 1


@pytest.mark.parametrize("start", ["", "{{ bos_token }}"])
def test_a_chat_learns_its_last_turn_behind_the_model_s_own_template(tokenizer, start):
    tokenizer.chat_template = start + TEMPLATE
    (sample,) = encoded([CHAT], tokenizer, "CHAT_COMPLETION")
    served = tokenizer.apply_chat_template(
        CHAT["messages"][:-1], add_generation_prompt=True, return_dict=False
    )
    assert sample.token_ids[: sample.completion_start] == tuple(served)
    assert tokenizer.decode(sample.token_ids[sample.completion_start : -1]) == "By 4%."


def test_a_chat_that_the_template_refuses_is_a_bad_row(tokenizer, store):
    tokenizer.chat_template = "{{ raise_exception('no system turns, please') }}"
    store.put("c.jsonl", jsonl(CHAT))
    spec = TrainingSpec.model_validate(
        {"run_id": "r", "model": "m", "register_to": "m", "task_type": "CHAT_COMPLETION",
         "train_data": [{"files": [data_file("c.jsonl")]}]}
    )  # fmt: skip
    with pytest.raises(InvalidInputError, match=r"c.jsonl:1: .*no system turns, please"):
        load_dataset(store, spec.train_data, Encoder(tokenizer, 64), spec)


def test_chats_need_a_chat_template(load, store, tokenizer):
    tokenizer.chat_template = None
    store.put("c.jsonl", jsonl(CHAT))
    with pytest.raises(InvalidInputError, match="no chat template"):
        load("c.jsonl", task_type="CHAT_COMPLETION")


def test_a_long_text_is_cut_into_rows_that_predict_each_token_once(load, store, tokenizer):
    text = " ".join(f"Sales in month {month} rose." for month in range(40))
    store.put("t.txt", text.encode())
    samples = load("t.txt", task_type="CONTINUED_PRETRAIN").samples
    assert [len(sample) for sample in samples[:-1]] == [64] * (len(samples) - 1)
    targets = [id_ for s in samples for id_ in s.token_ids[s.completion_start :]]
    ids = tokenizer(text, add_special_tokens=False).input_ids
    assert targets == [*ids[1:], tokenizer.eos_token_id]


def test_every_bad_row_is_named_with_its_file_line_and_reason(load, store):
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
    store.put("e.jsonl", jsonl(CHAT))
    with pytest.raises(InvalidInputError) as caught:
        load("d.jsonl", "e.jsonl")
    message = str(caught.value)
    assert "7 bad rows" in message
    for part in ("d.jsonl:2: not JSON", "d.jsonl:3: field 'response' is missing",
                 "d.jsonl:4: field 'response' is empty", "d.jsonl:6: field 'response' is not text",
                 "d.jsonl:7: ", "exceed context_length 64", "d.jsonl:8: not a JSON object",
                 "e.jsonl:1: field 'prompt' is missing; this is a row of CHAT_COMPLETION",
                 ):  # fmt: skip
        assert part in message


LONG = {"prompt": "first " + "and then " * 60 + "last", "response": "Short."}


def test_long_rows_are_dropped_only_when_asked_and_counted(load, store):
    store.put("d.jsonl", jsonl(rows(1)[0], LONG))
    dataset = load("d.jsonl", on_overflow="drop")
    assert [sample.where for sample in dataset.samples] == ["d.jsonl:1"]
    (told,) = dataset.dropped
    assert told.startswith("d.jsonl:2: ")


def test_truncation_keeps_the_response_and_both_ends_of_the_prompt(load, store, tokenizer):
    store.put("d.jsonl", jsonl(LONG))
    dataset = load("d.jsonl", on_overflow="truncate")
    (sample,) = dataset.samples
    assert len(sample) == 64
    prompt = tokenizer.decode(sample.token_ids[: sample.completion_start])
    assert "first" in prompt
    assert prompt.endswith("last")
    assert tokenizer.decode(sample.token_ids[sample.completion_start : -1]) == LONG["response"]
    assert dataset.truncated[0].startswith("d.jsonl:1: ")


def test_a_response_that_fills_the_context_cannot_be_truncated(load, store):
    store.put("d.jsonl", jsonl({"prompt": "p", "response": "word " * 200}))
    with pytest.raises(InvalidInputError, match="exceed context_length"):
        load("d.jsonl", on_overflow="truncate")


def test_data_of_which_every_row_is_dropped_is_refused(load, store):
    store.put("d.jsonl", jsonl(LONG))
    with pytest.raises(InvalidInputError, match="All 1 rows"):
        load("d.jsonl", on_overflow="drop")


def arrow_stream(table):
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def parquet(table):
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("name", "encode"),
    [("d.parquet", parquet), ("d.arrow", arrow_stream)],
    ids=["parquet", "arrow"],
)
def test_the_files_of_a_hugging_face_dataset_are_read(load, store, name, encode):
    store.put("d.jsonl", jsonl(*rows(5)))
    store.put(name, encode(pyarrow.Table.from_pylist(rows(5))))
    ids = [sample.token_ids for sample in load(name).samples]
    assert ids == [sample.token_ids for sample in load("d.jsonl").samples]


def test_compressed_rows_are_read(load, store):
    store.put("d.jsonl.gz", gzip.compress(jsonl(*rows(3))))
    assert len(load("d.jsonl.gz").samples) == 3


@pytest.mark.parametrize("name", ["d.parquet", "d.arrow", "d.jsonl.gz", "d.jsonl"])
def test_a_damaged_file_is_refused_by_name(load, store, name):
    store.put(name, b"\xff\xfe nonsense")
    with pytest.raises(InvalidInputError, match=name):
        load(name)


def test_plain_text_cannot_answer_prompts(load, store):
    store.put("t.txt", b"Some text.")
    with pytest.raises(InvalidInputError, match=r"t.txt is plain text.*INSTRUCTION_FINETUNE"):
        load("t.txt")


def test_separators_inside_a_json_string_do_not_split_the_row(load, store):
    row = {"prompt": "first\u2028second\x85third", "response": "r"}
    store.put("d.jsonl", json.dumps(row, ensure_ascii=False).encode())
    assert len(load("d.jsonl").samples) == 1


SAMPLES = [Sample(f"d:{i}", tuple(range(10 + i % 7)), 5) for i in range(10)]


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


def test_weights_say_how_often_an_epoch_sees_the_rows_of_a_source():
    shares = [Share(range(4), 2.0), Share(range(4, 10), 0.5)]
    plan = make_plan(SAMPLES, batch_size=4, duration="4ep", seed=0, shares=shares)
    for epoch in range(4):
        seen = [row for step in plan.steps if step.epoch == epoch for row in step.rows]
        assert [seen.count(row) for row in range(4)] == [2] * 4
        assert len({row for row in seen if row >= 4}) == len(seen) - 8 == 3
    assert {row for step in plan.steps for row in step.rows} == set(range(10))


def test_rows_have_weights_of_their_own(store, load):
    weights = [{}, {"weight": 2.5}, {"weight": None}, {}, {"weight": 0.25}, {}]
    weighted = [row | weight for row, weight in zip(rows(6), weights, strict=True)]
    store.put("d.jsonl", "".join(json.dumps(row) + "\n" for row in weighted).encode())
    data = load("d.jsonl", context_length=128)
    plan = make_plan(data.samples, batch_size=2, duration="4ep", seed=0, shares=data.shares)
    seen = [row for step in plan.steps for row in step.rows]
    assert [seen.count(row) for row in range(6)] == [4, 10, 4, 4, 1, 4]


def test_a_weight_that_is_none_is_named_with_its_line(store, load):
    bad = [
        row | {"weight": weight} for row, weight in zip(rows(4), [0, -1, "2", True], strict=True)
    ]
    store.put("d.jsonl", "".join(json.dumps(row) + "\n" for row in bad).encode())
    with pytest.raises(InvalidInputError) as refused:
        load("d.jsonl", context_length=128)
    for line, told in enumerate(["0", "-1", "'2'", "True"], start=1):
        problem = f"d.jsonl:{line}: field 'weight' is {told}, not a number above 0"
        assert problem in refused.value.message


def test_a_small_weight_leaves_a_source_one_row_rather_than_an_empty_epoch():
    plan = make_plan(SAMPLES, batch_size=4, duration="2ba", seed=0, shares=[Share(range(10), 0.01)])
    assert [len(step.rows) for step in plan.steps] == [1, 1]


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

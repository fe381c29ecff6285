"""The whole process: one spec in; events, checkpoints, evaluation and an adapter out."""

import json
import math
import os
import signal
import time

import pytest
import safetensors.torch
import torch
from peft import PeftModel
from runs import RUN, data_file, events, losses, make_run, rows, start
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.errors import ResourceExhaustedError, TransientError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.training import (
    AdapterManifest,
    Canary,
    ExitCode,
    IntrinsicEvaluation,
    TrainingEstimate,
    adapter_prefix,
    spec_key,
)
from goldbrief.platform.storage import DirectoryStore
from goldbrief_training import loop
from goldbrief_training.generation import NEAR_TIE
from goldbrief_training.interruption import Interruption
from goldbrief_training.model import completion_nll

STEPS = 12


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_llama, train):
    """The store of a run that nothing interrupted."""
    root = tmp_path_factory.mktemp("finished")
    store = make_run(root, tiny_llama)
    assert train(root) == ExitCode.DONE
    return store


def adapter_bytes(store):
    return store.get(adapter_prefix(RUN) + "adapter_model.safetensors")


def test_the_loss_falls_and_held_out_rows_get_likelier(finished):
    series = losses(finished)
    assert list(series) == list(range(1, STEPS + 1))
    assert series[STEPS] < series[1] / 2
    result = IntrinsicEvaluation.model_validate_json(finished.get(f"runs/{RUN}/eval.json"))
    assert result.rows == 3
    assert result.tuned_perplexity < result.base_perplexity / 2
    assert result.tuned_token_accuracy > result.base_token_accuracy
    held_out_bytes = sum(len(row["response"].encode()) for row in rows(20)[-3:])
    bits = math.log2(result.tuned_perplexity) * result.tokens / held_out_bytes
    assert result.tuned_bits_per_byte == pytest.approx(bits)
    assert result.tuned_bits_per_byte < result.base_bits_per_byte


def test_events_are_numbered_without_gaps_and_tell_the_story(finished):
    told = events(finished)
    assert [event.number for event in told] == list(range(len(told)))
    assert [told[0].type, told[1].type, told[-1].type] == ["CHECKED", "STARTED", "DONE"]
    assert {e.type for e in told[2:]} == {"PROGRESS", "CHECKPOINT", "EVALUATED", "DONE"}
    progress = next(event.data for event in told if event.type == "PROGRESS")
    assert set(progress) == {"step", "steps", "loss", "learning_rate", "tokens", "tokens_per_s",
                             "epoch", "remaining_s"}  # fmt: skip


def test_the_two_newest_checkpoints_are_kept(finished):
    names = {key.split("/")[3] for key in finished.list(f"runs/{RUN}/checkpoints/")}
    assert names == {"step-9", "step-12"}


def test_the_adapter_reloads_and_answers_as_it_was_trained(finished, tiny_llama, tmp_path):
    manifest = AdapterManifest.model_validate_json(
        finished.get(adapter_prefix(RUN) + "manifest.json")
    )
    for name, sha256 in manifest.files.items():
        content = finished.get(adapter_prefix(RUN) + name)
        assert sha256_bytes(content) == sha256
        (tmp_path / name).write_bytes(content)
    assert set(manifest.files) == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "prompt.json",
    }
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(tiny_llama)
    assert config["target_modules"] == sorted(
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    )
    assert (config["bias"], config["modules_to_save"]) == ("none", None)

    state = finished.get(f"runs/{RUN}/checkpoints/step-12/state.safetensors")
    trained = safetensors.torch.load(state)
    stored = safetensors.torch.load(adapter_bytes(finished))
    for name, tensor in stored.items():
        torch.testing.assert_close(
            tensor, trained["weights." + name.replace(".weight", ".default.weight")], rtol=0, atol=0
        )

    dtype = torch.bfloat16 if events(finished)[1].data["dtype"] == "bfloat16" else torch.float32
    base = AutoModelForCausalLM.from_pretrained(tiny_llama, dtype=dtype)
    model = PeftModel.from_pretrained(base, tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama)
    for entry in json.loads(finished.get(f"runs/{RUN}/canaries.json")):
        canary = Canary.model_validate(entry)
        prompt = tokenizer(canary.prompt, return_tensors="pt")
        output = model.generate(**prompt, do_sample=False, max_new_tokens=8)
        ids = output[0, prompt.input_ids.shape[1] :]
        assert tuple(ids.tolist()) == canary.tuned_token_ids
        assert canary.tuned_text != canary.base_text
        best = model(output).logits[0, prompt.input_ids.shape[1] - 1 : -1].float().topk(2).values
        tied = (best[:, 0] - best[:, 1] < NEAR_TIE).tolist()
        certain = ids[: [*tied, True].index(True)]
        assert canary.certain_text == tokenizer.decode(certain, skip_special_tokens=True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGKILL, -9)])
def test_a_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(
    finished, tmp_path, tiny_llama, train, number, code
):
    store = make_run(tmp_path, tiny_llama)
    process = start(tmp_path)
    while process.poll() is None and max(losses(store), default=0) < 4:
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == code, errors
    assert max(losses(store)) < STEPS

    assert train(tmp_path) == ExitCode.DONE
    assert losses(store) == losses(finished)
    assert adapter_bytes(store) == adapter_bytes(finished)
    told = events(store)
    assert [event.number for event in told] == list(range(len(told)))
    assert "RESUMED" in {event.type for event in told}
    assert ("INTERRUPTED" in {event.type for event in told}) == (number == signal.SIGTERM)


def test_a_signal_before_the_first_step_changes_nothing(
    finished, tmp_path, tiny_llama, train, monkeypatch
):
    store = make_run(tmp_path, tiny_llama)
    with monkeypatch.context() as signalled:
        signalled.setattr(Interruption, "install", lambda self: self._note(signal.SIGTERM, None))
        assert train(tmp_path) == ExitCode.INTERRUPTED
    assert events(store)[-1].type == "INTERRUPTED"
    assert train(tmp_path) == ExitCode.DONE
    assert losses(store) == losses(finished)


def copy(finished, tmp_path, tiny_llama):
    """A copy of the finished run that lost its adapter, as if it had died before the end."""
    store = make_run(tmp_path, tiny_llama)
    for key in finished.list(f"runs/{RUN}/"):
        store.put(key, finished.get(key))
    store.delete(adapter_prefix(RUN) + "manifest.json")
    return store


@pytest.mark.parametrize("file", ["state.safetensors", "manifest.json"])
def test_a_corrupt_checkpoint_is_passed_over_for_the_one_before(
    finished, tmp_path, tiny_llama, train, file
):
    store = copy(finished, tmp_path, tiny_llama)
    key = f"runs/{RUN}/checkpoints/step-12/{file}"
    store.put(key, store.get(key)[:-9])
    assert train(tmp_path) == ExitCode.DONE
    assert any(e.type == "WARNING" and "step 12" in e.message for e in events(store))
    assert [e.data["step"] for e in events(store) if e.type == "RESUMED"] == [9]
    assert losses(store) == losses(finished)
    assert adapter_bytes(store) == adapter_bytes(finished)


@pytest.mark.parametrize("change", [{"learning_rate": 0.5}, {"row_count": 13}])
def test_a_checkpoint_of_another_spec_or_of_other_data_is_refused(
    finished, tmp_path, tiny_llama, train, change
):
    copy(finished, tmp_path, tiny_llama)
    store = make_run(tmp_path, tiny_llama, **change)
    assert train(tmp_path) == ExitCode.BAD_SPEC
    assert "was made from another" in events(store)[-1].message


def test_a_finished_run_is_left_alone(finished, train):
    before = list(finished.list(f"runs/{RUN}/"))
    assert train(finished.root) == ExitCode.DONE
    assert list(finished.list(f"runs/{RUN}/")) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [({"context_length": 16}, "train.jsonl:1: "),
     ({"train_data": [{"files": [data_file("none.jsonl")]}]}, "none.jsonl"),
     ({"lora": {"rank": 9}}, "rank 9"), ({"context_length": 4096}, "2048 positions"),
     ({"row_count": 0}, "no rows"), ({"model": "/nowhere"}, "/nowhere"),
     ({"lora": {"rank": 8, "target_modules": "nothing"}}, "nothing")],
)  # fmt: skip
def test_a_wrong_spec_or_wrong_data_ends_with_64_and_says_why(
    tmp_path, tiny_llama, train, caplog, change, message
):
    store = make_run(tmp_path, tiny_llama, **change)
    assert train(tmp_path) == ExitCode.BAD_SPEC
    assert events(store)[-1].type == "FAILED"
    assert message in events(store)[-1].message
    assert message in caplog.text


def test_an_unreadable_spec_ends_with_64(tmp_path, tiny_llama, train):
    store = make_run(tmp_path, tiny_llama)
    store.put(spec_key(RUN), b'{"run_id": "run-1"}')
    assert train(tmp_path) == ExitCode.BAD_SPEC
    assert "model: Field required" in events(store)[-1].message


def test_validation_reads_everything_but_trains_nothing(tmp_path, tiny_llama, train, caplog):
    (tmp_path / "weightless").mkdir()
    for path in tiny_llama.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / "weightless" / path.name).write_bytes(path.read_bytes())
    store = make_run(tmp_path, tmp_path / "weightless")
    with caplog.at_level("INFO"):
        assert train(tmp_path, "--validate") == ExitCode.DONE
    (checked,) = events(store)
    found = TrainingEstimate.model_validate(checked.data)
    assert (found.rows, found.held_out_rows, found.steps, found.epochs) == (12, 3, 12, 4)
    assert found.training_tokens == 4 * found.tokens
    assert found.cards[-1].card == "this CPU"
    assert found.cards[-1].tokens_per_s > 0


def test_validation_names_bad_rows(tmp_path, tiny_llama, train):
    store = make_run(tmp_path, tiny_llama, context_length=16)
    assert train(tmp_path, "--validate") == ExitCode.BAD_SPEC
    (failed,) = events(store)
    assert failed.type == "FAILED"
    assert failed.data["reason"] == "BAD_DATA"
    assert "train.jsonl:1: " in failed.message


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_batch(
    tmp_path, tiny_llama, train, monkeypatch
):
    store = make_run(tmp_path, tiny_llama)
    calls = iter(range(100))

    def diverging(*inputs):
        return completion_nll(*inputs) * (float("nan") if next(calls) == 9 else 1.0)

    monkeypatch.setattr(loop, "completion_nll", diverging)
    assert train(tmp_path) == ExitCode.BAD_SPEC  # it would end there again
    last = events(store)[-1]
    assert (last.type, last.data["reason"]) == ("FAILED", "NON_FINITE_LOSS")
    assert "Step 5: loss nan" in last.message
    assert "on train.jsonl:" in last.message
    assert store.exists(f"runs/{RUN}/checkpoints/step-3/manifest.json")


class Replaced(BaseException):
    """Stands for the process that takes this one's place."""


@pytest.fixture
def memory(monkeypatch):
    """Lets passes run out of memory where `fits(model, batch)` says no."""

    def limit(fits):
        def limited(model, batch, chunked_head):
            if not fits(model, batch):
                raise torch.OutOfMemoryError("out of memory")
            return completion_nll(model, batch, chunked_head)

        def replace(*_command):
            raise Replaced

        monkeypatch.setattr(loop, "completion_nll", limited)
        monkeypatch.setattr("os.execv", replace)

    return limit


def started(store):
    found = [event.data for event in events(store) if event.type == "STARTED"]
    return [(e["micro_batch_size"], e["levers"]["activation_checkpointing"]) for e in found]


def test_out_of_memory_starts_again_with_half_the_micro_batch(tmp_path, tiny_llama, train, memory):
    store = make_run(tmp_path, tiny_llama, training_duration="2ba")
    memory(lambda model, batch: len(batch.token_ids_bt) == 1)
    with pytest.raises(Replaced):
        train(tmp_path)
    assert train(tmp_path) == ExitCode.DONE
    assert started(store) == [(2, "off"), (1, "off")]


def test_a_row_that_does_not_fit_is_tried_with_activation_checkpointing(
    tmp_path, tiny_llama, train, memory
):
    store = make_run(tmp_path, tiny_llama, training_duration="2ba", micro_batch_size=1)
    memory(lambda model, batch: model.base.is_activation_checkpointing)
    with pytest.raises(Replaced):
        train(tmp_path)
    assert train(tmp_path) == ExitCode.DONE
    assert started(store) == [(1, "off"), (1, "on")]


def test_a_row_that_does_not_fit_at_all_fails_the_run(tmp_path, tiny_llama, train, memory):
    store = make_run(tmp_path, tiny_llama, training_duration="2ba", micro_batch_size=1)
    memory(lambda model, batch: False)
    with pytest.raises(Replaced):
        train(tmp_path)
    assert train(tmp_path) == 1
    assert events(store)[-1].data["reason"] == "OutOfMemoryError"


def test_a_store_that_is_away_is_an_interruption(tmp_path, monkeypatch, train, caplog):
    def away(_settings):
        raise TransientError("Nothing answers at s3:9000.", remedy="Check GOLDBRIEF_S3_ENDPOINT.")

    monkeypatch.setattr("goldbrief_training.__main__.open_store", away)
    assert train(tmp_path) == ExitCode.INTERRUPTED
    assert [record.getMessage() for record in caplog.records] == [
        "Nothing answers at s3:9000. Check GOLDBRIEF_S3_ENDPOINT."
    ]
    assert caplog.records[0].exc_info is None


def test_an_interruption_counts_as_one_though_the_store_is_away(
    tmp_path, tiny_llama, train, monkeypatch, caplog
):
    make_run(tmp_path, tiny_llama)

    def interrupted(*_arguments):
        os.kill(os.getpid(), signal.SIGTERM)
        raise TransientError("Nothing answers at s3:9000.")

    monkeypatch.setattr(loop.Loop, "_save", interrupted)
    assert train(tmp_path) == ExitCode.INTERRUPTED
    assert "Stopped without a new checkpoint: Nothing answers" in caplog.text


def test_any_other_failure_ends_with_1_and_names_its_cause(
    tmp_path, tiny_llama, train, monkeypatch
):
    store = make_run(tmp_path, tiny_llama)

    def broken(*_arguments):
        raise RuntimeError("the disk caught fire")

    monkeypatch.setattr(loop, "completion_nll", broken)
    assert train(tmp_path) == 1
    assert events(store)[-1].message == "the disk caught fire"
    assert events(store)[-1].data["reason"] == "RuntimeError"


def test_a_full_disk_ends_with_1_and_its_cause_in_the_log(
    tmp_path, tiny_llama, train, monkeypatch, caplog
):
    make_run(tmp_path, tiny_llama)
    put = DirectoryStore.put

    def full(store, key, data):
        if "checkpoints" in key or full.happened:
            full.happened = True
            raise ResourceExhaustedError("No space left at /objects.", reason="STORAGE_FULL")
        put(store, key, data)

    full.happened = False
    monkeypatch.setattr(DirectoryStore, "put", full)
    assert train(tmp_path) == 1
    assert "FAILED: No space left at /objects." in caplog.text
    full.happened = False
    monkeypatch.undo()
    assert train(tmp_path) == ExitCode.DONE

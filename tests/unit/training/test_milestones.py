"""What a run leaves at its checkpoints, and when it stops before its time."""

import json

import pytest
import safetensors.torch
import torch
from runs import RUN, data_file, events, losses, make_run, rows
from test_data import CHAT, jsonl

from goldbrief.core.training import (
    Canary,
    ExitCode,
    TrainingSpec,
    adapter_prefix,
    generations_key,
    spec_key,
)
from goldbrief_training import milestones
from goldbrief_training.loop import learning_rate


def measured(store):
    return {e.data["step"]: e.data["held_out_loss"] for e in events(store) if e.type == "MEASURED"}


def adapter(store):
    return safetensors.torch.load(store.get(adapter_prefix(RUN) + "adapter_model.safetensors"))


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_prompts_are_answered_at_each_checkpoint_and_disturb_nothing(tmp_path, tiny_llama, train):
    prompt = rows(1)[0]["prompt"]
    quiet = make_run(tmp_path / "quiet", tiny_llama)
    asked = make_run(tmp_path / "asked", tiny_llama, eval_prompts=[prompt], eval_max_tokens=8)
    assert train(quiet.root) == train(asked.root) == ExitCode.DONE
    answers = [json.loads(asked.get(generations_key(RUN, step))) for step in (3, 6, 9, 12)]
    assert all(len(texts) == 1 for texts in answers)
    assert answers[0] != answers[-1]
    (canary,) = json.loads(asked.get(f"runs/{RUN}/canaries.json"))
    assert answers[-1] == [Canary.model_validate(canary).tuned_text]
    assert losses(asked) == losses(quiet)


@pytest.mark.parametrize(
    ("stopping", "answered"), [(None, [12]), ({"patience": 3, "every": 0.5}, [6, 12])]
)
def test_prompts_wait_for_what_may_be_the_end(tmp_path, tiny_llama, train, stopping, answered):
    store = make_run(
        tmp_path, tiny_llama, eval_prompts=["Sales rose."], eval_max_tokens=2,
        eval_prompts_at="end", early_stopping=stopping,
    )  # fmt: skip
    assert train(tmp_path) == ExitCode.DONE
    found = {key.rpartition("/")[2] for key in store.list(f"runs/{RUN}/generations/")}
    assert found == {f"step-{step}.json" for step in answered}


def test_training_stops_when_the_held_out_loss_no_longer_falls_and_keeps_the_best(
    tmp_path, tiny_llama, train, monkeypatch
):
    found = iter([3.0, 2.0, 2.5, 2.6, 0.1])
    monkeypatch.setattr(milestones, "held_out_nll", lambda *_: next(found))
    stopping = {"patience": 2, "every": 0.25}
    store = make_run(tmp_path, tiny_llama, early_stopping=stopping, training_duration="20ba")
    assert train(tmp_path) == ExitCode.DONE
    assert measured(store) == {5: 3.0, 10: 2.0, 15: 2.5, 20: 2.6}
    best = make_run(tmp_path / "best", tiny_llama, training_duration="20ba")
    assert train(tmp_path / "best") == ExitCode.DONE
    state = safetensors.torch.load(store.get(f"runs/{RUN}/checkpoints/step-10/state.safetensors"))
    kept = {name.removeprefix("weights."): t for name, t in state.items() if "weights." in name}
    exported = {name.replace(".weight", ".default.weight"): t for name, t in adapter(store).items()}
    assert exported.keys() == kept.keys()
    assert same(exported, kept)
    assert not same(adapter(store), adapter(best))


def test_patience_that_runs_out_ends_training_early_also_after_a_restart(
    tmp_path, tiny_llama, train, monkeypatch
):
    found = iter([1.0, 1.1, 1.2])
    monkeypatch.setattr(milestones, "held_out_nll", lambda *_: next(found))
    stopping = {"patience": 2, "every": 0.1}
    store = make_run(tmp_path, tiny_llama, early_stopping=stopping, training_duration="20ba")

    def crash(*_):
        raise OSError("no")

    with monkeypatch.context() as broken:
        broken.setattr(milestones.Milestones, "_measure", crash)
        assert train(tmp_path) == 1
    assert max(losses(store)) == 2
    assert train(tmp_path) == ExitCode.DONE
    assert measured(store) == {2: 1.0, 4: 1.1, 6: 1.2}
    assert max(losses(store)) == 6


def test_early_stopping_needs_held_out_rows(tmp_path, tiny_llama, train):
    store = make_run(tmp_path, tiny_llama, early_stopping={}, eval_data=[])
    assert train(tmp_path) == ExitCode.BAD_SPEC
    assert events(store)[-1].data["reason"] == "NO_HELD_OUT"


def test_a_run_goes_on_from_own_weights(tmp_path, tiny_llama, train):
    first = make_run(tmp_path, tiny_llama, lora={"rank": 8}, training_duration="6ba")
    assert train(tmp_path) == ExitCode.DONE
    files = ["adapter_model.safetensors", "manifest.json"]
    own = {name: first.get(adapter_prefix(RUN) + name) for name in files}
    second = make_run(
        tmp_path / "second", tiny_llama, lora={"rank": 8}, training_duration="6ba",
        custom_weights="own/", seed=1,
    )  # fmt: skip
    for name, content in own.items():
        second.put(f"own/{name}", content)
    assert train(second.root) == ExitCode.DONE
    assert losses(second)[1] < losses(first)[1] / 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "own/"), (b"no weights", "cannot be gone on from"),
     (safetensors.torch.save({"base_model.x.lora_A.weight": torch.ones(1)}), "differ")],
)  # fmt: skip
def test_own_weights_that_do_not_fit_are_refused(tmp_path, tiny_llama, train, content, words):
    store = make_run(tmp_path, tiny_llama, custom_weights="own/")
    if content is not None:
        store.put("own/adapter_model.safetensors", content)
    assert train(tmp_path) == ExitCode.BAD_SPEC
    assert events(store)[-1].data["reason"] == "UNFIT_WEIGHTS"
    assert words in events(store)[-1].message


@pytest.mark.parametrize(
    ("task_type", "name", "content"),
    [
        ("CHAT_COMPLETION", "chats.jsonl", jsonl(*[CHAT] * 8)),
        ("CONTINUED_PRETRAIN", "text.txt", b"Revenue grew by 4% in the second quarter. " * 40),
    ],
)
def test_the_other_tasks_learn_too(tmp_path, tiny_llama, train, task_type, name, content):
    store = make_run(
        tmp_path, tiny_llama, task_type=task_type, prompt=None, eval_data=[], canary_prompts=[],
        train_data=[{"files": [data_file(name)]}], context_length=256,
    )  # fmt: skip
    store.put(name, content)
    assert train(tmp_path) == ExitCode.DONE
    series = losses(store)
    assert series[12] < series[1] / 2
    assert not store.exists(f"{adapter_prefix(RUN)}prompt.json")
    canaries = json.loads(store.get(f"runs/{RUN}/canaries.json"))
    assert canaries[0]["base_text"] != canaries[0]["tuned_text"]


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [("constant", [0.5, 1, 1, 1, 1, 1]), ("cosine", [0.5, 1, 1, 0.853553, 0.5, 0.146447])],
)
def test_schedules_after_the_warm_up(tmp_path, tiny_llama, schedule, rates):
    store = make_run(
        tmp_path, tiny_llama, learning_rate=1.0, warmup_fraction=0.3, schedule=schedule
    )
    spec = TrainingSpec.model_validate_json(store.get(spec_key(RUN)))
    assert [learning_rate(spec, step, 6) for step in range(6)] == pytest.approx(rates, rel=1e-5)

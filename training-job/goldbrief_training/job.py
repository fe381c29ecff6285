"""A training run from its spec to its adapter, told top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from transformers import PreTrainedTokenizerBase

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import (
    IntrinsicEvaluation,
    TrainingSpec,
    adapter_prefix,
    spec_key,
)
from goldbrief_training import devices
from goldbrief_training.checkpoints import Checkpoints
from goldbrief_training.data import Sample, load_samples
from goldbrief_training.evaluation import canaries, evaluate
from goldbrief_training.events import EventLog
from goldbrief_training.export import export_adapter, is_exported
from goldbrief_training.interruption import Interruption
from goldbrief_training.loop import Loop
from goldbrief_training.memory import micro_batch_size
from goldbrief_training.model import AdaptedModel, check_spec, load_model, load_tokenizer
from goldbrief_training.plan import Plan, make_plan
from goldbrief_training.state import TrainingState


@dataclass(frozen=True, slots=True)
class Inputs:
    """A spec with everything that it names, checked; no model weights yet."""

    spec: TrainingSpec
    tokenizer: PreTrainedTokenizerBase
    train: Sequence[Sample]
    held_out: Sequence[Sample]
    plan: Plan


def read_inputs(store: ObjectStore, key: str) -> Inputs:
    """Read and check spec and data, with the base model's tokenizer.

    Args:
        store: Where both are.
        key: Object key of the spec.

    Returns:
        The inputs.

    Raises:
        InvalidInputError: The spec or the data is wrong; names each bad row.
    """
    spec = read_spec(store, key)
    check_spec(spec)
    tokenizer = load_tokenizer(spec)
    train = load_samples(store, spec.train_data, tokenizer, spec.context_length)
    held_out = (
        load_samples(store, spec.eval_data, tokenizer, spec.context_length)
        if spec.eval_data
        else []
    )
    plan = make_plan(
        train, batch_size=spec.batch_size, duration=spec.training_duration, seed=spec.seed
    )
    return Inputs(spec, tokenizer, train, held_out, plan)


def read_spec(store: ObjectStore, key: str) -> TrainingSpec:
    """Read the spec; raises InvalidInputError when it is missing, wrong or misplaced."""
    try:
        spec = TrainingSpec.model_validate_json(store.get(key))
    except NotFoundError as error:
        raise InvalidInputError(error.message, reason="SPEC_NOT_FOUND") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'spec'}: {e['msg']}" for e in error.errors()
        )
        raise InvalidInputError(f"{key} is no training spec: {problems}.") from error
    if key != spec_key(spec.run_id):
        raise InvalidInputError(f"The spec of run {spec.run_id} must not be stored at {key}.")
    return spec


@dataclass(frozen=True, slots=True)
class Outside:
    """What a run talks to."""

    store: ObjectStore
    events: EventLog
    interruption: Interruption
    work: Path
    """Folder for temporary files."""


def run(inputs: Inputs, outside: Outside) -> None:
    """Train, evaluate and export, going on from the newest checkpoint.

    Args:
        inputs: From `read_inputs`.
        outside: Where progress and results go.

    Raises:
        RunInterruptedError: A signal came; what was done is stored.
        InvalidInputError: There is a checkpoint of another spec or other data.
        NonFiniteLossError: Training diverged; the last checkpoint is kept.
    """
    spec, store = inputs.spec, outside.store
    checkpoints = Checkpoints(
        store,
        spec.run_id,
        {
            "spec_sha256": sha256_json(spec.model_dump(mode="json")),
            "plan_sha256": inputs.plan.sha256,
        },
    )
    checkpoint = checkpoints.newest(lambda message: outside.events.emit("WARNING", message))
    store.put(f"runs/{spec.run_id}/plan.json", canonical_json(inputs.plan.as_json()))
    threads = devices.set_threads(spec.threads)
    model = load_model(spec, inputs.tokenizer, devices.choose_device())
    state = TrainingState(model)
    if checkpoint is not None:
        state.restore(checkpoint)
    loop = Loop(
        spec=spec,
        samples=inputs.train,
        plan=inputs.plan,
        micro_batch_size=micro_batch_size(store, spec),
        checkpoints=checkpoints,
        events=outside.events,
        interruption=outside.interruption,
    )
    _announce_start(loop, state, threads)
    loop.run(state)
    _evaluate(inputs, model, loop.micro_batch_size, outside)
    _run_canaries(spec, model, outside)
    export_adapter(store, spec, model, outside.work)
    announce_done(outside.events, spec)


def is_done(store: ObjectStore, spec: TrainingSpec) -> bool:
    """Whether an earlier process of the run finished it."""
    return is_exported(store, spec.run_id)


def announce_done(events: EventLog, spec: TrainingSpec) -> None:
    """Say that the run is done, unless that was already said."""
    last = events.last()
    if last is None or last.type != "DONE":
        prefix = adapter_prefix(spec.run_id)
        events.emit("DONE", f"The adapter is at {prefix}.", adapter=prefix)


def _announce_start(loop: Loop, state: TrainingState, threads: int) -> None:
    model, steps = state.model, len(loop.plan.steps)
    loop.events.emit(
        "RESUMED" if state.step else "STARTED",
        f"Training {loop.spec.model} from step {state.step} of {steps} on {model.device.type}.",
        step=state.step,
        steps=steps,
        tokens=loop.plan.tokens,
        device=model.device.type,
        dtype=str(model.dtype).removeprefix("torch."),
        threads=threads,
        micro_batch_size=loop.micro_batch_size,
        trainable_parameters=sum(p.numel() for p in model.trainable.values()),
    )


def _evaluate(inputs: Inputs, model: AdaptedModel, size: int, outside: Outside) -> None:
    if not inputs.held_out:
        return
    spec, store = inputs.spec, outside.store
    key = f"runs/{spec.run_id}/eval.json"
    if store.exists(key):
        result = IntrinsicEvaluation.model_validate_json(store.get(key))
    else:
        result = evaluate(model, inputs.held_out, spec.model, size, outside.interruption)
        store.put(key, canonical_json(result.model_dump()))
    outside.events.emit(
        "EVALUATED",
        f"Held-out perplexity {result.base_perplexity:.3f} before, "
        f"{result.tuned_perplexity:.3f} after tuning.",
        **result.model_dump(),
    )


def _run_canaries(spec: TrainingSpec, model: AdaptedModel, outside: Outside) -> None:
    found = canaries(model, spec.canary_prompts, spec.canary_max_tokens, outside.interruption)
    content = canonical_json([canary.model_dump(mode="json") for canary in found])
    outside.store.put(f"runs/{spec.run_id}/canaries.json", content)

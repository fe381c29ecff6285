"""A training run from its spec to its adapter, told top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from transformers import PreTrainedTokenizerBase

from goldbrief.core.documents import Record
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import (
    DataSource,
    IntrinsicEvaluation,
    TrainingSpec,
    result_prefix,
    spec_key,
)
from goldbrief.platform.tracing.spans import span
from goldbrief_training import devices
from goldbrief_training.checking import estimate
from goldbrief_training.checkpoints import Checkpoints
from goldbrief_training.custom_weights import load_adapter
from goldbrief_training.data import Dataset, load_dataset, require_samples
from goldbrief_training.encoding import Encoder, Sample
from goldbrief_training.evaluation import Measures, compare, measure
from goldbrief_training.events import EventLog
from goldbrief_training.export import export, is_exported
from goldbrief_training.generation import canaries, generate
from goldbrief_training.interruption import Interruption
from goldbrief_training.loop import Loop
from goldbrief_training.memory import fitted
from goldbrief_training.milestones import Milestones
from goldbrief_training.model import TrainableModel, check_spec, load_model, load_tokenizer
from goldbrief_training.plan import Plan, make_plan
from goldbrief_training.ranks import ALONE, Ranks
from goldbrief_training.state import TrainingState


@dataclass(frozen=True, slots=True)
class Inputs:
    """A spec with everything that it names, checked; no model weights yet."""

    spec: TrainingSpec
    tokenizer: PreTrainedTokenizerBase
    train: Dataset
    held_out: Sequence[Sample]
    plan: Plan
    canary_prompts: Sequence[str]


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
    encoder = Encoder(tokenizer, spec.context_length)
    train = load_dataset(store, spec.train_data, encoder, spec)
    require_samples(train, spec.train_data)
    held_out = Dataset()
    if spec.eval_data:
        held_out = load_dataset(store, [DataSource(files=spec.eval_data)], encoder, spec)
    if spec.early_stopping and not held_out.samples:
        raise InvalidInputError(
            "Early stopping needs held-out rows.", reason="NO_HELD_OUT", remedy="Give eval data."
        )
    plan = make_plan(
        train.samples,
        batch_size=spec.batch_size,
        duration=spec.training_duration,
        seed=spec.seed,
        shares=train.shares,
    )
    canary_prompts = spec.canary_prompts or tuple(held_out.prompts or train.prompts)
    return Inputs(spec, tokenizer, train, held_out.samples, plan, canary_prompts)


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
    """Ranks beside the first only read it."""
    parts: ObjectStore
    """The same for parts of checkpoints, which every rank writes."""
    events: EventLog
    interruption: Interruption
    work: Path
    """Folder for temporary files."""
    ranks: Ranks = ALONE


def run(inputs: Inputs, outside: Outside) -> None:
    """Train, evaluate and export, going on from the newest checkpoint.

    Ranks beside the first train, and go on to evaluate only what they share the weights of.

    Args:
        inputs: From `read_inputs`.
        outside: Where progress and results go.

    Raises:
        RunInterruptedError: A signal came; what was done is stored.
        InvalidInputError: There is a checkpoint of another spec or other data.
        NonFiniteLossError: Training diverged; the last checkpoint is kept.
    """
    store = outside.store
    spec = fitted(store, inputs.spec)
    checkpoints = Checkpoints(
        outside.parts,
        spec.run_id,
        {
            "spec_sha256": sha256_json(inputs.spec.model_dump(mode="json")),
            "plan_sha256": inputs.plan.sha256,
        },
        outside.work,
    )
    checkpoint = checkpoints.newest(lambda message: outside.events.emit("WARNING", message))
    store.put(f"runs/{spec.run_id}/plan.json", canonical_json(inputs.plan.as_json()))
    threads = devices.set_threads(spec.threads)
    with span("training.load"):
        model = load_model(spec, inputs.tokenizer, devices.choose_device(), outside.ranks)
    evaluates = outside.ranks.is_first or model.is_shared
    with span("training.untuned"):
        untuned = (
            _look_at_base(inputs, model, spec.micro_batch_size, outside) if evaluates else None
        )
    state = TrainingState(model)
    if checkpoint is not None:
        state.restore(checkpoint)
    elif spec.custom_weights and model.peft is not None:
        load_adapter(store, spec.custom_weights, model.peft)
    milestones = Milestones(
        spec=spec,
        steps=len(inputs.plan.steps),
        held_out=inputs.held_out,
        store=store,
        events=outside.events,
        interruption=outside.interruption,
    )
    loop = Loop(
        spec=spec,
        samples=inputs.train.samples,
        plan=inputs.plan,
        checkpoints=checkpoints,
        milestones=milestones,
        events=outside.events,
        interruption=outside.interruption,
        ranks=outside.ranks,
    )
    _announce_start(loop, state, threads)
    with span("training.steps", {"goldbrief.first_step": state.step}) as steps:
        loop.run(state)
        steps.set_attribute("goldbrief.last_step", state.step)
    if untuned is not None:
        if spec.early_stopping:
            state.restore(checkpoints.of_step(milestones.best_step))
        with span("training.evaluate"):
            _evaluate(inputs, model, untuned, spec.micro_batch_size, outside)
            _run_canaries(inputs, model, untuned, outside)
        with span("training.export"):
            export(store, spec, model, outside.work, outside.ranks)
    # Who has ended is not started again: had the first to, it would wait for the others for ever.
    outside.ranks.wait(model.device)
    announce_done(outside.events, spec)


def report_check(inputs: Inputs, store: ObjectStore, events: EventLog) -> None:
    """Say once a run what checking its spec and data found, and what training should take."""
    key = f"runs/{inputs.spec.run_id}/estimate.json"
    if store.exists(key):
        return
    found = estimate(inputs.spec, inputs.train, len(inputs.held_out), inputs.plan)
    store.put(key, canonical_json(found.model_dump(mode="json")))
    left_out = len(found.dropped) + len(found.truncated)
    overflow = f" {left_out} rows were too long: {inputs.spec.on_overflow}." if left_out else ""
    events.emit(
        "CHECKED",
        f"{found.rows:,} rows of {found.tokens:,} tokens; {found.steps:,} steps over"
        f" {found.training_tokens:,} tokens.{overflow}",
        **found.model_dump(mode="json"),
    )


def is_done(store: ObjectStore, spec: TrainingSpec) -> bool:
    """Whether an earlier process of the run finished it."""
    return is_exported(store, spec)


def announce_done(events: EventLog, spec: TrainingSpec) -> None:
    """Say that the run is done, unless that was already said."""
    last = events.last()
    if last is None or last.type != "DONE":
        prefix = result_prefix(spec.run_id, spec.method)
        what = "model" if spec.method == "full" else "adapter"
        events.emit("DONE", f"The {what} is at {prefix}.", adapter=prefix)


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
        ranks=loop.ranks.size,
        micro_batch_size=loop.spec.micro_batch_size,
        levers=model.levers.model_dump(),
        trainable_parameters=sum(p.numel() for p in model.trainable.values()),
    )


class _Untuned(Record):
    """What the base model makes of held-out rows and canary prompts, before training changes it."""

    measures: Measures | None
    canary_texts: dict[str, str]


def _look_at_base(inputs: Inputs, model: TrainableModel, size: int, outside: Outside) -> _Untuned:
    spec, store, stop = inputs.spec, outside.store, outside.interruption
    key = f"runs/{spec.run_id}/untuned.json"
    if store.exists(key):
        return _Untuned.model_validate_json(store.get(key))
    rows, prompts = inputs.held_out, list(inputs.canary_prompts)
    texts = generate(model, prompts, spec.canary_max_tokens, stop)
    found = _Untuned(
        measures=measure(model, rows, size, stop) if rows else None,
        canary_texts=dict(zip(prompts, texts, strict=True)),
    )
    store.put(key, canonical_json(found.model_dump()))
    return found


def _evaluate(
    inputs: Inputs, model: TrainableModel, untuned: _Untuned, size: int, outside: Outside
) -> None:
    if untuned.measures is None:
        return
    spec, store, rows = inputs.spec, outside.store, inputs.held_out
    key = f"runs/{spec.run_id}/eval.json"
    if store.exists(key):
        result = IntrinsicEvaluation.model_validate_json(store.get(key))
    else:
        tuned = measure(model, rows, size, outside.interruption)
        result = compare(untuned.measures, tuned, rows, model.tokenizer, spec.model)
        store.put(key, canonical_json(result.model_dump()))
    outside.events.emit(
        "EVALUATED",
        f"Held-out perplexity {result.base_perplexity:.3f} before, "
        f"{result.tuned_perplexity:.3f} after tuning.",
        **result.model_dump(),
    )


def _run_canaries(
    inputs: Inputs, model: TrainableModel, untuned: _Untuned, outside: Outside
) -> None:
    spec, texts = inputs.spec, untuned.canary_texts
    found = canaries(model, texts, spec.canary_max_tokens, outside.interruption)
    content = canonical_json([canary.model_dump(mode="json") for canary in found])
    outside.store.put(f"runs/{spec.run_id}/canaries.json", content)

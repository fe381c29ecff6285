"""Stages of an evaluation: generate, (judge,) record, report."""

from __future__ import annotations

from goldbrief.core.documents import Candidate, StyleContract
from goldbrief.core.errors import DataCorruptionError, NotFoundError
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import Embedder, ObjectStore
from goldbrief.evaluation.contests import is_contest, meet
from goldbrief.evaluation.evaluations import KIND, TRACK_TASK, read_plan, row_key
from goldbrief.evaluation.likelihood import measure_likelihood
from goldbrief.evaluation.material import read_material
from goldbrief.evaluation.measuring import Target, measure
from goldbrief.evaluation.models import LiveModels, RecordedModels
from goldbrief.evaluation.publishing import publish
from goldbrief.evaluation.rows import (
    read_article,
    read_candidate,
    read_grades,
    read_judgment,
    read_likelihood,
)
from goldbrief.evaluation.systems import (
    DIRECT,
    Example,
    SystemSpec,
    direct_prompt,
    make_system,
)
from goldbrief.evaluation.turns import Turns
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Finish, Later, NewWork, Transition
from goldbrief.text.tidying import tidy

_PATIENCE_S = 0.5
"""How long a thread waits for its turn to generate before it does something else."""
_DELAY_A_WAITING_ITEM_S = 0.1
"""Keeps the looks at the queue at ten a second, however many items wait."""


class Stages:
    """Handlers of the stages.

    Args:
        store: Object store.
        models: Write the summaries.
        embedder: Measures their closeness to the target.
    """

    def __init__(self, store: ObjectStore, models: LiveModels, embedder: Embedder) -> None:
        self._store = store
        self._models = models
        self._embedder = embedder
        self._turns = Turns()

    def generate(self, context: StageContext) -> Transition:
        """Let the item's system write its summary; an empty one goes unjudged.

        A contest waits here for its two summaries.
        """
        if is_contest(context.data):
            return meet(self._store, context) or _later(context)
        system = self._system(context)
        if system.kind == "OUTPUTS":
            return self._take_output(context, system)
        if system.kind == "TEACHER":
            return Advance("teach", {"then": _after("x", context)})
        plan = read_plan(self._store, context.spec["plan_key"])
        holder = (context.work_id, context.data["system"])
        if not self._turns.take(holder, plan.concurrency, _PATIENCE_S):
            return _later(context)
        try:
            candidate = self._write(context, system, plan)
        finally:
            self._turns.give_back()
        key = row_key(context.work_id, context.index, "candidate")
        self._store.put(key, candidate.model_dump_json().encode())
        return Advance(_after(candidate.text, context), {"candidate_key": key})

    def _take_output(self, context: StageContext, system: SystemSpec) -> Transition:
        key = context.spec["outputs"][system.name].get(context.data["article"])
        if key is None:
            raise NotFoundError(
                f"The file of {system.name} has no summary of this article.", reason="NO_OUTPUT"
            )
        text = Candidate.model_validate_json(self._store.get(key)).text
        return Advance(_after(text, context), {"candidate_key": key})

    def weigh(self, context: StageContext) -> Transition:
        """Ask the engine how probable the item's system finds the target, while nobody writes.

        Only a system that completes one prompt can be asked.
        """
        system, data = self._system(context), context.data
        prompt = read_plan(self._store, context.spec["plan_key"]).prompt
        target = Target.model_validate(data["target"]).text
        if system.kind not in DIRECT or prompt.strategy == "map_reduce" or not target:
            return Advance("record")
        examples = _examples(context) if system.kind == "FEW_SHOT" else ()
        article = read_article(self._store, data["article"]).text
        rendered = direct_prompt(article, data["persona"], prompt, examples)
        if not self._turns.take((context.work_id, "weigh"), 1, _PATIENCE_S):
            return _later(context)
        try:
            found = measure_likelihood(self._models, rendered, target, system.adapter or None)
        finally:
            self._turns.give_back()
        return Advance("record", {"likelihood": found.model_dump()})

    def record(self, context: StageContext) -> Transition:
        """Measure the item's summary."""
        data = context.data
        candidate = read_candidate(self._store, data)
        if candidate is None:
            raise DataCorruptionError(f"Row {context.index} has no candidate.")
        measurement = measure(
            candidate,
            read_article(self._store, data["article"]).text,
            StyleContract.model_validate(context.spec["style"]),
            Target.model_validate(data["target"]),
            read_judgment(self._store, data),
            self._embedder,
            grades=read_grades(self._store, data),
            likelihood=read_likelihood(data),
        )
        key = row_key(context.work_id, context.index, "measured")
        self._store.put(key, measurement.model_dump_json().encode())
        return Finish(data={"measured_key": key})

    def write_report(self, context: StageContext) -> Transition:
        """Compute the results and write them, the rows and the report."""
        items = context.ledger.works.items(context.work_id)
        material = read_material(self._store, self._embedder, context.claim.work, items)
        before = [work for work in context.ledger.works.of_kind(KIND) if work.id != context.work_id]
        result = publish(self._store, material, before)
        _mirror(context)
        return Finish(result=result)

    def _system(self, context: StageContext) -> SystemSpec:
        spec = next(s for s in context.spec["systems"] if s["name"] == context.data["system"])
        return SystemSpec.model_validate(spec)

    def _write(self, context: StageContext, spec: SystemSpec, plan: EvaluationPlan) -> Candidate:
        data = context.data
        models = RecordedModels(self._models, context, plan.concurrency)
        system = make_system(spec, plan.prompt, models, plan.goldens, _examples(context))
        article = read_article(self._store, data["article"])
        written = system.write(article.text, data["persona"])
        return Candidate(
            article_sha256=article.sha256,
            persona=data["persona"],
            # as the gateway tidies its answers, for every system alike
            text=tidy(written.text, plan.prompt.style, data["persona"]),
            author=spec.name,
            prompt_tokens=written.prompt_tokens,
            completion_tokens=written.completion_tokens,
            latency_s=written.latency_s,
            first_token_s=written.first_token_s,
            cost=written.cost,
        )


def _mirror(context: StageContext) -> None:
    """Have an evaluation outside of runs written to MLflow, by a work of its own.

    It neither waits for MLflow nor fails with it; a run's own mirror has its evaluation.
    """
    if not context.claim.work.group_id:
        context.ledger.works.create(
            NewWork(
                kind="tracking",
                request_id=f"{context.work_id}/track",
                spec={"evaluation_id": context.work_id},
                stages={"log": TRACK_TASK},
                items=[{}],
            )
        )


def _examples(context: StageContext) -> list[Example]:
    return [Example(**one) for one in context.spec.get("examples", ())]


def _later(context: StageContext) -> Later:
    stages = context.ledger.works.counts(context.work_id).by_stage
    return Later(stages.get(context.claim.item.stage, 1) * _DELAY_A_WAITING_ITEM_S)


def _after(text: str, context: StageContext) -> str:
    """Where a summary goes: nothing is judged that is empty, or a repeat."""
    if context.data.get("repeat"):
        return "record"
    return "judge" if text else str(context.spec["after_grading"])

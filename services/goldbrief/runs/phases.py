"""The phases of a run: each starts a resource of another service and reads its result.

Starting is idempotent by request id, so a phase may be started again after a crash.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from goldbrief.api.datasets.v1 import datasets_pb2, datasets_pb2_grpc
from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.api.finetuning.v1 import finetuning_pb2, finetuning_pb2_grpc
from goldbrief.api.judge.v1 import judge_pb2, judge_pb2_grpc
from goldbrief.api.registry.v1 import registry_pb2, registry_pb2_grpc
from goldbrief.api.synthesis.v1 import synthesis_pb2, synthesis_pb2_grpc
from goldbrief.core.documents import PromptFormat, Record
from goldbrief.core.errors import FailedPreconditionError, RestingError, TransientError
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.judge_cards import CALIBRATED
from goldbrief.core.model_families import shared_family
from goldbrief.core.plans import DatasetPlan, EvaluationPlan, SynthesisPlan
from goldbrief.core.recipe import EvaluationRecipe, Recipe, Rival
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.ledger import NewWork, Work, Works
from goldbrief.platform.ledger.works import Counts
from goldbrief.runs.inputs import Inputs
from goldbrief.runs.tracking import TRACK_TASK
from goldbrief.text.prompts import TEMPLATE

TUNED = "tuned"
_RIVALS: dict[Rival, str] = {
    "v1": "PROMPT_CHAIN", "base": "BASE", "few_shot": "FEW_SHOT", "teacher": "TEACHER",
}  # fmt: skip
"""What the tuned model may be compared with, and its kind in evaluation.proto."""
FEWEST_PAIRS = 5
_RESTART_LOOK_S = 5.0
"""Training pairs below which there is no style to learn."""
_ENOUGH_DONE = 10
"""Summaries from which their mean cost says what the whole will cost."""


@dataclass(frozen=True, slots=True)
class Stubs:
    """Clients of the services that do the phases."""

    datasets: datasets_pb2_grpc.DatasetsServiceStub
    synthesis: synthesis_pb2_grpc.SynthesisServiceStub
    judge: judge_pb2_grpc.JudgeServiceStub
    finetuning: finetuning_pb2_grpc.FinetuningServiceStub
    evaluation: evaluation_pb2_grpc.EvaluationServiceStub
    registry: registry_pb2_grpc.RegistryServiceStub


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a phase works with: the recipe, the files, and what earlier phases made."""

    run_id: str
    recipe: Recipe
    inputs: Inputs
    store: ObjectStore
    stubs: Stubs
    works: Works
    resources: Mapping[str, str]
    """Phase name to the id of the work that did it."""

    def request_id(self, phase: str) -> str:
        """Request id of a phase: the same whenever it is started."""
        return f"{self.run_id}/{phase}"

    def result_of(self, phase: str) -> dict[str, Any]:
        """Result of an earlier phase."""
        return self.works.get(self.resources[phase]).result

    def put_plan(self, plan: Record) -> str:
        """Store a plan under its hash; returns the key."""
        data = canonical_json(plan.model_dump(mode="json"))
        key = f"runs/{self.run_id}/plans/{sha256_bytes(data)}.json"
        self.store.put(key, data)
        return key

    def prompt(self) -> PromptFormat:
        """How articles become prompts in this run."""
        return PromptFormat(
            template=TEMPLATE,
            strategy=self.recipe.article.strategy,
            article_tokens=self.recipe.article.tokens,
            wrap=self.recipe.article.wrap,
            style=self.inputs.style(self.recipe.personas).contract,
            max_new_tokens=self.recipe.evaluation.max_new_tokens,
        )

    def personas(self) -> tuple[str, ...]:
        """Whom the run writes for."""
        return self.prompt().style.personas


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase: how it begins, and what to say of it."""

    name: str
    start: Callable[[RunContext], str]
    """Starts the resource; returns its work id."""
    describe: Callable[[Work, Counts], str]
    """One line for people on what is going on or came out."""


def _start_ingest(run: RunContext) -> str:
    files = [
        datasets_pb2.UploadedFile(name=file.name, sha256=file.sha256, uri=file.uri)
        for file in run.inputs.of_role("ARTICLE")
    ]
    request = datasets_pb2.CreateImportRequest(
        request_id=run.request_id("ingest"),
        run_id=run.run_id,
        files=files,
        policy_json=run.recipe.ingest.model_dump_json(),
    )
    return str(getattr(run.stubs.datasets.CreateImport(request), "import").work.id)


def _start_synthesize(run: RunContext) -> str:
    # a teacher is paid in vain when no judge can be reached
    judge = run.stubs.judge.GetJudge(judge_pb2.GetJudgeRequest())
    articles = json.loads(run.store.get(run.result_of("ingest")["articles_key"]))
    plan = SynthesisPlan(
        goldens=run.inputs.goldens(),
        prompt=run.prompt(),
        personas=run.personas(),
        candidates_per_article=run.recipe.synthesis.candidates_per_article,
        temperatures=run.recipe.synthesis.temperatures,
        synthetic_articles=run.recipe.synthesis.synthetic.articles,
        topics=run.recipe.synthesis.synthetic.topics,
        max_rewrites=run.recipe.synthesis.max_rewrites,
        accept_score=_threshold("accept_score", run.recipe.synthesis.accept_score, judge),
        reject_score=_threshold("reject_score", run.recipe.synthesis.reject_score, judge),
        seed=run.recipe.seed,
    )
    request = synthesis_pb2.CreateSynthesisRequest(
        request_id=run.request_id("synthesize"),
        run_id=run.run_id,
        article_sha256s=[article["sha256"] for article in articles],
        plan_key=run.put_plan(plan),
        judge=judge.judge,
    )
    return str(run.stubs.synthesis.CreateSynthesis(request).synthesis.work.id)


def _threshold(
    name: Literal["accept_score", "reject_score"],
    wanted: float | Literal["calibrated"],
    judge: judge_pb2.GetJudgeResponse,
) -> float:
    if not isinstance(wanted, str):
        return wanted
    score = float(getattr(judge, name))
    if judge.standing == "unfit" or not score:
        raise FailedPreconditionError(
            f"synthesis.{name} is {CALIBRATED}, but {judge.judge} has no card with such a "
            f"score: this version of it is {judge.standing}.",
            reason="NO_JUDGE_CARD",
            remedy="Run `goldbrief judge calibrate`, or write a number from 1 to 5.",
        )
    return score


def _start_curate(run: RunContext) -> str:
    prompt = run.prompt()
    plan = DatasetPlan(
        name=run.recipe.dataset.name,
        prompt=prompt,
        pairs=run.recipe.dataset.pairs,
        eval_pairs=run.recipe.dataset.eval_pairs,
        golden_eval=run.inputs.golden_eval_pairs(prompt.style),
        embeddings=run.recipe.dataset.embeddings,
        balance=run.recipe.dataset.balance,
        synthetic_share=run.recipe.synthesis.synthetic.share,
        seed=run.recipe.seed,
    )
    request = datasets_pb2.CreateDatasetVersionRequest(
        request_id=run.request_id("curate"),
        run_id=run.run_id,
        name=run.recipe.dataset.name,
        synthesis_id=run.resources["synthesize"],
        import_id=run.resources["ingest"],
        extends=run.recipe.dataset.extends,
        plan_key=run.put_plan(plan),
    )
    return str(run.stubs.datasets.CreateDatasetVersion(request).dataset_version.work.id)


def _start_finetune(run: RunContext) -> str:
    recipe = run.recipe.finetuning
    dataset = run.result_of("curate")
    _require_pairs(dataset["rows"].get("train", 0))
    hyperparameters = recipe.model_dump(
        mode="json", exclude={"model", "register_to", "training_duration"}
    )
    request = finetuning_pb2.CreateFinetuningRunRequest(
        request_id=run.request_id("finetune"),
        run_id=run.run_id,
        model=recipe.model,
        train_data_path=f"{dataset['name']}/{dataset['version']}",
        register_to=recipe.register_to,
        training_duration=recipe.training_duration,
        task_type="INSTRUCTION_FINETUNE",
        hyperparameters_json=json.dumps({**hyperparameters, "seed": run.recipe.seed}),
        prompt_json=run.prompt().model_dump_json(),
    )
    return str(run.stubs.finetuning.CreateFinetuningRun(request).finetuning_run.work.id)


def _require_pairs(number: int) -> None:
    if number < FEWEST_PAIRS:
        raise FailedPreconditionError(
            f"Only {number} accepted pairs are left to train on.",
            reason="TOO_FEW_PAIRS",
            remedy="`goldbrief candidates` tells why the others were rejected; more articles, a "
            "larger article.tokens or a lower synthesis.accept_score give more.",
        )


def _start_evaluate(run: RunContext) -> str:
    version = _tuned_version(run)
    plan = EvaluationPlan(
        dataset_prefix=run.result_of("curate")["prefix"],
        prompt=run.prompt(),
        articles=run.recipe.evaluation.articles,
        concurrency=run.recipe.evaluation.concurrency,
        answer_metrics=run.recipe.evaluation.answer_metrics,
        pairwise=run.recipe.evaluation.pairwise,
        likelihood=run.recipe.evaluation.likelihood,
        consistency_articles=run.recipe.evaluation.consistency_articles,
        goldens=run.inputs.goldens(),
        finetuning_run_id=run.resources["finetune"],
        seed=run.recipe.seed,
    )
    request = evaluation_pb2.CreateEvaluationRequest(
        request_id=run.request_id("evaluate"),
        run_id=run.run_id,
        systems=[
            *_rivals(run.recipe.evaluation),
            evaluation_pb2.System(name=TUNED, kind="ADAPTER", adapter=version.served_name),
        ],
        plan_key=run.put_plan(plan),
    )
    return str(run.stubs.evaluation.CreateEvaluation(request).evaluation.work.id)


def _rivals(recipe: EvaluationRecipe) -> list[evaluation_pb2.System]:
    return [
        evaluation_pb2.System(
            name=name, kind=_RIVALS[name], endpoint=recipe.v1_endpoint if name == "v1" else ""
        )
        for name in dict.fromkeys(recipe.compare)
    ]


def _tuned_version(run: RunContext) -> registry_pb2.ModelVersion:
    request = registry_pb2.DeliverModelVersionRequest(
        model=run.recipe.finetuning.register_to, version=run.result_of("finetune")["model_version"]
    )
    try:
        version: registry_pb2.ModelVersion = run.stubs.registry.DeliverModelVersion(
            request
        ).model_version
    except TransientError as error:
        if error.reason != "ENGINE_RESTARTS":
            raise
        # TGI takes minutes to start with another adapter: no failed try
        raise RestingError(
            error.message, retry_after_s=_RESTART_LOOK_S, reason=error.reason, remedy=error.remedy
        ) from error
    return version


def _start_promote(run: RunContext) -> str:
    results = run.store.get(run.result_of("evaluate")["results_key"])
    request = registry_pb2.CreatePromotionRequest(
        request_id=run.request_id("promote"),
        run_id=run.run_id,
        model=run.recipe.finetuning.register_to,
        version=run.result_of("finetune")["model_version"],
        evaluation_id=run.resources["evaluate"],
        results_json=results.decode(),
        gate_json=run.recipe.gate.model_dump_json(),
    )
    return str(run.stubs.registry.CreatePromotion(request).promotion.work.id)


def _start_track(run: RunContext) -> str:
    work = run.works.create(
        NewWork(
            kind="tracking",
            request_id=run.request_id("track"),
            group_id=run.run_id,
            spec={
                "recipe": run.recipe.model_dump(mode="json"),
                "resources": dict(run.resources),
                "style_version": run.prompt().style.version,
            },
            stages={"log": TRACK_TASK},
            items=[{}],
        )
    )
    return work.id


def _describe_ingest(work: Work, counts: Counts) -> str:
    if work.ended_at is None:
        return f"{counts.done} of {counts.total} files read"
    return f"{work.result.get('kept', 0)} articles kept, {work.result.get('rejected', 0)} rejected"


def _describe_synthesize(work: Work, counts: Counts) -> str:
    parts = [f"{counts.accepted} accepted", f"{counts.rejected} rejected"]
    if counts.failed:
        parts.append(f"{counts.failed} failed")
    parts.append(_outlook(work, counts))
    family = shared_family(work.spec.get("teacher", ""), work.spec.get("judge", ""))
    if family:
        parts.append(f"WARNING: teacher and judge are both {family}, which judges favor")
    return _with_waiting(", ".join(filter(None, parts)), counts)


def _outlook(work: Work, counts: Counts) -> str:
    """What the whole will take: by what it has cost so far, or by the estimate before."""
    if work.ended_at is not None:
        return ""
    if counts.cost and counts.done >= _ENOUGH_DONE:
        return f"about {counts.cost / counts.done * counts.total:.2f} in all"
    tokens = work.result.get("estimate")
    if not tokens:
        return ""
    prompt = tokens["teacher_prompt"] + tokens["judge_prompt"]
    completion = tokens["teacher_completion"] + tokens["judge_completion"]
    return f"about {prompt:,} prompt and {completion:,} completion tokens if none is sent back"


def _describe_curate(work: Work, _: Counts) -> str:
    rows = work.result.get("rows")
    if not rows:
        return "building the dataset version"
    split = ", ".join(f"{number} {name}" for name, number in sorted(rows.items()))
    return f"{work.result['name']}/{work.result['version']}: {split}"


def _describe_finetune(work: Work, _: Counts) -> str:
    result = work.result
    if result.get("model_version"):
        return f"registered as version {result['model_version']}"
    if result.get("waiting"):
        return f"waiting: {result['waiting']}"
    progress = result.get("progress")
    if not progress:
        return "loading the base model"
    return (
        f"step {progress['step']}/{progress['steps']}, loss {progress['loss']:.3f}, "
        f"{progress['tokens_per_s']:.0f} tokens/s"
    )


def _describe_evaluate(work: Work, counts: Counts) -> str:
    progress = f"{counts.done} of {counts.total} summaries and comparisons judged"
    return str(work.result.get("headline") or _with_waiting(progress, counts))


def _with_waiting(progress: str, counts: Counts) -> str:
    return f"{progress}; waiting: {counts.waiting_for}" if counts.waiting_for else progress


def _describe_promote(work: Work, _: Counts) -> str:
    if work.ended_at is None:
        return "checking the gate"
    label = work.result.get("label", "")
    return f"promoted ({label})" if work.result.get("promoted") else f"held back ({label})"


def _describe_track(work: Work, _: Counts) -> str:
    return "in MLflow: goldbrief ui" if work.result else "writing to MLflow"


PHASES = (
    Phase("ingest", _start_ingest, _describe_ingest),
    Phase("synthesize", _start_synthesize, _describe_synthesize),
    Phase("curate", _start_curate, _describe_curate),
    Phase("finetune", _start_finetune, _describe_finetune),
    Phase("evaluate", _start_evaluate, _describe_evaluate),
    Phase("promote", _start_promote, _describe_promote),
    Phase("track", _start_track, _describe_track),
)

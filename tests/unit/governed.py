"""A finished run: real dataset versions, with a model, evaluations and a run that tell of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.api.finetuning.v1 import finetuning_pb2, finetuning_pb2_grpc
from goldbrief.api.registry.v1 import registry_pb2, registry_pb2_grpc
from goldbrief.api.reviews.v1 import reviews_pb2, reviews_pb2_grpc
from goldbrief.api.runs.v1 import runs_pb2, runs_pb2_grpc
from goldbrief.core.errors import NotFoundError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.platform.ledger import Work
from goldbrief.platform.rpc.server import Service

from .dataset_server import build_version, serve
from .datasets.samples import Workplace, make_article, make_material

GOLDEN = b"## Overview\nRevenue rose.\n"
ARTICLES = "\n".join(json.dumps({"text": make_article(n).text}) for n in range(2)).encode()
RUN = "run-179eb074dcfb"
NEXT_RUN = "run-2b1c5f0de7a3"
"""A second round, which has a review of the first."""
REVIEW = "review-1"
ENDED = 1_790_000_000


class Registry(registry_pb2_grpc.RegistryServiceServicer):
    def __init__(self, digest: str) -> None:
        self.version = registry_pb2.ModelVersion(
            model="briefs",
            version="1",
            served_name="briefs--1",
            finetuning_run_id="fine-1",
            run_id=RUN,
            base_model="smollm2-135m-instruct",
            dataset_digest=digest,
        )
        self.version.create_time.FromSeconds(ENDED)

    def ListModelVersions(self, request: Any, context: Any) -> Any:  # noqa: N802
        return registry_pb2.ListModelVersionsResponse(model_versions=[self.version])

    def GetModelVersion(self, request: Any, context: Any) -> Any:  # noqa: N802
        if (request.model, request.version) != ("briefs", "1"):
            raise NotFoundError(f"There is no version {request.version} of {request.model}.")
        return registry_pb2.GetModelVersionResponse(model_version=self.version)

    def ResolveModel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return registry_pb2.ResolveModelResponse(model_version=self.version)


class Evaluations(evaluation_pb2_grpc.EvaluationServiceServicer):
    def __init__(self, prefix: str) -> None:
        systems = [evaluation_pb2.System(name="tuned", kind="ADAPTER", adapter="briefs--1")]
        self.evaluation = evaluation_pb2.Evaluation(systems=systems, dataset_prefix=prefix)
        self.evaluation.work.id = "eval-1"
        self.evaluation.work.run_id = RUN
        self.evaluation.work.end_time.FromSeconds(ENDED + 60)
        unrelated = evaluation_pb2.Evaluation(dataset_prefix="datasets/other/1/")
        unrelated.work.id = "eval-2"
        self.all = [self.evaluation, unrelated]

    def ListEvaluations(self, request: Any, context: Any) -> Any:  # noqa: N802
        return evaluation_pb2.ListEvaluationsResponse(evaluations=self.all)


class Runs(runs_pb2_grpc.RunsServiceServicer):
    def __init__(self, digest: str, import_id: str) -> None:
        ingest = runs_pb2.Phase(name="ingest", resource_id=import_id)
        curate = runs_pb2.Phase(name="curate", result_json=json.dumps({"digest": digest}))
        self.runs = {RUN: runs_pb2.Run(id=RUN, phases=[ingest, curate])}

    def add_round(self, digest: str) -> None:
        curate = runs_pb2.Phase(name="curate", result_json=json.dumps({"digest": digest}))
        made_of = runs_pb2.Round(number=2, review_set_ids=[REVIEW])
        self.runs[NEXT_RUN] = runs_pb2.Run(id=NEXT_RUN, phases=[curate], round=made_of)

    def GetRun(self, request: Any, context: Any) -> Any:  # noqa: N802
        return runs_pb2.GetRunResponse(run=self.runs[request.id or RUN])

    def ListRuns(self, request: Any, context: Any) -> Any:  # noqa: N802
        return runs_pb2.ListRunsResponse(runs=self.runs.values())

    def ListInputUses(self, request: Any, context: Any) -> Any:  # noqa: N802
        read = [
            runs_pb2.Input(role=role, name=name, sha256=sha256_bytes(data))
            for role, name, data in (
                ("ROLE_GOLDEN", "first.md", GOLDEN), ("ROLE_ARTICLE", "wire.jsonl", ARTICLES)
            )
        ]  # fmt: skip
        uses = [
            runs_pb2.InputUse(run_id=RUN, input=one) for one in read if one.sha256 == request.sha256
        ]
        return runs_pb2.ListInputUsesResponse(uses=uses)


class Reviews(reviews_pb2_grpc.ReviewsServiceServicer):
    def __init__(self) -> None:
        self.sets: list[reviews_pb2.ReviewSet] = []

    def add(self) -> None:
        self.sets.append(
            reviews_pb2.ReviewSet(
                id=REVIEW, title="Said in confidence", evaluation_id="eval-1", pairs=2,
                systems=["base", "tuned"], submitted=4,
            )
        )  # fmt: skip

    def ListReviewSets(self, request: Any, context: Any) -> Any:  # noqa: N802
        return reviews_pb2.ListReviewSetsResponse(review_sets=self.sets)

    def GetFindings(self, request: Any, context: Any) -> Any:  # noqa: N802
        raters = [
            {"reviewer": name, "simulated": name == "sim", "submitted": submitted}
            for name, submitted in (("ann", 2), ("sim", 2), ("ben", 0))
        ]
        return reviews_pb2.GetFindingsResponse(findings_json=json.dumps({"reviewers": raters}))


class Finetuning(finetuning_pb2_grpc.FinetuningServiceServicer):
    """Fine-tuning runs that are under way."""

    def __init__(self) -> None:
        self.runs: list[finetuning_pb2.FinetuningRun] = []

    def ListFinetuningRuns(self, request: Any, context: Any) -> Any:  # noqa: N802
        return finetuning_pb2.ListFinetuningRunsResponse(finetuning_runs=self.runs)


class Governed:
    """What there is, and where it is served."""

    def __init__(
        self, place: Workplace, dataset: Work, finetuning: Finetuning, address: str
    ) -> None:
        self.place = place
        self.finetuning = finetuning
        self.dataset = f"briefs/{dataset.result['version']}"
        self.next_dataset = ""
        """Of the second round; empty without one."""
        self.digest: str = dataset.result["digest"]
        self.address = address


@contextmanager
def govern(folder: Path, is_reviewed: bool = False) -> Iterator[Governed]:
    """Serve a dataset version of 7 articles, a model of it, and an evaluation of that.

    With `is_reviewed` the evaluation was reviewed, and a second round has made a dataset version.
    """
    place = Workplace(folder)
    materials = [make_material(n, f"C{n}") for n in range(8)]
    synthesis = place.add_synthesis(materials, ["The score is below 3."])
    work = build_version(place, synthesis, pairs=7)
    registry = Registry(work.result["digest"])
    evaluations = Evaluations(work.result["prefix"])
    runs = Runs(work.result["digest"], place.run_import({"wire.jsonl": ARTICLES}).id)
    add_registry = registry_pb2_grpc.add_RegistryServiceServicer_to_server
    add_evaluations = evaluation_pb2_grpc.add_EvaluationServiceServicer_to_server
    add_runs = runs_pb2_grpc.add_RunsServiceServicer_to_server
    finetuning = Finetuning()
    add_finetuning = finetuning_pb2_grpc.add_FinetuningServiceServicer_to_server
    reviews = Reviews()
    add_reviews = reviews_pb2_grpc.add_ReviewsServiceServicer_to_server
    others = (
        Service("finetuning", lambda it: add_finetuning(finetuning, it)),
        Service("registry", lambda it: add_registry(registry, it)),
        Service("evaluation", lambda it: add_evaluations(evaluations, it)),
        Service("runs", lambda it: add_runs(runs, it)),
        Service("reviews", lambda it: add_reviews(reviews, it)),
    )
    with serve(place, *others) as address:
        governed = Governed(place, work, finetuning, address)
        if is_reviewed:
            following = build_version(place, synthesis, run_id=NEXT_RUN, pairs=6)
            governed.next_dataset = f"briefs/{following.result['version']}"
            reviews.add()
            runs.add_round(following.result["digest"])
        yield governed

"""Things of the services as nodes of a lineage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.reviews.v1 import reviews_pb2
from goldbrief.sdk.lineage.graph import Node, Process


def model_node(model: registry_pb2.ModelVersion) -> Node:
    """A model version."""
    facts = {"base_model": model.base_model, "deleted_articles": model.deleted_articles}
    registered = model.create_time.ToMicroseconds() / 1e6
    made_by = Process("fine-tuning", model.finetuning_run_id, model.run_id, registered)
    return Node("model", f"{model.model}@{model.version}", facts, made_by)


def dataset_node(version: datasets_pb2.DatasetVersion, **facts: Any) -> Node:
    """A dataset version, with more facts."""
    told = {
        "digest": version.digest,
        "rows": dict(version.rows),
        "deleted_articles": len(version.deleted),
        **facts,
    }
    name = f"{version.name}/{version.version}"
    return Node("dataset", name, told, _process("curation", version.work))


def pair_node(origin: datasets_pb2.RowOrigin) -> Node:
    """A row of a dataset version, with the teacher's call and the verdict behind it."""
    facts = {
        "split": origin.split,
        "persona": origin.persona,
        "teacher": origin.teacher,
        "judge": origin.judge,
        "score": origin.judge_score,
        "teacher_call": origin.candidate_key,
        "verdict": origin.judgment_key,
    }
    return Node("pair", origin.pair, facts)


def evaluation_node(evaluation: evaluation_pb2.Evaluation) -> Node:
    """An evaluation."""
    facts = {"systems": [system.name for system in evaluation.systems]}
    work = evaluation.work
    return Node("evaluation", work.id, facts, _process("evaluation", work))


def review_node(review: reviews_pb2.ReviewSet, reviewers: Sequence[Mapping[str, Any]]) -> Node:
    """A review set, with its reviewers as findings tell them."""
    raters = Counter(
        "simulated" if one["simulated"] else "people" for one in reviewers if one["submitted"]
    )
    facts = {
        "systems": list(review.systems), "pairs": review.pairs, "ratings": review.submitted,
        "raters": dict(raters),
    }  # fmt: skip
    return Node("review", review.id, facts)


def _process(kind: Literal["curation", "evaluation"], work: work_pb2.Work) -> Process:
    ended = work.end_time.ToMicroseconds() / 1e6 if work.HasField("end_time") else 0.0
    return Process(kind, work.id, work.run_id, ended)

"""Deleting an article, and everything that has to be known before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.core.errors import FailedPreconditionError, NotFoundError
from goldbrief.sdk.client import Client
from goldbrief.sdk.lineage import Lineage, Node, trace

_LIVE = (work_pb2.STATE_QUEUED, work_pb2.STATE_RUNNING, work_pb2.STATE_PAUSED)
_MOST_RUNS = 1000


@dataclass(frozen=True)
class Deletion:
    """What deleting an article touches."""

    lineage: Lineage
    """Of the article."""

    @property
    def sha256(self) -> str:
        """Of the article."""
        return self.lineage.subject.id

    def touched(self, kind: str) -> list[Node]:
        """Datasets, models or evaluations that were made of it."""
        return [node for node in self.lineage.nodes() if node.kind == kind]

    def commands(self) -> Iterator[str]:
        """Yield what makes each touched model version anew, without the article."""
        for dataset in self.touched("dataset"):
            for node in self.lineage.products(dataset):
                if node.kind == "model":
                    base = str(node.facts["base_model"]).partition("@")[0]
                    yield (
                        f"goldbrief finetune create --model {base} --train-data {dataset.id}"
                        f" --register-to {node.id.partition('@')[0]}"
                    )

    def remains(self) -> Iterator[str]:
        """Yield what deleting does not reach, and why, in words."""
        for node in self.touched("model"):
            yield (
                f"the weights of {node.id}, checkpoints and canaries of its training: what a model"
                " has learned of one article cannot be taken out of it; make it anew"
            )
        for node in self.touched("evaluation"):
            yield (
                f"{node.id}: its report and predictions hold summaries of the article if it was"
                " among those that were held out"
            )
        yield (
            "backups, exports, MLflow's artifacts, reviews, answers of sweeps, goldens whose"
            " article it is, and the file that it was read from"
        )
        yield (
            "answers that gateways keep in memory: dropped at the next request for a model that was"
            " trained on it, others when the gateway ends"
        )


def plan_deletion(client: Client, reference: str) -> Deletion:
    """Find out what deleting an article would touch; changes nothing.

    Args:
        client: Of the server.
        reference: At least 6 digits of its hash.

    Returns:
        The plan.

    Raises:
        NotFoundError: There is no such article.
        InvalidInputError: Several begin so.
    """
    lineage = trace(client, reference)
    if lineage.subject.kind != "article" or not _is_hash(reference):
        raise NotFoundError(
            f"{reference!r} begins the hash of no article.",
            reason="ARTICLE_NOT_FOUND",
            remedy="`goldbrief articles show NAME` tells the hash of a file's article.",
        )
    return Deletion(lineage)


def delete_article(client: Client, plan: Deletion) -> datasets_pb2.DeleteArticleResponse:
    """Delete an article as planned; doing it again completes what was interrupted.

    Args:
        client: Of the server; its token needs the scope write.
        plan: From `plan_deletion`.

    Returns:
        The dataset versions that lost rows, and what remains in the object store.

    Raises:
        FailedPreconditionError: Something is being made of it just now.
    """
    _require_no_training(client, {node.id for node in plan.touched("dataset")})
    request = datasets_pb2.DeleteArticleRequest(sha256=plan.sha256)
    response: datasets_pb2.DeleteArticleResponse = client.datasets.DeleteArticle(request)
    return response


def _require_no_training(client: Client, datasets: set[str]) -> None:
    request = finetuning_pb2.ListFinetuningRunsRequest(states=_LIVE, limit=_MOST_RUNS)
    for run in client.finetuning.ListFinetuningRuns(request).finetuning_runs:
        if run.train_data_path in datasets:
            raise FailedPreconditionError(
                f"Fine-tuning run {run.work.id} is training on {run.train_data_path}.",
                reason="WORK_UNDER_WAY",
                remedy="Wait until it has ended, or cancel it:"
                f" goldbrief finetune cancel {run.work.id}",
            )


def _is_hash(reference: str) -> bool:
    return all(digit in "0123456789abcdef" for digit in reference)

"""Follows lineage through the services, from whatever people have at hand."""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path

from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.reviews.v1 import reviews_pb2
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.sdk.answers import WATCH_S
from goldbrief.sdk.client import Client
from goldbrief.sdk.datasets import get_dataset_version
from goldbrief.sdk.lineage.graph import Lineage, Node
from goldbrief.sdk.lineage.nodes import (
    dataset_node,
    evaluation_node,
    model_node,
    pair_node,
    review_node,
)

_FINETUNING = "fine-"
_RUN = "run-"
_ANSWER = "summary-"
_ALL = 1_000_000
_HASH = re.compile(r"[0-9a-f]{6,64}")


def trace(client: Client, reference: str) -> Lineage:
    """Find what a thing was made of, and what was made of it.

    Args:
        client: Of the server.
        reference: `model@version`, or a model for its served version; the id of a fine-tuning or
            pipeline run; a dataset version as `get_dataset_version` takes it; at least 6 digits of
            an article's hash; or a file of this machine: a golden or an article as it was given to
            a run, or an answer of Summarize as JSON.

    Returns:
        Its lineage. Answers are kept nowhere, so an article's ends at models and evaluations.

    Raises:
        NotFoundError: There is no such thing.
        InvalidInputError: It may mean several, or is the id of an answer without the answer.
    """
    tracer = _Tracer(client)
    path = Path(reference)
    if path.is_file():
        return tracer.of_file(path)
    if reference.startswith(_ANSWER):
        raise InvalidInputError(
            f"{reference} names an answer, and answers are kept nowhere.",
            reason="ANSWER_NOT_KEPT",
            remedy="Give the file with the answer's JSON, or the model@version that it tells.",
        )
    if reference.startswith(_FINETUNING):
        return tracer.of_finetuning(reference)
    if reference.startswith(_RUN):
        return tracer.of_run(reference)
    return (
        tracer.of_model(reference) or tracer.of_article(reference) or tracer.of_dataset(reference)
    )


class _Tracer:
    """Asks the services, each thing once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        versions = client.registry.ListModelVersions(registry_pb2.ListModelVersionsRequest())
        self._models = list(versions.model_versions)
        evaluations = client.evaluation.ListEvaluations(evaluation_pb2.ListEvaluationsRequest())
        self._evaluations = list(evaluations.evaluations)
        reviews = client.reviews.ListReviewSets(reviews_pb2.ListReviewSetsRequest())
        self._review_sets = list(reviews.review_sets)

    @cached_property
    def _rounds(self) -> list[runs_pb2.Run]:
        """Runs that follow others."""
        runs = self._client.runs.ListRuns(runs_pb2.ListRunsRequest(page_size=_ALL)).runs
        return [run for run in runs if run.HasField("round")]

    def _review(self, review_set: reviews_pb2.ReviewSet) -> Node:
        request = reviews_pb2.GetFindingsRequest(id=review_set.id)
        findings = json.loads(self._client.reviews.GetFindings(request).findings_json)
        return review_node(review_set, findings["reviewers"])

    def of_file(self, path: Path) -> Lineage:
        data = path.read_bytes()
        answer = _read_answer(data)
        if answer is not None:
            return self._of_answer(*answer)
        sha256 = sha256_bytes(data)
        request = runs_pb2.ListInputUsesRequest(sha256=sha256)
        uses = list(self._client.runs.ListInputUses(request).uses)
        if not uses:
            raise NotFoundError(
                f"No run read {path} as it is now.",
                reason="FILE_NOT_USED",
                remedy="A file is known by its bytes; one that was changed since is another.",
            )
        role = runs_pb2.Input.Role.Name(uses[0].input.role).removeprefix("ROLE_").lower()
        node = Node("file", sha256, {"name": uses[0].input.name, "role": role})
        lineage = Lineage(node)
        for use in uses:
            run = self._client.get_run(use.run_id)
            if use.input.role == runs_pb2.Input.ROLE_ARTICLE:
                self._add_articles(lineage, node, run, use.input.name)
            else:
                self._add_made_by(lineage, node, run)
        return lineage

    def of_finetuning(self, run_id: str) -> Lineage:
        found = [model for model in self._models if model.finetuning_run_id == run_id]
        if not found:
            request = finetuning_pb2.GetFinetuningRunRequest(id=run_id)
            self._client.finetuning.GetFinetuningRun(request)  # raises where there is none
            raise NotFoundError(
                f"Fine-tuning run {run_id} has registered no model version.",
                reason="NOT_REGISTERED",
            )
        return self._of_version(found[0])

    def of_run(self, run_id: str) -> Lineage:
        run = self._client.get_run(run_id)
        for model in self._models:
            if model.run_id == run.id:
                return self._of_version(model)
        dataset = _dataset_of(run)
        if not dataset:
            raise NotFoundError(f"{run.id} has made no dataset version yet.", reason="NOTHING_MADE")
        return self.of_dataset(dataset)

    def of_model(self, reference: str) -> Lineage | None:
        """The lineage of a model version; None when no model is called so."""
        name, _, version = reference.partition("@")
        named = [model for model in self._models if model.model == name]
        if not named and not version:
            return None
        if not version:
            try:
                return self._of_version(self._client.resolve_model(name))
            except NotFoundError:  # none is served: the newest
                return self._of_version(named[0])
        request = registry_pb2.GetModelVersionRequest(model=name, version=version)
        return self._of_version(self._client.registry.GetModelVersion(request).model_version)

    def of_article(self, reference: str) -> Lineage | None:
        """The lineage of an article; None when none has such a hash."""
        if not _HASH.fullmatch(reference):
            return None
        request = datasets_pb2.ListArticleUsesRequest(sha256=reference)
        try:
            uses = self._client.datasets.ListArticleUses(request)
        except NotFoundError:
            return None
        gone = {"deleted": f"by {uses.deleted.principal}"} if uses.HasField("deleted") else {}
        node = Node("article", uses.sha256, gone)
        lineage = Lineage(node)
        self._add_uses(lineage, node, uses)
        return lineage

    def _add_uses(
        self, lineage: Lineage, node: Node, uses: datasets_pb2.ListArticleUsesResponse
    ) -> None:
        for use in uses.uses:
            dataset = dataset_node(use.dataset_version, splits=list(use.splits))
            lineage.link(node, dataset)
            self._add_products(lineage, dataset, use.dataset_version)

    def of_dataset(self, reference: str) -> Lineage:
        version = get_dataset_version(self._client, reference)
        node = dataset_node(version)
        lineage = Lineage(node)
        self._add_rounds_before(lineage, node, version)
        self._add_pairs(lineage, node, version)
        self._add_products(lineage, node, version)
        return lineage

    def _of_answer(self, request_id: str, model: str, version: str) -> Lineage:
        request = registry_pb2.GetModelVersionRequest(model=model, version=version)
        found = self._client.registry.GetModelVersion(request).model_version
        answer = Node("answer", request_id)
        lineage = Lineage(answer)
        node = model_node(found)
        lineage.link(node, answer)
        self._add_sources(lineage, node, found)
        return lineage

    def _of_version(self, model: registry_pb2.ModelVersion) -> Lineage:
        node = model_node(model)
        lineage = Lineage(node)
        self._add_sources(lineage, node, model)
        self._add_evaluations(lineage, node, model)
        return lineage

    def _add_sources(self, lineage: Lineage, node: Node, model: registry_pb2.ModelVersion) -> None:
        if not model.dataset_digest:
            request = finetuning_pb2.GetFinetuningRunRequest(id=model.finetuning_run_id)
            run = self._client.finetuning.GetFinetuningRun(request).finetuning_run
            lineage.link(Node("rows", run.train_data_path), node)
            return
        version = get_dataset_version(self._client, model.dataset_digest)
        dataset = dataset_node(version)
        lineage.link(dataset, node)
        self._add_rounds_before(lineage, dataset, version)
        self._add_pairs(lineage, dataset, version)

    def _add_pairs(
        self, lineage: Lineage, dataset: Node, version: datasets_pb2.DatasetVersion
    ) -> None:
        request = datasets_pb2.ListRowOriginsRequest(id=version.work.id)
        for answer in self._client.datasets.ListRowOrigins(request, timeout=WATCH_S):
            origin = answer.origin
            pair = pair_node(origin)
            name = {"name": origin.article} if origin.article else {}
            lineage.link(pair, dataset)
            lineage.link(Node("article", origin.article_sha256, name), pair)

    def _add_rounds_before(
        self, lineage: Lineage, dataset: Node, version: datasets_pb2.DatasetVersion
    ) -> None:
        """Add the reviews that a dataset version has, and what was reviewed; without its pairs."""
        run_id = version.work.run_id
        behind = self._client.get_run(run_id).round.review_set_ids if run_id else ()
        for review_set in (one for one in self._review_sets if one.id in behind):
            review = self._review(review_set)
            lineage.link(review, dataset)
            for evaluation in self._evaluations:
                if evaluation.work.id == review_set.evaluation_id:
                    lineage.link(evaluation_node(evaluation), review)
                    self._add_evaluated(lineage, evaluation)

    def _add_evaluated(self, lineage: Lineage, evaluation: evaluation_pb2.Evaluation) -> None:
        adapters = {system.adapter for system in evaluation.systems}
        for model in self._models:
            if model.served_name in adapters:
                node = model_node(model)
                lineage.link(node, evaluation_node(evaluation))
                if model.dataset_digest:
                    dataset = get_dataset_version(self._client, model.dataset_digest)
                    lineage.link(dataset_node(dataset), node)

    def _add_rounds_after(self, lineage: Lineage, evaluation: Node) -> None:
        """Add the reviews of an evaluation, and the datasets of the rounds that have them."""
        for review_set in self._review_sets:
            if review_set.evaluation_id == evaluation.id:
                review = self._review(review_set)
                lineage.link(evaluation, review)
                for run in self._rounds:
                    if review_set.id in run.round.review_set_ids:
                        self._add_made_by(lineage, review, run)

    def _add_products(
        self, lineage: Lineage, dataset: Node, version: datasets_pb2.DatasetVersion
    ) -> None:
        for model in self._models:
            if version.digest and model.dataset_digest == version.digest:
                node = model_node(model)
                lineage.link(dataset, node)
                self._add_evaluations(lineage, node, model)
        for evaluation in self._evaluations:
            if version.prefix and evaluation.dataset_prefix == version.prefix:
                lineage.link(dataset, evaluation_node(evaluation))
                self._add_rounds_after(lineage, evaluation_node(evaluation))

    def _add_evaluations(
        self, lineage: Lineage, node: Node, model: registry_pb2.ModelVersion
    ) -> None:
        for evaluation in self._evaluations:
            if any(system.adapter == model.served_name for system in evaluation.systems):
                lineage.link(node, evaluation_node(evaluation))
                self._add_rounds_after(lineage, evaluation_node(evaluation))

    def _add_articles(self, lineage: Lineage, file: Node, run: runs_pb2.Run, name: str) -> None:
        """Add the articles that a file became in a run, and what was made of them."""
        imports = [phase.resource_id for phase in run.phases if phase.name == "ingest"]
        for one in self._client.list_imported_files(imports[0]) if any(imports) else ():
            if one.name == name or one.name.startswith(f"{name}:"):  # a row of it
                for sha256 in one.article_sha256s:
                    article = Node("article", sha256)
                    lineage.link(file, article)
                    request = datasets_pb2.ListArticleUsesRequest(sha256=sha256)
                    uses = self._client.datasets.ListArticleUses(request)
                    self._add_uses(lineage, article, uses)

    def _add_made_by(self, lineage: Lineage, node: Node, run: runs_pb2.Run) -> None:
        """Add what a run made that has a golden file, or a review."""
        reference = _dataset_of(run)
        if reference:
            version = get_dataset_version(self._client, reference)
            dataset = dataset_node(version)
            lineage.link(node, dataset)
            self._add_products(lineage, dataset, version)


def _dataset_of(run: runs_pb2.Run) -> str:
    """The dataset version that a run built; empty before."""
    for phase in run.phases:
        if phase.name == "curate" and phase.result_json:
            return str(json.loads(phase.result_json).get("digest", ""))
    return ""


def _read_answer(data: bytes) -> tuple[str, str, str] | None:
    """Request id, model and version of an answer of Summarize; None when it is none."""
    try:
        answer = json.loads(data)
    except ValueError:
        return None
    names = ("request_id", "model", "version")
    if not isinstance(answer, dict) or not all(isinstance(answer.get(n), str) for n in names):
        return None
    return answer["request_id"], answer["model"], answer["version"]

"""Reviews on a throw-away database, over an evaluation whose summaries are given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import goldbrief.evaluation.reviews.tables  # noqa: F401 - its tables join the metadata
from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.datasets.v1.datasets_pb2_grpc import add_DatasetsServiceServicer_to_server
from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.api.evaluation.v1.evaluation_pb2_grpc import (
    EvaluationServiceServicer,
    add_EvaluationServiceServicer_to_server,
)
from goldbrief.api.reviews.v1.reviews_pb2_grpc import add_ReviewsServiceServicer_to_server
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.api.runs.v1.runs_pb2_grpc import (
    RunsServiceServicer,
    add_RunsServiceServicer_to_server,
)
from goldbrief.core.documents import Article, Golden, PromptFormat
from goldbrief.core.hashing import sha256_text
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.recipe import Recipe
from goldbrief.datasets.imports import Imports
from goldbrief.datasets.server import DatasetsServicer
from goldbrief.evaluation.mirroring import RatingsMirror
from goldbrief.evaluation.reviews.accounts import Accounts
from goldbrief.evaluation.reviews.rating import RatingDesk
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.evaluation.reviews.server import ReviewsServicer
from goldbrief.evaluation.reviews.sets import ReviewSets
from goldbrief.platform.ledger import AuditTrail, Base, Database, Ledger
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.storage import DirectoryStore
from goldbrief.text.style import infer_style

_PLAN_KEY = "plans/evaluation.json"
_FINISHED = work_pb2.Work(id="eval-1", run_id="run-1", state=work_pb2.STATE_SUCCEEDED)
_STYLE = """## Overview
{word} rose 5% to $12 million. Costs fell.

## Key Takeaways
- Margin widened to 9%.
- Orders grew to $3 million.

## Action Items for the CFO
- Review the budget of 2026.
"""


class FinishedEvaluation:
    """Stands for `Evaluations`, with one that is finished.

    Args:
        rows: Its predictions.
    """

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def predictions(self, evaluation_id: str) -> list[dict[str, Any]]:
        """See Evaluations.predictions."""
        return self.rows

    def get(self, evaluation_id: str) -> Any:
        """See Evaluations.get."""
        return SimpleNamespace(spec={"plan_key": _PLAN_KEY})


class _Evaluations(EvaluationServiceServicer):
    def __init__(self, systems: Sequence[str]) -> None:
        self._systems = systems

    def ListEvaluations(  # noqa: N802
        self, request: evaluation_pb2.ListEvaluationsRequest, context: Any
    ) -> evaluation_pb2.ListEvaluationsResponse:
        results = json.dumps({"systems": {name: {} for name in self._systems}})
        one = evaluation_pb2.Evaluation(work=_FINISHED, results_json=results)
        return evaluation_pb2.ListEvaluationsResponse(evaluations=[one])

    def GetEvaluation(  # noqa: N802
        self, request: evaluation_pb2.GetEvaluationRequest, context: Any
    ) -> evaluation_pb2.GetEvaluationResponse:
        one = evaluation_pb2.Evaluation(work=_FINISHED)
        return evaluation_pb2.GetEvaluationResponse(evaluation=one)


class _Runs(RunsServiceServicer):
    """The run that the evaluation is of."""

    def __init__(self, run: runs_pb2.Run) -> None:
        self._run = run

    def GetRun(  # noqa: N802
        self, request: runs_pb2.GetRunRequest, context: Any
    ) -> runs_pb2.GetRunResponse:
        return runs_pb2.GetRunResponse(run=self._run)


class ReviewWorkplace:
    """Articles, what systems wrote of them, and everything that rates it.

    Args:
        folder: Empty.
        articles: Title to text.
        summaries: System to a summary for each article.
        database: Migrated; None makes one on SQLite.
    """

    def __init__(
        self,
        folder: Path,
        articles: Mapping[str, str],
        summaries: Mapping[str, Sequence[str]],
        database: Database | None = None,
    ) -> None:
        self.database = database or Database(f"sqlite:///{folder / 'reviews.db'}")
        if database is None:
            Base.metadata.create_all(self.database.engine)
        self.trail = AuditTrail(lambda: self.database)
        self.store = DirectoryStore(folder / "objects")
        self.articles = [
            Article(sha256=sha256_text(text), title=title, uri=f"{title}.md", text=text)
            for title, text in articles.items()
        ]
        for article in self.articles:
            self.store.put(article_key(article.sha256), article.model_dump_json().encode())
        self._put_plan()
        self.evaluation = FinishedEvaluation(
            [
                {"system": system, "article": a.sha256, "persona": "CFO", "summary": texts[place]}
                for place, a in enumerate(self.articles)
                for system, texts in summaries.items()
            ]
        )
        self.systems = list(summaries)
        self.run = runs_pb2.Run(id="run-1", recipe_json=Recipe().model_dump_json())
        self.sets = ReviewSets(self.database, self.store, self.evaluation)  # type: ignore[arg-type]
        self.desk = RatingDesk(self.database, self.store)
        self.results = ReviewResults(self.database, self.store)
        self.accounts = Accounts(self.database)

    @contextmanager
    def serving(self, *others: Service) -> Iterator[str]:
        """Serve reviews, articles, the evaluation's name and its run.

        Args:
            *others: What else is served.

        Yields:
            The address.
        """
        mirror = RatingsMirror(Ledger(self.database, self.store), None)  # type: ignore[arg-type]
        reviews = ReviewsServicer(self.sets, self.desk, self.results, self.accounts, mirror)
        imports = Imports(None, self.store, None)  # type: ignore[arg-type]
        datasets = DatasetsServicer(imports, None, None, self.store)  # type: ignore[arg-type]
        services = [
            Service("reviews", lambda s: add_ReviewsServiceServicer_to_server(reviews, s)),
            Service("datasets", lambda s: add_DatasetsServiceServicer_to_server(datasets, s)),
            Service(
                "evaluation",
                lambda s: add_EvaluationServiceServicer_to_server(_Evaluations(self.systems), s),
            ),
            Service("runs", lambda s: add_RunsServiceServicer_to_server(_Runs(self.run), s)),
            *others,
        ]
        server = RpcServer("127.0.0.1", 0, services, audit_trail=self.trail)
        try:
            yield f"127.0.0.1:{server.start()}"
        finally:
            server.stop()
            self.database.dispose()

    def _put_plan(self) -> None:
        goldens = [
            Golden(name=word, persona="CFO", summary=_STYLE.format(word=word))
            for word in ("Revenue", "Sales", "Income")
        ]
        prompt = PromptFormat(
            template="brief-1", strategy="full", article_tokens=4000, wrap="plain",
            style=infer_style(goldens), max_new_tokens=320,
        )  # fmt: skip
        plan = EvaluationPlan(dataset_prefix="datasets/briefs/1/", prompt=prompt)
        self.store.put(_PLAN_KEY, plan.model_dump_json().encode())

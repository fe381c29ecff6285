"""Evaluations: starting them, and what they leave behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from goldbrief.core.documents import Pair, PromptFormat
from goldbrief.core.errors import (
    FailedPreconditionError,
    InvalidInputError,
    NotFoundError,
)
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import Completion, Engine, ObjectStore
from goldbrief.evaluation.heldout import choose_rows
from goldbrief.evaluation.measuring import Target
from goldbrief.evaluation.systems import SystemSpec, Written, make_system
from goldbrief.platform.ledger import Ledger, NewWork, Work

KIND = "evaluation"
GENERATE_TASK = "evaluation.generate"
JUDGE_TASK = "judge.judge_candidate"
RECORD_TASK = "evaluation.record"
REPORT_TASK = "evaluation.write_report"

MAX_ARTICLE_BYTES = 1024 * 1024


class Evaluations:
    """Starts evaluations and shows what came of them.

    Args:
        ledger: Where they are worked on.
        store: Where their objects are.
        engine: Writes the summaries.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore, engine: Engine) -> None:
        self._ledger = ledger
        self._store = store
        self._engine = engine

    def create(
        self, request_id: str, run_id: str, systems: Sequence[SystemSpec], plan_key: str
    ) -> Work:
        """Start an evaluation.

        Args:
            request_id: Makes the call idempotent.
            run_id: Run that asks; empty for none.
            systems: What to compare; the last is compared with each other one.
            plan_key: Object key of an EvaluationPlan.

        Returns:
            The work.

        Raises:
            InvalidInputError: There is no request id, no system, or two of one name; or the
                plan cannot be read.
            NotFoundError: The plan, the dataset version or an adapter does not exist.
            FailedPreconditionError: The dataset version holds nothing out.
            AlreadyExistsError: The request id was used for another evaluation.
            TransientError: The engine is away.
        """
        self._check(request_id, systems)
        plan = read_plan(self._store, plan_key)
        rows = choose_rows(self._store, plan)
        new = NewWork(
            kind=KIND,
            request_id=request_id,
            group_id=run_id,
            spec={
                "systems": [system.model_dump() for system in systems],
                "plan_key": plan_key,
                "style": plan.prompt.style.model_dump(mode="json"),
                "next_stage": "record",
            },
            stages={
                "generate": GENERATE_TASK,
                "judge": JUDGE_TASK,
                "record": RECORD_TASK,
                "report": REPORT_TASK,
            },
            items=[
                _item(row, system)
                for some in _blocks(rows, plan.concurrency)
                for system in systems
                for row in some
            ],
            finalize="report",
        )
        return self._ledger.works.create(new)

    def get(self, evaluation_id: str) -> Work:
        """Return an evaluation; raises NotFoundError."""
        return self._ledger.works.get(evaluation_id, KIND)

    def of_run(self, run_id: str = "") -> list[Work]:
        """Return the evaluations, of a run unless that is empty, newest first."""
        return self._ledger.works.of_kind(KIND, run_id)

    def results_json(self, work: Work) -> str:
        """The results of an evaluation as JSON; empty while there are none."""
        key = work.result.get("results_key")
        return self._store.get(key).decode() if key else ""

    def dataset_prefix(self, work: Work) -> str:
        """Object key prefix of the dataset version whose held-out rows an evaluation uses."""
        return read_plan(self._store, work.spec["plan_key"]).dataset_prefix

    def report(self, evaluation_id: str) -> bytes:
        """Return the HTML report.

        Args:
            evaluation_id: Which.

        Returns:
            UTF-8.

        Raises:
            NotFoundError: There is no such evaluation.
            FailedPreconditionError: It has no report yet, or failed.
        """
        return self._store.get(self._written(evaluation_id, "report_key"))

    def predictions(self, evaluation_id: str) -> Iterator[dict[str, Any]]:
        """What each system wrote of each article, as `publishing` stores it.

        Args:
            evaluation_id: A finished evaluation.

        Yields:
            A row: `system`, `article_uri`, `persona`, `summary` (None where it failed), ...

        Raises:
            NotFoundError: There is no such evaluation.
            FailedPreconditionError: It is not finished, or failed.
        """
        stored = self._store.get(self._written(evaluation_id, "predictions_key"))
        for line in stored.splitlines():
            yield json.loads(line)

    def _written(self, evaluation_id: str, name: str) -> str:
        """The key of something that a finished evaluation has written."""
        work = self.get(evaluation_id)
        key = work.result.get(name)
        if not key:
            raise FailedPreconditionError(
                f"Evaluation {evaluation_id} is {work.state} and has no report.",
                reason="REPORT_NOT_WRITTEN",
                remedy="Wait until it has SUCCEEDED; GetEvaluation shows its state and cause.",
            )
        return str(key)

    def write_sample(
        self, system: SystemSpec, article_text: str, persona: str, prompt: PromptFormat
    ) -> Written:
        """Let a system write one summary, to look at.

        Args:
            system: Which.
            article_text: At most 1 MiB.
            persona: Whom to write for.
            prompt: How the article becomes a prompt.

        Returns:
            The summary.

        Raises:
            InvalidInputError: The article is empty or too large.
            NotFoundError: The engine does not know the adapter.
            TransientError: The engine is away.
        """
        size = len(article_text.encode())
        if not article_text.strip() or size > MAX_ARTICLE_BYTES:
            raise InvalidInputError(
                f"The article has {size} bytes.",
                reason="INVALID_ARTICLE",
                remedy=f"Send from 1 to {MAX_ARTICLE_BYTES} bytes of text.",
            )
        return make_system(system, prompt, self._complete).write(article_text, persona)

    def _complete(self, prompt: str, *, adapter: str | None, max_tokens: int) -> Completion:
        return self._engine.complete(prompt, adapter=adapter, max_tokens=max_tokens)

    def _check(self, request_id: str, systems: Sequence[SystemSpec]) -> None:
        names = [system.name for system in systems]
        if not request_id or not names or len(set(names)) < len(names):
            raise InvalidInputError(
                f"An evaluation needs a request id and systems of different names, not {names}.",
                reason="INVALID_EVALUATION",
            )
        adapters = {system.adapter for system in systems if system.adapter}
        missing = adapters.difference(self._engine.adapters()) if adapters else set()
        if missing:
            raise NotFoundError(
                f"The engine does not serve the adapter {', '.join(sorted(missing))}.",
                reason="ADAPTER_NOT_FOUND",
                remedy="Deliver the model version first.",
            )


def read_plan(store: ObjectStore, key: str) -> EvaluationPlan:
    """Read a plan; raises NotFoundError, or InvalidInputError when it is none."""
    try:
        return EvaluationPlan.model_validate_json(store.get(key))
    except ValidationError as error:
        raise InvalidInputError(
            f"{key} is not an evaluation plan: {error}", reason="INVALID_PLAN"
        ) from error


def row_key(evaluation_id: str, index: int, name: str) -> str:
    """Object key of something that belongs to one row."""
    return f"evaluations/{evaluation_id}/rows/{index:05d}/{name}.json"


def chunks(data: bytes, size: int = 1024 * 1024) -> Iterator[bytes]:
    """Cut bytes into parts of at most `size`."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _blocks(rows: Sequence[Pair], size: int) -> Iterator[Sequence[Pair]]:
    """A few articles at a time, so that every system meets the same load of the machine."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _item(row: Pair, system: SystemSpec) -> dict[str, Any]:
    target = Target(text=row.response, origin=row.origin)
    item = {
        "system": system.name,
        "article": row.article_sha256,
        "persona": row.persona,
        "target": target.model_dump(),
    }
    # The judge sees golden targets only: the teacher's would favor the teacher's pupil.
    return {**item, "reference": row.response} if row.origin == "golden" else item

"""Evaluations: starting them, and what they leave behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from goldbrief.core.contents import put_content
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.contests import contest_item
from goldbrief.evaluation.heldout import EvaluationRow, choose_examples, choose_rows
from goldbrief.evaluation.models import Answer, LiveModels
from goldbrief.evaluation.outputs import put_outputs
from goldbrief.evaluation.systems import SystemSpec, make_system
from goldbrief.platform.ledger import Ledger, NewWork, Work
from goldbrief.text.style import require_enough

KIND = "evaluation"
GENERATE_TASK = "evaluation.generate"
TEACH_TASK = "synthesis.write_for_evaluation"
JUDGE_TASK = "judge.judge_candidate"
GRADE_TASK = "judge.grade_answer"
COMPARE_TASK = "judge.compare_candidates"
WEIGH_TASK = "evaluation.weigh"
RECORD_TASK = "evaluation.record"
REPORT_TASK = "evaluation.write_report"
TRACK_TASK = "runs.track_evaluation"
"""Of the runs service, which owns MLflow."""

REPEATS = 5
"""Times that a system writes an article, where its consistency is asked about."""
MAX_ARTICLE_BYTES = 1024 * 1024


class Evaluations:
    """Starts evaluations and shows what came of them.

    Args:
        ledger: Where they are worked on.
        store: Where their objects are.
        models: Write the summaries.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore, models: LiveModels) -> None:
        self._ledger = ledger
        self._store = store
        self._models = models

    def create(
        self,
        request_id: str,
        run_id: str,
        systems: Sequence[SystemSpec],
        plan_key: str,
        outputs: Mapping[str, str] | None = None,
    ) -> Work:
        """Start an evaluation.

        Args:
            request_id: Makes the call idempotent.
            run_id: Run that asks; empty for none.
            systems: What to compare; the last is compared with each other one.
            plan_key: Object key of an EvaluationPlan.
            outputs: Of systems of kind OUTPUTS by name, see `outputs.parse_outputs`.

        Returns:
            The work.

        Raises:
            InvalidInputError: There is no request id, no system, or two of one name; or the
                plan or outputs cannot be read.
            NotFoundError: The plan, an article, the dataset version, an adapter or an endpoint
                does not exist.
            FailedPreconditionError: The dataset version holds nothing out, or lacks what a system
                needs.
            AlreadyExistsError: The request id was used for another evaluation.
            TransientError: The engine is away.
        """
        self._check(request_id, systems)
        plan = read_plan(self._store, plan_key)
        rows = choose_rows(self._store, plan)
        kinds = {system.kind for system in systems}
        if "TEACHER" in kinds:
            require_enough(plan.goldens)
        measuring = "weigh" if plan.likelihood else "record"
        spec = {
            "systems": [system.model_dump() for system in systems],
            "plan_key": plan_key,
            "style": plan.prompt.style.model_dump(mode="json"),
            "next_stage": "grade" if plan.answer_metrics else measuring,
            "after_grading": measuring,
        }
        if "FEW_SHOT" in kinds:
            examples = choose_examples(self._store, plan)
            spec["examples"] = [asdict(example) for example in examples]
        written = {
            system.name: put_outputs(
                self._store, system.name, (outputs or {}).get(system.name, ""), rows
            )
            for system in systems
            if system.kind == "OUTPUTS"
        }
        new = NewWork(
            kind=KIND,
            request_id=request_id,
            group_id=run_id,
            spec={**spec, **({"outputs": written} if written else {})},
            stages={
                "generate": GENERATE_TASK,
                "teach": TEACH_TASK,
                "judge": JUDGE_TASK,
                "grade": GRADE_TASK,
                "compare": COMPARE_TASK,
                "weigh": WEIGH_TASK,
                "record": RECORD_TASK,
                "report": REPORT_TASK,
            },
            items=_items(rows, systems, plan),
            finalize="report",
        )
        return self._ledger.works.create(new)

    def put_plan(self, document: str) -> str:
        """Store a plan that came with a request; returns its key; raises InvalidInputError."""
        plan = _parse_plan(document, "plan_json")
        return put_content(self._store, "evaluations/plans", plan.model_dump(mode="json"))

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

    def report(self, evaluation_id: str, file: str = "report.html") -> bytes:
        """Return the HTML report, or another file.

        Args:
            evaluation_id: Which.
            file: One of those that the work's result names as `files`.

        Returns:
            Its content.

        Raises:
            NotFoundError: There is no such evaluation, or file.
            FailedPreconditionError: It has no report yet, or failed.
        """
        key = self._written(evaluation_id, "report_key")
        files = self.get(evaluation_id).result.get("files", ["report.html"])
        if file not in files:
            raise NotFoundError(
                f"Evaluation {evaluation_id} has no file {file!r}.",
                reason="FILE_NOT_FOUND",
                remedy=f"It has {', '.join(files)}.",
            )
        return self._store.get(key.replace("report.html", file))

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
    ) -> Answer:
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
        return make_system(system, prompt, self._models).write(article_text, persona)

    def _check(self, request_id: str, systems: Sequence[SystemSpec]) -> None:
        names = [system.name for system in systems]
        if not request_id or not names or len(set(names)) < len(names):
            raise InvalidInputError(
                f"An evaluation needs a request id and systems of different names, not {names}.",
                reason="INVALID_EVALUATION",
            )
        self._models.require(
            {system.adapter for system in systems if system.adapter},
            {system.endpoint for system in systems if system.endpoint},
        )


def read_plan(store: ObjectStore, key: str) -> EvaluationPlan:
    """Read a plan; raises NotFoundError, or InvalidInputError when it is none."""
    return _parse_plan(store.get(key), key)


def _parse_plan(document: str | bytes, where: str) -> EvaluationPlan:
    try:
        return EvaluationPlan.model_validate_json(document)
    except ValidationError as error:
        raise InvalidInputError(
            f"{where} is not an evaluation plan: {error}", reason="INVALID_PLAN"
        ) from error


def row_key(evaluation_id: str, index: int, name: str) -> str:
    """Object key of something that belongs to one row."""
    return f"evaluations/{evaluation_id}/rows/{index:05d}/{name}.json"


def chunks(data: bytes, size: int = 1024 * 1024) -> Iterator[bytes]:
    """Cut bytes into parts of at most `size`."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _items(
    rows: Sequence[EvaluationRow], systems: Sequence[SystemSpec], plan: EvaluationPlan
) -> list[dict[str, Any]]:
    """A few articles at a time, so that every system meets the same load of the machine."""
    numbers = range(len(rows))
    blocks = [numbers[start : start + plan.concurrency] for start in numbers[:: plan.concurrency]]
    order = [(number, system) for some in blocks for system in systems for number in some]
    once = [_item(rows[number], system) for number, system in order]
    again = [
        {**_item(row, system), "repeat": repeat}
        for repeat in range(1, REPEATS)
        for system in systems
        if system.kind != "OUTPUTS"
        for row in rows[: plan.consistency_articles]
    ]
    if not plan.pairwise:
        return once + again
    places = {(number, system.name): place for place, (number, system) in enumerate(order)}
    *others, last = (system.name for system in systems)
    contests = [
        contest_item(rows[number], places[number, last], places[number, other])
        for number in numbers
        for other in others
    ]
    return once + again + contests


def _item(row: EvaluationRow, system: SystemSpec) -> dict[str, Any]:
    item = {
        "system": system.name,
        "article": row.article,
        "persona": row.persona,
        "target": row.target.model_dump(),
    }
    # The judge sees golden targets only: the teacher's would favor the teacher's pupil.
    return {**item, "reference": row.target.text} if row.target.origin == "golden" else item

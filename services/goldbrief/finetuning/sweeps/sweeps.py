"""Sweeps as a resource: create, look at, cancel, read the report."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import DataFile
from goldbrief.finetuning.invalid_fields import invalid_field
from goldbrief.finetuning.sweeps.grid import combinations, default_grid, read_grid, with_values
from goldbrief.finetuning.sweeps.held_out import choose_rows
from goldbrief.finetuning.training_requests import RequestResolver, TrainingRequest
from goldbrief.platform.ledger import NewWork, Work, Works

KIND = "sweep"
STAGES = {
    "train": "finetuning.sweep_train",
    "judge": "finetuning.sweep_judge",
    "compare": "finetuning.sweep_compare",
    "register": "finetuning.sweep_register",
}
_EVAL_ROWS = 20
_EVAL_MAX_TOKENS = 512
"""Room for a summary, where no prompt format says how long one is."""
_LISTED = 100


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """What a caller asks for; the fields are those of CreateSweepRequest."""

    run: TrainingRequest
    grid_json: str = ""
    max_parallel: int = 0
    eval_rows: int = 0
    budget_judge_tokens: int = 0


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A checked request."""

    spec: dict[str, Any]
    """What the work is asked for: `run` (the spec of every trial's run, without `training`),
    `trials` (the `values` and `training` of each), `rows_key` and `prompts_key` (objects),
    `eval_rows` (their number), `max_parallel`, and the two budgets."""
    objects: dict[str, bytes]
    """What the keys of the spec name."""


class Sweeps:
    """Operations on sweeps.

    Args:
        works: Where they are recorded.
        resolver: Checks the request of every trial.
        store: Holds held-out rows and reports.
        reach_judge: Raises when the judge cannot be reached.
        default_parallel: Trials that train at once when the caller does not say; 0 for all.
    """

    def __init__(
        self,
        works: Works,
        resolver: RequestResolver,
        store: ObjectStore,
        reach_judge: Callable[[], None],
        default_parallel: int,
    ) -> None:
        self._works = works
        self._resolver = resolver
        self._store = store
        self._reach_judge = reach_judge
        self._default_parallel = default_parallel

    def plan(self, request: SweepRequest) -> SweepPlan:
        """Check a request and find its trials and held-out rows; starts nothing.

        Args:
            request: What the caller asks for.

        Returns:
            The plan.

        Raises:
            InvalidInputError: The grid or a run of it cannot work, or there are no held-out rows.
        """
        _require_sense(request)
        run = self._resolver.work_spec(request.run)
        training = run.pop("training")
        if training["task_type"] != "INSTRUCTION_FINETUNE":
            raise invalid_field(
                "task_type",
                f"the judge scores answers to prompts, and {training['task_type']} has none",
                "Use INSTRUCTION_FINETUNE.",
            )
        grid = read_grid(request.grid_json) or default_grid(training["method"])
        trials = [
            {"values": values, "training": self._training(with_values(request.run, values))}
            for values in combinations(grid)
        ]
        files = [DataFile.model_validate(file) for file in training["eval_data"]]
        rows = choose_rows(
            self._store, files, request.eval_rows or _EVAL_ROWS, int(training["seed"])
        )
        rows_key, rows_data = _addressed("rows", [row.model_dump() for row in rows])
        prompts_key, prompts_data = _addressed("prompts", [row.prompt for row in rows])
        spec = {
            "run": {**run, "eval_prompts_key": prompts_key},
            "trials": trials,
            "rows_key": rows_key,
            "eval_rows": len(rows),
            "max_parallel": request.max_parallel or self._default_parallel,
            "budget_hours": request.run.budget_hours,
            "budget_judge_tokens": request.budget_judge_tokens,
        }
        return SweepPlan(spec, {rows_key: rows_data, prompts_key: prompts_data})

    def create(self, request: SweepRequest) -> Work:
        """Start a sweep.

        Args:
            request: What the caller asks for.

        Returns:
            The sweep; the one it started when the same request came before.

        Raises:
            InvalidInputError: See `plan`.
            TransientError: The judge does not answer.
            AlreadyExistsError: The request id was used for another request.
        """
        plan = self.plan(request)
        self._reach_judge()
        for key, data in plan.objects.items():
            self._store.put(key, data)
        return self._works.create(
            NewWork(
                kind=KIND,
                id=f"sweep-{secrets.token_hex(6)}",
                request_id=request.run.request_id,
                spec=plan.spec,
                stages=STAGES,
                items=[{} for _ in plan.spec["trials"]],
                group_id=request.run.run_id,
                finalize="compare",
                supervised=True,
            )
        )

    def get(self, sweep_id: str) -> Work:
        """Return a sweep; raises NotFoundError."""
        return self._works.get(sweep_id, KIND)

    def list(self, limit: int) -> Sequence[Work]:
        """Return the newest sweeps; a limit of 0 means 100."""
        return self._works.of_kind(KIND)[: limit or _LISTED]

    def cancel(self, sweep_id: str) -> Work:
        """Stop a sweep and its runs for good; raises NotFoundError."""
        self.get(sweep_id)
        self._works.cancel(work_id=sweep_id)
        return self.get(sweep_id)

    def report(self, sweep_id: str) -> tuple[str, str]:
        """Read what the comparison wrote.

        Args:
            sweep_id: The sweep.

        Returns:
            The report as Markdown, and as JSON.

        Raises:
            NotFoundError: There is no such sweep.
            FailedPreconditionError: Its trials are not compared yet, or never were.
        """
        work = self.get(sweep_id)
        if "winner" not in work.result:
            raise FailedPreconditionError(
                f"{sweep_id} is {work.state} and has compared no trials.",
                reason="REPORT_NOT_WRITTEN",
                remedy="GetSweep shows the state and cause of every trial.",
            )
        markdown, results = (self._store.get(key) for key in report_keys(sweep_id))
        return markdown.decode(), results.decode()

    def _training(self, request: TrainingRequest) -> dict[str, Any]:
        training: dict[str, Any] = self._resolver.work_spec(request)["training"]
        training["eval_prompts_at"] = "end"
        if "eval_max_tokens" not in json.loads(request.hyperparameters_json):
            prompt = training["prompt"]
            training["eval_max_tokens"] = prompt["max_new_tokens"] if prompt else _EVAL_MAX_TOKENS
        return training


def trial_run_id(sweep_id: str, index: int) -> str:
    """The id of a trial's fine-tuning run: known before it is begun, so that none gets lost."""
    return f"{sweep_id}-{index}"


def report_keys(sweep_id: str) -> tuple[str, str]:
    """Object keys of a sweep's report as Markdown and as JSON."""
    return f"sweeps/{sweep_id}/report.md", f"sweeps/{sweep_id}/results.json"


def _addressed(name: str, value: Any) -> tuple[str, bytes]:
    data = canonical_json(value)
    return f"sweeps/{name}/{sha256_bytes(data)}.json", data


def _require_sense(request: SweepRequest) -> None:
    for name in ("max_parallel", "eval_rows", "budget_judge_tokens"):
        if getattr(request, name) < 0:
            raise invalid_field(name, "is negative", "Use 0 for the default.")
    if request.run.eval_prompts:
        raise invalid_field(
            "eval_prompts", "a sweep asks the prompts of held-out rows", "Leave them out."
        )

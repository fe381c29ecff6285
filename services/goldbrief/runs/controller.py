"""Runs: created by their hash, advanced phase by phase, held, resumed and cancelled.

A run is a work of the ledger with one item, whose handler looks after the present
phase and comes back later: a lost message or a crash costs a look, never the run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.object_keys import upload_key
from goldbrief.core.recipe import Recipe
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import State
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import (
    Finish,
    Hold,
    Later,
    Ledger,
    NewWork,
    Transition,
    Work,
    WorkFacts,
)
from goldbrief.platform.tracing.spans import tell_ids
from goldbrief.runs.inputs import Input, Inputs
from goldbrief.runs.phases import PHASES, Phase, RunContext, Stubs
from goldbrief.text.style import StyleStudy

KIND = "run"
ADVANCE_TASK = "runs.advance"
_LOOK_EVERY_S = 0.5
_SELDOM_S = 3.0
"""Between two looks at a phase that takes long: each costs the laptop a little of its training."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a run that follows others of its recipe has of them."""

    number: int
    """From 2 on."""
    review_set_ids: tuple[str, ...]
    """Review sets of the rounds before, the newest first."""


class PhaseFailedError(FailedPreconditionError):
    """A phase of a run failed; carries the phase's own cause."""


class Runs:
    """The runs of this install.

    Args:
        ledger: Where they live.
        store: Where uploads and plans are.
        stubs: Clients of the services that do the phases.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore, stubs: Stubs) -> None:
        self._ledger = ledger
        self._store = store
        self._stubs = stubs

    def create(
        self,
        recipe: Recipe,
        files: Sequence[Input],
        nonce: str = "",
        following: Round | None = None,
    ) -> tuple[Work, bool]:
        """Create a run, or find and continue the one with the same recipe and inputs.

        Args:
            recipe: The resolved recipe.
            files: Uploaded files.
            nonce: Makes the run distinct from earlier ones.
            following: What it has of rounds before; None for a first one.

        Returns:
            The run, and whether it was found.

        Raises:
            InvalidInputError: Goldens or articles cannot make a run, or the round cannot be.
            NotFoundError: An upload is missing.
            FailedPreconditionError: The run was cancelled.

        A found run takes on the recipe's budget.
        """
        if following and (following.number < 2 or not following.review_set_ids):
            raise InvalidInputError(
                f"Round {following.number} cannot follow others.",
                reason="INVALID_ROUND",
                remedy="A round from 2 on names the review sets of those before.",
            )
        ordered = sorted(files, key=lambda file: (file.role, file.name))
        spec: dict[str, Any] = {
            "recipe": recipe.model_dump(mode="json"),
            "inputs": [asdict(file) for file in ordered],
            "nonce": nonce,
            "round": asdict(following) if following else None,
        }
        identity = _identity(recipe, ordered, nonce, following)
        run_id = f"run-{sha256_json(identity)[:12]}"
        existing = self._existing(run_id)
        if existing is not None:
            tell_ids(run_id, run_id)
            self._ledger.spending.set_limit(run_id, recipe.budget)
            return self._continue(existing), True
        study = self._validate(recipe, ordered)
        self._ledger.spending.set_limit(run_id, recipe.budget)
        spec["style"] = {"version": study.contract.version, "notes": list(study.notes)}
        work = self._ledger.works.create(
            NewWork(
                id=run_id, kind=KIND, request_id=run_id, group_id=run_id, spec=spec,
                stages={"advance": ADVANCE_TASK}, items=[{}], supervised=True,
            )
        )  # fmt: skip
        return work, False

    def get(self, prefix: str) -> Work:
        """Return a run by an unambiguous beginning of its id; empty means the newest.

        Raises NotFoundError when there is none, or several begin so.
        """
        runs = self._ledger.works.of_kind(KIND)
        exact = [run for run in runs if run.id == prefix]
        matches = exact or [run for run in runs if run.id.startswith((prefix, f"run-{prefix}"))]
        if len(matches) == 1 or (matches and not prefix):
            return matches[0]
        known = ", ".join(run.id for run in runs[:5]) or "none"
        raise NotFoundError(
            f"{'No run' if not matches else 'More than one run'} has an id beginning {prefix!r}."
            if prefix
            else "There is no run yet.",
            reason="RUN_NOT_FOUND",
            remedy=f"Newest runs: {known}." if runs else "Start one with `goldbrief run`.",
        )

    def list(self, limit: int) -> list[Work]:
        """The newest runs, `limit` at most."""
        return self._ledger.works.of_kind(KIND)[:limit]

    def uses(self, sha256: str) -> Iterator[tuple[str, Input]]:
        """Yield each run that read a file with this hash, and what the file was to it."""
        for run in self._ledger.works.of_kind(KIND):
            for file in run.spec["inputs"]:
                if file["sha256"] == sha256:
                    yield run.id, Input(**file)

    def pause(self, prefix: str) -> Work:
        """Hold a run and all its works; what is in flight ends first."""
        run = self.get(prefix)
        self._ledger.works.pause(run.id)
        return self._ledger.works.get(run.id)

    def cancel(self, prefix: str) -> Work:
        """Stop a run and all its works for good."""
        run = self.get(prefix)
        self._ledger.works.cancel(run.id)
        return self._ledger.works.get(run.id)

    def advance(self, stage: StageContext) -> Transition:
        """Look after a run: the handler of its one item.

        Raises PhaseFailedError when a phase failed: the run fails with the phase's cause.
        """
        if stage.work_state in (State.PAUSED, State.CANCELLING):
            return self._settle(stage)
        run = self._context(stage.claim.work, dict(stage.data.get("resources", {})))
        for phase in PHASES:
            resource_id = run.resources.get(phase.name)
            if resource_id is None:
                resources = {**run.resources, phase.name: phase.start(run)}
                return Later(_LOOK_EVERY_S, {"resources": resources})
            work = self._ledger.works.get(resource_id)
            if work.state != State.SUCCEEDED:
                _raise_if_ended(phase, work)
                return Later(_pause_s(work))
        return Finish(result={"resources": dict(run.resources)})

    def _settle(self, stage: StageContext) -> Transition:
        works = [self._ledger.works.get(w) for w in stage.data.get("resources", {}).values()]
        if stage.work_state == State.CANCELLING and any(work.ended_at is None for work in works):
            return Later(_LOOK_EVERY_S)
        return Hold()

    def _existing(self, run_id: str) -> Work | None:
        try:
            return self._ledger.works.get(run_id, KIND)
        except NotFoundError:
            return None

    def _continue(self, run: Work) -> Work:
        if run.state in (State.CANCELLED, State.CANCELLING):
            raise FailedPreconditionError(
                f"{run.id} was cancelled.",
                reason="RUN_CANCELLED",
                remedy="Start afresh with --new.",
            )
        if run.state == State.FAILED:
            self._ledger.works.retry(run.id)
        self._ledger.works.resume(run.id)
        return self._ledger.works.get(run.id)

    def _validate(self, recipe: Recipe, files: Sequence[Input]) -> StyleStudy:
        for file in files:
            if file.uri and file.role == "ARTICLE":
                continue
            if not self._store.exists(upload_key(file.sha256)):
                raise NotFoundError(f"{file.name} was not uploaded.", reason="UPLOAD_NOT_FOUND")
        inputs = Inputs(files, self._store)
        if not inputs.of_role("ARTICLE"):
            raise InvalidInputError(
                "There are no articles.",
                reason="NO_ARTICLES",
                remedy="Put articles (PDF, HTML, DOCX, Markdown, text, JSONL) into the folder.",
            )
        study = inputs.style(recipe.personas)
        inputs.golden_eval_pairs(study.contract)
        return study

    def _context(self, run: Work | WorkFacts, resources: dict[str, str]) -> RunContext:
        return RunContext(
            run_id=run.id,
            recipe=Recipe.model_validate(run.spec["recipe"]),
            inputs=Inputs([Input(**file) for file in run.spec["inputs"]], self._store),
            store=self._store,
            stubs=self._stubs,
            works=self._ledger.works,
            resources=resources,
        )


def _pause_s(work: Work) -> float:
    """A hundredth of the phase's age, within limits."""
    age_s = time.time() - work.created_at
    return min(_SELDOM_S, max(_LOOK_EVERY_S, age_s / 100))


def _identity(
    recipe: Recipe, files: Sequence[Input], nonce: str, following: Round | None
) -> list[Any]:
    # folder names are where the files came from, not what they are; a budget changes no result
    content = recipe.model_dump(
        mode="json", exclude={"goldens", "articles", "golden_eval", "sample", "style", "budget"}
    )
    named = [[file.role, file.name, file.sha256, *filter(None, [file.uri])] for file in files]
    return [content, named, nonce, *([asdict(following)] if following else [])]


def _raise_if_ended(phase: Phase, work: Work) -> None:
    if work.state not in (State.FAILED, State.CANCELLED):
        return
    cause = work.cause or {
        "reason": work.state,
        "message": f"{work.id} was cancelled.",
        "remedy": "",
    }
    raise PhaseFailedError(
        f"Phase {phase.name} failed: {cause['message']}",
        reason=cause["reason"],
        remedy=cause["remedy"],
    )

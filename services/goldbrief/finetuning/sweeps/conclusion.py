"""The end of a sweep: all trials are compared, and the winner is registered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from goldbrief.core.errors import TransientError
from goldbrief.core.hashing import canonical_json
from goldbrief.core.judge_cards import headlines
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import State
from goldbrief.finetuning.mirroring import mirror
from goldbrief.finetuning.reconciler import Adapter
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.sweeps.comparison import JudgedTrial, compare
from goldbrief.finetuning.sweeps.judging import read_scored_answers
from goldbrief.finetuning.sweeps.report import TrialFacts, as_markdown, as_results
from goldbrief.finetuning.sweeps.sweeps import report_keys, trial_run_id
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Finish, Hold, Item, Later, Transition

_log = logging.getLogger(__name__)
_RETRY_S = 5.0


class Conclusion:
    """The last two stages, of the one item that follows all trials.

    Args:
        store: Holds scored answers and the report.
        runs: The trials' runs.
        register: Registers an adapter and returns its version.
    """

    def __init__(
        self, store: ObjectStore, runs: FinetuningRuns, register: Callable[[Adapter], str]
    ) -> None:
        self._store = store
        self._runs = runs
        self._register = register

    def compare(self, context: StageContext) -> Transition:
        """Compare the judged trials and write the report.

        Args:
            context: Of a sweep's finalizing item.

        Returns:
            `Advance` to the registration, `Hold` when the sweep stops.

        Raises:
            FailedPreconditionError: No row was scored in all of them.
        """
        if _is_stopping(context):
            return Hold()
        work = context.ledger.works.get(context.work_id)
        facts = [self._facts(context, item) for item in context.ledger.works.items(work.id)]
        standings = compare(_judged(facts))
        answers = [answer for one in facts for answer in one.answers]
        cards = headlines(self._store, (answer.card for answer in answers))
        results = as_results(work, facts, standings, cards)
        markdown_key, results_key = report_keys(work.id)
        self._store.put(markdown_key, as_markdown(results).encode())
        self._store.put(results_key, canonical_json(results))
        context.ledger.works.set_result(work.id, {"winner": standings[0].index})
        return Advance("register", {"winner": standings[0].index})

    def register(self, context: StageContext) -> Transition:
        """Register the winner's adapter, however long the registry is away."""
        if _is_stopping(context):
            return Hold()
        run_id = trial_run_id(context.work_id, context.data["winner"])
        trial = context.spec["trials"][context.data["winner"]]
        adapter = Adapter(
            model=trial["training"]["register_to"],
            finetuning_run_id=run_id,
            run_id=context.claim.work.group_id,
            dataset_digest=context.spec["run"]["dataset_digest"],
        )
        try:
            version = self._register(adapter)
        except TransientError as error:
            _log.warning("%s is not registered for now: %s", run_id, error)
            return Later(_RETRY_S)
        context.ledger.works.set_result(run_id, {"model_version": version})
        mirror(context.ledger.works, self._runs.get(run_id), version)
        return Finish(result={"model_version": version})

    def _facts(self, context: StageContext, item: Item) -> TrialFacts:
        run_id = trial_run_id(context.work_id, item.index)
        return TrialFacts(
            item=item,
            run=self._runs.find(run_id),
            training_s=self._runs.training_s(run_id),
            answers=read_scored_answers(self._store, context.work_id, item.index),
        )


def _judged(facts: Sequence[TrialFacts]) -> list[JudgedTrial]:
    return [
        JudgedTrial(
            index=one.item.index,
            scores={
                f"{row:05d}": answer.score
                for row, answer in enumerate(one.answers)
                if answer.score is not None
            },
            training_s=one.training_s,
        )
        for one in facts
        if one.item.state == State.SUCCEEDED
    ]


def _is_stopping(context: StageContext) -> bool:
    return context.work_state in (State.PAUSED, State.CANCELLING)

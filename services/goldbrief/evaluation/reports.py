"""Results and report of an evaluation, with what people have said of it by now."""

from __future__ import annotations

import json

from goldbrief.core.hashing import canonical_json
from goldbrief.core.seams import Embedder, ObjectStore
from goldbrief.evaluation.evaluations import Evaluations
from goldbrief.evaluation.material import read_material
from goldbrief.evaluation.people import rated_summaries, what_people_say
from goldbrief.evaluation.publishing import render
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.platform.ledger import Ledger, Work

_RETOLD = ("report.html", "report.json", "results.csv")
"""Files that tell what people said."""


class Reports:
    """Shows what evaluations found.

    An evaluation's own files never change. Once its summaries are rated, its results and report are
    written again, beside these, for each state of the ratings that somebody asks about.

    Args:
        evaluations: Have the results of before.
        ledger: Has their items.
        store: Where everything is.
        embedder: For summaries whose judgment failed.
        ratings: What people say.
    """

    def __init__(
        self,
        evaluations: Evaluations,
        ledger: Ledger,
        store: ObjectStore,
        embedder: Embedder,
        ratings: ReviewResults,
    ) -> None:
        self._evaluations = evaluations
        self._ledger = ledger
        self._store = store
        self._embedder = embedder
        self._ratings = ratings

    def results_json(self, work: Work) -> str:
        """The results of an evaluation as JSON, people's ratings in them; empty without any."""
        found = self._evaluations.results_json(work)
        folder = self._folder(work.id) if found else ""
        if not folder:
            return found
        key = f"{folder}results.json"
        if not self._store.exists(key):
            said = what_people_say(self._ratings, work.id)
            # an evaluation of an earlier version has no comparisons
            whole = {"pairwise": {}, "evaluation": work.id, **json.loads(found), **said}
            self._store.put(key, canonical_json(whole))
        return self._store.get(key).decode()

    def file(self, evaluation_id: str, name: str) -> bytes:
        """Return a file of an evaluation, with what people have said by now.

        Args:
            evaluation_id: Which.
            name: See `Evaluations.report`.

        Returns:
            Its content.

        Raises:
            NotFoundError: There is no such evaluation, or file.
            FailedPreconditionError: It has no report yet, or failed.
            TransientError: The embedder is away, and needed.
        """
        before = self._evaluations.report(evaluation_id, name)
        folder = self._folder(evaluation_id) if name in _RETOLD else ""
        if not folder:
            return before
        if not self._store.exists(f"{folder}{name}"):
            self._write(evaluation_id, folder)
        return self._store.get(f"{folder}{name}")

    def write_ratings(self, evaluation_id: str) -> str:
        """Write the results as people's ratings have them, and these one by one.

        Args:
            evaluation_id: Which.

        Returns:
            Prefix of `results.json` and `ratings.jsonl` (see `rated_summaries`); empty while nobody
            has rated anything.
        """
        work = self._evaluations.get(evaluation_id)
        folder = self._folder(evaluation_id) if self.results_json(work) else ""
        if folder:
            lines = map(canonical_json, rated_summaries(self._ratings, evaluation_id))
            self._store.put(f"{folder}ratings.jsonl", b"\n".join(lines))
        return folder

    def _folder(self, evaluation_id: str) -> str:
        """Where what is told by these ratings is kept; empty without ratings."""
        state = self._ratings.state_of(evaluation_id)
        return f"evaluations/{evaluation_id}/rated/{state}/" if state else ""

    def _write(self, evaluation_id: str, folder: str) -> None:
        work = self._evaluations.get(evaluation_id)
        items = self._ledger.works.items(evaluation_id)
        material = read_material(self._store, self._embedder, work, items)
        results = json.loads(self.results_json(work))
        for name, data in render(self._store, material, results).items():
            self._store.put(folder + name, data)

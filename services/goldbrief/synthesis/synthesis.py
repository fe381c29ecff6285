"""Syntheses: works of the ledger whose items are candidate summaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from goldbrief.core.documents import Article, Candidate, Judgment
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import SynthesisPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.ledger import Item, Ledger, NewWork, Work
from goldbrief.synthesis.estimating import SAMPLE, estimate_usage
from goldbrief.synthesis.inventing import seed_of
from goldbrief.text.style import require_enough

KIND = "synthesis"
STAGES = {
    "write": "synthesis.write_candidate",
    "judge": "judge.judge_candidate",
    "decide": "synthesis.decide",
}


class Syntheses:
    """Creates syntheses and shows what became of them.

    Args:
        ledger: Where they live.
        store: Where plans, articles, candidates and judgments lie.
        teacher: Name of the teacher in use, for the record.
        probe: Raises when the teacher cannot be reached; asked before anything begins.
        is_paid: Whether the teacher is a language model, so that an estimate is worth while.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: ObjectStore,
        teacher: str,
        probe: Callable[[], None] = lambda: None,
        *,
        is_paid: bool = False,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._teacher = teacher
        self._probe = probe
        self._is_paid = is_paid

    def create(
        self,
        request_id: str,
        run_id: str,
        articles: Sequence[str],
        plan_key: str,
        judge: str = "",
    ) -> Work:
        """Start a synthesis: an item for each article, persona and candidate number.

        Synthetic articles come on top: an item for each of them and candidate number.

        Args:
            request_id: Makes the call idempotent.
            run_id: Run that asks; empty when called alone.
            articles: Hashes of stored articles.
            plan_key: Object key of a `SynthesisPlan`.
            judge: Name of the judge in use, for the record; empty when unknown.

        Returns:
            The work.

        Raises:
            InvalidInputError: The plan cannot work, or an article is not stored.
            NotFoundError: There is no plan under that key.
            AlreadyExistsError: The request id names another request.
            TransientError: The teacher's endpoint does not answer.
        """
        if not request_id:
            raise InvalidInputError("request_id is empty.", metadata={"field": "request_id"})
        plan = load_plan(self._store, plan_key)
        _require_workable(plan)
        self._require_inventor(plan)
        self._require_stored(articles)
        self._probe()
        items: list[dict[str, Any]] = [
            {"article": sha256, "persona": persona, "candidate": number, "round": 0}
            # the second candidates last: what they share with the first is recorded by then
            for number in range(plan.candidates_per_article)
            for sha256 in articles
            for persona in plan.personas
        ]
        items += [
            {
                "article": "",
                "synthetic": place,
                "persona": seed_of(plan, place).persona,
                "candidate": number,
                "round": 0,
            }
            for number in range(plan.candidates_per_article)
            for place in range(plan.synthetic_articles)
        ]
        spec = {
            "plan_key": plan_key,
            "articles": list(articles),
            "teacher": self._teacher,
            "style": plan.prompt.style.model_dump(mode="json"),
            "next_stage": "decide",
            **({"judge": judge} if judge else {}),
        }
        work = self._ledger.works.create(
            NewWork(
                kind=KIND,
                request_id=request_id,
                spec=spec,
                stages=STAGES,
                items=items,
                group_id=run_id,
            )
        )
        if self._is_paid and "estimate" not in work.result:
            sample = [self._article(sha256) for sha256 in articles[:: -(-len(articles) // SAMPLE)]]
            estimate = estimate_usage(plan, sample, len(items))
            self._ledger.works.set_result(work.id, {"estimate": estimate})
        return work

    def get(self, synthesis_id: str) -> Work:
        """Return a synthesis; raises NotFoundError."""
        return self._ledger.works.get(synthesis_id, KIND)

    def judge_of(self, work: Work) -> str:
        """Name of the judge: of the first verdict, else as it was asked for; or empty."""
        items = self._ledger.works.items(work.id)
        judges = (item.data["judge"] for item in items if "judge" in item.data)
        return str(next(judges, work.spec.get("judge", "")))

    def candidates(
        self, synthesis_id: str, outcome: str = "", *, first: int = 0, limit: int | None = None
    ) -> list[Item]:
        """Return the items of a synthesis in order.

        Args:
            synthesis_id: Its id.
            outcome: Only items with it; empty means all.
            first: Index of the item to begin with.
            limit: Most items; None for all.

        Returns:
            The items.

        Raises:
            NotFoundError: There is no such synthesis.
        """
        work = self.get(synthesis_id)
        return self._ledger.works.items(work.id, outcome=outcome, first=first, limit=limit)

    def text_of(self, data: dict[str, Any]) -> str:
        """Text of an item's newest candidate; empty when none was written."""
        key = data.get("candidate_key")
        return Candidate.model_validate_json(self._store.get(key)).text if key else ""

    def judgment_of(self, data: dict[str, Any]) -> Judgment | None:
        """An item's newest judgment, if there is one."""
        key = data.get("judgment_key")
        return Judgment.model_validate_json(self._store.get(key)) if key else None

    def _article(self, sha256: str) -> Article:
        return Article.model_validate_json(self._store.get(article_key(sha256)))

    def _require_inventor(self, plan: SynthesisPlan) -> None:
        if plan.synthetic_articles and not self._is_paid:
            raise InvalidInputError(
                f"{self._teacher} writes with an article's own sentences and can invent none; "
                f"{plan.synthetic_articles} synthetic articles are asked for.",
                reason="TEACHER_CANNOT_INVENT",
                remedy="Set GOLDBRIEF_TEACHER_URL to a language model, or leave out "
                "`synthesis.synthetic`.",
            )

    def _require_stored(self, articles: Sequence[str]) -> None:
        if not articles:
            raise InvalidInputError(
                "There is no article to summarize.", metadata={"field": "article_sha256s"}
            )
        for sha256 in articles:
            if not self._store.exists(article_key(sha256)):
                raise InvalidInputError(
                    f"Article {sha256} is not stored.",
                    reason="ARTICLE_NOT_STORED",
                    remedy="Import it first.",
                    metadata={"field": "article_sha256s"},
                )


def load_plan(store: ObjectStore, key: str) -> SynthesisPlan:
    """Read a plan; raises NotFoundError, InvalidInputError."""
    try:
        return SynthesisPlan.model_validate_json(store.get(key))
    except ValidationError as error:
        raise InvalidInputError(
            f"{key} is no synthesis plan: {error}", reason="INVALID_PLAN"
        ) from error


def _require_workable(plan: SynthesisPlan) -> None:
    require_enough(plan.goldens)
    problems = [
        problem
        for is_wrong, problem in (
            (not plan.personas, "it names no persona"),
            (plan.candidates_per_article < 1, "candidates_per_article is below 1"),
            (not plan.temperatures, "it names no temperature"),
            (plan.synthetic_articles > 0 and not plan.topics, "it names no topic"),
            (plan.max_rewrites < 0, "max_rewrites is negative"),
            (not 1 <= plan.accept_score <= 5, "accept_score is not between 1 and 5"),
            (
                not 1 <= plan.reject_score <= plan.accept_score,
                "reject_score is not between 1 and accept_score",
            ),
        )
        if is_wrong
    ]
    if problems:
        raise InvalidInputError(
            f"The plan cannot work: {'; '.join(problems)}.", reason="INVALID_PLAN"
        )

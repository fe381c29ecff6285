"""Judging: a judge's verdict and the rule checks, put together as a judgment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from goldbrief.core.contents import put_content
from goldbrief.core.documents import (
    Article,
    Candidate,
    Comparison,
    Judgment,
    StyleContract,
    Verdict,
)
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.judge_cards import JudgeCard
from goldbrief.core.object_keys import article_key
from goldbrief.core.seams import ObjectStore
from goldbrief.judge.calibration.calibrating import Progress, calibrate
from goldbrief.judge.calibration.cases import CalibrationCase
from goldbrief.judge.cards import CardShelf
from goldbrief.judge.checks import check
from goldbrief.judge.verdicts import Case, Judge, JudgeDescription
from goldbrief.platform.broker.stages import StageContext
from goldbrief.platform.ledger import Advance, EffectUsage, Finish, Transition
from goldbrief.text.figure_check import check_figures

MAX_BYTES = 1024 * 1024
"""Largest article or summary of an RPC: 1 MiB, as everywhere in the API."""
_EXTRACTIVE = "offline-extractive"


class Judging:
    """Judges single summaries, and candidates of any work.

    Args:
        store: Where candidates, articles and judgments lie.
        judge: Gives the verdicts.
        probe: Raises when the judge cannot be reached.
    """

    def __init__(
        self, store: ObjectStore, judge: Judge, probe: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._judge = judge
        self._probe = probe
        self._shelf = CardShelf(store)

    @property
    def name(self) -> str:
        """Of the judge."""
        return self._judge.description.name

    def card(self) -> JudgeCard | None:
        """The newest card of the judge; None when nobody calibrated this version of it."""
        found = self._shelf.newest(self._judge.description.version)
        return found[1] if found else None

    def calibrate(self, cases: Sequence[CalibrationCase]) -> Iterator[Progress]:
        """Calibrate the judge, see `calibrate`; texts are checked as those of `judge_case`."""
        for one in cases:
            _require_text("summary", one.case.summary)
            _require_text("article_text", one.case.article)
        return calibrate(cases, self._judge, self._store, self._shelf)

    def article_text(self, sha256: str) -> str:
        """Text of a stored article; raises NotFoundError."""
        return Article.model_validate_json(self._store.get(article_key(sha256))).text

    def describe(self) -> JudgeDescription:
        """Reach for the judge, so that work that needs it does not begin in vain.

        Returns:
            Name and rubric.

        Raises:
            TransientError: The judge's endpoint does not answer.
            InvalidInputError: It refuses the key, or does not know the model.
            ResourceExhaustedError: It is overloaded.
        """
        self._probe()
        return self._judge.description

    def judge_case(self, case: Case) -> Judgment:
        """Judge one summary.

        Args:
            case: The summary.

        Returns:
            The judgment; without a score when the judge failed to answer.

        Raises:
            InvalidInputError: Summary or article is empty, or over 1 MiB.
            TransientError: The judge's endpoint does not answer.
        """
        _require_text("summary", case.summary)
        _require_text("article_text", case.article)
        return self._judgment(case, self._judge.judge(case), author="")

    def compare(self, case: Case, other: str) -> Comparison:
        """Say which of two summaries of an article is better.

        Args:
            case: The first summary and its article.
            other: The second summary.

        Returns:
            The preference; None of either where the judge failed to answer.

        Raises:
            InvalidInputError: A text is empty, or over 1 MiB.
            TransientError: The judge's endpoint does not answer.
        """
        for field, text in (
            ("first", case.summary), ("second", other), ("article_text", case.article),
        ):  # fmt: skip
            _require_text(field, text)
        return self._judge.compare(case, other)

    def judge_candidate(self, context: StageContext) -> Transition:
        """Judge the candidate of an item, and go on to the stage that the work's spec names.

        The item's data hold `candidate_key`, `article` (its hash) or `article_key`, and
        perhaps `reference`; the work's spec holds `next_stage` and perhaps `style`.
        """
        candidate = self._candidate(context.data["candidate_key"])
        article = self._article(context)
        case = _case(context, article, candidate)
        answer = context.once("judge", self._identity(case, article), self._call(case))
        judgment = self._judgment(case, Verdict.model_validate(answer), candidate.author)
        found = {"judgment_key": self._put(judgment), "judge": judgment.judge}
        return Advance(context.spec["next_stage"], {**found, "score": judgment.overall})

    def compare_candidates(self, context: StageContext) -> Transition:
        """Say which of an item's two candidates is better; the item ends with that.

        The item's data hold `first_key` and `second_key`, of the candidates, and `article` (its
        hash); the work's spec perhaps `style`.
        """
        first, second = (self._candidate(context.data[f"{one}_key"]) for one in ("first", "second"))
        article = self._article(context)
        case = _case(context, article, first)

        def call() -> tuple[dict[str, Any], EffectUsage]:
            found = self.compare(case, second.text)
            usage = EffectUsage(
                sum(answer.prompt_tokens for answer in found.answers),
                sum(answer.completion_tokens for answer in found.answers),
            )
            return found.model_dump(mode="json"), usage

        identity = {**self._identity(case, article), "compared_with": second.text}
        comparison = context.once("judge", identity, call)
        key = put_content(self._store, "comparisons", comparison)
        return Finish(data={"comparison_key": key})

    def _candidate(self, key: str) -> Candidate:
        return Candidate.model_validate_json(self._store.get(key))

    def _article(self, context: StageContext) -> Article:
        key = context.data.get("article_key") or article_key(context.data["article"])
        return Article.model_validate_json(self._store.get(key))

    def _call(self, case: Case) -> Callable[[], tuple[dict[str, Any], EffectUsage]]:
        def call() -> tuple[dict[str, Any], EffectUsage]:
            verdict = self._judge.judge(case)
            usage = EffectUsage(verdict.prompt_tokens, verdict.completion_tokens)
            return verdict.model_dump(mode="json"), usage

        return call

    def _identity(self, case: Case, article: Article) -> dict[str, Any]:
        return {
            **asdict(self._judge.description),
            "article": article.sha256,
            "summary": case.summary,
            "persona": case.persona,
            "style": case.style.model_dump(mode="json") if case.style else None,
            "reference": case.reference,
        }

    def _judgment(self, case: Case, verdict: Verdict, author: str) -> Judgment:
        figures = check_figures(case.summary, case.article)
        description = self._judge.description
        key, card = self._shelf.newest(description.version) or ("", None)
        return Judgment(
            **dict(verdict),
            judge=description.name,
            rubric=description.rubric,
            prompt_sha256=description.prompt_sha256,
            target="reference" if case.reference else "none",
            findings=tuple(check(case, figures, is_extract=author.startswith(_EXTRACTIVE))),
            figures_total=figures.total,
            figures_supported=figures.supported,
            calibrated=card is not None and card.standing == "calibrated",
            card=key,
        )

    def _put(self, judgment: Judgment) -> str:
        return put_content(self._store, "judgments", judgment.model_dump(mode="json"))


def _case(context: StageContext, article: Article, candidate: Candidate) -> Case:
    style = context.spec.get("style")
    return Case(
        article=article.text,
        summary=candidate.text,
        persona=candidate.persona,
        style=StyleContract.model_validate(style) if style else None,
        reference=context.data.get("reference", ""),
    )


def _require_text(field: str, text: str) -> None:
    if not text.strip():
        raise InvalidInputError(f"{field} is empty.", reason="EMPTY", metadata={"field": field})
    if len(text.encode()) > MAX_BYTES:
        raise InvalidInputError(
            f"{field} is over 1 MiB.",
            reason="TOO_LARGE",
            remedy="Send a shorter text.",
            metadata={"field": field},
        )

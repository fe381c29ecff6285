"""Proposes what the next round of a dataset should add, of what the last ones left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldbrief.core.documents import Judgment, Pair
from goldbrief.core.live_summaries import MarkedWrong
from goldbrief.core.proposals import GoldenDraft, Proposal, Suggestion, Target
from goldbrief.datasets.failed_cases import FailedCase
from goldbrief.datasets.material import Fate
from goldbrief.datasets.reasons import tell_reasons

NEAR = 0.3
"""Points of the judge's score around the accept score within which another try may decide."""
MAX_TARGETS = 500
_DRAFTS_A_SLICE = 2
_MORE_CANDIDATES, _MOST_CANDIDATES = 2, 8
_MORE_REWRITES, _MOST_REWRITES = 1, 5
_REASONS_TOLD = 3
_REASON_CHARS = 300
_DOES_NOT_FIT = "The article has about"
"""How `text.selection` begins to say that an article is longer than its room."""

Slice = tuple[str, str]
"""Persona, and length band of the article."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of a dataset version: what a proposal rests on."""

    version: str
    digest: str
    rows: Sequence[Pair]
    """Of train."""
    bands: Mapping[str, str]
    """Length band of each article, by its hash."""
    held_out: frozenset[str]
    """Articles that are never written again: they test the model."""
    lost: Sequence[tuple[Fate, Judgment | None]]
    weights: Mapping[str, Mapping[str, Mapping[str, float]]]
    """`train_weights` of the manifest."""
    failed: Sequence[FailedCase]
    marked_wrong: Sequence[MarkedWrong]
    """Live summaries by its models that people found to be wrong."""
    evaluations: tuple[str, ...]
    synthesis: Mapping[str, Any]
    """Fields of the synthesis plan; empty without a synthesis."""


def propose(found: Basis) -> Proposal:
    """Propose the next round.

    Args:
        found: The version as it is.

    Returns:
        The proposal; the same version and evaluations give the same.
    """
    return _Proposing(found).proposal()


class _Proposing:
    def __init__(self, found: Basis) -> None:
        self._found = found
        self._accept_score = float(found.synthesis.get("accept_score", 0.0))
        self._suggestions: list[Suggestion] = []
        self._targets: dict[tuple[str, str], Target] = {}
        self._goldens: list[GoldenDraft] = []
        self._recipe: dict[str, dict[str, Any]] = {}
        self._written = {(row.article_sha256, row.persona) for row in found.rows}

    def proposal(self) -> Proposal:
        self._marked_wrong()
        self._nearly_accepted()
        self._faulty()
        self._unanswered()
        self._failed_cases()
        self._barely_accepted()
        self._thin_personas()
        self._thin_lengths_and_sources()
        self._too_long()
        self._left_over()
        targets = list(self._targets.values())[:MAX_TARGETS]
        if targets:
            self._try_harder()
        return Proposal(
            version=self._found.version,
            digest=self._found.digest,
            evaluations=self._found.evaluations,
            suggestions=tuple(self._suggestions),
            targets=tuple(targets),
            goldens=tuple(self._goldens),
            recipe=self._recipe,
        )

    def _marked_wrong(self) -> None:
        """Articles that users care about, and that the model is known to fail on, come first."""
        wrong = self._found.marked_wrong
        for case in wrong:
            why = f"a live summary of it was marked wrong: {case.in_words}"
            self._target(case.article_sha256, case.persona, why)
            if case.corrected and case.article_sha256 not in self._found.held_out:
                self._goldens.append(
                    GoldenDraft(
                        article_sha256=case.article_sha256,
                        persona=case.persona,
                        summary=case.corrected,
                        judge_score=0.0,
                        reason="a live summary, corrected by who found it wrong",
                    )
                )
        if wrong:
            corrected = sum(bool(case.corrected) for case in wrong)
            reasons = tell_reasons((case.in_words for case in wrong), _REASONS_TOLD)
            self._suggest(
                "write again",
                f"{len(wrong)} live summaries were marked wrong, and found to be: {reasons}.",
                "The recipe has their articles summarized by the teacher"
                + (f"; {corrected} corrected ones are drafts in `review/`." if corrected else "."),
            )

    def _failed_cases(self) -> None:
        """Held-out articles stay held out: what is learnt of them is where to add others."""
        failed = self._found.failed
        slices = Counter((case.persona, case.band) for case in failed)
        for slice_, count in sorted(slices.items(), key=lambda one: (-one[1], one[0])):
            persona, band = slice_
            like = f"{persona}, articles of {band} tokens"
            self._again(
                (fate, f"the model failed on {count} held-out cases like it ({like})")
                for fate, _ in self._of_synthesis()
                if self._slice(fate) == slice_
            )
            drafts = [row for row in self._found.rows if self._slice(row) == slice_]
            drafts.sort(key=lambda row: (-row.judge_score, row.article_sha256))
            for row in drafts[:_DRAFTS_A_SLICE]:
                self._goldens.append(
                    GoldenDraft(
                        article_sha256=row.article_sha256,
                        persona=row.persona,
                        summary=row.response,
                        judge_score=row.judge_score,
                        reason=f"one of the best accepted for {like}, where the model failed",
                    )
                )
            why = tell_reasons((c.reason for c in failed if (c.persona, c.band) == slice_), 2)
            self._suggest(
                "approve goldens",
                f"The model failed on {count} held-out cases for {like}: {why}.",
                "Approve or mend drafts in `review/` and put them among the style goldens; the "
                "recipe has rejected summaries of this kind written again."
                if drafts
                else "No accepted summary is of this kind: add such articles, and a golden.",
            )

    def _nearly_accepted(self) -> None:
        near = [
            (fate, judgment)
            for fate, judgment in self._of_synthesis()
            if judgment is not None
            and judgment.overall is not None
            and not _errors(judgment)
            and judgment.overall >= self._accept_score - NEAR
        ]
        count = self._again((fate, _judge_says(judgment)) for fate, judgment in near)
        if count:
            self._suggest(
                "write again",
                f"{count} summaries were rejected with a score within {NEAR} of the accept score "
                f"of {self._accept_score:g}, and no check found an error.",
                "Another candidate may pass: the recipe has them written again.",
            )

    def _faulty(self) -> None:
        faulty = [(fate, _errors(judgment)) for fate, judgment in self._of_synthesis() if judgment]
        faulty = [(fate, errors) for fate, errors in faulty if errors]
        count = self._again((fate, "; ".join(errors)) for fate, errors in faulty)
        if count:
            reasons = tell_reasons((errors[0] for _, errors in faulty), _REASONS_TOLD)
            self._suggest(
                "write again",
                f"{count} summaries were rejected for what a check found: {reasons}.",
                "The recipe has them written again, with one rewrite more.",
            )

    def _unanswered(self) -> None:
        failed = [fate for fate, _ in self._of_synthesis() if fate.fate == "failed"]
        count = self._again((fate, fate.reason) for fate in failed)
        if count:
            reasons = tell_reasons((fate.reason for fate in failed), _REASONS_TOLD)
            self._suggest(
                "write again",
                f"{count} summaries were never judged: {reasons}.",
                "Mend the cause; the recipe has them written again.",
            )

    def _barely_accepted(self) -> None:
        """A better candidate takes the row's place when the version is extended."""
        limit = self._accept_score + NEAR
        barely = [
            row
            for row in self._found.rows
            if row.origin == "synthesized" and 0 < row.judge_score < limit
        ]
        barely.sort(key=lambda row: (row.judge_score, row.article_sha256, row.persona))
        for row in barely:
            self._target(
                row.article_sha256, row.persona, f"accepted with {row.judge_score:.2f} only"
            )
        if barely:
            self._suggest(
                "write again",
                f"{len(barely)} rows were accepted with a score below {limit:g}.",
                "The recipe has them written again; a better summary takes the row's place.",
            )

    def _thin_personas(self) -> None:
        shares = self._found.weights.get("persona", {})
        for persona, lacking in _thin(shares):
            rows = [row for row in self._found.rows if row.persona != persona]
            rows.sort(key=lambda row: (-row.judge_score, row.article_sha256))
            lacks = [row for row in rows if (row.article_sha256, persona) not in self._written]
            for row in lacks[:lacking]:
                self._target(row.article_sha256, persona, f"no row is for the {persona} of it")
            self._suggest(
                "write again",
                f"Only {shares[persona]['rows']:g} of {len(self._found.rows)} rows are for the "
                f"{persona}.",
                "The recipe has articles summarized for them that so far are for others only, and "
                "weighs their rows up (dataset.balance).",
            )
            self._set("dataset", "balance", True)

    def _thin_lengths_and_sources(self) -> None:
        for name, said in (("length", "articles of {} tokens"), ("source", "articles from {}")):
            shares = self._found.weights.get(name, {})
            for value, _ in _thin(shares):
                self._suggest(
                    "add articles",
                    f"Only {shares[value]['rows']:g} of {len(self._found.rows)} rows have "
                    f"{said.format(value)}.",
                    "Add such articles to those of the next recipe if they matter; it weighs the "
                    "rows that there are up (dataset.balance).",
                )
                self._set("dataset", "balance", True)

    def _too_long(self) -> None:
        long = [fate for fate, _ in self._found.lost if fate.reason.startswith(_DOES_NOT_FIT)]
        if self._again((fate, fate.reason) for fate in long):
            self._suggest(
                "change the recipe",
                f"{len(long)} accepted summaries were dropped, as their articles are longer than "
                "the prompt's room.",
                "The recipe selects salient passages (article.strategy), for all rows.",
            )
            self._set("article", "strategy", "select")

    def _left_over(self) -> None:
        left = [fate for fate, _ in self._found.lost if fate.reason.startswith("not needed")]
        if left:
            self._suggest(
                "look at",
                f"{len(left)} candidates passed, but the plan had no room for them.",
                "They are no loss: the better ones were taken. A larger dataset.pairs takes more.",
            )

    def _try_harder(self) -> None:
        plan = self._found.synthesis
        candidates = plan.get("candidates_per_article", 1) + _MORE_CANDIDATES
        rewrites = plan.get("max_rewrites", 2) + _MORE_REWRITES
        self._set("synthesis", "candidates_per_article", min(_MOST_CANDIDATES, candidates))
        self._set("synthesis", "max_rewrites", min(_MOST_REWRITES, rewrites))

    def _of_synthesis(self) -> Iterator[tuple[Fate, Judgment | None]]:
        for fate, judgment in self._found.lost:
            if fate.step == "synthesis":
                yield fate, judgment

    def _again(self, wanted: Iterable[tuple[Fate, str]]) -> int:
        """Target what is lost and has no row; returns how many are new."""
        before = len(self._targets)
        for fate, reason in wanted:
            if (fate.article_sha256, fate.persona) not in self._written:
                self._target(fate.article_sha256, fate.persona, reason)
        return len(self._targets) - before

    def _target(self, article: str, persona: str, reason: str) -> None:
        if article and article not in self._found.held_out:
            target = Target(
                article_sha256=article,
                persona=persona,
                reason=" ".join(reason.split())[:_REASON_CHARS],
            )
            self._targets.setdefault((article, persona), target)

    def _slice(self, one: Fate | Pair) -> Slice:
        return one.persona, self._found.bands.get(one.article_sha256, "")

    def _suggest(self, kind: Any, reason: str, advice: str) -> None:
        self._suggestions.append(Suggestion(kind=kind, reason=reason, advice=advice))

    def _set(self, section: str, key: str, value: Any) -> None:
        self._recipe.setdefault(section, {})[key] = value


def _thin(shares: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, int]]:
    """Values that have less than half of an even share, and how many rows would make it up."""
    if not shares:
        return
    even = sum(share["rows"] for share in shares.values()) / len(shares)
    for value, share in sorted(shares.items()):
        if share["rows"] < even / 2:
            yield value, round(even - share["rows"])


def _errors(judgment: Judgment) -> list[str]:
    return [f.message.rstrip(".") for f in judgment.findings if f.severity == "error"]


def _judge_says(judgment: Judgment | None) -> str:
    if judgment is None or judgment.overall is None:
        return ""
    return f"scored {judgment.overall:.2f}: {judgment.rationale}".rstrip(": ")

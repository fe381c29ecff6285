"""The offline judge: weighted sums of measurable features, no language model.

Good for continuous integration and for sorting out bad candidates; it ranks systems only
roughly, since it cannot read. Nobody has calibrated it: `goldbrief judge calibrate` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from goldbrief.core.documents import Verdict
from goldbrief.core.seams import Embedder
from goldbrief.judge.features import Features, measure
from goldbrief.judge.verdicts import DIMENSIONS, Case, JudgeDescription, overall_score

NAME = "offline-metric-2"
RUBRIC = "offline-metric-2"
"""The recipes and anchors below; a change of either is a new version."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A feature's part in a dimension: `low` and below earn 1 point, `high` and above 5."""

    feature: str
    weight: float
    low: float
    high: float


# Which features tell of which dimension is known from published judgments of news summaries; what
# the article does not support covers nothing, and long copied phrases read well. Weights and
# anchors are set by hand so that clean summaries of business articles come to about 4.
_RECIPES: dict[str, tuple[_Term, ...]] = {
    "faithfulness": (
        _Term("figure_support", 4, 0.6, 1.0),
        _Term("sentence_support", 2, 0.4, 1.0),
        _Term("word_precision", 2, 0.5, 1.0),
        _Term("phrase_precision", 1, 0.0, 0.8),
        _Term("name_support", 1, 0.5, 1.0),
        _Term("finished", 1, 0.5, 1.0),
    ),
    "coverage": (
        _Term("word_balance", 2, 0.1, 0.7),
        _Term("lead_coverage", 2, 0.3, 0.9),
        _Term("center_coverage", 2, 0.5, 0.95),
        _Term("lead_position", 1, 0.0, 1.0),
        _Term("sentence_support", 1, 0.4, 1.0),
        _Term("figure_density", 1, 0.2, 1.0),
        _Term("likeness_to_reference", 2, 0.15, 0.5),
    ),
    "coherence": (
        _Term("sentence_support", 2, 0.4, 1.0),
        _Term("source_order", 1, 0.2, 0.8),
        _Term("no_repeated_words", 2, 0.8, 1.0),
        _Term("no_redundancy", 1, 0.1, 0.7),
        _Term("phrase_precision", 1, 0.0, 0.8),
        _Term("few_sentences", 1, 0.0, 1.0),
        _Term("finished", 1, 0.5, 1.0),
    ),
    "conciseness": (
        _Term("no_repeated_items", 2, 0.0, 1.0),
        _Term("no_redundancy", 2, 0.1, 0.7),
        _Term("no_repeated_words", 1, 0.8, 1.0),
        _Term("length", 2, 0.0, 1.0),
        _Term("sentence_length", 1, 0.5, 1.0),
    ),
    "style": (
        _Term("form", 4, 0.0, 1.0),
        _Term("for_persona", 1, 0.0, 1.0),
        _Term("figure_density", 1, 0.2, 1.0),
        _Term("well_formed", 1, 0.5, 1.0),
    ),
    "usefulness": (
        _Term("imperatives", 2, 0.0, 1.0),
        _Term("concrete_actions", 2, 0.0, 1.0),
        _Term("weakest_action", 2, 0.0, 1.0),
        _Term("triggered_actions", 1, 0.0, 1.0),
        _Term("for_persona", 2, 0.0, 1.0),
    ),
}


class OfflineJudge:
    """Scores by features.

    Args:
        embedder: Compares sentences.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def description(self) -> JudgeDescription:
        """Name and rubric; the embedding model decides too."""
        return JudgeDescription(NAME, RUBRIC, {"embedder": self._embedder.name})

    def judge(self, case: Case) -> Verdict:
        """Score a summary."""
        features = measure(case, self._embedder)
        scores = {dimension: _score(_RECIPES[dimension], features) for dimension in DIMENSIONS}
        # The rubric counts false claims: a single wrong figure is a 2 among however many right.
        faithfulness = 1 + (scores["faithfulness"] - 1) * features.figures_right
        scores["faithfulness"] = round(faithfulness, 2)
        return Verdict(
            scores=scores,
            overall=overall_score(scores),
            rationale=_rationale(features, scores),
            state="measured",
        )


def _score(recipe: tuple[_Term, ...], features: Features) -> float:
    """1 to 5: the weighted mean of the features between their anchors."""
    terms = [term for term in recipe if _value(term, features) is not None]
    earned = sum(term.weight * _earned(term, features) for term in terms)
    return round(1 + 4 * earned / sum(term.weight for term in terms), 2)


def _earned(term: _Term, features: Features) -> float:
    """Where the feature lies between its anchors, 0 to 1; 1 when it was not measured."""
    value = _value(term, features)
    if value is None:
        return 1.0
    return min(1.0, max(0.0, (value - term.low) / (term.high - term.low)))


def _value(term: _Term, features: Features) -> float | None:
    value: float | None = getattr(features, term.feature)
    return value


def _rationale(features: Features, scores: dict[str, float]) -> str:
    weakest = min(DIMENSIONS, key=lambda dimension: scores[dimension])
    worst = min(_RECIPES[weakest], key=lambda term: _earned(term, features))
    return (
        f"Measured, not read: weakest in {weakest} ({scores[weakest]:.2f}), most of all "
        f"{worst.feature.replace('_', ' ')} ({_value(worst, features):.2f}, where {worst.high:g} "
        f"is full marks); {features.figure_support:.0%} of the figures are supported."
    )

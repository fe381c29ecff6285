"""The offline judge: weighted sums of measurable features, no language model.

Good for continuous integration and for sorting out bad candidates; it ranks systems only
roughly, since it cannot read. Nobody has calibrated it: `goldbrief judge calibrate` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from goldbrief.core.documents import Comparison, Verdict
from goldbrief.core.seams import Embedder, TokenScorer
from goldbrief.judge.comparing import compare_by_scores
from goldbrief.judge.features import Features, measure
from goldbrief.judge.verdicts import DIMENSIONS, Case, JudgeDescription, overall_score

NAME = "offline-metric-3"
RUBRIC = "offline-metric-3"
"""The recipes and anchors below; a change of either is a new version."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A feature's part in a dimension: `low` and below earn 1 point, `high` and above 5."""

    feature: str
    weight: float
    low: float
    high: float


# Which features tell of which dimension is known from published judgments of news summaries: what
# the article does not support covers nothing, and long copied phrases read well. Weights and
# anchors are set by hand on articles of our own, so that clean summaries come to about 4.
_RECIPES: dict[str, tuple[_Term, ...]] = {
    "faithfulness": (
        _Term("figure_support", 4, 0.6, 1.0),
        _Term("sentence_support", 2, 0.4, 1.0),
        _Term("weakest_sentence", 1, 0.2, 0.8),
        _Term("local_words", 2, 0.3, 0.9),
        _Term("weakest_words", 1, 0.1, 0.8),
        _Term("local_names", 2, 0.5, 1.0),
        _Term("name_support", 2, 0.5, 1.0),
        _Term("not_contradicted", 2, 0.5, 1.0),
        _Term("word_precision", 1, 0.5, 1.0),
        _Term("phrase_precision", 1, 0.0, 0.8),
        _Term("finished", 1, 0.5, 1.0),
    ),
    "coverage": (
        _Term("salient_sentences", 2, 0.2, 0.7),
        _Term("key_words", 2, 0.1, 0.7),
        _Term("word_balance", 1, 0.1, 0.7),
        _Term("lead", 2, 0.3, 0.9),
        _Term("center", 2, 0.5, 0.95),
        _Term("lead_position", 1, 0.0, 1.0),
        _Term("sentence_support", 1, 0.4, 1.0),
        _Term("figure_density", 1, 0.2, 1.0),
        _Term("likeness_to_reference", 2, 0.15, 0.5),
    ),
    "coherence": (
        _Term("linked", 2, 0.2, 1.0),
        _Term("unity", 1, 0.0, 0.5),
        _Term("antecedents", 2, 0.5, 1.0),
        _Term("source_order", 1, 0.2, 0.8),
        _Term("no_repeated_words", 2, 0.8, 1.0),
        _Term("no_redundancy", 1, 0.1, 0.7),
        _Term("sentence_support", 2, 0.4, 1.0),
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
        _Term("form", 6, 0.0, 1.0),
        _Term("for_persona", 1, 0.0, 1.0),
        _Term("figure_density", 1, 0.2, 1.0),
        _Term("well_formed", 1, 0.5, 1.0),
        _Term("in_order", 1, 0.5, 1.0),
        _Term("finished", 1, 0.5, 1.0),
        _Term("known_pairs", 1, 0.2, 0.9),
        _Term("mean_log_prob", 2, -4.5, -1.0),
        _Term("worst_log_prob", 2, -11.0, -4.0),
    ),
    "usefulness": (
        _Term("imperatives", 2, 0.0, 1.0),
        _Term("concrete", 2, 0.0, 1.0),
        _Term("weakest", 2, 0.0, 1.0),
        _Term("triggered", 1, 0.0, 1.0),
        _Term("for_persona", 2, 0.0, 1.0),
    ),
}
_FULL = 5.0
"""Of a dimension in which nothing was asked for."""


class OfflineJudge:
    """Scores by features.

    Args:
        embedder: Compares sentences.
        scorer: Says how probable the wording is; None leaves that out.
    """

    def __init__(self, embedder: Embedder, scorer: TokenScorer | None = None) -> None:
        self._embedder = embedder
        self._scorer = scorer

    @property
    def description(self) -> JudgeDescription:
        """Name and rubric; the models that it asks decide too."""
        models = {"embedder": self._embedder.name}
        if self._scorer:
            models["language_model"] = self._scorer.name
        return JudgeDescription(NAME, RUBRIC, models)

    def judge(self, case: Case) -> Verdict:
        """Score a summary."""
        features = measure(case, self._embedder, self._scorer)
        scores = {dimension: _score(_RECIPES[dimension], features) for dimension in DIMENSIONS}
        # The rubric counts false claims: a single wrong figure is a 2 among however many right.
        right = features["figures_right"] or 0.0
        faithfulness = 1 + (scores["faithfulness"] - 1) * right
        scores["faithfulness"] = round(faithfulness, 2)
        return Verdict(
            scores=scores,
            overall=overall_score(scores),
            rationale=_rationale(features, scores),
            state="measured",
        )

    def compare(self, case: Case, other: str) -> Comparison:
        """See Judge.compare: by the overall scores of each alone."""
        return compare_by_scores(self, case, other)


def _score(recipe: tuple[_Term, ...], features: Features) -> float:
    """1 to 5: the weighted mean of the features between their anchors."""
    earned = [(term.weight, share) for term in recipe if (share := _earned(term, features)) >= 0]
    total = sum(weight for weight, _ in earned)
    return round(1 + 4 * sum(w * share for w, share in earned) / total, 2) if total else _FULL


def _earned(term: _Term, features: Features) -> float:
    """Where the feature lies between its anchors, 0 to 1; -1 when there was nothing to measure."""
    value = features[term.feature]
    if value is None:
        return -1.0
    return min(1.0, max(0.0, (value - term.low) / (term.high - term.low)))


def _rationale(features: Features, scores: dict[str, float]) -> str:
    weakest = min(DIMENSIONS, key=lambda dimension: scores[dimension])
    measured = [term for term in _RECIPES[weakest] if features[term.feature] is not None]
    worst = min(measured, key=lambda term: _earned(term, features))
    return (
        f"Measured, not read: weakest in {weakest} ({scores[weakest]:.2f}), most of all "
        f"{worst.feature.replace('_', ' ')} ({features[worst.feature]:.2f}, where {worst.high:g} "
        f"is full marks); {features['figure_support']:.0%} of the figures are supported."
    )

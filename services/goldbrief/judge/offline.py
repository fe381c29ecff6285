"""The offline judge: weighted sums of measurable features, no language model.

Good for continuous integration and for sorting out bad candidates; it ranks systems only
roughly, since it cannot read. Nobody has calibrated it: `goldbrief judge calibrate` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from goldbrief.core.documents import Comparison, Verdict
from goldbrief.core.errors import InvalidInputError, NotFoundError
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
        _Term("mean_log_prob", 1, -4.5, -1.0),
    ),
    "coverage": (
        _Term("salient_sentences", 3, 0.2, 0.7),
        _Term("word_balance", 3, 0.1, 0.7),
        _Term("key_words", 2, 0.1, 0.7),
        _Term("lead", 1, 0.3, 0.9),
        _Term("center", 2, 0.5, 0.95),
        _Term("lead_position", 1, 0.0, 1.0),
        _Term("sentence_support", 1, 0.4, 1.0),
        _Term("figure_density", 2, 0.2, 1.0),
        _Term("likeness_to_reference", 3, 0.15, 0.5),
    ),
    "coherence": (
        _Term("antecedents", 2, 0.5, 1.0),
        _Term("source_order", 2, 0.0, 1.0),
        _Term("linked", 1, 0.2, 1.0),
        _Term("unity", 1, 0.0, 0.5),
        _Term("weakest_sentence", 1, 0.2, 0.8),
        _Term("sentence_support", 2, 0.4, 1.0),
        _Term("no_repeated_words", 2, 0.8, 1.0),
        _Term("no_redundancy", 1, 0.1, 0.7),
        _Term("phrase_precision", 1, 0.0, 0.8),
        _Term("few_sentences", 1, 0.0, 1.0),
        _Term("finished", 1, 0.5, 1.0),
        _Term("mean_log_prob", 1, -4.5, -1.0),
        _Term("worst_log_prob", 1, -10.0, -4.0),
    ),
    "conciseness": (
        _Term("no_repeated_items", 3, 0.0, 1.0),
        _Term("no_redundancy", 1, 0.1, 0.7),
        _Term("no_repeated_words", 2, 0.8, 1.0),
        _Term("length", 2, 0.0, 1.0),
        _Term("sentence_length", 1, 0.5, 1.0),
    ),
    "style": (
        _Term("form", 8, 0.0, 1.0),
        _Term("for_persona", 1, 0.0, 1.0),
        _Term("figure_density", 1, 0.2, 1.0),
        _Term("well_formed", 2, 0.5, 1.0),
        _Term("finished", 1, 0.5, 1.0),
        _Term("in_order", 1, 0.5, 1.0),
        _Term("known_pairs", 1, 0.2, 0.9),
        _Term("phrase_precision", 1, 0.0, 0.8),
        _Term("sentence_support", 1, 0.4, 1.0),
        _Term("mean_log_prob", 2, -4.5, -1.0),
        _Term("worst_log_prob", 3, -10.0, -4.0),
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


class _Tolerant:
    """Leaves out, for one verdict, what the language model does not tell, and remarks it."""

    def __init__(self, scorer: TokenScorer, remarks: list[str]) -> None:
        self.name = scorer.name
        self._scorer = scorer
        self._remarks = remarks

    def log_probs(self, context: str, text: str) -> list[float]:
        try:
            return self._scorer.log_probs(context, text)
        except (InvalidInputError, NotFoundError) as error:
            self._remarks.append(f"How probable the wording is was not told: {error.reason}.")
            return []


class OfflineJudge:
    """Scores by features.

    Args:
        embedder: Compares sentences.
        scorer: Says how probable the wording of prose without a house style is; None leaves that
            out, and so does one that does not tell.
        always_asks: Whether the wording under a house style is scored too, and one that does not
            tell is an error.
    """

    def __init__(
        self, embedder: Embedder, scorer: TokenScorer | None = None, *, always_asks: bool = False
    ) -> None:
        self._embedder = embedder
        self._scorer = scorer
        self._always_asks = always_asks

    @property
    def description(self) -> JudgeDescription:
        """Name and rubric; the models that it asks decide too."""
        models = {"embedder": self._embedder.name}
        if self._scorer:
            models["language_model"] = self._scorer.name
            models["asked"] = "always" if self._always_asks else "prose"
        return JudgeDescription(NAME, RUBRIC, models)

    def judge(self, case: Case) -> Verdict:
        """Score a summary."""
        remarks: list[str] = []
        features = measure(case, self._embedder, self._scorer_for(case, remarks))
        scores = {dimension: _score(_RECIPES[dimension], features) for dimension in DIMENSIONS}
        # The rubric counts false claims: a single wrong figure is a 2 among however many right.
        right = features["figures_right"] or 0.0
        faithfulness = 1 + (scores["faithfulness"] - 1) * right
        scores["faithfulness"] = round(faithfulness, 2)
        return Verdict(
            scores=scores,
            overall=overall_score(scores),
            rationale=" ".join([_rationale(features, scores), *remarks]),
            state="measured",
        )

    def _scorer_for(self, case: Case, remarks: list[str]) -> TokenScorer | None:
        if self._scorer is None or self._always_asks:
            return self._scorer
        return _Tolerant(self._scorer, remarks) if case.style is None else None

    def compare(self, case: Case, other: str) -> Comparison:
        """See Judge.compare: by the overall scores of each alone."""
        return compare_by_scores(self, case, other)


def _score(recipe: tuple[_Term, ...], features: Features) -> float:
    """1 to 5: the weighted mean of the features between their anchors."""
    earned = [(term.weight, _earned(term, value)) for term, value in _measured(recipe, features)]
    total = sum(weight for weight, _ in earned)
    return round(1 + 4 * sum(w * share for w, share in earned) / total, 2) if total else _FULL


def _measured(recipe: tuple[_Term, ...], features: Features) -> Iterator[tuple[_Term, float]]:
    """The terms of which there was something to measure, with their values."""
    for term in recipe:
        value = features[term.feature]
        if value is not None:
            yield term, value


def _earned(term: _Term, value: float) -> float:
    """Where the feature lies between its anchors, 0 to 1."""
    return min(1.0, max(0.0, (value - term.low) / (term.high - term.low)))


def _rationale(features: Features, scores: dict[str, float]) -> str:
    weakest = min(DIMENSIONS, key=lambda dimension: scores[dimension])
    measured = _measured(_RECIPES[weakest], features)
    worst, value = min(measured, key=lambda one: _earned(*one))
    return (
        f"Measured, not read: weakest in {weakest} ({scores[weakest]:.2f}), most of all "
        f"{worst.feature.replace('_', ' ')} ({value:.2f}, where {worst.high:g} "
        f"is full marks); {features['figure_support']:.0%} of the figures are supported."
    )

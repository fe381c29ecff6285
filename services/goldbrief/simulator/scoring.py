"""Scores a summary against the truth of its article: facts right, wrong, missing, invented.

Of what no figure shows only the form is judged (see `form`); tables are not judged.
"""

from __future__ import annotations

from dataclasses import dataclass

from goldbrief.simulator.claims import Claims, Judgement, Verdict
from goldbrief.simulator.facts import Fact
from goldbrief.simulator.form import FormFault, find_form_faults
from goldbrief.simulator.simulating import SimulatedArticle
from goldbrief.simulator.subjects import Sentence
from goldbrief.simulator.truths import SENTENCE, Truth
from goldbrief.text.figures import extract_figures


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A fact that the article tells and the summary does not."""

    fact_id: str
    salience: float


@dataclass(frozen=True, slots=True)
class SummaryScore:
    """A summary measured by the truth."""

    judgements: tuple[Judgement, ...]
    """In the order of the text."""
    present: tuple[str, ...]
    """Facts of which the summary gives a figure rightly, most salient first."""
    missing: tuple[MissingFact, ...]
    """Most salient first."""
    salience: dict[str, float]
    """Of every fact that the article tells, its surroundings left out."""
    form: tuple[FormFault, ...]
    """What is said in the wrong place, to the wrong person, twice, or of nothing."""

    def count(self, verdict: Verdict) -> int:
        """How many judgements have this verdict."""
        return sum(one.verdict == verdict for one in self.judgements)

    @property
    def precision(self) -> float:
        """Share of judgements that are right; 1 where there is none."""
        return self.count("right") / len(self.judgements) if self.judgements else 1.0

    @property
    def weighted_recall(self) -> float:
        """Share of the salience that is present."""
        total = sum(self.salience.values())
        return sum(self.salience[one] for one in self.present) / total if total else 1.0

    def recall(self, threshold: float = 0.8) -> float:
        """Share of the facts with at least this salience that are present; 1 for no such fact."""
        salient = [one for one, salience in self.salience.items() if salience >= threshold]
        return sum(one in self.present for one in salient) / len(salient) if salient else 1.0


def score_summary(article: SimulatedArticle, summary: str, persona: str = "") -> SummaryScore:
    """Score a summary against the truth of its article.

    Args:
        article: What was summarized.
        summary: Any text.
        persona: For whom it was asked; empty where nobody knows.

    Returns:
        What is right, wrong, invented and missing.
    """
    return Scorer(article).score(summary, persona)


class Scorer:
    """Scores summaries of one article.

    Args:
        article: What is summarized.
    """

    def __init__(self, article: SimulatedArticle) -> None:
        self.truth = Truth(article)

    def score(self, summary: str, persona: str = "") -> SummaryScore:
        """Score a summary.

        Args:
            summary: Any text.
            persona: For whom it was asked; empty where nobody knows.

        Returns:
            What is right, wrong, invented and missing.
        """
        truth, figures = self.truth, extract_figures(summary)
        judgements: list[Judgement] = []
        topic, end, is_action = "", 0, False
        for match in SENTENCE.finditer(summary):
            if match[0].startswith("#"):
                is_action = "action" in match[0].lower()
            if match[0].startswith(("#", "|")):
                continue
            within = [one for one in figures if match.start() <= one.start < match.end()]
            if "\n" in summary[end : match.start()]:
                topic = ""
            sentence = Sentence(truth, match[0], match.start(), within, topic, is_action=is_action)
            judgements += Claims(sentence).judge()
            topic, end = sentence.topic, match.end()
        right = {
            one.fact_id
            for one in judgements
            if one.verdict == "right" and one.role in _key_roles(truth.facts[one.fact_id])
        }
        return SummaryScore(
            judgements=tuple(judgements),
            present=tuple(one for one in truth.told if one in right),
            missing=tuple(
                MissingFact(one, salience)
                for one, salience in truth.told.items()
                if one not in right
            ),
            salience=truth.told,
            form=find_form_faults(truth, summary, persona),
        )


def _key_roles(fact: Fact) -> set[str]:
    """The figures that make a fact present: of a result, what it is or how it changed."""
    if fact.kind == "result":
        return {"value", "change"}
    return {measure.role for measure in fact.measures} | {"midpoint"}

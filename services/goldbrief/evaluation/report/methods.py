"""What the report says of training, and of how things were measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from goldbrief.evaluation.report.charts import Loss, loss_chart
from goldbrief.evaluation.report.markup import figure, paragraph, table
from goldbrief.evaluation.results import Results
from goldbrief.evaluation.rows import Row
from goldbrief.platform.statistics import MIN_PAIRS, RESAMPLES

_INTRINSIC = (
    ("token_accuracy", "Next token guessed right", "{:.1%}"),
    ("perplexity", "Perplexity (less is better)", "{:.2f}"),
    ("bits_per_byte", "Bits per byte (less is better)", "{:.3f}"),
)


def render_training(results: Results, losses: Sequence[Loss]) -> str:
    """Token accuracy, perplexity and bits per byte on held-out summaries; the training loss."""
    intrinsic = results["intrinsic"]
    body = ""
    if intrinsic:
        rows = [
            [label, *(form.format(intrinsic[f"{who}_{name}"]) for who in ("base", "tuned"))]
            for name, label, form in _INTRINSIC
            if intrinsic[f"base_{name}"] is not None
        ]
        body += table(["On held-out summaries", "base", "tuned"], rows)
        body += paragraph(
            f"Over the {intrinsic['tokens']:,} summary tokens of {intrinsic['rows']} held-out "
            f"rows; tokenizer {intrinsic['tokenizer']}. Token accuracy and perplexity compare only "
            "within one tokenizer, bits per byte across them."
        )
    return body + figure("Training loss", loss_chart(losses))


def legend() -> str:
    """What the marks on figures mean."""
    return (
        '<p>Figures are marked: <mark class="ok">found in the article</mark>, '
        '<mark class="unclear">found, but seemingly of another subject, period or direction</mark>'
        ', <mark class="bad">not found</mark>.</p>'
    )


def render_methods(results: Results, rows: Sequence[Row]) -> str:
    """How this was measured, and what it cannot say."""
    golden = len({row.article.sha256 for row in rows if row.target.origin == "golden"})
    points = (
        "Every system that was asked here saw the same passages of the same "
        f"{results['articles']} articles and answered greedily, the teacher aside. A dataset "
        "keeps the companies of its held-out articles out of training, as far as it knows them.",
        f"{golden} of the articles have a summary approved by people; the others are compared "
        "with the teacher's, which favors a system that was trained on the teacher.",
        "Version 1 (PROMPT_CHAIN) is a chain of prompts: extract facts, draft, restyle, correct. "
        "On the untuned base model it shows what tuning adds at equal size; what a larger model "
        "would do shows on an endpoint.",
        f"Intervals are 95% percentile intervals of {RESAMPLES:,} bootstrap resamples over "
        "articles; differences are paired by article. With few articles they are too narrow: "
        f"fewer than {MIN_PAIRS} pairs never count as a difference. A difference is told only "
        "where its interval excludes zero and Wilcoxon's signed-rank test agrees at 5%. The "
        "judge's score is asked about first and by itself; the other metrics share Holm's "
        "correction.",
        "ROUGE is the F-measure of the package rouge-score with its Porter stemmer, ROUGE-Lsum "
        "over sentences. Token accuracy here is the F-measure of the words shared with the "
        "reference; that under Training is the share of next tokens guessed right. Only within "
        "one tokenizer do such shares compare.",
        "A judge's failure is counted as missing, never as a score. The judge was "
        f"{'' if results['calibrated'] else 'not '}found to agree with people's judgment.",
        "Figures are checked by value and unit against the whole article. A summary without "
        "figures counts as 100% found, so look at the figures a summary too.",
        "Seconds are time in the engine or until an endpoint answered, with "
        f"{results['concurrency']} summaries written at once. Tokens are as engine and endpoint "
        "count them; the cost of the engine is its share of what the GPU costs an hour.",
    )
    return _list(points)


def _list(points: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(point)}</li>' for point in points)}</ul>"

"""A judge card for people, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from goldbrief.core.judge_cards import Interval, JudgeCard


def render_judge_card(card: JudgeCard) -> str:
    """Write a card in Markdown; the same card gives the same text."""
    parts = (_head(card), _agreement(card), _detection(card), _biases(card), _threshold(card))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(card: JudgeCard) -> Iterator[str]:
    yield f"# Judge {card.judge}: {card.standing}"
    yield ""
    yield f"Rubric {card.rubric}, version {card.version}, {card.created}."
    yield ""
    yield from (f"- {reason}" for reason in card.reasons)
    yield (
        f"- {card.verdicts} verdicts, {card.failed} of them failed; {card.rated} summaries rated "
        f"by people, {card.faulty} with a planted fault."
    )


def _agreement(card: JudgeCard) -> Iterator[str]:
    yield "## Agreement with people"
    yield ""
    if not card.agreements:
        yield "Unknown: no ratings by people, or too few."
        return
    yield _row(["", "summaries", "raters", "Spearman", "weighted kappa", "alpha", "among people"])
    yield _row(["---"] * 7)
    for one in card.agreements:
        people = _span(one.alpha_of_people) if one.alpha_of_people else "–"
        agreement = (one.spearman, one.weighted_kappa, one.alpha)
        spans = [_span(interval) for interval in agreement]
        yield _row([one.dimension, one.spearman.n, one.raters, *spans, people])
    yield ""
    yield (
        "Brackets are 95% bootstrap intervals over articles. Kappa has quadratic weights; alpha is "
        "Krippendorff's for ordinal grades, with the judge as one more rater. Nobody agrees with "
        "people better than people do: compare with the last column."
    )


def _detection(card: JudgeCard) -> Iterator[str]:
    yield "## Planted faults"
    yield ""
    if card.discrimination is None:
        yield "None were planted: no summary was known to be good."
        return
    yield (
        f"Good summaries score above the same with a fault in {_span(card.discrimination)} of "
        f"pairs, where 0.5 is chance. {card.good} good summaries."
    )
    yield ""
    yield _row(["fault", "summaries", "scored lower", "mean drop", "below the accept score"])
    yield _row(["---"] * 5)
    for one in card.detections:
        rejected = "–" if one.rejected is None else f"{one.rejected:.2f}"
        yield _row([one.fault, one.n, f"{one.noticed:.2f}", f"{one.drop:+.2f}", rejected])


def _biases(card: JudgeCard) -> Iterator[str]:
    yield "## Steadiness and biases"
    yield ""
    again = "unknown" if card.repeat_spread is None else f"{card.repeat_spread:.2f} points"
    yield f"- The same summary judged again: a standard deviation of {again}."
    yield f"- All summaries: a standard deviation of {card.spread:.2f} points."
    of = "what people leave unexplained of its score" if card.rated else "its score"
    length = _span(card.length_bias) if card.length_bias else "unknown"
    yield f"- Length: Spearman of words with {of}: {length}."
    own = f"{_span(card.self_preference)} points" if card.self_preference else (
        "unknown; it needs ratings of summaries by authors of its family and of others"
    )  # fmt: skip
    yield f"- Favor for its own family's summaries, beyond people's: {own}."
    yield "- Position: none; each summary is graded alone, beside no other."


def _threshold(card: JudgeCard) -> Iterator[str]:
    yield "## Accept score"
    yield ""
    if card.accept_score is None:
        yield "None: its scores do not tell good summaries from bad."
        return
    label = "" if card.accept_from == "people" else " (uncalibrated: no person was asked)"
    yield (
        f"{card.accept_score:.2f}, which best tells good from bad by {card.accept_from}{label}. "
        "A recipe takes it with `synthesis.accept_score: calibrated`."
    )


def _span(interval: Interval) -> str:
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"

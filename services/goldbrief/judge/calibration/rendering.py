"""A judge card for people, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from goldbrief.core.judge_cards import Interval, JudgeCard, ThresholdOrigin


def render_judge_card(card: JudgeCard) -> str:
    """Write a card in Markdown; the same card gives the same text."""
    parts = (_head(card), _agreement(card), _detection(card), _biases(card), _thresholds(card))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(card: JudgeCard) -> Iterator[str]:
    yield f"# Judge {card.judge}: {card.standing}"
    yield ""
    yield f"Rubric {card.rubric}, version {card.version}, {card.created}."
    yield ""
    yield from (f"- {reason}" for reason in card.reasons)
    if card.simulated_raters:
        yield (
            f"- {card.simulated_raters} of the raters are simulated: programs, which count as "
            "people below."
        )
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
    yield from _position(card)


def _position(card: JudgeCard) -> Iterator[str]:
    if card.preferred_right is None:
        yield "- Position: unknown; it was shown no two summaries side by side."
        return
    yield (
        f"- Of two summaries it prefers the better one in {_span(card.preferred_right)} of "
        f"{card.compared} pairs, ties counting half."
    )
    if card.swap_consistency is None or card.position_bias is None:
        yield "- Position: no bias; it grades each summary alone, also to compare two."
        return
    yield (
        f"- Position: it prefers the same in either order in {_span(card.swap_consistency)} of "
        f"pairs; what is shown first is preferred by {_span(card.position_bias)} oftener than what "
        "is shown second (0 is fair, 1 always)."
    )


def _thresholds(card: JudgeCard) -> Iterator[str]:
    yield "## Accept, have rewritten, reject"
    yield ""
    if card.accept_score is None:
        yield "No lines: its scores do not tell good summaries from bad."
        return
    yield (
        f"- Accept from {card.accept_score:.2f}, which best tells good from bad by "
        f"{_origin(card.accept_from)}: `synthesis.accept_score: calibrated`."
    )
    if card.reject_score is None:
        yield "- Reject at once: no line; its scores tell no hopeless summaries from faulty ones."
        return
    yield (
        f"- Reject at once below {card.reject_score:.2f}, which best tells the hopeless from what "
        f"can be mended by {_origin(card.reject_from)}: `synthesis.reject_score: calibrated`."
    )
    yield "- Between the two: have it rewritten."


def _origin(origin: ThresholdOrigin) -> str:
    reservations = {
        "planted faults": " (uncalibrated: no person was asked)",
        "simulated raters": " (uncalibrated: not by people alone)",
    }
    return origin + reservations.get(origin, "")


def _span(interval: Interval) -> str:
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"

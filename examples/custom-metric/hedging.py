"""How firmly a summary speaks: 1 without hedges, less the more there are."""

from goldbrief.evaluation.user_metrics import MetricRow

HEDGES = {"may", "might", "could", "possibly", "perhaps", "reportedly", "seemingly"}


def firmness(row: MetricRow) -> float:
    """Share of the words that are no hedges; raises ValueError for an empty summary."""
    words = row.summary.lower().split()
    if not words:
        raise ValueError("An empty summary has no tone.")
    return 1 - sum(word.strip(".,;") in HEDGES for word in words) / len(words)

"""What the ratings of a set say, and how far they can be trusted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING, Any

from goldbrief.core.review_criteria import CRITERIA
from goldbrief.platform.agreement import krippendorff_alpha
from goldbrief.platform.statistics import estimate, estimate_statistic, is_shown, pairs_needed

if TYPE_CHECKING:
    from goldbrief.evaluation.reviews.results import RatedPair, Submitted

_FEWEST_FOR_FLAGS = 3
"""Pairs from which a reviewer's habits are remarked on."""
_FEWEST_FOR_SIDES = 8
"""Sides are drawn by chance: that seven follow the first happens once in 128 times."""
_HASTY_S = 20.0
"""Median seconds a pair below which nobody has read two summaries and an article."""
_WIDE = 3
"""Points between two raters' scores from which a pair is for the lead to decide."""


@dataclass(frozen=True, slots=True)
class Workload:
    """How much a reviewer has, and has done."""

    reviewer: str
    is_simulated: bool
    assigned: int
    submitted: int
    skipped: int


def find(pairs: Sequence[RatedPair], workloads: Sequence[Workload]) -> dict[str, Any]:
    """Tell what the ratings say.

    Planted repeats count for how far reviewers agree with themselves, and for nothing else.

    Args:
        pairs: All of the set.
        workloads: Of its reviewers.

    Returns:
        `systems`: by system and criterion a mean with its interval; `paired`: by `<one>-<other>`
        and criterion the difference; `people`: as `systems`, without what programs said;
        `preferences`: for every two systems wins, losses, ties, and whether a difference is shown;
        `agreement`: alpha by criterion with its interval over articles, and how often two raters
        prefer the same; `reviewers`: leniency, drift, seconds, agreement with themselves, flags;
        `disagreements`: numbers of the pairs to decide.
    """
    return {
        **opinions(pairs),
        "people": _systems(pairs, people_only=True),
        "reviewers": [_reviewer(load, pairs) for load in workloads],
        "disagreements": [pair.row.number for pair in pairs if _is_open(pair)],
    }


def opinions(pairs: Sequence[RatedPair]) -> dict[str, Any]:
    """`systems`, `paired`, `preferences` and `agreement` of `find`."""
    return {
        "systems": _systems(pairs),
        "paired": _paired(pairs),
        "preferences": _preferences(pairs),
        "agreement": _agreement(pairs),
    }


def _firsts(pair: RatedPair, people_only: bool = False) -> list[Submitted]:
    """The ratings of a pair without planted repeats, perhaps without those of programs."""
    return [
        rating
        for rating in pair.ratings
        if not (rating.row.is_repeat or (people_only and rating.is_simulated))
    ]


def _units(
    pair: RatedPair, people_only: bool = False
) -> Iterator[tuple[str, list[Mapping[str, int]]]]:
    """Both systems of a pair, each with its raters' scores."""
    ratings = _firsts(pair, people_only)
    yield pair.row.first_system, [rating.first.scores for rating in ratings]
    yield pair.row.second_system, [rating.second.scores for rating in ratings]


def _systems(pairs: Sequence[RatedPair], people_only: bool = False) -> dict[str, dict[str, Any]]:
    """Means over articles of the mean of their raters."""
    rated: dict[str, dict[str, list[Mapping[str, int]]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        for system, scores in _units(pair, people_only):
            if scores:
                rated[system][pair.row.article_sha256] += scores
    return {system: _criteria(list(of.values())) for system, of in rated.items()}


def _criteria(articles: Sequence[Sequence[Mapping[str, int]]]) -> dict[str, Any]:
    """By criterion, and overall, the mean of articles' ratings with its interval."""
    means = [{name: fmean(one[name] for one in of) for name in CRITERIA} for of in articles]
    overall = {"overall": asdict(estimate([fmean(one.values()) for one in means]))}
    return {name: asdict(estimate([one[name] for one in means])) for name in CRITERIA} | overall


def _paired(pairs: Sequence[RatedPair]) -> dict[str, dict[str, Any]]:
    """Differences of every two systems over articles, either way round."""
    rated: dict[tuple[str, str], dict[str, list[dict[str, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for pair in pairs:
        article = pair.row.article_sha256
        first, second = pair.row.first_system, pair.row.second_system
        for one in _firsts(pair):
            difference = _less(one.first.scores, one.second.scores)
            rated[first, second][article].append(difference)
            rated[second, first][article].append(_less(one.second.scores, one.first.scores))
    return {
        f"{one}-{other}": {
            name: _difference([fmean(of[name] for of in given) for given in by_article.values()])
            for name in (*CRITERIA, "overall")
        }
        for (one, other), by_article in rated.items()
    }


def _less(scores: Mapping[str, int], others: Mapping[str, int]) -> dict[str, float]:
    """By criterion, and overall, what one summary got less what the other did."""
    less = {name: float(scores[name] - others[name]) for name in CRITERIA}
    return {**less, "overall": fmean(less.values())}


def _difference(values: Sequence[float]) -> dict[str, Any]:
    difference = estimate(values)
    deviation = stdev(values) if len(values) > 1 else 0.0
    return {
        "difference": difference.mean,
        "low": difference.low,
        "high": difference.high,
        "n": difference.n,
        "articles_needed": pairs_needed(difference.mean, deviation),
    }


def outcome(pair: RatedPair) -> str:
    """What a pair came to: the lead's word, else what most raters prefer; empty without ratings."""
    if pair.verdict is not None:
        return pair.verdict.preference
    votes = Counter(rating.preference for rating in _firsts(pair))
    if not votes:
        return ""
    if votes["first"] != votes["second"]:
        return "first" if votes["first"] > votes["second"] else "second"
    return "both_bad" if votes["both_bad"] > votes["tie"] else "tie"


def _preferences(pairs: Sequence[RatedPair]) -> list[dict[str, Any]]:
    by_systems: dict[tuple[str, str], list[str]] = defaultdict(list)
    for pair in pairs:
        if result := outcome(pair):
            by_systems[pair.row.first_system, pair.row.second_system].append(result)
    return [_preference(first, second, results) for (first, second), results in by_systems.items()]


def shares_won(pairs: Sequence[RatedPair]) -> dict[str, dict[str, Any]]:
    """By system the share of pairs that it won, a tie counting half, with its interval."""
    points: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        if result := outcome(pair):
            first = {"first": 1.0, "second": 0.0}.get(result, 0.5)
            article = pair.row.article_sha256
            points[pair.row.first_system][article].append(first)
            points[pair.row.second_system][article].append(1 - first)
    return {
        system: asdict(estimate([fmean(of) for of in by_article.values()]))
        for system, by_article in points.items()
    }


def _preference(first: str, second: str, results: Sequence[str]) -> dict[str, Any]:
    counts = Counter(results)
    values = {"first": 1.0, "second": -1.0}
    difference = estimate([values.get(result, 0.0) for result in results])
    shown = is_shown(difference)
    better = first if difference.mean > 0 else second
    return {
        "first": first,
        "second": second,
        "first_wins": counts["first"],
        "second_wins": counts["second"],
        "ties": counts["tie"],
        "both_bad": counts["both_bad"],
        "difference": asdict(difference),
        "verdict": f"{better} is preferred" if shown else "no difference shown",
    }


def _agreement(pairs: Sequence[RatedPair]) -> dict[str, Any]:
    shared = [pair for pair in pairs if len(_firsts(pair)) > 1]
    units = [scores for pair in shared for _, scores in _units(pair)]
    articles = [pair.row.article_sha256 for pair in shared for _ in _units(pair)]
    same = [
        one.preference == other.preference
        for pair in shared
        for one, other in combinations(_firsts(pair), 2)
    ]
    return {
        "alpha": {
            name: asdict(estimate_statistic(_grades(units, name), articles, krippendorff_alpha))
            for name in (CRITERIA if shared else ())
        },
        "same_preference": fmean(same) if same else None,
        "pairs_with_several_raters": len(shared),
    }


def _grades(units: Sequence[Sequence[Mapping[str, int]]], name: str) -> list[list[int]]:
    """For each summary what its raters gave for one criterion."""
    return [[scores[name] for scores in unit] for unit in units]


def _reviewer(load: Workload, pairs: Sequence[RatedPair]) -> dict[str, Any]:
    own = [
        (pair, one) for pair in pairs for one in pair.ratings if one.row.reviewer == load.reviewer
    ]
    own.sort(key=lambda place: place[1].row.submitted_at or 0.0)
    found = (_leniency(pair, one) for pair, one in own if not one.row.is_repeat)
    leniencies = [leniency for leniency in found if leniency is not None]
    half = len(leniencies) // 2
    return {
        "reviewer": load.reviewer,
        "simulated": load.is_simulated,
        "assigned": load.assigned,
        "submitted": load.submitted,
        "skipped": load.skipped,
        "median_seconds": median(one.row.seconds for _, one in own) if own else None,
        "leniency": fmean(leniencies) if leniencies else None,
        "drift": fmean(leniencies[half:]) - fmean(leniencies[:half]) if half > 1 else None,
        **_with_themselves(own),
        "flags": _flags([one for _, one in own]),
    }


def _leniency(pair: RatedPair, own: Submitted) -> float | None:
    """How far a rating lies above the mean of the pair's other raters; None without others."""
    others = [one for one in _firsts(pair) if one.row.reviewer != own.row.reviewer]
    if not others:
        return None
    return fmean(_all_scores(own)) - fmean(score for one in others for score in _all_scores(one))


def _all_scores(rating: Submitted) -> list[int]:
    return [side.scores[name] for side in (rating.first, rating.second) for name in CRITERIA]


def _with_themselves(own: Sequence[tuple[RatedPair, Submitted]]) -> dict[str, Any]:
    """How far a reviewer agrees with what the reviewer said of the same pair before."""
    before = {pair.row.number: one for pair, one in own if not one.row.is_repeat}
    twice = [
        (before[pair.row.number], one)
        for pair, one in own
        if one.row.is_repeat and pair.row.number in before
    ]
    distances = [
        abs(one - other)
        for first, again in twice
        for one, other in zip(_all_scores(first), _all_scores(again), strict=True)
    ]
    same = [first.preference == again.preference for first, again in twice]
    return {
        "repeats": len(twice),
        "repeat_distance": fmean(distances) if distances else None,
        "repeat_same_preference": fmean(same) if same else None,
    }


def _flags(own: Sequence[Submitted]) -> list[str]:
    if len(own) < _FEWEST_FOR_FLAGS:
        return []
    flags = []
    scores = {score for one in own for score in _all_scores(one)}
    if len(scores) == 1:
        flags.append(f"gives everything {scores.pop()}")
    sides = {_preferred_side(one) for one in own}
    if len(own) >= _FEWEST_FOR_SIDES and len(sides) == 1 and (side := sides.pop()):
        flags.append(f"always prefers the {side}")
    if median(one.row.seconds for one in own) < _HASTY_S:
        flags.append(f"takes less than {_HASTY_S:.0f} seconds a pair")
    return flags


def _preferred_side(rating: Submitted) -> str:
    """Left or right; empty where neither is preferred."""
    if rating.preference not in ("first", "second"):
        return ""
    return "left" if (rating.preference == "first") != rating.row.is_flipped else "right"


def _is_open(pair: RatedPair) -> bool:
    """Whether raters contradict each other and no lead has decided."""
    ratings = _firsts(pair)
    if pair.verdict is not None or len(ratings) < 2:
        return False
    if {"first", "second"} <= {one.preference for one in ratings}:
        return True
    spread = zip(*map(_all_scores, ratings), strict=True)
    return any(max(scores) - min(scores) >= _WIDE for scores in spread)

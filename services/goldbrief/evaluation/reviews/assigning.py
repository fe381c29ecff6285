"""Who rates which pair, in what order, and which summary is on the left."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goldbrief.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Turn:
    """A pair in a reviewer's order."""

    number: int
    """Of the pair."""
    is_flipped: bool
    is_repeat: bool = False


def share_out(
    pairs: Sequence[int],
    raters: int,
    reviewers: Sequence[str],
    present: Mapping[str, set[int]],
    seed: str,
) -> dict[str, list[int]]:
    """Give each pair that lacks raters to those reviewers who have least to do.

    Args:
        pairs: Numbers of all pairs.
        raters: Reviewers that each pair is to have.
        reviewers: Who can be given something.
        present: Who has which pairs already.
        seed: Decides ties.

    Returns:
        By reviewer the new pairs, in random order.

    Raises:
        InvalidInputError: There are not enough reviewers.
    """
    if not 1 <= raters <= len({*reviewers, *present}):
        raise InvalidInputError(
            f"{len({*reviewers, *present})} reviewers cannot rate each pair {raters} times.",
            reason="TOO_FEW_REVIEWERS",
            remedy="Name more reviewers, or ask for fewer a pair; two or three tell how far they"
            " agree.",
        )
    chance = random.Random(seed)
    load = {reviewer: len(present.get(reviewer, ())) for reviewer in reviewers}
    given: dict[str, list[int]] = {reviewer: [] for reviewer in load}
    for number in chance.sample(list(pairs), len(pairs)):
        has = {reviewer for reviewer, numbers in present.items() if number in numbers}
        free = [reviewer for reviewer in load if reviewer not in has]
        free.sort(key=lambda reviewer: (load[reviewer], chance.random()))
        for reviewer in free[: max(0, raters - len(has))]:
            given[reviewer].append(number)
            load[reviewer] += 1
    for reviewer, numbers in given.items():
        random.Random(f"{seed}/{reviewer}").shuffle(numbers)
    return given


def order(numbers: Sequence[int], repeats: int, seed: str) -> list[Turn]:
    """Put sides to pairs, and plant repeats: from the first third, sides exchanged, into the last.

    Args:
        numbers: Of the pairs, in the reviewer's order.
        repeats: Pairs to show twice; as many as the first third has at most.
        seed: Of this reviewer in this set.

    Returns:
        The order.
    """
    chance = random.Random(seed)
    turns = [Turn(number, chance.random() < 0.5) for number in numbers]
    third = -(-len(turns) // 3)
    picked = chance.sample(turns[:third], min(repeats, third))
    head, tail = (turns[:-third], turns[-third:]) if len(turns) > 1 else (turns, [])
    tail += [Turn(turn.number, not turn.is_flipped, is_repeat=True) for turn in picked]
    chance.shuffle(tail)
    return head + tail

"""Which rows each optimizer step sees: decided before the first step, stored, and hashed.

A pure function of data, batch size, duration and seed, so that a run resumed on another
machine continues with the same rows.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from goldbrief.core.durations import TrainingDuration
from goldbrief.core.hashing import sha256_json
from goldbrief_training.data import Share
from goldbrief_training.encoding import Sample


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One optimizer step: `rows` are indices into the samples, longest first."""

    epoch: int
    """From 0."""
    rows: tuple[int, ...]
    tokens: int
    """Tokens of these rows, prompt and response, without padding."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps of a run, in order."""

    steps: tuple[PlannedStep, ...]
    sha256: str
    """Hash of the order and of the token ids that it points to."""

    @property
    def tokens(self) -> int:
        """Tokens of the whole run."""
        return sum(step.tokens for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """What `plan.json` holds."""
        return {
            "sha256": self.sha256,
            "steps": len(self.steps),
            "epochs": self.steps[-1].epoch + 1,
            "samples": sum(len(step.rows) for step in self.steps),
            "tokens": self.tokens,
            "batches": [list(step.rows) for step in self.steps],
        }


def make_plan(
    samples: Sequence[Sample],
    *,
    batch_size: int,
    duration: str,
    seed: int,
    shares: Sequence[Share] = (),
) -> Plan:
    """Decide every step of a run.

    Each epoch is a fresh shuffle of its rows cut into batches; the last may be smaller,
    and no batch spans two epochs. Within a batch the longest rows come first: neighbours
    of like length share a micro-batch, so little is padded, and a shortage of memory
    shows in the first steps rather than hours later.

    Args:
        samples: The training rows; at least one.
        batch_size: Rows of one optimizer step.
        duration: For example `2ep`. `sp` and `tok` end at the first step boundary at
            or past the count.
        seed: Of the shuffles.
        shares: How often an epoch sees which rows; none means that it sees each once.

    Returns:
        The plan.
    """
    limit = TrainingDuration.parse(duration)
    steps: list[PlannedStep] = []
    done = 0
    parts = shares or [Share(range(len(samples)), 1.0)]
    for step in _endless_steps(samples, parts, batch_size, seed):
        if limit.unit == "ep":
            done = step.epoch
        if done >= limit.count:
            break
        steps.append(step)
        done += {"ep": 0, "ba": 1, "sp": len(step.rows), "tok": step.tokens}[limit.unit]
    content = [[sample.token_ids, sample.completion_start] for sample in samples]
    return Plan(tuple(steps), sha256_json([[step.rows for step in steps], content]))


def _endless_steps(
    samples: Sequence[Sample], shares: Sequence[Share], batch_size: int, seed: int
) -> Iterator[PlannedStep]:
    for epoch in itertools.count():
        order = [row for share in shares for row in _epoch_rows(share, seed, epoch)]
        order = order or [shares[0].rows[0]]  # small weights leave no epoch empty
        random.Random(f"{seed}/{epoch}").shuffle(order)
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            rows.sort(key=lambda row: (-len(samples[row]), row))
            yield PlannedStep(epoch, tuple(rows), sum(len(samples[row]) for row in rows))


def _epoch_rows(share: Share, seed: int, epoch: int) -> list[int]:
    """The rows of a share in one epoch, those whose weight is over 1 several times."""
    rows = list(share.rows)
    times = int(share.weight)
    rest = (share.weight - times) * len(rows)
    # What a weight leaves out of one epoch comes in the next: a walk through a fixed shuffle.
    walk = random.Random(f"{seed}/{rows[0]}").sample(rows, len(rows))
    places = range(round(epoch * rest), round((epoch + 1) * rest))
    return rows * times + [walk[place % len(rows)] for place in places]

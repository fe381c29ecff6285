"""Measure whether the offline judge's dimensions follow the faults of their own kind.

python -m scripts.bench_judge [--reserved] [--articles 30]
prints the table of docs/benchmarks/known-truth.md. Each article's reference summary gets versions
with a drawn number of planted defects of every kind; a dimension should fall with the number of its
own, whatever else is wrong. The embedding model must have been fetched. The reserved half is for
final measurements: change nothing because of what it shows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import torch
from scripts.bench_simulator import CachedEmbedder, house_style

from goldbrief.core.documents import StyleContract
from goldbrief.core.settings import Settings
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.verdicts import DIMENSIONS, Case
from goldbrief.platform.agreement import spearman
from goldbrief.platform.statistics import estimate
from goldbrief.simulator.defects import DefectKind, plant
from goldbrief.simulator.facts import Partition
from goldbrief.simulator.simulating import SimulatedArticle, SimulationSettings, simulate

_PERSONA = "CFO"
_VERSIONS = 16
_MOST = 3
_OWN: dict[str, tuple[DefectKind, ...]] = {
    "faithfulness": (
        "changed_digit", "scaled_by_ten", "wrong_unit", "wrong_period", "swapped_figures",
        "invented_figure", "contradiction", "wrong_direction",
    ),
    "coverage": ("dropped_fact",),
    "conciseness": ("repetition",),
    "usefulness": ("wrong_persona", "vague_action"),
}  # fmt: skip
"""The simulator plants nothing that makes a summary incoherent, and of faults of style only one
that moves half of the text, so that nothing else can be planted beside it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A planted defect as a change of the clean text."""

    dimension: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Version:
    """A summary with several defects."""

    text: str
    faults: Mapping[str, int]
    """Dimension to number of defects of its own."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reserved", action="store_true")
    parser.add_argument("--articles", type=int, default=30)
    options = parser.parse_args()
    torch.set_num_threads(1)
    half: Partition = "final" if options.reserved else "development"
    settings = SimulationSettings(count=options.articles, partition=half, personas=(_PERSONA,))
    _, style = house_style(half)
    judge = OfflineJudge(CachedEmbedder(Settings().models_dir / "all-minilm-l6-v2"))
    found: dict[str, list[float]] = {}
    for article in simulate(settings):
        for dimension, rho in correlations(article, judge, style).items():
            found.setdefault(dimension, []).append(rho)
    print("\n| dimension | articles | Spearman with its own faults |\n|---|---|---|")
    for dimension, values in found.items():
        one = estimate(values)
        print(f"| {dimension} | {one.n} | {one.mean:.2f} [{one.low:.2f}, {one.high:.2f}] |")


def correlations(
    article: SimulatedArticle, judge: OfflineJudge, style: StyleContract
) -> dict[str, float]:
    """Spearman over an article's versions; where the number of faults does not vary, none."""
    versions = list(draw_versions(article))
    cases = (Case(article.content.text, one.text, _PERSONA, style) for one in versions)
    scores = [judge.judge(case) for case in cases]
    columns = {
        **{name: ([s.scores[name] for s in scores], name) for name in DIMENSIONS if name in _OWN},
        "overall": ([score.overall or 0.0 for score in scores], None),
    }
    found = {}
    for name, (judged, own) in columns.items():
        faults = [one.faults[own] if own else sum(one.faults.values()) for one in versions]
        if len(set(faults)) > 1:
            found[name] = spearman(judged, [-count for count in faults])
    return found


def draw_versions(article: SimulatedArticle) -> Iterator[Version]:
    """The clean summary, and others with defects that do not overlap."""
    clean = article.summaries[0].content.text
    edits = list(draw_edits(article))
    rng = Random(f"versions:{article.index}")
    for number in range(_VERSIONS):
        chosen: list[Edit] = []
        wanted = {name: rng.randint(0, _MOST) if number else 0 for name in _OWN}
        for edit in rng.sample(edits, len(edits)):
            is_free = all(edit.end < one.start or one.end < edit.start for one in chosen)
            if is_free and wanted[edit.dimension]:
                wanted[edit.dimension] -= 1
                chosen.append(edit)
        text = clean
        for edit in sorted(chosen, key=lambda one: -one.start):
            text = text[: edit.start] + edit.text + text[edit.end :]
        faults = {name: sum(one.dimension == name for one in chosen) for name in _OWN}
        yield Version(text, faults)


def draw_edits(article: SimulatedArticle) -> Iterator[Edit]:
    """Each kind of defect at a few places."""
    summary = article.summaries[0]
    for dimension, kinds in _OWN.items():
        for kind in kinds:
            for draw in range(_MOST):
                found = plant(article, summary, kind, Random(f"{kind}:{draw}:{article.index}"))
                if found:
                    yield _edit(dimension, summary.content.text, found.text)


def _edit(dimension: str, clean: str, faulty: str) -> Edit:
    """The change between two texts, as one replaced span."""
    start = _shared(clean, faulty)
    end = _shared(clean[start:][::-1], faulty[start:][::-1])
    return Edit(dimension, start, len(clean) - end, faulty[start : len(faulty) - end])


def _shared(first: Sequence[str], second: Sequence[str]) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))


if __name__ == "__main__":
    main()

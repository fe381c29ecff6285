"""Measure the simulator, and with it the figure check, the offline judge and the offline teacher.

python scripts/bench_simulator.py [--reserved] [--articles 40] [--real FOLDER] [--scale 100000]
prints the tables of docs/benchmarks/known-truth.md; with --text-only those that need no model.
Otherwise the embedding model must have been fetched.
The reserved half is for final measurements: change nothing because of what it shows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import mean

import torch

from goldbrief.core.documents import Article, Golden, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.settings import Settings
from goldbrief.inference.embedding import SentenceEncoder
from goldbrief.judge.checks import check
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.verdicts import Case
from goldbrief.simulator.comparison import describe, read_articles
from goldbrief.simulator.defects import DEFECT_KINDS, DefectKind, plant
from goldbrief.simulator.facts import Partition
from goldbrief.simulator.scoring import Scorer, SummaryScore
from goldbrief.simulator.simulating import SimulatedArticle, SimulationSettings, simulate
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.teachers import Assignment
from goldbrief.text.figure_check import check_figures
from goldbrief.text.selection import select_passages
from goldbrief.text.style import infer_style

_PERSONA = "CFO"
_ACCEPTED = 3.0
"""Judge score from which the quickstart's recipe accepts a summary."""
_GOLDENS = 12
_PASSAGE_TOKENS = 420
_RUN_AND_TELL = r"""
import re, sys, time
from pathlib import Path
from goldbrief.cli.main import cli
cli.main(standalone_mode=False)
peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]
print(peak, time.process_time(), file=sys.stderr)
"""
"""Runs the command and says its peak memory in KiB; elsewhere Linux counts the parent's peak in."""
_COLUMNS = (
    "articles", "vocabulary", "distinct 1-, 2-, 3-, 4-grams", "words a sentence (quartiles)",
    "figures in 100 words", "nearest other", "near-duplicates",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A reference summary and a copy with one planted defect."""

    article: SimulatedArticle
    kind: DefectKind
    clean: str
    defective: str


Detector = Callable[[SimulatedArticle, str], float]
"""How much is wrong with a summary; 0 for nothing."""


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reserved", action="store_true")
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--scale", type=int, default=4000, help="articles of the speed test")
    parser.add_argument("--text-only", action="store_true", help="speed and likeness alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    half: Partition = "final" if options.reserved else "development"
    speed(half, options.scale)
    likeness(half, options.real)
    if options.text_only:
        return
    settings = SimulationSettings(count=options.articles, partition=half, personas=(_PERSONA,))
    articles = list(simulate(settings))
    pairs = list(plant_all(articles))
    goldens, style = house_style(half)
    embedder = CachedEmbedder(Settings().models_dir / "all-minilm-l6-v2")
    detection(articles, pairs, OfflineJudge(embedder), style)
    teacher(articles, OfflineTeacher(embedder), goldens, style)


class CachedEmbedder:
    """Embeds each sentence once, as a summary and its defective copies share most of them."""

    name = "all-minilm-l6-v2"

    def __init__(self, folder: Path) -> None:
        self._encoder = SentenceEncoder(folder)
        self._vectors: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        if missing:
            self._vectors.update(zip(missing, self._encoder.encode(missing)[0], strict=True))
        return [self._vectors[text] for text in texts]


def speed(half: Partition, most: int) -> None:
    """Articles a second of processor time, start included, and the memory of the process."""
    print("\n| articles | a second | peak memory, MiB |\n|---|---|---|")
    reserved = ["--reserved"] if half == "final" else []
    for count in (most // 20, most // 4, most):
        arguments = ["simulate", "--out", "-", "--articles", str(count), *reserved]
        ended = subprocess.run(
            [sys.executable, "-c", _RUN_AND_TELL, *arguments],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        peak_kib, seconds = ended.stderr.split()
        print(
            f"| {count} | {count / float(seconds):.0f} | {int(peak_kib) / 1024:.0f} |", flush=True
        )


def likeness(half: Partition, real: Path | None) -> None:
    """Simulated beside real text."""
    print(f"\n| | {' | '.join(_COLUMNS)} |\n|---|{'---|' * len(_COLUMNS)}")
    rows = [("real", read_articles(real))] if real else []
    for low, high in ((600, 1300), (2000, 3000)):
        settings = SimulationSettings(count=80, partition=half, min_words=low, max_words=high)
        rows.append((f"{low} to {high} words", (a.content.text for a in simulate(settings))))
    for name, texts in rows:
        found = describe(texts)
        distinct = ", ".join(f"{share:.2f}" for share in found.distinct)
        lengths = ", ".join(f"{length:.0f}" for length in found.sentence_words)
        print(
            f"| {name} | {found.articles} | {found.vocabulary:,} | {distinct} | {lengths} "
            f"| {found.figures_per_100_words:.1f} | {found.nearest:.2f} | {found.duplicates} |"
        )


def plant_all(articles: Sequence[SimulatedArticle]) -> Iterator[Pair]:
    """Every kind of defect in every article's reference, where it finds a place."""
    for article in articles:
        summary = article.summaries[0]
        for kind in DEFECT_KINDS:
            found = plant(article, summary, kind, Random(f"bench:{kind}:{article.index}"))
            if found:
                yield Pair(article, kind, summary.content.text, found.text)


def house_style(half: Partition, count: int = _GOLDENS) -> tuple[tuple[Golden, ...], StyleContract]:
    """The references of other articles as style goldens, and their style."""
    settings = SimulationSettings(count=count, partition=half, seed="goldens", personas=(_PERSONA,))
    goldens = tuple(
        Golden(
            name=f"{one.index}.md",
            persona=_PERSONA,
            summary=one.summaries[0].content.text,
            article_text=one.content.text,
        )
        for one in simulate(settings)
    )
    return goldens, infer_style(goldens)


def detection(
    articles: Sequence[SimulatedArticle],
    pairs: Sequence[Pair],
    judge: OfflineJudge,
    style: StyleContract,
) -> None:
    """Recall by kind of defect and precision, of everything that finds defects."""
    scores: dict[tuple[int, str], float] = {}

    def judged(article: SimulatedArticle, summary: str) -> float:
        key = article.index, summary
        if key not in scores:
            case = Case(article.content.text, summary, _PERSONA, style)
            scores[key] = judge.judge(case).overall or 0.0
        return scores[key]

    def errors(article: SimulatedArticle, summary: str) -> float:
        case = Case(article.content.text, summary, _PERSONA, style)
        found = check(case, check_figures(summary, article.content.text), is_extract=False)
        return sum(one.severity == "error" for one in found)

    scorers = {a.index: Scorer(replace(a, summaries=())) for a in articles}
    detectors: dict[str, Detector] = {
        "figure check": lambda a, s: len(check_figures(s, a.content.text).unsupported),
        "rule checks": errors,
        "judge lower": lambda a, s: 5 - judged(a, s),
        "judge rejects": lambda a, s: float(judged(a, s) < _ACCEPTED),
        "scorer": lambda a, s: lacks(scorers[a.index].score(s, _PERSONA)),
    }
    print(f"\n| defect | {' | '.join(detectors)} |\n|---|{'---|' * len(detectors)}")
    for kind in DEFECT_KINDS:
        mine = [pair for pair in pairs if pair.kind == kind]
        shares = [share_found(mine, found) for found in detectors.values()]
        print(f"| {kind} | {' | '.join(f'{share:.2f}' for share in shares)} |", flush=True)
    recalls = {name: share_found(pairs, found) for name, found in detectors.items()}
    alarms = {
        name: mean(found(a, a.summaries[0].content.text) > 0 for a in articles)
        for name, found in detectors.items()
        if name != "judge lower"
    }
    print(f"| all | {' | '.join(f'{share:.2f}' for share in recalls.values())} |")
    cells = (f"{alarms[name]:.2f}" if name in alarms else "–" for name in detectors)
    print(f"| alarms on clean ones | {' | '.join(cells)} |")
    cells = (_precision(recalls[name], alarms.get(name)) for name in detectors)
    print(f"| precision, as many clean as defective | {' | '.join(cells)} |")


def share_found(pairs: Sequence[Pair], detector: Detector) -> float:
    """Share of defects that make a summary worse in the detector's eyes."""
    return mean(detector(p.article, p.defective) > detector(p.article, p.clean) for p in pairs)


def lacks(score: SummaryScore) -> float:
    """Figures wrong or invented and faults of form, less the share of salience that is kept."""
    faults = score.count("wrong") + score.count("invented") + len(score.form)
    return faults - score.weighted_recall


def _precision(recall: float, alarms: float | None) -> str:
    return "–" if alarms is None or not recall + alarms else f"{recall / (recall + alarms):.2f}"


def teacher(
    articles: Sequence[SimulatedArticle],
    writer: OfflineTeacher,
    goldens: tuple[Golden, ...],
    style: StyleContract,
) -> None:
    """What the teacher keeps of the truth, from whole articles and from selected passages."""
    print(
        "\n| sees | written | figures right | wrong | invented | key facts kept | salience kept |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, tokens in ((f"{_PASSAGE_TOKENS} tokens", _PASSAGE_TOKENS), ("the article", 0)):
        found = list(_taught(articles, writer, goldens, style, tokens))
        figures = max(1, sum(len(one.judgements) for one in found))
        right, wrong, invented = (
            sum(one.count(verdict) for one in found) / figures
            for verdict in ("right", "wrong", "invented")
        )
        print(
            f"| {name} | {len(found)} of {len(articles)} | {right:.1%} | {wrong:.1%} "
            f"| {invented:.1%} | {mean(one.recall() for one in found):.0%} "
            f"| {mean(one.weighted_recall for one in found):.0%} |"
        )


def _taught(
    articles: Sequence[SimulatedArticle],
    writer: OfflineTeacher,
    goldens: tuple[Golden, ...],
    style: StyleContract,
    tokens: int,
) -> Iterator[SummaryScore]:
    for one in articles:
        text = one.content.text
        article = Article(sha256=sha256_text(text), company=one.world.company.name, text=text)
        passage = select_passages(text, tokens).text if tokens else text
        assignment = Assignment(article, passage, _PERSONA, style, goldens)
        try:
            draft = writer.write(assignment)
        except InvalidInputError:
            continue
        yield Scorer(one).score(draft.text)


if __name__ == "__main__":
    main()

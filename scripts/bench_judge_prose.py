"""Measure whether the offline judge's dimensions follow graded faults in plain prose.

python -m scripts.bench_judge_prose [--reserved] [--simulated 6] [--no-likelihood]
prints the tables of docs/benchmarks/judge.md: summaries of one to three sentences, without sections
or a house style, of news articles written for this (scripts/judge_news) and of simulated articles.
The models must have been fetched. The reserved half is for final measurements: change nothing
because of what it shows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean

import torch
from scripts.bench_simulator import CachedEmbedder

from goldbrief.core.settings import Settings
from goldbrief.inference.adapters import AdapterFolder
from goldbrief.inference.language_model import LanguageModel
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.verdicts import DIMENSIONS, Case, Judge
from goldbrief.platform.agreement import spearman
from goldbrief.platform.statistics import estimate
from goldbrief.simulator.simulating import SimulationSettings, simulate
from goldbrief.text.corruptions import Fault, corrupt
from goldbrief.text.sections import parse_summary
from goldbrief.text.sentences import is_prose, split_sentences

_NEWS = Path(__file__).parent / "judge_news"
_SHOWN = tuple(name for name in DIMENSIONS if name != "usefulness")
_OWN: dict[str, tuple[Fault, ...]] = {
    "faithfulness": ("wrong_digit", "wrong_direction", "wrong_name", "negated", "foreign_point"),
    "coverage": ("dropped_point", "foreign_point"),
    "conciseness": ("repeated_point",),
    "coherence": ("swapped_sentences", "dangling_pronoun", "foreign_point"),
    "style": ("scrambled_words", "lost_words", "cut_off"),
}
"""Without a house style, what is left of style is clean language."""
_DEGREES = 3
_DRAWS = 2
_VERSIONS = 16


@dataclass(frozen=True, slots=True)
class Pair:
    """An article, a good summary of it, and one of another article."""

    article: str
    summary: str
    other: str


def main() -> None:
    """Print the tables: each fault alone, then all mixed, without and with a language model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reserved", action="store_true")
    parser.add_argument("--simulated", type=int, default=6, help="simulated articles")
    parser.add_argument("--no-likelihood", action="store_true", help="ask no language model")
    options = parser.parse_args()
    torch.set_num_threads(1)
    models = Settings().models_dir
    embedder = CachedEmbedder(models / "all-minilm-l6-v2")
    pairs = [*_news(options.reserved), *_simulated(options.reserved, options.simulated)]
    by_fault(pairs, OfflineJudge(embedder))
    mixed(pairs, OfflineJudge(embedder))
    if not options.no_likelihood:
        mixed(pairs, OfflineJudge(embedder, EmbeddedScorer(models / "smollm2-135m-instruct")))


class EmbeddedScorer:
    """The embedded server's language model in this process."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._model = LanguageModel(self.name, folder, AdapterFolder(folder / "adapters"))

    def log_probs(self, context: str, text: str) -> list[float]:
        """See HttpTokenScorer.log_probs."""
        scored = self._model.score(context + text, None)
        places = zip(scored.starts[1:], scored.log_probs, strict=True)
        return [log_prob for start, log_prob in places if start >= len(context)]


def by_fault(pairs: Sequence[Pair], judge: Judge) -> None:
    """How each dimension follows the number of faults of one kind."""
    print(f"\n| fault | texts | {' | '.join(_SHOWN)} |\n|---|---|{'---|' * len(_SHOWN)}")
    for fault in dict.fromkeys(fault for faults in _OWN.values() for fault in faults):
        found: list[dict[str, float]] = []
        for pair in pairs:
            for draw in range(_DRAWS):
                graded = list(_graded(pair, fault, draw))
                if len(graded) > 1:
                    scores = [judge.judge(_case(pair, text)).scores for text in graded]
                    degrees = [-degree for degree in range(len(graded))]
                    found.append({n: spearman([s[n] for s in scores], degrees) for n in _SHOWN})
        if found:
            cells = [_marked(fault, name, fmean(one[name] for one in found)) for name in _SHOWN]
            print(f"| {fault} | {len(found)} | {' | '.join(cells)} |")


def mixed(pairs: Sequence[Pair], judge: Judge) -> None:
    """How each dimension follows the faults of its own among those of all kinds."""
    found: dict[str, list[float]] = {}
    for pair in pairs:
        versions = list(_versions(pair))
        verdicts = [judge.judge(_case(pair, text)) for text, _ in versions]
        for name in _SHOWN:
            counts = [-sum(faults.count(one) for one in _OWN[name]) for _, faults in versions]
            if len(set(counts)) > 1:
                scores = [verdict.scores[name] for verdict in verdicts]
                found.setdefault(name, []).append(spearman(scores, counts))
        overall = [verdict.overall or 0.0 for verdict in verdicts]
        counts = [-len(faults) for _, faults in versions]
        found.setdefault("overall", []).append(spearman(overall, counts))
    print("\n| dimension | articles | Spearman with its own faults among all |\n|---|---|---|")
    for name, values in found.items():
        one = estimate(values)
        print(f"| {name} | {one.n} | {one.mean:.2f} [{one.low:.2f}, {one.high:.2f}] |")
    means = [fmean(found[name]) for name in _SHOWN]
    print(f"| mean of the dimensions | | {fmean(means):.2f} |")


def _graded(pair: Pair, fault: Fault, draw: int) -> Iterator[str]:
    """The summary, then with one more fault each."""
    text: str | None = pair.summary
    for degree in range(_DEGREES + 1):
        if text is None:
            return
        yield text
        text = corrupt(text, fault, pair.other, Random(f"{fault}:{draw}:{degree}:{pair.summary}"))


def _versions(pair: Pair) -> Iterator[tuple[str, list[Fault]]]:
    rng = Random(f"versions:{pair.summary}")
    kinds = list(dict.fromkeys(fault for faults in _OWN.values() for fault in faults))
    for number in range(_VERSIONS):
        text, planted = pair.summary, list[Fault]()
        for fault in rng.choices(kinds, k=rng.randint(1, _DEGREES) if number else 0):
            faulty = corrupt(text, fault, pair.other, rng)
            if faulty and faulty.strip():
                text = faulty
                planted.append(fault)
        yield text, planted


def _marked(fault: Fault, name: str, value: float) -> str:
    return f"**{value:.2f}**" if fault in _OWN[name] else f"{value:.2f}"


def _case(pair: Pair, summary: str) -> Case:
    return Case(pair.article, summary, persona="")


def _news(is_reserved: bool) -> Iterator[Pair]:
    """Six of the articles to work with, the other four reserved."""
    names = sorted(path.name.split(".")[0] for path in _NEWS.glob("*.summary.md"))
    summaries = {name: (_NEWS / f"{name}.summary.md").read_text().strip() for name in names}
    for place, name in enumerate(names):
        if (place % 5 in (1, 3)) == is_reserved:
            article = (_NEWS / f"{name}.md").read_text()
            yield Pair(article, summaries[name], summaries[names[place - 1]])


def _simulated(is_reserved: bool, count: int) -> Iterator[Pair]:
    half = "final" if is_reserved else "development"
    settings = SimulationSettings(count=count + 1, partition=half, personas=("CFO",))
    articles = list(simulate(settings))
    plain = [_plain(article.summaries[0].content.text) for article in articles]
    for place in range(count):
        yield Pair(articles[place].content.text, plain[place], plain[place + 1])


def _plain(summary: str) -> str:
    """Three sentences of a summary without its headings and bullets."""
    parsed = parse_summary(summary)
    sentences = [*split_sentences(parsed.overview), *parsed.takeaways]
    return " ".join([text for text in sentences if is_prose(text)][:3])


if __name__ == "__main__":
    main()

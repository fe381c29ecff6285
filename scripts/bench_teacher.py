"""Compare the offline teacher with LEAD, LexRank and TextRank where the salient facts are known.

python -m scripts.bench_teacher [--articles 40] [--goldens 3] [--reserved]
prints the tables of docs/benchmarks/teacher.md. Every system gets as many words an article as the
teacher wrote, but LEAD-3. Needs the embedding model, and sumy, in a folder of its own since it asks
for older packages than ours:
    .venv/bin/uv pip install --target .cache/sumy sumy && export PYTHONPATH=.cache/sumy
The reserved half is for final measurements: change nothing because of what it shows.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from statistics import mean
from typing import Any

import torch
from rouge_score.rouge_scorer import RougeScorer
from scripts.bench_simulator import CachedEmbedder, house_style
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer
from sumy.utils import get_stop_words

from goldbrief.core.documents import Article, Golden, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.seams import Embedder
from goldbrief.core.settings import Settings
from goldbrief.platform.statistics import estimate, is_shown, paired_difference
from goldbrief.simulator.facts import Partition
from goldbrief.simulator.scoring import Scorer
from goldbrief.simulator.simulating import SimulatedArticle, SimulationSettings, simulate
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.teachers import Assignment
from goldbrief.text.sentences import is_prose, split_sentences, words

_PERSONA = "CFO"
_ROUGE = ("rouge1", "rouge2", "rougeLsum")
TEACHER = "offline teacher"
_TABLE = {
    "key": "key facts", "salience": "salience", "right": "figures right", "figures": "figures",
    "rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-L", "words": "words",
}  # fmt: skip
_COUNTS = ("words", "figures")
_COMPARED = ("key", "salience", "rouge1", "rouge2", "rougeLsum")

Summarizer = Callable[[Sequence[str], int], list[str]]
"""Chooses sentences within a number of words."""
Scores = dict[str, dict[str, float]]
"""Measure to article to value."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--goldens", type=int, default=3)
    parser.add_argument("--reserved", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    half: Partition = "final" if options.reserved else "development"
    embedder = CachedEmbedder(Settings().models_dir / "all-minilm-l6-v2")
    goldens, style = house_style(half, options.goldens)
    settings = SimulationSettings(count=options.articles, partition=half, personas=(_PERSONA,))
    articles = list(simulate(settings))
    tables(measure(articles, embedder, goldens, style), len(articles))


def measure(
    articles: Sequence[SimulatedArticle],
    embedder: Embedder,
    goldens: tuple[Golden, ...],
    style: StyleContract,
) -> dict[str, Scores]:
    """Every system on every article that the teacher wrote about."""
    teacher = OfflineTeacher(embedder)
    scores: dict[str, Scores] = {}
    for one in articles:
        try:
            written = items_of(teacher.write(_assignment(one, goldens, style)).text)
        except InvalidInputError:
            continue
        for name, chosen in beside_others(one.content.text, written).items():
            for measured, value in _score(one, chosen).items():
                scores.setdefault(name, {}).setdefault(measured, {})[str(one.index)] = value
    return scores


def beside_others(article: str, written: list[str]) -> dict[str, list[str]]:
    """What the teacher wrote of an article, and what the others choose in as many words."""
    room = sum(len(words(item)) for item in written)
    sentences = [text for text in split_sentences(article) if is_prose(text)]
    chosen = {name: choose(sentences, room) for name, choose in BASELINES.items()}
    return {TEACHER: written, "LEAD-3": sentences[:3], **chosen}


def items_of(markdown: str) -> list[str]:
    """Sentences and bullets of a summary, without headings and markers."""
    lines = [line.removeprefix("- ") for line in markdown.splitlines() if not line.startswith("#")]
    return [sentence for line in lines for sentence in split_sentences(line)]


def lead(sentences: Sequence[str], room: int) -> list[str]:
    """The first sentences."""
    return [sentences[place] for place in within(range(len(sentences)), sentences, room)]


def ranked(summarizer: Any) -> Summarizer:
    """One of sumy's algorithms on our sentences."""
    summarizer.stop_words = get_stop_words("english")

    def choose(sentences: Sequence[str], room: int) -> list[str]:
        model = [Sentence(text, _Words()) for text in dict.fromkeys(sentences)]

        def best(infos: Sequence[Any]) -> list[Any]:
            texts = [str(info.sentence) for info in infos]
            return [infos[place] for place in within(range(len(infos)), texts, room)]

        document = ObjectDocumentModel([Paragraph(model)])
        return [str(sentence) for sentence in summarizer(document, best)]

    return choose


class _Words:
    """What sumy needs of a tokenizer."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(word for word in words(sentence) if re.search(r"[a-z]", word))


BASELINES: Mapping[str, Summarizer] = {
    "LEAD": lead,
    "LexRank": ranked(LexRankSummarizer()),
    "TextRank": ranked(TextRankSummarizer()),
}


def within(places: Sequence[int], sentences: Sequence[str], room: int) -> list[int]:
    """Places in order until the words come nearest to the room."""
    chosen: list[int] = []
    total = 0
    for place in places:
        size = len(words(sentences[place]))
        if total + size / 2 > room:
            break
        chosen.append(place)
        total += size
    return chosen


def tables(scores: Mapping[str, Scores], articles: int) -> None:
    """Print means, and the teacher's differences from the others with 95% intervals."""
    print(f"\nwritten: {len(scores[TEACHER]['key'])} of {articles}\n")
    print_tables(scores, _TABLE, _COUNTS, _COMPARED)


def print_tables(
    scores: Mapping[str, Scores],
    titles: Mapping[str, str],
    counts: Collection[str],
    compared: Collection[str],
) -> None:
    """Print means, and the teacher's differences from the others with 95% intervals.

    Args:
        scores: Of each system.
        titles: Measures in the order of the columns, with their heads.
        counts: Measures that are no shares.
        compared: Measures of the second table.
    """
    print(f"| | {' | '.join(titles.values())} |\n|---|{'---|' * len(titles)}")
    for name, measures in scores.items():
        cells = (_cell(measures[one], is_count=one in counts) for one in titles)
        print(f"| {name} | {' | '.join(cells)} |")
    heads = (titles[one] for one in compared)
    print(f"\n| teacher less | {' | '.join(heads)} |\n|---|{'---|' * len(compared)}")
    for name, measures in scores.items():
        if name != TEACHER:
            cells = (_difference(scores[TEACHER][one], measures[one]) for one in compared)
            print(f"| {name} | {' | '.join(cells)} |")


def _cell(values: Mapping[str, float], *, is_count: bool) -> str:
    middle = mean(values.values())
    return f"{middle:.0f}" if is_count else f"{100 * middle:.1f}"


def _difference(teacher: Mapping[str, float], other: Mapping[str, float]) -> str:
    found = paired_difference(teacher, other) or estimate([0.0])
    mark = "" if is_shown(found) else " (not shown)"
    return f"{100 * found.mean:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]{mark}"


def _assignment(
    one: SimulatedArticle, goldens: tuple[Golden, ...], style: StyleContract
) -> Assignment:
    text = one.content.text
    article = Article(sha256=sha256_text(text), company=one.world.company.name, text=text)
    return Assignment(article, text, _PERSONA, style, goldens)


def _score(one: SimulatedArticle, chosen: Sequence[str]) -> dict[str, float]:
    found = Scorer(one).score("\n".join(chosen))
    reference = "\n".join(items_of(one.summaries[0].content.text))
    rouge = RougeScorer(_ROUGE, use_stemmer=True).score(reference, "\n".join(chosen))
    return {
        "key": found.recall(),
        "salience": found.weighted_recall,
        "right": found.precision,
        "figures": len(found.judgements),
        "words": sum(len(words(text)) for text in chosen),
        **{name: rouge[name].fmeasure for name in _ROUGE},
    }


if __name__ == "__main__":
    main()

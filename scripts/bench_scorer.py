"""Measure how far the scorer blames what is right and said in words that it does not know.

python scripts/bench_scorer.py [--articles 60] prints a table of docs/benchmarks/known-truth.md.
It knows the open half only, and needs no model: each sentence of an article is scored by a truth
that was built without it, and the words of right summaries are exchanged for words that do not
exist. What the scorer blames here hangs on phrasing that it has seen.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from goldbrief.simulator.claims import Claims, Judgement
from goldbrief.simulator.composing import AnnotatedText
from goldbrief.simulator.scoring import Scorer
from goldbrief.simulator.simulating import SimulatedArticle, SimulationSettings, simulate
from goldbrief.simulator.subjects import Sentence
from goldbrief.simulator.truths import SENTENCE, Truth
from goldbrief.text.figures import extract_figures
from goldbrief.text.sentences import vocabulary, words

_PERSONAS = ("CFO", "COO")
_EVERY = 4
"""One article in so many has its sentences scored: each needs a truth of its own."""
_WORD = re.compile(r"[A-Za-z][\w'’-]*")
_KEPT = vocabulary(
    "a an the and or of to in on at by for from with as than that which is was were be been are "
    "has have had it its against compared versus after before between not no would this year "
    "earlier"
)
"""Words of grammar; without them nothing would be said."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=60)
    options = parser.parse_args()
    settings = SimulationSettings(count=options.articles, seed="unknown words", personas=_PERSONAS)
    articles = list(simulate(settings))
    print("| what is right | cases | blamed |\n|---|---|---|")
    judged = [one for a in articles[::_EVERY] for one in unknown_sentences(a)]
    _row(
        "figures of an article's sentence, unknown to the scorer", [_is_bad(one) for one in judged]
    )
    for name, share in (("summaries", 0.0), ("half of their words", 0.5), ("their words", 1.0)):
        blamed = list(blamed_summaries(articles, share))
        _row(name + (" made up" if share else ""), blamed)


def _row(name: str, blamed: list[bool]) -> None:
    print(f"| {name} | {len(blamed)} | {sum(blamed) / max(1, len(blamed)):.1%} |", flush=True)


def _is_bad(judgement: Judgement) -> bool:
    return judgement.verdict != "right"


def unknown_sentences(article: SimulatedArticle) -> Iterator[Judgement]:
    """What is said of each sentence's figures by a truth that was built without the sentence."""
    text, figures = article.content.text, article.content.figures
    known = Truth(replace(article, summaries=()))
    topic, end = "", 0
    for match in SENTENCE.finditer(text):
        if "\n" in text[end : match.start()]:
            topic = ""
        left = tuple(one for one in figures if not match.start() <= one.start < match.end())
        if len(left) < len(figures) and not match[0].startswith(("#", "|")):
            content = AnnotatedText(text, left)
            truth = Truth(replace(article, content=content, summaries=()))
            sentence = Sentence(truth, match[0], 0, extract_figures(match[0]), topic)
            yield from Claims(sentence).judge()
        topic, end = Sentence(known, match[0], 0, (), topic).topic, match.end()


def blamed_summaries(articles: list[SimulatedArticle], share: float) -> Iterator[bool]:
    """Whether a right summary is blamed, with a share of its words made up."""
    for article in articles:
        scorer = Scorer(replace(article, summaries=()))
        for summary in article.summaries:
            rng = Random(f"{article.index}:{summary.persona}:{share}")
            text = made_up(article, summary.content.text, share, rng)
            score = scorer.score(text, summary.persona)
            yield bool(score.form) or any(map(_is_bad, score.judgements))


def made_up(article: SimulatedArticle, text: str, share: float, rng: Random) -> str:
    """A text with a share of its words exchanged, but for figures, names, labels and grammar."""
    labels = {w for fact in article.world.facts for w in words(f"{fact.label} {fact.subject}")}
    figures = [(one.start, one.end) for one in extract_figures(text)]

    def exchanged(match: re.Match[str]) -> str:
        word, start = match[0], match.start()
        begins = not text[text.rfind("\n", 0, start) + 1 : start].strip("-* ")
        is_name = word[0].isupper() and not begins and text[start - 2 : start] != ". "
        is_figure = any(first < match.end() and start < last for first, last in figures)
        is_heading = text[text.rfind("\n", 0, start) + 1] == "#"
        is_label = bool(set(words(word)) & (labels | set(words(article.world.company.name))))
        is_kept = is_name or is_figure or is_heading or is_label or word.lower() in _KEPT
        if is_kept or rng.random() >= share:
            return word
        return _no_word(rng).capitalize() if word[0].isupper() else _no_word(rng)

    return _WORD.sub(exchanged, text)


def _no_word(rng: Random) -> str:
    syllables = (rng.choice("bdfgklmprtvz") + rng.choice("aeiou") for _ in range(rng.randint(3, 4)))
    return "".join(syllables)


if __name__ == "__main__":
    main()
